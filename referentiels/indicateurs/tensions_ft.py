"""Tensions by métier (ROME v3) and bassin, published by France Travail."""

import re

from referentiels.cellules import Ligne
from referentiels.depot import Depot
from referentiels.indicateurs.commun import (
    CLASSE,
    POSITIF,
    Colonne,
    Groupe,
    LigneLarge,
    Recueil,
    normalise_bassin,
    read_valeurs,
)
from referentiels.journal import Journal
from referentiels.lot import Lot
from referentiels.tables import TableSpec, parse_table
from referentiels.types.cles import FORME_ROME

_ANNEE = re.compile(r"20\d\d")
_MARCHE = "marché du travail du métier (ROME v3) dans le bassin d'emploi"
_CLASSE = "classe de 1 (faible) à 5 (forte)"


def _facteur(nom: str, indicateur: str, libelle: str) -> Colonne:
    return Colonne(nom, indicateur, libelle, _CLASSE, _MARCHE, CLASSE)


COLONNES = (
    Colonne("oee", "offres_emploi", "Offres d'emploi", "offres", f"offres d'emploi de l'année, {_MARCHE}", POSITIF),
    Colonne(
        "defm_abc",
        "demandeurs_emploi",
        "Demandeurs d'emploi (catégories A, B, C)",
        "personnes",
        f"demandeurs d'emploi en fin de mois, catégories A, B et C, moyenne de l'année, {_MARCHE}",
        POSITIF,
    ),
    _facteur("ind_tension_d", "tension", "Tension sur le marché du travail"),
    _facteur("ind_int_emb_d", "tension_intensite_embauches", "Intensité d'embauches"),
    _facteur("ind_main_oeuvre_d", "tension_manque_main_oeuvre", "Manque de main-d'œuvre disponible"),
    _facteur("ind_dur_empl_d", "tension_non_durabilite", "Non-durabilité de l'emploi"),
    _facteur("ind_cond_travail_d", "tension_conditions_travail", "Conditions de travail contraignantes"),
    _facteur("ind_mismatch_geo_d", "tension_inadequation_geographique", "Inadéquation géographique"),
    _facteur("ind_specif_form_empl_d", "tension_lien_formation", "Lien formation-emploi"),
)
TABLE = TableSpec(
    motif=r"ft_tension_rome_x_bassin_.*\.csv",
    colonnes=("annee", "ROME", "cbassin", *(colonne.nom for colonne in COLONNES)),
    lignes_max=300_000,
    delimiteur=";",
)


def load_tension_ft(depot: Depot, journal: Journal) -> Lot:
    """Offers, demandeurs d'emploi, tension and its six factors, by ROME v3 code and bassin.

    Args:
        depot: Holds `ft_tension_rome_x_bassin_<année>….csv` (UTF-8, `;`, decimal commas).
        journal: Receives counts and rejections.

    Returns:
        `Serie` and `Mesure` rows at the maille `bassin`.

    Raises:
        SourceError: The file is absent or unusable.
    """

    def build(ligne: Ligne) -> LigneLarge:
        return LigneLarge(
            Groupe(ligne.code("annee", _ANNEE), "rome_v3"),
            ligne.code("ROME", FORME_ROME),
            "bassin",
            normalise_bassin(ligne.brut("cbassin"), "cbassin"),
            "",
            read_valeurs(ligne, COLONNES),
        )

    lignes = parse_table(depot, TABLE, journal, build, cle=lambda e: (e.groupe, e.objet, e.territoire))
    recueil = Recueil("tension_ft")
    recueil.expand("tension_ft", lignes, {"": COLONNES}, journal.fichiers[-1])
    return recueil.as_lot(max((e.groupe.millesime for e in lignes), default=""))

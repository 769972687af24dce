"""InserJeunes: what young people become after a vocational course, by région and course or by establishment."""

import re
from typing import Final

from referentiels.cellules import Ligne
from referentiels.depot import Depot, Membre
from referentiels.errors import CellError, MissingSourceError
from referentiels.indicateurs.commun import (
    FORME_UAI,
    POSITIF,
    SECRET,
    Colonne,
    Groupe,
    LigneLarge,
    Recueil,
    Valeur,
    normalise_region,
    read_valeur,
    read_valeurs,
)
from referentiels.indicateurs.inserjeunes_tables import (
    CFA,
    COLONNES_CFA,
    COLONNES_ETABLISSEMENT,
    COLONNES_REGION,
    ETABLISSEMENTS,
    REGION,
)
from referentiels.journal import Journal
from referentiels.lot import Lot
from referentiels.tables import parse_member
from referentiels.types.cles import Nomenclature

SEUIL: Final = 20
"""The producer gives no rate under this many young people."""
_PROMOTION = re.compile(r"\d{4}_\d{4}")
_CUMUL = re.compile(r"cumul \d{4}-\d{4}")
_CFD = re.compile(r"[0-9A-Z]{8}")
_MEFSTAT11 = re.compile(r"\d{11}")
_VOIE = re.compile(r"scolaire|apprentissage")


def load_inserjeunes(depot: Depot, journal: Journal) -> Lot:
    """Rates of employment and of further study, by région × course × voie and by establishment.

    Courses taught at school are known by their `mefstat11`, those in apprenticeship by their `cfd`. A regional rate
    left blank where fewer than 20 young people stand behind it is `secret`, as its producer has it; a blank
    elsewhere, and « nd », is `non_renseigne`. All millésimes are kept, each in its own series; a delay not yet
    observed for a millésime makes no series and is noted.

    Args:
        depot: Holds any of `inserjeunes_ij_region_data*.csv`, `inserjeunes_depp_etablissements_*.csv`,
            `fr-en-inserjeunes-cfa.csv`; an absent one is noted.
        journal: Receives counts, rejections and remarks.

    Returns:
        `Serie` and `Mesure` rows: maille `region` (object: the course), or `etablissement` (object and place: the
        UAI). `detail` is the voie or the public; rates are percentages.

    Raises:
        MissingSourceError: None of the files is there.
        SourceError: A file is unusable.
    """
    recueil = Recueil("inserjeunes")
    millesimes: list[str] = []
    region = depot.find(REGION.motif)
    etablissements = depot.find_all(ETABLISSEMENTS["pro"].motif) + depot.find_all(ETABLISSEMENTS["apprentissage"].motif)
    cfa = depot.find(CFA.motif)
    if region is None and cfa is None and not etablissements:
        raise MissingSourceError("aucun fichier InserJeunes.", fichier=depot.chemin.name)
    for present, motif in ((region, REGION.motif), (cfa, CFA.motif), (etablissements, "inserjeunes_depp_…")):
        if not present:
            journal.open(motif.replace("\\", "")).note("fichier absent : ses indicateurs manquent")
    if region is not None:
        millesimes += _load_region(depot, region, journal, recueil)
    for membre in etablissements:
        millesimes += _load_etablissements(depot, membre, journal, recueil)
    if cfa is not None:
        millesimes += _load_cfa(depot, cfa, journal, recueil)
    return recueil.as_lot(max(millesimes, key=lambda millesime: millesime[-4:], default=""))


def _load_region(depot: Depot, membre: Membre, journal: Journal, recueil: Recueil) -> list[str]:
    def build(ligne: Ligne) -> LigneLarge:
        objet, nomenclature = _cours(ligne)
        millesime = ligne.code("millesime", _PROMOTION).replace("_", "-")
        return LigneLarge(
            Groupe(millesime, nomenclature),
            objet,
            "region",
            normalise_region(ligne.brut("code_region"), "code_region"),
            ligne.code("voie", _VOIE),
            _taux(ligne),
        )

    lignes = parse_member(
        depot, membre, REGION, journal, build, cle=lambda e: (e.groupe, e.objet, e.territoire, e.detail)
    )
    recueil.expand("inserjeunes_region", lignes, {"": COLONNES_REGION}, journal.fichiers[-1])
    return [ligne.groupe.millesime for ligne in lignes]


def _cours(ligne: Ligne) -> tuple[str, Nomenclature]:
    cfd, mef = ligne.texte_ou_rien("cfd"), ligne.texte_ou_rien("mefstat11")
    if cfd is not None and mef is not None:
        raise CellError("cfd", "cfd et mefstat11 à la fois", cfd)
    if cfd is not None:
        return ligne.code("cfd", _CFD), "cfd"
    return ligne.code("mefstat11", _MEFSTAT11), "mefstat11"


def _taux(ligne: Ligne) -> tuple[Valeur, ...]:
    """Rates of a row; a blank one is secret when too few young people stand behind it."""
    terminale = read_valeur(ligne, "nb_annee_term", POSITIF)[0]
    sortants = read_valeur(ligne, "nb_sortant", POSITIF)[0]
    effectifs = {"nb_annee_term": terminale, "nb_sortant": terminale if sortants is None else sortants}
    valeurs = read_valeurs(ligne, COLONNES_REGION)
    return tuple(
        [
            SECRET if valeur[1] == "non_renseigne" and _is_small(effectifs[_denominateur(colonne)]) else valeur
            for valeur, colonne in zip(valeurs, COLONNES_REGION, strict=True)
        ]
    )


def _denominateur(colonne: Colonne) -> str:
    return "nb_annee_term" if colonne.indicateur == "taux_poursuite" else "nb_sortant"


def _is_small(effectif: float | None) -> bool:
    return effectif is not None and effectif < SEUIL


def _load_etablissements(depot: Depot, membre: Membre, journal: Journal, recueil: Recueil) -> list[str]:
    """Read one file of establishments; its name says the two cohorts and the public."""
    public = "apprentissage" if "apprentissage" in membre.nom.lower() else "pro"
    trouve = _PROMOTION.search(membre.nom)
    # The two years are those of two cohorts put together: the CFA table says « cumul » for the same figures.
    millesime = f"cumul {trouve[0].replace('_', '-')}" if trouve else ""
    groupe = Groupe(millesime, "territoire")

    def build(ligne: Ligne) -> LigneLarge:
        uai = ligne.code("n°UAI de l'établissement", FORME_UAI)
        detail = ligne.texte("Dont apprentis en EPLE") if public == "pro" else "apprentissage"
        return LigneLarge(groupe, uai, "etablissement", uai, detail, read_valeurs(ligne, COLONNES_ETABLISSEMENT))

    lignes = parse_member(depot, membre, ETABLISSEMENTS[public], journal, build, cle=lambda e: (e.territoire, e.detail))
    recueil.expand(f"inserjeunes_{public}", lignes, {"": COLONNES_ETABLISSEMENT}, journal.fichiers[-1])
    return [millesime]


def _load_cfa(depot: Depot, membre: Membre, journal: Journal, recueil: Recueil) -> list[str]:
    def build(ligne: Ligne) -> LigneLarge:
        uai = ligne.code("UAI", FORME_UAI)
        groupe = Groupe(ligne.code("Année", _CUMUL), "territoire")
        return LigneLarge(groupe, uai, "etablissement", uai, "apprentissage", read_valeurs(ligne, COLONNES_CFA))

    lignes = parse_member(depot, membre, CFA, journal, build, cle=lambda e: (e.groupe, e.territoire))
    recueil.expand("inserjeunes_cfa", lignes, {"": COLONNES_CFA}, journal.fichiers[-1])
    return [ligne.groupe.millesime for ligne in lignes]

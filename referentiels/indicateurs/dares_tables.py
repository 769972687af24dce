"""The layout of each table of the Dares portraits, after its dictionary of variables."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from referentiels.indicateurs.commun import CLASSE, POSITIF, POURCENT, Colonne
from referentiels.tables import TableSpec

# The portraits come out of R on Windows (`€` is 0x80); the tensions out of pandas, in UTF-8.
_CP1252 = "cp1252"
_EMPLOI = "personnes en emploi, salariées ou non, moyenne de trois années d'enquête Emploi"
_TEMPS_COMPLET = "salariés à temps complet, hors apprentis et stagiaires"
_MARCHE = "marché du travail de la famille professionnelle, dans le territoire"
_CLASSE = "classe de 1 (faible) à 5 (forte)"
_MMO = "salariés des établissements suivis par les mouvements de main-d'œuvre, rapportés à l'effectif"
SANS_DATE = "non daté"
"""Millésime of a table that states none; nothing is guessed."""


@dataclass(frozen=True, slots=True)
class TableDares:
    """One long table: a row a family, and a period or a modality where the table has them.

    Args:
        spec: How to read it.
        objet: Column of the FAP code.
        colonnes: Figures, by value of the `variante` column (`""` when there is none).
        periode: Column of the year or period; empty when the table states none.
        variante: Column whose value says what is measured.
        detail: Column of a dimension kept apart.
    """

    spec: TableSpec
    objet: str
    colonnes: Mapping[str, tuple[Colonne, ...]] = field(default_factory=dict)
    periode: str = ""
    variante: str = ""
    detail: str = ""


def _facteur(nom: str, indicateur: str) -> Colonne:
    return Colonne(nom, indicateur, nom, _CLASSE, _MARCHE, CLASSE)


COLONNES_TENSION = (
    Colonne("Emploi moyen", "emploi_moyen", "Emploi moyen", "personnes", "personnes en emploi, arrondi", POSITIF),
    Colonne("Tension", "tension_indice", "Indicateur de tension", "indice centré réduit", _MARCHE),
    Colonne("Catégorie Tension", "tension", "Tension sur le marché du travail", _CLASSE, _MARCHE, CLASSE),
    _facteur("Intensité d'embauches", "tension_intensite_embauches"),
    _facteur("Lien formation-emploi", "tension_lien_formation"),
    _facteur("Manque de main-d'œuvre disponible", "tension_manque_main_oeuvre"),
    _facteur("Non-durabilité de l'emploi", "tension_non_durabilite"),
    _facteur("Conditions de travail contraignantes", "tension_conditions_travail"),
    _facteur("Inadéquation géographique", "tension_inadequation_geographique"),
)
TENSIONS = TableSpec(
    motif=r"tensions\.csv",
    colonnes=("fap", *(c.nom for c in COLONNES_TENSION), "Année", "niveau_geo", "niveau_fap", "reg", "dep"),
    lignes_max=500_000,
)
COLONNE_EFFECTIFS = Colonne("effectif", "effectifs", "Emploi", "milliers de personnes", _EMPLOI, POSITIF)
EFFECTIFS = TableSpec(motif=r"effectifs_3niv\.csv", colonnes=("Annee",), lignes_max=200, encodage=_CP1252)

_LIBELLES = ("libelle", "code_domaine", "libelle_domaine", "code_fap_agregee", "libelle_fap_agregee")


def _spec(
    motif: str, colonnes: tuple[str, ...], ignorees: tuple[str, ...] = (), delimiteur: str = ",", lignes: int = 50_000
) -> TableSpec:
    return TableSpec(motif, colonnes, lignes, encodage=_CP1252, delimiteur=delimiteur, ignorees=ignorees)


def _pourcent(nom: str, indicateur: str, libelle: str, population: str) -> tuple[Colonne, ...]:
    return (Colonne(nom, indicateur, libelle, "%", population, POURCENT),)


def _mouvement(indicateur: str, libelle: str) -> tuple[Colonne, ...]:
    # Rotation goes far beyond 100 %: the same place changes hands several times a year.
    return (Colonne("Taux", indicateur, libelle, "%", _MMO, POSITIF),)


TABLES: tuple[TableDares, ...] = (
    TableDares(
        _spec(r"part_femmes_3niv\.csv", ("Fap3", "Annee", "Part"), _LIBELLES),
        "Fap3",
        {"": _pourcent("Part", "part_femmes", "Part des femmes", _EMPLOI)},
        periode="Annee",
    ),
    TableDares(
        _spec(r"salaire_median_3niv\.csv", ("Fap3", "Annee", "Salaire_median")),
        "Fap3",
        {
            "": (
                Colonne(
                    "Salaire_median",
                    "salaire_median",
                    "Salaire net mensuel médian",
                    "euros nets par mois",
                    _TEMPS_COMPLET,
                    POSITIF,
                ),
            )
        },
        periode="Annee",
    ),
    TableDares(
        _spec(r"salaires_3niv\.csv", ("Fap", "Salaire", "Milliers", "Pourcentage")),
        "Fap",
        {
            "": (
                Colonne(
                    "Milliers",
                    "effectifs_par_salaire",
                    "Salariés par tranche de salaire mensuel",
                    "milliers de personnes",
                    "salariés de la tranche de salaire mensuel",
                    POSITIF,
                ),
                *_pourcent(
                    "Pourcentage",
                    "repartition_salaires",
                    "Répartition par tranche de salaire mensuel",
                    "salariés de la famille professionnelle, par tranche de salaire mensuel",
                ),
            )
        },
        detail="Salaire",
    ),
    TableDares(
        _spec(
            r"horaires_atypiques_3niv\.csv",
            ("Fap3", "annee", "Pourcentage", "Horaire_atypique"),
            _LIBELLES,
        ),
        "Fap3",
        {
            "Travail de nuit": _pourcent("Pourcentage", "travail_nuit", "Travail de nuit", _EMPLOI),
            "Travail le samedi": _pourcent("Pourcentage", "travail_samedi", "Travail le samedi", _EMPLOI),
            "Travail le dimanche": _pourcent("Pourcentage", "travail_dimanche", "Travail le dimanche", _EMPLOI),
        },
        periode="annee",
        variante="Horaire_atypique",
    ),
    TableDares(
        _spec(r"part_cdd\.csv", ("Fap", "stat_sl", "annee", "part"), ("effectif", "pourcentage")),
        "Fap",
        {"cdd": _pourcent("part", "part_cdd", "Part des contrats à durée déterminée", _EMPLOI)},
        periode="annee",
        variante="stat_sl",
    ),
    TableDares(
        _spec(r"part_tempspartiel\.csv", ("Fap3", "rep_tps_partiel", "annee", "part"), ("effectif", "pourcentage")),
        "Fap3",
        {"1": _pourcent("part", "part_temps_partiel", "Part du temps partiel", _EMPLOI)},
        periode="annee",
        variante="rep_tps_partiel",
    ),
    TableDares(
        _spec(r"evol_mmo\.csv", ("Fap3", "Type_mmo", "Annee", "Taux"), delimiteur=";"),
        "Fap3",
        {
            "Taux d'entrée": _mouvement("taux_entree", "Taux d'entrée"),
            "Taux de sortie": _mouvement("taux_sortie", "Taux de sortie"),
            "Taux de rotation": _mouvement("taux_rotation", "Taux de rotation"),
        },
        periode="Annee",
        variante="Type_mmo",
    ),
)

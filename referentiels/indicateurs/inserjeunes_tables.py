"""The layout of the InserJeunes files: columns, what each measures, over whom."""

from referentiels.indicateurs.commun import POURCENT, Colonne
from referentiels.tables import TableSpec

_SORTANTS = "jeunes sortis d'études après la dernière année de la formation (CAP à BTS)"
_TERMINALE = "jeunes en dernière année de la formation (CAP à BTS)"
_DEUX = ", deux promotions cumulées"
_POINTS = (-100.0, 100.0)


def _emploi(nom: str, mois: int, population: str) -> Colonne:
    return Colonne(nom, f"taux_emploi_{mois}_mois", f"Taux d'emploi salarié à {mois} mois", "%", population, POURCENT)


def _poursuite(nom: str, population: str) -> Colonne:
    return Colonne(nom, "taux_poursuite", "Taux de poursuite d'études", "%", population, POURCENT)


def _devenir(poursuite: str, emploi: str, autres: str) -> tuple[Colonne, ...]:
    """The three shares that make up a whole cohort."""
    population = _TERMINALE + _DEUX
    return (
        Colonne(poursuite, "part_poursuite", "Part en poursuite d'études", "%", population, POURCENT),
        Colonne(emploi, "part_emploi_6_mois", "Part en emploi 6 mois après la sortie", "%", population, POURCENT),
        Colonne(autres, "part_autres_situations", "Part des autres situations", "%", population, POURCENT),
    )


def _attendu(attendu: str, ajoutee: str) -> tuple[Colonne, ...]:
    """What the make-up of the public lets expect, and the distance to it."""
    population = _SORTANTS + _DEUX
    return (
        Colonne(attendu, "taux_emploi_6_mois_attendu", "Taux d'emploi attendu à 6 mois", "%", population, POURCENT),
        Colonne(
            ajoutee,
            "valeur_ajoutee_emploi_6_mois",
            "Valeur ajoutée sur l'emploi à 6 mois",
            "points",
            population,
            _POINTS,
        ),
    )


COLONNES_REGION = (
    *(_emploi(f"taux_emploi_{mois}_mois", mois, f"{_SORTANTS}, dans la région") for mois in (6, 12, 18, 24)),
    _poursuite("taux_poursuite_etudes", f"{_TERMINALE}, dans la région"),
)
COLONNES_ETABLISSEMENT = (
    _poursuite("Taux de poursuite d'études", _TERMINALE + _DEUX),
    _emploi("Taux", 6, _SORTANTS + _DEUX),
    *_attendu("Taux attendu", "Valeur ajoutée"),
    *_devenir("Part en poursuite d'études", "Part en emploi 6 mois après la sortie", "Part des autres situations"),
)
COLONNES_CFA = (
    *_devenir("DEVENIR Part poursuite études", "DEVENIR Part en emploi 6 mois", "DEVENIR Part autre situation 6 mois"),
    Colonne(
        "Part contrats apprentissage interrompus",
        "part_contrats_interrompus",
        "Part des contrats d'apprentissage interrompus",
        "%",
        "contrats d'apprentissage, deux promotions cumulées",
        POURCENT,
    ),
    _poursuite("Taux poursuite études", _TERMINALE + _DEUX),
    *_attendu("Taux emploi 6 mois attendu", "VA emploi 6 mois"),
    *(_emploi(f"Taux emploi {mois} mois", mois, _SORTANTS + _DEUX) for mois in (6, 12, 18, 24)),
)

REGION = TableSpec(
    motif=r"inserjeunes_ij_region_data.*\.csv",
    colonnes=(
        "millesime",
        "code_region",
        "voie",
        "cfd",
        "mefstat11",
        "nb_annee_term",
        "nb_sortant",
        *(colonne.nom for colonne in COLONNES_REGION),
    ),
    ignorees=(
        "id",
        "code_region_ij",
        "nb_poursuite_etudes",
        *(f"nb_en_emploi_{mois}_mois" for mois in (6, 12, 18, 24)),
    ),
    lignes_max=500_000,
    delimiteur=";",
)
_UAI = ("n°UAI de l'établissement", *(colonne.nom for colonne in COLONNES_ETABLISSEMENT))
_IDENTITE = ("Libellé de l'établissement", "Région")
ETABLISSEMENTS = {
    "pro": TableSpec(
        motif=r"inserjeunes_depp_etablissements_\d{4}_\d{4}_pro\.csv",
        colonnes=(*_UAI, "Dont apprentis en EPLE"),
        ignorees=_IDENTITE,
        lignes_max=100_000,
        delimiteur=";",
    ),
    "apprentissage": TableSpec(
        motif=r"inserjeunes_depp_etablissements_\d{4}_\d{4}_apprentissage\.csv",
        colonnes=_UAI,
        ignorees=_IDENTITE,
        lignes_max=100_000,
        delimiteur=";",
    ),
}
CFA = TableSpec(
    motif=r"fr-en-inserjeunes-cfa\.csv",
    colonnes=("Année", "UAI", *(colonne.nom for colonne in COLONNES_CFA)),
    ignorees=("Libellé", "Région", "num_ligne"),
    lignes_max=200_000,
    delimiteur=";",
)

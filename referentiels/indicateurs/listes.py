"""Two short official tables: the legal list of métiers en tension and unemployment by département."""

import re
from typing import Final

from referentiels.cellules import Ligne, fold
from referentiels.depot import Depot
from referentiels.errors import CellError
from referentiels.indicateurs.commun import (
    FRANCE,
    POURCENT,
    Colonne,
    Groupe,
    LigneLarge,
    Recueil,
    normalise_departement,
    read_valeurs,
)
from referentiels.journal import Journal
from referentiels.lot import Lot
from referentiels.tables import TableSpec, parse_table
from referentiels.types.cles import Maille

# The list names régions without their code; these are the Insee codes of 2016, unchanged since.
REGIONS: Final = {
    "guadeloupe": "01",
    "martinique": "02",
    "guyane": "03",
    "la reunion": "04",
    "mayotte": "06",
    "ile de france": "11",
    "centre val de loire": "24",
    "bourgogne franche comte": "27",
    "normandie": "28",
    "hauts de france": "32",
    "grand est": "44",
    "pays de la loire": "52",
    "bretagne": "53",
    "nouvelle aquitaine": "75",
    "occitanie": "76",
    "auvergne rhone alpes": "84",
    "provence alpes cote d azur": "93",
    "corse": "94",
}
_FORME_FAP225 = re.compile(r"[A-Z]\d[A-Z]\d{2}")
_ANNEE = re.compile(r"20\d\d")

LEGALE = TableSpec(
    motif=r"metiers_en_tension_.*\.csv",
    colonnes=("Region", "Code FAP"),
    ignorees=("Famille Professionnelle",),
    lignes_max=10_000,
)
CHOMAGE = TableSpec(
    motif=r"chomage_departemental.*\.csv",
    colonnes=("codeDepartement", "rentreeScolaire", "tauxChomage"),
    ignorees=("libelleDepartement",),
    lignes_max=20_000,
    delimiteur=";",
)
COLONNE_LEGALE = Colonne(
    "Code FAP",
    "tension_liste_legale",
    "Métier de la liste réglementaire des métiers en tension",
    "liste",
    "familles professionnelles salariées que l'arrêté inscrit sur la liste, pour la région ou toute la France ; "
    "1 : inscrite ; une famille absente de la liste n'a pas de ligne",
)
COLONNE_CHOMAGE = Colonne(
    "tauxChomage",
    "taux_chomage",
    "Taux de chômage localisé",
    "%",
    "population active du département, au sens du Bureau international du travail",
    POURCENT,
)


def load_metiers_tension_legal(depot: Depot, journal: Journal) -> Lot:
    """The legal list of métiers en tension, by région; the value 1 says that the family is listed.

    Args:
        depot: Holds `metiers_en_tension_<mois>_<année>.csv` (UTF-8, comma).
        journal: Receives counts and rejections.

    Returns:
        One `Serie` over FAP 2009 (225 families) and its `Mesure` rows, maille `region` or `national`.

    Raises:
        SourceError: The file is absent or unusable.
    """
    millesime = _edition(depot)

    def build(ligne: Ligne) -> LigneLarge:
        maille, territoire = _place(ligne)
        objet = ligne.code("Code FAP", _FORME_FAP225)
        return LigneLarge(Groupe(millesime, "fap2009_225"), objet, maille, territoire, "", ((1.0, "publie"),))

    lignes = parse_table(depot, LEGALE, journal, build, cle=lambda e: (e.objet, e.territoire))
    recueil = Recueil("tension_legale")
    recueil.expand("tension_legale", lignes, {"": (COLONNE_LEGALE,)}, journal.fichiers[-1])
    return recueil.as_lot(millesime)


def load_chomage(depot: Depot, journal: Journal) -> Lot:
    """Unemployment rate of each département, a series a year; object and place are both the département.

    Args:
        depot: Holds `chomage_departemental….csv` (UTF-8, `;`, decimal commas, padded codes).
        journal: Receives counts and rejections.

    Returns:
        `Serie` rows of nomenclature `territoire` and their `Mesure` rows.

    Raises:
        SourceError: The file is absent or unusable.
    """

    def build(ligne: Ligne) -> LigneLarge:
        code = normalise_departement(ligne.texte("codeDepartement"), "codeDepartement")
        groupe = Groupe(ligne.code("rentreeScolaire", _ANNEE), "territoire")
        return LigneLarge(groupe, code, "departement", code, "", read_valeurs(ligne, (COLONNE_CHOMAGE,)))

    lignes = parse_table(depot, CHOMAGE, journal, build, cle=lambda e: (e.groupe, e.territoire))
    recueil = Recueil("chomage")
    recueil.expand("chomage", lignes, {"": (COLONNE_CHOMAGE,)}, journal.fichiers[-1])
    return recueil.as_lot(max((e.groupe.millesime for e in lignes), default=""))


def _edition(depot: Depot) -> str:
    """Month and year that the name of the file announces (« mars 2024 »)."""
    membre = depot.find(LEGALE.motif)
    if membre is None:
        return ""
    return membre.nom.removesuffix(".csv").removeprefix("metiers_en_tension_").replace("_", " ")


def _place(ligne: Ligne) -> tuple[Maille, str]:
    nom = fold(ligne.texte("Region"))
    if nom == "france entiere":
        return "national", FRANCE
    if nom not in REGIONS:
        raise CellError("Region", "région inconnue", ligne.brut("Region"))
    return "region", REGIONS[nom]

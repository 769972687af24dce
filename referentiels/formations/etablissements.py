"""Where establishments stand: from the catalogue of apprenticeship establishments and the GPS of Parcoursup."""

from dataclasses import dataclass, field

from referentiels.cellules import Ligne
from referentiels.depot import Depot
from referentiels.errors import CellError
from referentiels.formations.communs import FORME_SIRET, FORME_UAI, read_commune, read_name_date, read_pair
from referentiels.journal import Journal
from referentiels.tables import TableSpec, parse_member, parse_table
from referentiels.types import CodeCommune

CATALOGUE = TableSpec(
    motif=r"catalogue_etablissements_apprentissage.*\.csv",
    colonnes=("siret", "uai", "enseigne", "entreprise_raison_sociale", "code_insee_localite", "geo_coordonnees"),
    facultatives=("onisep_nom", "adresse", "ferme"),
    lignes_max=60_000,
    ignorees=(
        *("siren", "nda", "naf_code", "naf_libelle", "code_postal", "localite", "num_departement", "nom_departement"),
        *("region_implantation_code", "region_implantation_nom", "nom_academie", "info_qualiopi_info"),
        *("certifie_qualite", "published", "tags"),
    ),
)

NOMS = TableSpec(
    motif=r"inserjeunes_depp_etablissements.*\.csv",
    colonnes=("n°UAI de l'établissement", "Libellé de l'établissement"),
    lignes_max=100_000,
    delimiteur=";",
)


@dataclass(frozen=True, slots=True)
class Etablissement:
    """An establishment and where it stands; None where the catalogue does not say."""

    siret: str
    uai: str | None
    nom: str
    commune: CodeCommune | None
    latitude: float | None
    longitude: float | None
    adresse: str | None
    ferme: bool


@dataclass(slots=True)
class Lieux:
    """Establishments by SIRET and by UAI; what several establishments of a UAI tell differently is not told."""

    par_siret: dict[str, Etablissement] = field(default_factory=dict)
    par_uai: dict[str, list[Etablissement]] = field(default_factory=dict)
    millesime: str = ""

    def place(self, uai: str) -> tuple[CodeCommune | None, float | None, float | None]:
        """Commune, latitude and longitude of a UAI; None thrice when unknown or spread over several communes."""
        trouves = self.par_uai.get(uai, [])
        if len({trouve.commune for trouve in trouves}) != 1:
            return None, None, None
        return trouves[0].commune, trouves[0].latitude, trouves[0].longitude

    def siret(self, uai: str) -> str | None:
        """SIRET of a UAI, when it has only one."""
        trouves = self.par_uai.get(uai, [])
        return trouves[0].siret if len(trouves) == 1 else None

    def nom(self, uai: str) -> str | None:
        """Name of a UAI, when the catalogue knows it."""
        trouves = self.par_uai.get(uai, [])
        return trouves[0].nom if trouves else None


def load_lieux(depot: Depot, journal: Journal | None = None) -> Lieux:
    """Read the newest catalogue of establishments; an empty answer when the depot holds none.

    Args:
        depot: Folder that may hold `catalogue_etablissements_apprentissage_AAAA-MM-JJ.csv`.
        journal: Receives the counts; none when another loader already reports the file.

    Returns:
        The establishments by both keys.

    Raises:
        SourceError: The catalogue is there but cannot be used.
    """
    membre = depot.find(CATALOGUE.motif)
    if membre is None:
        return Lieux()
    lus = parse_table(depot, CATALOGUE, journal or Journal("lieux"), _build, cle=lambda lieu: lieu.siret)
    lieux = Lieux(millesime=read_name_date(membre.nom))
    for lieu in lus:
        lieux.par_siret[lieu.siret] = lieu
        if lieu.uai is not None:
            lieux.par_uai.setdefault(lieu.uai, []).append(lieu)
    return lieux


def _build(ligne: Ligne) -> Etablissement:
    nord, est = read_pair(ligne.brut("geo_coordonnees")) or (None, None)
    nom = (
        ligne.texte_ou_rien("enseigne") or ligne.texte_ou_rien("onisep_nom") or ligne.texte("entreprise_raison_sociale")
    )
    # « LP », « LYCEE »… alone name nothing: the raison sociale says whose.
    if len(nom) <= 6 and (raison := ligne.texte_ou_rien("entreprise_raison_sociale")):
        nom = raison
    return Etablissement(
        siret=ligne.code("siret", FORME_SIRET),
        uai=read_uai(ligne),
        nom=nom,
        commune=read_commune(ligne.brut("code_insee_localite")),
        latitude=nord,
        longitude=est,
        adresse=ligne.texte_ou_rien("adresse"),
        ferme=ligne.drapeau("ferme") is True,
    )


def read_uai(ligne: Ligne, colonne: str = "uai") -> str | None:
    """The UAI of a row, or None when the cell is empty; a malformed one rejects the row."""
    valeur = ligne.brut(colonne).strip().upper() or None
    if valeur is not None and not FORME_UAI.fullmatch(valeur):
        raise CellError(colonne, "code UAI mal formé", valeur)
    return valeur


def load_noms(depot: Depot) -> dict[str, str]:
    """Names of establishments by UAI that the InserJeunes tables of a depot give; empty when it holds none.

    Raises:
        SourceError: A table is there but cannot be used.
    """
    noms: dict[str, str] = {}
    for membre in depot.find_all(NOMS.motif):
        for uai, nom in parse_member(depot, membre, NOMS, Journal("noms"), _build_nom):
            if uai:
                noms.setdefault(uai, nom)
    return noms


def _build_nom(ligne: Ligne) -> tuple[str, str]:
    uai = ligne.brut("n°UAI de l'établissement").strip()
    return (uai if FORME_UAI.fullmatch(uai) else ""), ligne.brut("Libellé de l'établissement").strip()

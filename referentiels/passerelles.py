"""Crosswalks between nomenclatures and the labels of those that have no table of their own."""

import re
from collections import Counter
from collections.abc import Callable

from referentiels.cellules import Ligne
from referentiels.depot import Depot
from referentiels.errors import CellError, HeaderError, MissingSourceError
from referentiels.indicateurs.classeur import read_sheet
from referentiels.journal import FichierLu, Journal
from referentiels.lignes import read_lines
from referentiels.lot import Lot
from referentiels.passerelles_commun import add_labels, keep_links, link_builder, link_key
from referentiels.passerelles_fap import (
    FAP_2021,
    FAP_2021_BIS,
    FAP_PCS,
    FAP_ROME,
    INTITULES_2009,
    derive_fap87,
    estimate_fap2021,
    read_fap2009_labels,
    read_fap2021,
    read_fap_pcs,
    read_fap_rome,
)
from referentiels.tables import TableSpec, check_rejections, parse_table
from referentiels.types import FORME_ROME, LibelleNomenclature, Passerelle

ISCO = "france_travail_isco08"
RECRUTEMENTS = "la_bonne_boite_recrutements"
NAF = "insee_naf"
ONISEP = "onisep_rome"
FORMACODE = "formacode_isced"

_NAF = re.compile(r"\d{4}[A-Z]")
_ONISEP = re.compile(r".*/(MET\.\d{1,6})")
_FEUILLE_ISCO = re.compile(r"ROME to ISCO-08", re.IGNORECASE)
_FORMACODE = re.compile(r"(\d{5}) (KO|\d{4}(?:,\d{4})*)")
_ABIME = "\ufffd"  # what a wrong conversion left in place of an accent

NAF_LIBELLES = TableSpec(r".*naf_labels.*\.csv", ("naf_id", "naf_label"), 10_000, delimiteur="|")
ROME_NAF = TableSpec(
    r".*rome_naf_mapping.*\.csv",
    ("rome_id", "naf_id", "hirings"),
    100_000,
    ignorees=("rome_label", "naf_label"),
)
ROME_ONISEP = TableSpec(
    r".*romeMetier_onisep.*\.csv",
    ("Code ROME", "lien site onisep.fr"),
    20_000,
    # The name of the label column was damaged with the labels: both spellings are known.
    facultatives=("libellé métier onisep", f"libell{_ABIME} m{_ABIME}tier onisep"),
    ignorees=(
        "Lib_ROME_FT", "lien site FT", "transitionEcologique", "transitionEcologiqueDetaillee", "transitionNumerique",
        "transitionDemographique",
    ),
    delimiteur=";",
)  # fmt: skip
FORMACODES = r"formacodes_v(\d+)\.txt"
ROME_ISCO = r".*ROME_ISCO08.*\.xlsx"


def load_passerelles(depot: Depot, journal: Journal) -> Lot:
    """Read the crosswalks; each file is optional, and the first report says which are absent.

    ROME v3 codes stay v3: the catalogue joins them to v4 through `code_rome_parent`.

    Args:
        depot: Holds any of the crosswalk files.
        journal: Receives the counts, and how many codes have no counterpart.

    Returns:
        Passerelle and LibelleNomenclature rows.

    Raises:
        SourceError: None of the files is there, or one cannot be used.
    """
    lot = Lot()
    absents: list[str] = []
    for titre, motif, lire in _LECTEURS:
        if depot.find(motif) is None:
            absents.append(titre)
        else:
            lire(depot, journal, lot)
    if len(absents) == len(_LECTEURS):
        raise MissingSourceError("aucune table de passerelle connue.", fichier=depot.chemin.name)
    if absents:
        journal.fichiers[0].note(f"facultatifs absents : {', '.join(absents)}")
    derive_fap87(lot)
    estimate_fap2021(lot)
    lot.millesime = _edition(depot)
    return lot


def _edition(depot: Depot) -> str:
    """The editions that the file names tell."""
    parties = ["FAP 2009"] if depot.find(FAP_ROME.motif) else []
    parties += ["FAP 2021"] if depot.find(FAP_2021.motif) or depot.find(FAP_2021_BIS.motif) else []
    if (membre := depot.find(ROME_NAF.motif)) and (annee := re.search(r"20\d{2}", membre.nom)):
        parties.append(f"recrutements {annee[0]}")
    if (membre := depot.find(FORMACODES)) and (version := re.search(r"v(\d+)", membre.nom)):
        parties.append(f"Formacode {version[1]}")
    return ", ".join(parties) or "non daté"


def _read_isco(depot: Depot, journal: Journal, lot: Lot) -> None:
    membre = depot.find(ROME_ISCO)
    assert membre is not None  # asked by load_passerelles
    lu = journal.open(depot.label(membre))
    lien, libelles = link_builder("rome_v3", "isco08", ISCO), dict[str, Counter[str]]()
    _, entete, lignes = read_sheet(depot, membre, _FEUILLE_ISCO, lu, lignes_max=5_000)
    _require_columns(entete, ("Code ROME", "Code ISCO08", "Libellé codes ISCO08"), lu)
    liens: dict[tuple[str, str], Passerelle] = {}
    for ligne in lignes:
        lu.lues += 1
        try:
            # Written as numbers, the codes of the armed forces lost their leading zero.
            rome, isco = ligne.code("Code ROME", FORME_ROME), f"{ligne.entier('Code ISCO08'):04d}"
        except CellError as error:
            lu.reject(ligne.numero, error.colonne, error.motif, error.valeur)
            continue
        if len(isco) != 4 or (rome, isco) in liens:
            lu.reject(ligne.numero, "Code ISCO08", "code mal formé ou en double", isco)
            continue
        liens[rome, isco] = lien(rome, isco)
        if libelle := ligne.texte_ou_rien("Libellé codes ISCO08"):
            libelles.setdefault(isco, Counter())[libelle] += 1
    lu.gardees = len(liens)
    check_rejections(lu)
    if multiples := [code for code, compte in libelles.items() if len(compte) > 1]:
        lu.note(f"{len(multiples)} codes ISCO à plusieurs libellés, le plus fréquent gardé : {', '.join(multiples)}")
    lot.add(Passerelle, liens.values())
    add_labels(lot, "isco08", ISCO, {code: compte.most_common(1)[0][0] for code, compte in libelles.items()})


def _require_columns(entete: list[str], colonnes: tuple[str, ...], lu: FichierLu) -> None:
    for nom in colonnes:
        if nom not in entete:
            raise HeaderError(
                f"colonne obligatoire absente (colonnes lues : {', '.join(entete[:12])}).",
                fichier=lu.fichier,
                ligne=1,
                colonne=nom,
            )


def _read_rome_naf(depot: Depot, journal: Journal, lot: Lot) -> None:
    """ROME × NAF with the number of hirings as weight."""
    lien = link_builder("rome_v3", "naf_732", RECRUTEMENTS)

    def build(ligne: Ligne) -> Passerelle:
        poids = ligne.entier("hirings")
        if poids < 0:
            raise CellError("hirings", "nombre négatif", str(poids))
        return lien(ligne.code("rome_id", FORME_ROME), ligne.code("naf_id", _NAF), float(poids))

    lot.add(Passerelle, parse_table(depot, ROME_NAF, journal, build, cle=link_key))


def _read_naf_labels(depot: Depot, journal: Journal, lot: Lot) -> None:
    def build(ligne: Ligne) -> LibelleNomenclature:
        return LibelleNomenclature("naf_732", ligne.code("naf_id", _NAF), ligne.texte("naf_label"), NAF)

    lot.add(LibelleNomenclature, parse_table(depot, NAF_LIBELLES, journal, build, cle=lambda libelle: libelle.code))


def _read_onisep(depot: Depot, journal: Journal, lot: Lot) -> None:
    """Métier Onisep × ROME v4; labels whose accents were lost on the way are left out, not guessed."""
    lien, libelles, abimes = link_builder("onisep_metier", "rome_v4", ONISEP), dict[str, str](), set[str]()

    def build(ligne: Ligne) -> Passerelle | None:
        rome, adresse = ligne.code("Code ROME", FORME_ROME), ligne.texte_ou_rien("lien site onisep.fr")
        if adresse is None:
            return None
        trouve = _ONISEP.fullmatch(adresse)
        if trouve is None:
            raise CellError("lien site onisep.fr", "adresse d'un métier attendue (…/MET.123)", adresse)
        for colonne in ROME_ONISEP.facultatives:
            if libelle := ligne.texte_ou_rien(colonne):
                if _ABIME in libelle:
                    abimes.add(trouve[1])
                else:
                    libelles[trouve[1]] = libelle
        return lien(trouve[1], rome)

    keep_links(lot, parse_table(depot, ROME_ONISEP, journal, build, cle=link_key), journal.fichiers[-1])
    if perdus := abimes - libelles.keys():
        journal.fichiers[-1].note(f"{len(perdus)} libellés Onisep aux accents perdus dans le fichier, non repris")
    add_labels(lot, "onisep_metier", ONISEP, libelles)


def _read_formacodes(depot: Depot, journal: Journal, lot: Lot) -> None:
    """Formacode × ISCED-F (`11511 0531,0711`, `14254 KO`); its author is not said: an estimate."""
    membre = depot.find(FORMACODES)
    assert membre is not None  # asked by load_passerelles
    lu = journal.open(depot.label(membre))
    vus: set[str] = set()
    sans = 0
    for numero, ligne in read_lines(depot, membre, lu, encodage="ascii", lignes_max=20_000):
        lu.lues += 1
        trouve = _FORMACODE.fullmatch(ligne)
        if trouve is None or trouve[1] in vus:
            lu.reject(numero, "", "ligne mal formée ou formacode en double", ligne)
            continue
        vus.add(trouve[1])
        cibles = dict.fromkeys(() if trouve[2] == "KO" else trouve[2].split(","))
        sans += not cibles
        liens = [Passerelle("formacode", trouve[1], "isced_f", c, "estimee", None, FORMACODE) for c in cibles]
        lot.add(Passerelle, liens)
    lu.gardees = len(vus)
    check_rejections(lu)
    if sans:
        lu.note(f"{sans} codes sans correspondance dans l'autre nomenclature")


_LECTEURS: tuple[tuple[str, str, Callable[[Depot, Journal, Lot], None]], ...] = (
    ("FAP 2009 × ROME", FAP_ROME.motif, read_fap_rome),
    ("FAP 2009 × PCS", FAP_PCS.motif, read_fap_pcs),
    ("intitulés des FAP 2009", INTITULES_2009, read_fap2009_labels),
    ("intitulés des FAP 2021", f"{FAP_2021.motif}|{FAP_2021_BIS.motif}", read_fap2021),
    ("ROME × ISCO-08", ROME_ISCO, _read_isco),
    ("ROME × NAF", ROME_NAF.motif, _read_rome_naf),
    ("intitulés de la NAF", NAF_LIBELLES.motif, _read_naf_labels),
    ("métiers Onisep × ROME", ROME_ONISEP.motif, _read_onisep),
    ("Formacode × ISCED-F", FORMACODES, _read_formacodes),
)

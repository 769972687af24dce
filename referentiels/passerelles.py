"""Crosswalks between nomenclatures and the labels of those that have no table of their own."""

import re
from collections import Counter
from collections.abc import Callable

from referentiels.cellules import Ligne, clean_text, fold
from referentiels.depot import Depot
from referentiels.errors import CellError, HeaderError, MissingSourceError
from referentiels.indicateurs.classeur import read_sheet
from referentiels.journal import FichierLu, Journal
from referentiels.lignes import read_lines
from referentiels.lot import Lot
from referentiels.tables import TableSpec, check_rejections, parse_table
from referentiels.types import FORME_ROME, LibelleNomenclature, Nomenclature, Passerelle

DARES_2009 = "dares_fap2009"
DARES_2021 = "dares_fap2021"
ISCO = "france_travail_isco08"
RECRUTEMENTS = "la_bonne_boite_recrutements"
NAF = "insee_naf"
ONISEP = "onisep_rome"
FORMACODE = "formacode_isced"

_FAP = re.compile(r"[A-Z]\d[A-Z]\d{2}")
_PCS = re.compile(r"\d{3}[a-z]")
_NAF = re.compile(r"\d{4}[A-Z]")
_ONISEP = re.compile(r".*/(MET\.\d{1,6})")
_FEUILLE_ISCO = re.compile(r"ROME to ISCO-08", re.IGNORECASE)
_FORMACODE = re.compile(r"(\d{5}) (KO|\d{4}(?:,\d{4})*)")
_VALEUR_SAS = re.compile(r'"([A-Z]\d[A-Z](?:\d{2})?)"\s*=\s*"(.+)"\s*;?')
_ABIME = "\ufffd"  # what a wrong conversion left in place of an accent

FAP_ROME = TableSpec(
    r"fap225_rome.*\.csv", ("Fap", "Rome"), 20_000, ignorees=("intitule_rome",), encodage="cp1252", delimiteur=";"
)
FAP_PCS = TableSpec(r"FAP_PCS.*\.csv", ("Fap", "PCS", "intitule_PCS"), 20_000, encodage="cp1252", delimiteur=";")
FAP_2021 = TableSpec(
    r"dares_nomenclature_fap2021.*\.csv",
    ("Code FAP 228", "Intitulé FAP 228"),
    5_000,
    ignorees=(
        "Code FAP 22", "Intitulé FAP 22", "Code FAP 86", "Intitulé FAP 86", "Code FAP 341", "Intitulé FAP 341",
    ),
    delimiteur=";",
)  # fmt: skip
FAP_2021_BIS = TableSpec(
    r"Intitules_FAP2021.*\.csv",
    ("Code_FAP228", "Intitulé_FAP228"),
    5_000,
    ignorees=("Code_FAP341", "Intitulé_FAP341", "Code_FAP86", "Intitulé_FAP86", "Code_FAP22", "Intitulé_FAP22"),
    delimiteur=";",
)
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
INTITULES_2009 = r"intitule_fap2009.*\.txt"
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
    _derive_fap87(lot)
    _estimate_fap2021(lot)
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


def _link(de: Nomenclature, vers: Nomenclature, source: str) -> Callable[..., Passerelle]:
    def build(code: str, cible: str, poids: float | None = None) -> Passerelle:
        return Passerelle(de, code, vers, cible, "officielle", poids, source)

    return build


def _add_labels(lot: Lot, nomenclature: Nomenclature, source: str, libelles: dict[str, str]) -> None:
    lignes = [LibelleNomenclature(nomenclature, code, libelle, source) for code, libelle in sorted(libelles.items())]
    lot.add(LibelleNomenclature, lignes)


def _key(passerelle: Passerelle | None) -> object:
    """Key of a link; a row without counterpart is like no other."""
    return (passerelle.code, passerelle.code_cible) if passerelle else object()


def _keep(lot: Lot, lues: list[Passerelle | None], lu: FichierLu) -> None:
    """Add the links, and say how many rows have no counterpart."""
    liens = [passerelle for passerelle in lues if passerelle is not None]
    lot.add(Passerelle, liens)
    if sans := len(lues) - len(liens):
        lu.note(f"{sans} codes sans correspondance dans l'autre nomenclature")


def _read_fap_rome(depot: Depot, journal: Journal, lot: Lot) -> None:
    lien = _link("fap2009_225", "rome_v3", DARES_2009)

    def build(ligne: Ligne) -> Passerelle | None:
        fap = ligne.code("Fap", _FAP)
        return None if ligne.texte("Rome") == "NA" else lien(fap, ligne.code("Rome", FORME_ROME))

    _keep(lot, parse_table(depot, FAP_ROME, journal, build, cle=_key), journal.fichiers[-1])


def _read_fap_pcs(depot: Depot, journal: Journal, lot: Lot) -> None:
    lien, libelles = _link("fap2009_225", "pcs", DARES_2009), dict[str, str]()

    def build(ligne: Ligne) -> Passerelle:
        pcs = ligne.code("PCS", _PCS)
        libelles[pcs] = ligne.texte("intitule_PCS")
        return lien(ligne.code("Fap", _FAP), pcs)

    lot.add(Passerelle, parse_table(depot, FAP_PCS, journal, build, cle=_key))
    _add_labels(lot, "pcs", DARES_2009, libelles)


def _read_fap2009_labels(depot: Depot, journal: Journal, lot: Lot) -> None:
    """Labels from the SAS formats of the Dares (`"A0Z00"="A0Z00 : Agriculteurs…"`)."""
    membre = depot.find(INTITULES_2009)
    assert membre is not None  # asked by load_passerelles
    lu = journal.open(depot.label(membre))
    libelles: dict[str, str] = {}
    for numero, ligne in read_lines(depot, membre, lu, encodage="cp1252", lignes_max=5_000):
        if (trouve := _VALEUR_SAS.fullmatch(ligne)) is None:
            continue  # comments, statements of the SAS program, other levels
        lu.lues += 1
        code, libelle = trouve[1], clean_text(trouve[2].removeprefix(f"{trouve[1]} : "))
        if code in libelles:
            lu.reject(numero, "", "doublon", code)
            continue
        libelles[code] = libelle
    lu.gardees = len(libelles)
    check_rejections(lu)
    _add_labels(lot, "fap2009_225", DARES_2009, {c: t for c, t in libelles.items() if len(c) == 5})
    _add_labels(lot, "fap2009_87", DARES_2009, {c: t for c, t in libelles.items() if len(c) == 3})


def _read_fap2021(depot: Depot, journal: Journal, lot: Lot) -> None:
    """Labels of the 228 FAP that the BMO uses; the table has one row for each of the 341 finer ones."""
    spec = FAP_2021 if depot.find(FAP_2021.motif) else FAP_2021_BIS
    colonne_code, colonne_libelle = spec.colonnes
    libelles: dict[str, str] = {}

    def build(ligne: Ligne) -> str:
        code, libelle = ligne.code(colonne_code, _FAP), ligne.texte(colonne_libelle)
        if libelles.setdefault(code, libelle) != libelle:
            raise CellError(colonne_libelle, f"un autre intitulé est donné à {code}", libelle)
        return code

    parse_table(depot, spec, journal, build)
    _add_labels(lot, "fap2021", DARES_2021, libelles)


def _read_isco(depot: Depot, journal: Journal, lot: Lot) -> None:
    membre = depot.find(ROME_ISCO)
    assert membre is not None  # asked by load_passerelles
    lu = journal.open(depot.label(membre))
    lien, libelles = _link("rome_v3", "isco08", ISCO), dict[str, Counter[str]]()
    _, entete, lignes = read_sheet(depot, membre, _FEUILLE_ISCO, lu, lignes_max=5_000)
    _require_columns(entete, ("Code ROME", "Code ISCO08", "Libellé codes ISCO08"), lu)
    liens: dict[tuple[str, str], Passerelle] = {}
    for ligne in lignes:
        lu.lues += 1
        try:
            # Written as numbers, the codes of the armed forces lost their leading zero.
            rome, isco = ligne.code("Code ROME", FORME_ROME), f"{ligne.entier('Code ISCO08'):04d}"
            if len(isco) != 4 or (rome, isco) in liens:
                raise CellError("Code ISCO08", "code mal formé ou en double", isco)
        except CellError as error:
            lu.reject(ligne.numero, error.colonne, error.motif, error.valeur)
            continue
        liens[rome, isco] = lien(rome, isco)
        if libelle := ligne.texte_ou_rien("Libellé codes ISCO08"):
            libelles.setdefault(isco, Counter())[libelle] += 1
    lu.gardees = len(liens)
    check_rejections(lu)
    if multiples := [code for code, compte in libelles.items() if len(compte) > 1]:
        lu.note(f"{len(multiples)} codes ISCO à plusieurs libellés, le plus fréquent gardé : {', '.join(multiples)}")
    lot.add(Passerelle, liens.values())
    _add_labels(lot, "isco08", ISCO, {code: compte.most_common(1)[0][0] for code, compte in libelles.items()})


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
    lien = _link("rome_v3", "naf_732", RECRUTEMENTS)

    def build(ligne: Ligne) -> Passerelle:
        poids = ligne.entier("hirings")
        if poids < 0:
            raise CellError("hirings", "nombre négatif", str(poids))
        return lien(ligne.code("rome_id", FORME_ROME), ligne.code("naf_id", _NAF), float(poids))

    lot.add(Passerelle, parse_table(depot, ROME_NAF, journal, build, cle=_key))


def _read_naf_labels(depot: Depot, journal: Journal, lot: Lot) -> None:
    def build(ligne: Ligne) -> LibelleNomenclature:
        return LibelleNomenclature("naf_732", ligne.code("naf_id", _NAF), ligne.texte("naf_label"), NAF)

    lot.add(LibelleNomenclature, parse_table(depot, NAF_LIBELLES, journal, build, cle=lambda libelle: libelle.code))


def _read_onisep(depot: Depot, journal: Journal, lot: Lot) -> None:
    """Métier Onisep × ROME v4; labels whose accents were lost on the way are left out, not guessed."""
    lien, libelles, abimes = _link("onisep_metier", "rome_v4", ONISEP), dict[str, str](), set[str]()

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

    _keep(lot, parse_table(depot, ROME_ONISEP, journal, build, cle=_key), journal.fichiers[-1])
    if abimes:
        journal.fichiers[-1].note(f"{len(abimes)} libellés Onisep aux accents perdus dans le fichier, non repris")
    _add_labels(lot, "onisep_metier", ONISEP, libelles)


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


def _labels(lot: Lot, nomenclature: Nomenclature) -> dict[str, str]:
    return {lib.code: lib.libelle for lib in lot.get(LibelleNomenclature) if lib.nomenclature == nomenclature}


def _derive_fap87(lot: Lot) -> None:
    """FAP-87 links: the first three characters of a FAP-225 name the FAP-87 that holds it (Dares, FAP 2009)."""
    connues = _labels(lot, "fap2009_87")
    vers_87, vers_rome = _link("fap2009_225", "fap2009_87", DARES_2009), _link("fap2009_87", "rome_v3", DARES_2009)
    fines = [code for code in _labels(lot, "fap2009_225") if code[:3] in connues]
    larges = {
        (p.code[:3], p.code_cible)
        for p in lot.get(Passerelle)
        if p.nomenclature == "fap2009_225" and p.nomenclature_cible == "rome_v3" and p.code[:3] in connues
    }
    lot.add(Passerelle, [vers_87(code, code[:3]) for code in fines])
    lot.add(Passerelle, [vers_rome(code, rome) for code, rome in sorted(larges)])


def _estimate_fap2021(lot: Lot) -> None:
    """FAP 2021 → FAP 2009 where the labels are equal (accents and case aside): an estimate, no official table is read.

    A label that two codes of one edition share decides nothing.
    """
    anciennes, nouvelles = (_by_label(_labels(lot, n)) for n in _EDITIONS)
    for libelle, codes in nouvelles.items():
        cibles = anciennes.get(libelle, [])
        if len(codes) == 1 and len(cibles) == 1:
            lien = Passerelle("fap2021", codes[0], "fap2009_225", cibles[0], "estimee", None, DARES_2021)
            lot.add(Passerelle, [lien])


def _by_label(libelles: dict[str, str]) -> dict[str, list[str]]:
    inverse: dict[str, list[str]] = {}
    for code, libelle in libelles.items():
        inverse.setdefault(fold(libelle), []).append(code)
    return inverse


_EDITIONS: tuple[Nomenclature, Nomenclature] = ("fap2009_225", "fap2021")
_LECTEURS: tuple[tuple[str, str, Callable[[Depot, Journal, Lot], None]], ...] = (
    ("FAP 2009 × ROME", FAP_ROME.motif, _read_fap_rome),
    ("FAP 2009 × PCS", FAP_PCS.motif, _read_fap_pcs),
    ("intitulés des FAP 2009", INTITULES_2009, _read_fap2009_labels),
    ("intitulés des FAP 2021", f"{FAP_2021.motif}|{FAP_2021_BIS.motif}", _read_fap2021),
    ("ROME × ISCO-08", ROME_ISCO, _read_isco),
    ("ROME × NAF", ROME_NAF.motif, _read_rome_naf),
    ("intitulés de la NAF", NAF_LIBELLES.motif, _read_naf_labels),
    ("métiers Onisep × ROME", ROME_ONISEP.motif, _read_onisep),
    ("Formacode × ISCED-F", FORMACODES, _read_formacodes),
)

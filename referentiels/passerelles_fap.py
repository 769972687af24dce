"""Crosswalks of the familles professionnelles (FAP, Dares): towards ROME, PCS, and between editions."""

import re

from referentiels.cellules import Ligne, clean_text, fold
from referentiels.depot import Depot
from referentiels.errors import CellError, MalformedError
from referentiels.journal import Journal
from referentiels.lignes import read_lines
from referentiels.lot import Lot
from referentiels.passerelles_commun import add_labels, keep_links, labels_of, link_builder, link_key
from referentiels.tables import TableSpec, check_rejections, parse_table
from referentiels.types import FORME_ROME, Passerelle

DARES_2009 = "dares_fap2009"
DARES_2021 = "dares_fap2021"
_FAP = re.compile(r"[A-Z][0-9A-Z][A-Z]\d{2}")
_PCS = re.compile(r"\d{3}[a-z]")
_VALEUR_SAS = re.compile(r'"([A-Z]\d[A-Z](?:\d{2})?)"\s*=\s*"(.+)"\s*;?')
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
INTITULES_2009 = r"intitule_fap2009.*\.txt"


def read_fap_rome(depot: Depot, journal: Journal, lot: Lot) -> None:
    """FAP-225 × ROME v3; `NA` says that a FAP has no ROME code."""
    lien = link_builder("fap2009_225", "rome_v3", DARES_2009)

    def build(ligne: Ligne) -> Passerelle | None:
        fap = ligne.code("Fap", _FAP)
        return None if ligne.texte("Rome") == "NA" else lien(fap, ligne.code("Rome", FORME_ROME))

    keep_links(lot, parse_table(depot, FAP_ROME, journal, build, cle=link_key), journal.fichiers[-1])


def read_fap_pcs(depot: Depot, journal: Journal, lot: Lot) -> None:
    """FAP-225 × PCS, and the labels of the PCS."""
    lien, libelles = link_builder("fap2009_225", "pcs", DARES_2009), dict[str, str]()

    def build(ligne: Ligne) -> Passerelle:
        pcs = ligne.code("PCS", _PCS)
        libelles[pcs] = ligne.texte("intitule_PCS")
        return lien(ligne.code("Fap", _FAP), pcs)

    lot.add(Passerelle, parse_table(depot, FAP_PCS, journal, build, cle=link_key))
    add_labels(lot, "pcs", DARES_2009, libelles)


def read_fap2009_labels(depot: Depot, journal: Journal, lot: Lot) -> None:
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
    if not libelles:
        raise MalformedError("aucun intitulé de FAP reconnu (formats SAS de la Dares attendus).", fichier=lu.fichier)
    lu.gardees = len(libelles)
    check_rejections(lu)
    add_labels(lot, "fap2009_225", DARES_2009, {c: t for c, t in libelles.items() if len(c) == 5})
    add_labels(lot, "fap2009_87", DARES_2009, {c: t for c, t in libelles.items() if len(c) == 3})


def read_fap2021(depot: Depot, journal: Journal, lot: Lot) -> None:
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
    add_labels(lot, "fap2021", DARES_2021, libelles)


def derive_fap87(lot: Lot) -> None:
    """FAP-87 links: the first three characters of a FAP-225 name the FAP-87 that holds it (Dares, FAP 2009)."""
    connues = labels_of(lot, "fap2009_87")
    vers_87 = link_builder("fap2009_225", "fap2009_87", DARES_2009)
    vers_rome = link_builder("fap2009_87", "rome_v3", DARES_2009)
    fines = [code for code in labels_of(lot, "fap2009_225") if code[:3] in connues]
    larges = {
        (p.code[:3], p.code_cible)
        for p in lot.get(Passerelle)
        if p.nomenclature == "fap2009_225" and p.nomenclature_cible == "rome_v3" and p.code[:3] in connues
    }
    lot.add(Passerelle, [vers_87(code, code[:3]) for code in fines])
    lot.add(Passerelle, [vers_rome(code, rome) for code, rome in sorted(larges)])


def estimate_fap2021(lot: Lot) -> None:
    """FAP 2021 → FAP 2009 where the labels are equal (accents and case aside): an estimate, no official table is read.

    A label that two codes of one edition share decides nothing.
    """
    anciennes, nouvelles = _by_label(labels_of(lot, "fap2009_225")), _by_label(labels_of(lot, "fap2021"))
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

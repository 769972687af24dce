"""Reading official CSV tables: strict on structure, exact about what is refused and where."""

import csv
import hashlib
import io
import sys
from collections import deque
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from referentiels.cellules import Ligne, clean_text
from referentiels.depot import Depot, Membre
from referentiels.errors import (
    CellError,
    EncodingError,
    HeaderError,
    MalformedError,
    MissingSourceError,
    OversizeError,
    RejectionError,
)
from referentiels.journal import FichierLu, Journal

T = TypeVar("T")
PART_REJETS_MAX = 0.05
REJETS_TOLERES = 20
OCTETS_MAX = 512 << 20
csv.field_size_limit(min(sys.maxsize, 1 << 24))


@dataclass(frozen=True, slots=True)
class TableSpec:
    """What one official table looks like.

    Args:
        motif: Regular expression that the whole base name of the file matches (case-blind).
        colonnes: Mandatory column names, as the producer writes them.
        facultatives: Known columns that may be absent (older or newer layouts).
        lignes_max: Above this many rows, the file cannot be the one expected.
        encodage: The producer's encoding; a byte-order mark is tolerated in UTF-8.
        delimiteur: The producer's separator.
        ignorees: Known columns that Azimut does not read.
    """

    motif: str
    colonnes: tuple[str, ...]
    lignes_max: int
    facultatives: tuple[str, ...] = ()
    encodage: str = "utf-8"
    delimiteur: str = ","
    ignorees: tuple[str, ...] = ()


def parse_table(
    depot: Depot,
    spec: TableSpec,
    journal: Journal,
    build: Callable[[Ligne], T],
    *,
    cle: Callable[[T], Hashable] | None = None,
) -> list[T]:
    """Read the newest file that answers the spec, one entity a row.

    Args:
        depot: Where the file lies.
        spec: What the table looks like.
        journal: Receives the counts, the rejections and the remarks.
        build: Makes the entity from a row; a CellError rejects the row, counted and reported.
        cle: Gives the key that must be unique; a second row with the same key is rejected.

    Returns:
        The entities in file order.

    Raises:
        SourceError: The file is absent, unreadable, or too many of its rows are bad.
    """
    membre = depot.find(spec.motif)
    if membre is None:
        raise MissingSourceError(f"aucun fichier ne répond au motif « {spec.motif} ».", fichier=depot.chemin.name)
    return parse_member(depot, membre, spec, journal, build, cle=cle)


def parse_member(
    depot: Depot,
    membre: Membre,
    spec: TableSpec,
    journal: Journal,
    build: Callable[[Ligne], T],
    *,
    cle: Callable[[T], Hashable] | None = None,
) -> list[T]:
    """Same as `parse_table`, for one given member."""
    lu = journal.open(depot.label(membre))
    texte = _decode(depot, membre, spec, lu)
    vus: set[Hashable] = set()
    gardes: list[T] = []
    for ligne in _rows(texte, spec, lu):
        lu.lues += 1
        if lu.lues > spec.lignes_max:
            raise OversizeError(
                f"plus de {spec.lignes_max} lignes : ce n'est pas le fichier attendu.",
                fichier=lu.fichier,
                ligne=ligne.numero,
            )
        try:
            entite = build(ligne)
        except CellError as error:
            lu.reject(ligne.numero, error.colonne, error.motif, error.valeur)
            continue
        if cle is not None:
            valeur = cle(entite)
            if valeur in vus:
                lu.reject(ligne.numero, "", "doublon", str(valeur))
                continue
            vus.add(valeur)
        gardes.append(entite)
    lu.gardees = len(gardes)
    if not lu.lues:
        lu.note("aucune ligne sous l'en-tête")
    check_rejections(lu)
    return gardes


def check_rejections(lu: FichierLu) -> None:
    """Refuse a file of which more than 5 % of the rows (and more than 20) are bad."""
    rejets = lu.rejets.total()
    if rejets > max(REJETS_TOLERES, PART_REJETS_MAX * lu.lues) or (lu.lues and rejets == lu.lues):
        motif, nombre = lu.rejets.most_common(1)[0]
        exemple = lu.exemples[0]
        raise RejectionError(
            f"{rejets} lignes refusées sur {lu.lues} (surtout « {motif} », {nombre} fois ; "
            f"premier exemple : « {exemple.valeur} »).",
            fichier=lu.fichier,
            ligne=exemple.ligne,
            colonne=exemple.colonne or None,
        )


def _decode(depot: Depot, membre: Membre, spec: TableSpec, lu: FichierLu) -> str:
    if membre.octets > OCTETS_MAX:
        raise OversizeError(f"{membre.octets >> 20} Mio : ce n'est pas le fichier attendu.", fichier=lu.fichier)
    brut = depot.read(membre)
    lu.octets = len(brut)
    lu.empreinte = hashlib.sha256(brut).hexdigest()
    if brut.startswith(b"\xef\xbb\xbf"):
        brut = brut[3:]
        lu.note("marque d'ordre des octets (BOM) en tête, ignorée")
    if not brut.strip():
        raise HeaderError("le fichier est vide.", fichier=lu.fichier)
    if brut.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise EncodingError(
            f"le fichier est en UTF-16 au lieu de {spec.encodage.upper()} ; reprenez le fichier officiel.",
            fichier=lu.fichier,
            ligne=1,
        )
    if (nul := brut.find(b"\0")) >= 0:
        raise MalformedError(
            "octet nul : le fichier est abîmé, ou ce n'est pas du texte ; reprenez le fichier officiel.",
            fichier=lu.fichier,
            ligne=brut.count(b"\n", 0, nul) + 1,
            colonne=_column_at(brut, nul, spec),
        )
    try:
        return brut.decode(spec.encodage)
    except UnicodeDecodeError as error:
        ligne = brut.count(b"\n", 0, error.start) + 1
        raise EncodingError(
            f"l'octet 0x{brut[error.start]:02X} n'est pas du {spec.encodage.upper()} "
            "(le fichier est sans doute en latin-1 / Windows-1252) ; reprenez le fichier officiel ou convertissez-le.",
            fichier=lu.fichier,
            ligne=ligne,
            colonne=_column_at(brut, error.start, spec),
        ) from None


def _column_at(brut: bytes, position: int, spec: TableSpec) -> str | None:
    """Name of the column in which a byte falls, as well as it can be told from what stands before it."""
    entete = next(csv.reader([brut.split(b"\n", 1)[0].decode("latin-1")], delimiter=spec.delimiteur), [])
    # The mark stands for the byte itself, which may open a row or a cell.
    avant = csv.reader(io.StringIO(brut[:position].decode("latin-1") + "?", newline=""), delimiter=spec.delimiteur)
    try:
        rang = len(deque(avant, maxlen=1)[0]) - 1
    except csv.Error:
        return None
    return clean_text(entete[rang]) if rang < len(entete) else None


def _rows(texte: str, spec: TableSpec, lu: FichierLu) -> Iterator[Ligne]:
    lecteur = csv.reader(io.StringIO(texte, newline=""), delimiter=spec.delimiteur, strict=True)
    try:
        entete = [clean_text(nom) for nom in next(lecteur)]
        index = _check_header(entete, spec, lu)
        largeur = len(entete)
        debut = lecteur.line_num + 1
        for cellules in lecteur:
            numero, debut = debut, lecteur.line_num + 1
            if len(cellules) < largeur and not any(cellules):
                continue
            if len(cellules) != largeur and not _only_empty_tail(cellules, largeur):
                lu.lues += 1
                lu.reject(numero, "", f"{len(cellules)} cellules au lieu de {largeur}", ";".join(cellules))
                continue
            yield Ligne(cellules, index, numero)
    except csv.Error as error:
        raise MalformedError(
            f"guillemets ou séparateurs incohérents ({error}).", fichier=lu.fichier, ligne=lecteur.line_num
        ) from None


def _only_empty_tail(cellules: list[str], largeur: int) -> bool:
    return len(cellules) > largeur and not any(cellules[largeur:])


def _check_header(entete: list[str], spec: TableSpec, lu: FichierLu) -> dict[str, int]:
    index: dict[str, int] = {}
    for position, nom in enumerate(entete):
        if nom and nom in index:
            raise HeaderError("la colonne figure deux fois dans l'en-tête.", fichier=lu.fichier, ligne=1, colonne=nom)
        if nom:
            index[nom] = position
    for nom in spec.colonnes:
        if nom not in index:
            raise HeaderError(
                f"colonne obligatoire absente (colonnes lues : {', '.join(entete[:12])}).",
                fichier=lu.fichier,
                ligne=1,
                colonne=nom,
            )
    connues = {*spec.colonnes, *spec.facultatives, *spec.ignorees}
    for nom in index:
        if nom not in connues:
            lu.note(f"colonne inconnue « {nom} », ignorée")
    return index

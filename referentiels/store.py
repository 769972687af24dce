"""Frozen dataclasses in one read-only SQLite file: written once, mapped by every process."""

import os
import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date
from itertools import islice
from operator import itemgetter
from pathlib import Path
from queue import Empty, LifoQueue
from typing import Any, TypeVar, get_args, get_type_hints

from referentiels.errors import CorruptCatalogueError

T = TypeVar("T")
SEPARATEUR = "\x1f"
_PARAMETRES_MAX = 500
_RESERVE = 4
"""Connections opened together at the first question: they outlive the file, which later publications remove."""
_ATTENTE = 30.0
"""Seconds before giving up on a connection when no more can be opened."""


@dataclass(frozen=True, slots=True)
class TableStore:
    """How one entity type is kept.

    Args:
        nature: The dataclass or NamedTuple; one column a field.
        cle: Columns of the primary key; empty for a plain list of rows.
        index: Further groups of columns to look rows up by.
        dictionnaires: Columns of few distinct values, kept as small numbers beside a list of the values.
        trie: Whether rows are sorted before they are written; a large table in a stable order needs not.
    """

    nature: type[Any]
    cle: tuple[str, ...]
    index: tuple[tuple[str, ...], ...] = ()
    dictionnaires: tuple[str, ...] = ()
    trie: bool = True

    @property
    def nom(self) -> str:
        """Name of the table."""
        return self.nature.__name__


def columns_of(nature: type[Any]) -> tuple[str, ...]:
    """Column names of an entity type, in the order of its fields."""
    if issubclass(nature, tuple):
        return tuple(get_type_hints(nature))
    return tuple(f.name for f in fields(nature))


def _kinds(nature: type[Any]) -> tuple[str, ...]:
    """For each column: `bool`, `date`, `tuple`, `int`, `float` or `str`."""
    annotations = get_type_hints(nature)
    return tuple(_kind(annotations[nom]) for nom in columns_of(nature))


def _kind(annotation: Any) -> str:
    membres = [a for a in get_args(annotation) if a is not type(None)] if type(None) in get_args(annotation) else []
    base = membres[0] if membres else annotation
    base = getattr(base, "__supertype__", base)
    if getattr(base, "__origin__", None) is tuple:
        return "tuple"
    noms = {bool: "bool", int: "int", float: "float", date: "date"}
    return noms.get(base, "str")


_SQL = {"bool": "INTEGER", "int": "INTEGER", "float": "REAL", "date": "TEXT", "tuple": "TEXT", "str": "TEXT"}


_ENCODE: dict[str, Callable[[Any], Any]] = {"date": date.isoformat, "tuple": SEPARATEUR.join, "bool": int}
"""How the values that SQLite has no type for are written."""


def _encoder(nature: type[T]) -> Callable[[T], Sequence[Any]]:
    noms, natures = columns_of(nature), _kinds(nature)
    if issubclass(nature, tuple):
        return lambda entite: entite  # type: ignore[return-value]
    speciaux = {i: _ENCODE[k] for i, k in enumerate(natures) if k in _ENCODE}

    def encode(entite: T) -> Sequence[Any]:
        valeurs = [getattr(entite, nom) for nom in noms]
        for i, encode_value in speciaux.items():
            if valeurs[i] is not None:
                valeurs[i] = encode_value(valeurs[i])
        return valeurs

    return encode


def _decoder(nature: type[T]) -> Callable[[Sequence[Any]], T]:
    speciaux = tuple((i, k) for i, k in enumerate(_kinds(nature)) if k in {"date", "tuple", "bool"})
    if not speciaux:
        return lambda ligne: nature(*ligne)

    def decode(ligne: Sequence[Any]) -> T:
        valeurs = list(ligne)
        for i, kind in speciaux:
            valeur = valeurs[i]
            if kind == "tuple":
                valeurs[i] = tuple(valeur.split(SEPARATEUR)) if valeur else ()
            elif valeur is not None:
                valeurs[i] = date.fromisoformat(valeur) if kind == "date" else bool(valeur)
        return nature(*valeurs)

    return decode


def write_store(chemin: Path, tables: Iterable[tuple[TableStore, Iterable[Any]]]) -> dict[str, int]:
    """Write a new store; the same rows in the same order give the same bytes.

    Args:
        chemin: A file that does not exist yet; durable on return.
        tables: Each table with its rows; rows are sorted by key before they are written.

    Returns:
        Rows written, by table name.
    """
    comptes: dict[str, int] = {}
    connexion = sqlite3.connect(chemin, isolation_level=None)
    try:
        connexion.executescript("PRAGMA page_size=8192; PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; BEGIN")
        for table, lignes in tables:
            comptes[table.nom] = _write_table(connexion, table, lignes)
        connexion.execute("COMMIT")
    finally:
        connexion.close()
    descripteur = os.open(chemin, os.O_RDONLY)
    try:
        os.fsync(descripteur)
    finally:
        os.close(descripteur)
    return comptes


def _write_table(connexion: sqlite3.Connection, table: TableStore, lignes: Iterable[Any]) -> int:
    noms, natures = columns_of(table.nature), list(_kinds(table.nature))
    encodees = [tuple(valeurs) for valeurs in map(_encoder(table.nature), lignes)]
    for nom in table.dictionnaires:
        rang = noms.index(nom)
        natures[rang] = "int"
        encodees = _write_dictionary(connexion, f"{table.nom}_{nom}", encodees, rang)
    colonnes = ", ".join(f"{nom} {_SQL[kind]}" for nom, kind in zip(noms, natures, strict=True))
    cle = f", PRIMARY KEY ({', '.join(table.cle)})) WITHOUT ROWID" if table.cle and table.trie else ")"
    connexion.execute(f"CREATE TABLE {table.nom} ({colonnes}{cle}")
    if table.cle and table.trie:
        encodees.sort(key=itemgetter(*(noms.index(nom) for nom in table.cle)))
    elif table.trie:
        encodees.sort(key=lambda valeurs: tuple((v is not None, v) for v in valeurs))
    insertion = f"INSERT INTO {table.nom} VALUES ({', '.join('?' * len(noms))})"  # noqa: S608 (names are our own)
    connexion.executemany(insertion, encodees)
    for numero, groupe in enumerate(table.index):
        connexion.execute(f"CREATE INDEX {table.nom}_{numero} ON {table.nom} ({', '.join(groupe)})")
    return len(encodees)


def _write_dictionary(
    connexion: sqlite3.Connection, nom: str, lignes: list[tuple[Any, ...]], rang: int
) -> list[tuple[Any, ...]]:
    """Replace a column by the number of its value, and write the list of values."""
    valeurs = sorted({ligne[rang] for ligne in lignes})
    codes = {valeur: code for code, valeur in enumerate(valeurs)}
    connexion.execute(f"CREATE TABLE {nom} (code INTEGER PRIMARY KEY, valeur TEXT)")
    connexion.executemany(f"INSERT INTO {nom} VALUES (?, ?)", list(enumerate(valeurs)))  # noqa: S608 (our own name)
    return [(*ligne[:rang], codes[ligne[rang]], *ligne[rang + 1 :]) for ligne in lignes]


class Store:
    """Read-only access to a written store, safe from any thread.

    Args:
        chemin: The SQLite file; it must never change while open.
        tables: How each type is kept; only tables with dictionaries need be named.
    """

    def __init__(self, chemin: Path, tables: Iterable[TableStore] = ()) -> None:
        self.chemin = chemin
        self._dictionnaires = {t.nature: t.dictionnaires for t in tables if t.dictionnaires}
        self._valeurs: dict[str, list[str]] = {}
        self._decoders: dict[type[Any], Callable[[Sequence[Any]], Any]] = {}
        self._libres: LifoQueue[sqlite3.Connection] = LifoQueue()
        self._ouvertes = 0

    def close(self) -> None:
        """Close the connections at rest, as before a fork; the next question opens others."""
        while True:
            try:
                self._libres.get_nowait().close()
            except Empty:
                break
            self._ouvertes -= 1

    def _borrow(self) -> sqlite3.Connection:
        """A connection that nobody uses: those at rest first, and a new one only when all are busy."""
        try:
            return self._libres.get_nowait()
        except Empty:
            pass
        if not self._ouvertes:
            for _ in range(_RESERVE - 1):
                self._libres.put(self._open())
        try:
            return self._open()
        except sqlite3.OperationalError:
            if not self._ouvertes:
                raise
        try:
            return self._libres.get(timeout=_ATTENTE)
        except Empty:
            raise sqlite3.OperationalError("every connection is busy and the file is gone") from None

    def _open(self) -> sqlite3.Connection:
        uri = f"{self.chemin.resolve().as_uri()}?mode=ro&immutable=1"
        connexion = sqlite3.connect(uri, uri=True, check_same_thread=False, cached_statements=256)
        connexion.execute("PRAGMA mmap_size=1073741824")
        connexion.execute("PRAGMA query_only=1")
        self._ouvertes += 1
        return connexion

    def rows(self, nature: type[Any], noms: Sequence[str] = ()) -> Iterator[tuple[Any, ...]]:
        """All the rows of a table as raw tuples in key order, some columns only when named."""
        colonnes = ", ".join(noms or columns_of(nature))
        return self._query(f"SELECT {colonnes} FROM {nature.__name__}", ())  # noqa: S608 (names are our own)

    def each(self, nature: type[T]) -> Iterator[T]:
        """The entities of one type in key order, one at a time: a whole table in little memory."""
        return map(self._decoder(nature), self.rows(nature))

    def all(self, nature: type[T]) -> tuple[T, ...]:
        """All the entities of one type, in key order."""
        return tuple(self.each(nature))

    def select(self, nature: type[T], **criteres: Any) -> tuple[T, ...]:
        """Entities whose columns equal the criteria; one of them may be a collection, which means any of its values.

        Dictionary columns cannot be criteria.
        """
        multiples = [nom for nom, v in criteres.items() if isinstance(v, Collection) and not isinstance(v, str)]
        if not criteres or len(multiples) > 1:
            raise ValueError(f"{nature.__name__}: at least one criterion, at most one of several values")
        if not multiples:
            return self._select(nature, criteres)
        multiple = multiples[0]
        valeurs = iter(sorted(set(criteres.pop(multiple))))
        trouves: list[T] = []
        while paquet := list(islice(valeurs, _PARAMETRES_MAX)):
            trouves.extend(self._select(nature, criteres, multiple, paquet))
        return tuple(trouves)

    def count(self, nature: type[Any]) -> int:
        """Number of rows of a table."""
        return int(next(self._query(f"SELECT COUNT(*) FROM {nature.__name__}", ()))[0])  # noqa: S608

    def _decoder(self, nature: type[T]) -> Callable[[Sequence[Any]], T]:
        decoder = self._decoders.get(nature)
        if decoder is None:
            decoder = self._decoders[nature] = self._make_decoder(nature)
        return decoder

    def _make_decoder(self, nature: type[T]) -> Callable[[Sequence[Any]], T]:
        simple = _decoder(nature)
        noms = self._dictionnaires.get(nature, ())
        if not noms:
            return simple
        rangs = [(columns_of(nature).index(nom), self._dictionary(nature, nom)) for nom in noms]

        def decode(ligne: Sequence[Any]) -> T:
            valeurs = list(ligne)
            for rang, mots in rangs:
                valeurs[rang] = mots[valeurs[rang]]
            return simple(valeurs)

        return decode

    def _dictionary(self, nature: type[Any], nom: str) -> list[str]:
        """The values of a dictionary column, by number."""
        cle = f"{nature.__name__}_{nom}"
        if cle not in self._valeurs:
            self._valeurs[cle] = [v for (v,) in self._query(f"SELECT valeur FROM {cle} ORDER BY code", ())]  # noqa: S608
        return self._valeurs[cle]

    def _select(
        self, nature: type[T], criteres: dict[str, Any], multiple: str | None = None, paquet: Sequence[Any] = ()
    ) -> tuple[T, ...]:
        noms = columns_of(nature)
        interdits = self._dictionnaires.get(nature, ())
        demandes = (*criteres, *([multiple] if multiple else []))
        inconnus = [nom for nom in demandes if nom not in noms or nom in interdits]
        if inconnus:
            raise ValueError(f"{nature.__name__} has no column {inconnus}")
        conditions = [f"{nom} = ?" for nom in criteres]
        if multiple:
            conditions.append(f"{multiple} IN ({', '.join('?' * len(paquet))})")
        sql = f"SELECT {', '.join(noms)} FROM {nature.__name__} WHERE {' AND '.join(conditions)}"  # noqa: S608
        return tuple(map(self._decoder(nature), self._query(sql, (*criteres.values(), *paquet))))

    def _query(self, sql: str, parametres: Sequence[Any]) -> Iterator[tuple[Any, ...]]:
        connexion = None
        try:
            connexion = self._borrow()
            # Damaged pages are met while rows are fetched, not when the query is sent.
            yield from connexion.execute(sql, parametres)
        except sqlite3.DatabaseError as error:
            raise CorruptCatalogueError(
                f"le catalogue « {self.chemin.parent.name} » est illisible ({error}) ; "
                "reconstruisez-le avec « azimut construire »."
            ) from error
        finally:
            if connexion is not None:
                self._libres.put(connexion)

"""Frozen dataclasses in one read-only SQLite file: written once, mapped by every process."""

import os
import sqlite3
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date
from itertools import islice
from operator import itemgetter
from pathlib import Path
from typing import Any, TypeVar, get_args, get_type_hints

from referentiels.errors import CorruptCatalogueError

T = TypeVar("T")
SEPARATEUR = "\x1f"
_PARAMETRES_MAX = 500


@dataclass(frozen=True, slots=True)
class TableStore:
    """How one entity type is kept.

    Args:
        nature: The dataclass or NamedTuple; one column a field.
        cle: Columns of the primary key; empty for a plain list of rows.
        index: Further groups of columns to look rows up by.
    """

    nature: type[Any]
    cle: tuple[str, ...]
    index: tuple[tuple[str, ...], ...] = ()

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


def _encoder(nature: type[T]) -> Callable[[T], Sequence[Any]]:
    noms, natures = columns_of(nature), _kinds(nature)
    if issubclass(nature, tuple):
        return lambda entite: entite  # type: ignore[return-value]
    speciaux = {i: k for i, k in enumerate(natures) if k in {"date", "tuple", "bool"}}

    def encode(entite: T) -> Sequence[Any]:
        valeurs = [getattr(entite, nom) for nom in noms]
        for i, kind in speciaux.items():
            valeur = valeurs[i]
            if valeur is not None:
                valeurs[i] = (
                    valeur.isoformat()
                    if kind == "date"
                    else SEPARATEUR.join(valeur)
                    if kind == "tuple"
                    else int(valeur)
                )
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
    noms = columns_of(table.nature)
    colonnes = ", ".join(f"{nom} {_SQL[kind]}" for nom, kind in zip(noms, _kinds(table.nature), strict=True))
    cle = f", PRIMARY KEY ({', '.join(table.cle)})) WITHOUT ROWID" if table.cle else ")"
    connexion.execute(f"CREATE TABLE {table.nom} ({colonnes}{cle}")
    rangs = [noms.index(nom) for nom in table.cle or noms]
    encodees = [tuple(valeurs) for valeurs in map(_encoder(table.nature), lignes)]
    if table.cle:
        encodees.sort(key=itemgetter(*rangs))
    else:
        encodees.sort(key=lambda valeurs: tuple((v is not None, v) for v in valeurs))
    insertion = f"INSERT INTO {table.nom} VALUES ({', '.join('?' * len(noms))})"  # noqa: S608 (names are our own)
    connexion.executemany(insertion, encodees)
    for numero, groupe in enumerate(table.index):
        connexion.execute(f"CREATE INDEX {table.nom}_{numero} ON {table.nom} ({', '.join(groupe)})")
    return len(encodees)


class Store:
    """Read-only access to a written store, safe from any thread.

    Args:
        chemin: The SQLite file; it must never change while open.
    """

    def __init__(self, chemin: Path) -> None:
        self.chemin = chemin
        self._decoders: dict[type[Any], Callable[[Sequence[Any]], Any]] = {}
        self._local = threading.local()

    @property
    def _connexion(self) -> sqlite3.Connection:
        connexion: sqlite3.Connection | None = getattr(self._local, "connexion", None)
        if connexion is None:
            uri = f"{self.chemin.resolve().as_uri()}?mode=ro&immutable=1"
            connexion = sqlite3.connect(uri, uri=True, check_same_thread=False, cached_statements=256)
            connexion.execute("PRAGMA mmap_size=1073741824")
            connexion.execute("PRAGMA query_only=1")
            self._local.connexion = connexion
        return connexion

    def rows(self, nature: type[Any], noms: Sequence[str] = ()) -> Iterator[tuple[Any, ...]]:
        """All the rows of a table as raw tuples in key order, some columns only when named."""
        colonnes = ", ".join(noms or columns_of(nature))
        return iter(self._query(f"SELECT {colonnes} FROM {nature.__name__}", ()))  # noqa: S608 (names are our own)

    def all(self, nature: type[T]) -> tuple[T, ...]:
        """All the entities of one type, in key order."""
        return tuple(map(self._decoder(nature), self.rows(nature)))

    def select(self, nature: type[T], **criteres: Any) -> tuple[T, ...]:
        """Entities whose columns equal the criteria; a collection means any of its values."""
        multiple = next(
            (nom for nom, v in criteres.items() if isinstance(v, Collection) and not isinstance(v, str)), None
        )
        if multiple is None:
            return self._select(nature, criteres)
        valeurs = iter(sorted(set(criteres.pop(multiple))))
        trouves: list[T] = []
        while paquet := list(islice(valeurs, _PARAMETRES_MAX)):
            trouves.extend(self._select(nature, criteres, multiple, paquet))
        return tuple(trouves)

    def count(self, nature: type[Any]) -> int:
        """Number of rows of a table."""
        return int(next(iter(self._query(f"SELECT COUNT(*) FROM {nature.__name__}", ())))[0])  # noqa: S608

    def _decoder(self, nature: type[T]) -> Callable[[Sequence[Any]], T]:
        decoder = self._decoders.get(nature)
        if decoder is None:
            decoder = self._decoders[nature] = _decoder(nature)
        return decoder

    def _select(
        self, nature: type[T], criteres: dict[str, Any], multiple: str | None = None, paquet: Sequence[Any] = ()
    ) -> tuple[T, ...]:
        noms = columns_of(nature)
        inconnus = [nom for nom in (*criteres, *([multiple] if multiple else [])) if nom not in noms]
        if inconnus:
            raise ValueError(f"{nature.__name__} has no column {inconnus}")
        conditions = [f"{nom} = ?" for nom in criteres]
        if multiple:
            conditions.append(f"{multiple} IN ({', '.join('?' * len(paquet))})")
        sql = f"SELECT {', '.join(noms)} FROM {nature.__name__} WHERE {' AND '.join(conditions)}"  # noqa: S608
        return tuple(map(self._decoder(nature), self._query(sql, (*criteres.values(), *paquet))))

    def _query(self, sql: str, parametres: Sequence[Any]) -> Iterable[tuple[Any, ...]]:
        try:
            return self._connexion.execute(sql, parametres)
        except sqlite3.DatabaseError as error:
            raise CorruptCatalogueError(
                f"le catalogue « {self.chemin.parent.name} » est illisible ({error}) ; "
                "reconstruisez-le avec « azimut construire »."
            ) from error

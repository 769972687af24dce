"""Dense search in PostgreSQL: the vectors of a nature in a table of pgvector that bears the version of the index."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Protocol, TypeVar

import numpy as np
import numpy.typing as npt
from pgvector import HalfVector, Vector
from pgvector.psycopg import register_vector
from psycopg import Connection, sql
from psycopg.rows import TupleRow

from embeddings.dense import VOISINS, Proximites, Tableau, gather
from embeddings.manifest import GARDES
from embeddings.types import Nature

EXACT_MAX = 20_000
"""Vectors up to which every one is compared; beyond, those that a graph (HNSW) leads to (see `RESULTATS.md`)."""
_VERROU = 0x617A6976
"""The number of the advisory lock under which vectors are loaded."""
_MEMOIRE_INDEX = (64, 2048)
"""MiB that making a graph may take; a graph that outgrows it is made far more slowly."""
_SOIN = 128
"""Candidates looked at for each vector of a graph that is being made: twice the default, for a recall beyond .99."""
_OCTETS_LIEN = 512
"""What the links of a vector weigh in the graph, about."""
T = TypeVar("T")
Connexion = Connection[TupleRow]
_CREER = "CREATE TABLE {} (rang integer NOT NULL, fiche integer NOT NULL, sorte smallint NOT NULL, vecteur halfvec({}))"
# The few nearest are compared once more in single precision, as FAISS does: the query has not lost its last digits.
_PROCHES = """
SELECT rang, fiche, sorte, -(vecteur::vector <#> %(vecteur)b) AS produit
FROM (SELECT * FROM {} ORDER BY vecteur <#> %(demi)b LIMIT %(voisins)s) AS proches
ORDER BY produit DESC, rang
"""
_TABLES = """
SELECT relname FROM pg_class WHERE relkind = 'r' AND pg_table_is_visible(oid) AND starts_with(relname, %s)
ORDER BY obj_description(oid, 'pg_class') DESC
"""


class Acces(Protocol):
    """A database that is asked, and may not answer."""

    def run(self, travail: Callable[[Connexion], T]) -> T:
        """What is made with a connection that `prepare_connection` prepared.

        Raises:
            DatabaseError: The database cannot serve now.
        """
        ...


class IndexPgvector:
    """The vectors of one nature in PostgreSQL: an `IndexVecteurs`.

    Args:
        acces: Reaches the database.
        nature: Of the entities.
        version: Of the index that the vectors belong to; `load_vectors` has loaded it, or will.
        nombre: How many vectors it holds.
    """

    def __init__(self, acces: Acces, nature: Nature, version: str, nombre: int) -> None:
        self._acces = acces
        self._nombre = nombre
        self._requete = sql.SQL(_PROCHES).format(_table(nature, version)).as_bytes()

    def __len__(self) -> int:
        return self._nombre

    def near(self, vecteur: npt.NDArray[np.float32], voisins: int = VOISINS) -> Proximites:
        """The entities nearest to a unit vector, best text of each kind: see `IndexVecteurs`."""
        lignes = self._acces.run(partial(self._ask, vecteur, min(voisins, self._nombre)))
        rangs, fiches, sortes, produits = np.array(lignes, dtype=np.float64).reshape(-1, 4).T
        entiers = [colonne.astype(np.int64) for colonne in (rangs, fiches, sortes)]
        return gather(entiers[0], produits.astype(np.float32), entiers[1], entiers[2])

    def _ask(self, vecteur: npt.NDArray[np.float32], voisins: int, connexion: Connexion) -> list[TupleRow]:
        demande = {"vecteur": Vector(vecteur), "demi": HalfVector(vecteur), "voisins": voisins}
        with connexion.cursor(binary=True) as curseur:
            return curseur.execute(self._requete, demande).fetchall()


def prepare_connection(connexion: Connexion) -> None:
    """Have a new connection know vectors, look at as many as we do, and compile no query that takes a millisecond."""
    connexion.autocommit = True
    register_vector(connexion)
    connexion.execute(
        f"SET hnsw.ef_search = {VOISINS}; SET hnsw.iterative_scan = relaxed_order; SET jit = off".encode()
    )


def load_vectors(
    connexion: Connexion,
    nature: Nature,
    version: str,
    tableaux: Mapping[str, Tableau],
    exact_max: int = EXACT_MAX,
) -> bool:
    """Copy vectors into a table of their own, in one transaction, others waiting; False when they were there already.

    Args:
        connexion: Out of any transaction.
        nature: Of the entities.
        version: Of the index; two indexes of one version hold the same.
        tableaux: What `IndexDense` takes.
        exact_max: Vectors above which a graph is made.
    """
    table, vecteurs = _table(nature, version), tableaux["vecteurs"]
    with connexion.transaction():
        connexion.execute("SELECT pg_advisory_xact_lock(%s)", (_VERROU,))
        neuve = version not in _versions(connexion, nature)
        if neuve:
            connexion.execute("CREATE EXTENSION IF NOT EXISTS vector")
            register_vector(connexion)
            connexion.execute(sql.SQL(_CREER).format(table, sql.Literal(vecteurs.shape[1])))
            _copy(connexion, table, tableaux)
            if len(vecteurs) > exact_max:
                _make_graph(connexion, table, vecteurs)
            connexion.execute(sql.SQL("ANALYZE {}").format(table))
        instant = sql.Literal(datetime.now(UTC).isoformat())
        connexion.execute(sql.SQL("COMMENT ON TABLE {} IS {}").format(table, instant))
    return neuve


def drop_older(connexion: Connexion, nature: Nature) -> None:
    """Drop all the versions of a nature but the last ones asked for, as many as are kept on disk."""
    with connexion.transaction():
        connexion.execute("SELECT pg_advisory_xact_lock(%s)", (_VERROU,))
        for version in _versions(connexion, nature)[GARDES:]:
            connexion.execute(sql.SQL("DROP TABLE {}").format(_table(nature, version)))


def _table(nature: Nature, version: str) -> sql.Identifier:
    return sql.Identifier(_prefix(nature) + version)


def _prefix(nature: Nature) -> str:
    return f"azimut_vecteurs_{nature}_"


def _versions(connexion: Connexion, nature: Nature) -> list[str]:
    """Those that are loaded, the last asked for first."""
    prefixe = _prefix(nature)
    return [nom.removeprefix(prefixe) for (nom,) in connexion.execute(_TABLES, (prefixe,)).fetchall()]


def _copy(connexion: Connexion, table: sql.Identifier, tableaux: Mapping[str, Tableau]) -> None:
    # Frozen: no reader has to find out whether the rows, as old as the table, are visible.
    copier = sql.SQL("COPY {} FROM STDIN (FORMAT binary, FREEZE)").format(table)
    fiches, sortes = tableaux["fiche"].tolist(), tableaux["sorte"].tolist()
    with connexion.cursor() as curseur, curseur.copy(copier) as copie:
        copie.set_types(("int4", "int4", "int2", "halfvec"))
        for rang, (fiche, sorte, vecteur) in enumerate(zip(fiches, sortes, tableaux["vecteurs"], strict=True)):
            copie.write_row((rang, fiche, sorte, HalfVector(vecteur)))


def _make_graph(connexion: Connexion, table: sql.Identifier, vecteurs: Tableau) -> None:
    besoin = (vecteurs.nbytes + len(vecteurs) * _OCTETS_LIEN) >> 20
    memoire = sql.Literal(f"{int(np.clip(besoin, *_MEMOIRE_INDEX))}MB")
    connexion.execute(sql.SQL("SET LOCAL maintenance_work_mem = {}").format(memoire))
    creer = "CREATE INDEX ON {} USING hnsw (vecteur halfvec_ip_ops) WITH (ef_construction = {})"
    connexion.execute(sql.SQL(creer).format(table, sql.Literal(_SOIN)))

"""Vectors kept in PostgreSQL: connections of their own, asked for a bounded time, left alone after a failure."""

import logging
import time
import weakref
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import psycopg
from sqlalchemy import URL, Engine, NullPool, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from api.persistence.base import ATTENTE, read_url
from api.persistence.disjoncteur import Disjoncteur
from embeddings.dense import Tableau
from embeddings.dense_sql import EXACT_MAX, Connexion, IndexPgvector, drop_older, load_vectors, prepare_connection
from embeddings.types import Nature
from referentiels.errors import DatabaseError, InvalidInputError

DELAI = 1.0
"""Seconds that a search waits for its vectors: past them, words alone answer."""
_PANNES = (psycopg.Error, DBAPIError, PoolTimeoutError, OSError)
"""What a database that cannot serve raises; `TimeoutError` is one of the last."""
_journal = logging.getLogger("azimut.vecteurs")
T = TypeVar("T")


class BaseVecteurs:
    """The vectors of some natures in PostgreSQL: an `Ailleurs` for the search, and its `Acces`; safe between threads.

    Args:
        url: `postgresql://…`.
        connexions: How many searches it may serve at a time.
        disjoncteur: Keeps searches from waiting for a database that does not answer.
        exact_max: Vectors above which a graph is made of those that are loaded.

    Raises:
        InvalidInputError: The address is not that of a PostgreSQL.
    """

    def __init__(
        self, url: str, connexions: int, disjoncteur: Disjoncteur | None = None, exact_max: int = EXACT_MAX
    ) -> None:
        self._url = read_url(url)
        if self._url.get_backend_name() != "postgresql":
            raise InvalidInputError("les vecteurs demandent une base PostgreSQL (AZIMUT_BASE).", champ="base")
        self._connexions = connexions
        self._exact_max = exact_max
        self._disjoncteur = disjoncteur or Disjoncteur()
        self._coupee = False
        limite = {"options": f"-c statement_timeout={round(DELAI * 1000)}", "tcp_user_timeout": ATTENTE * 1000}
        self._moteur = _make_engine(
            self._url, limite, pool_size=connexions, max_overflow=0, pool_timeout=DELAI, pool_pre_ping=True
        )
        event.listen(self._moteur, "connect", lambda connexion, _: prepare_connection(connexion))
        self._fils = self._make_threads()
        # A new catalogue comes with another of these: the connections of this one end with it.
        weakref.finalize(self, self._moteur.dispose)

    def run(self, travail: Callable[[Connexion], T]) -> T:
        """What is made with a connection, within `DELAI`.

        Raises:
            DatabaseError: The database cannot serve now.
        """
        self._disjoncteur.check()
        # The driver would wait for ever for a server that is frozen: a thread does in our place.
        promesse = self._fils.submit(self._lend, travail)
        try:
            fait = promesse.result(DELAI)
        except _PANNES as error:
            promesse.cancel()
            raise self._cut(error) from error
        self._disjoncteur.reset()
        if self._coupee:
            self._coupee = False
            _journal.info("la base rend de nouveau les vecteurs")
        return fait

    def load(self, nature: Nature, version: str, tableaux: Mapping[str, Tableau]) -> bool:
        """Load the vectors of a version of the index, unless they are there; whether they had to be.

        Raises:
            DatabaseError: The database cannot serve now, or has no pgvector; nothing was loaded.
        """
        debut = time.monotonic()
        # Neither the copy nor the wait for another process that makes it is bound by the time limits of searches.
        moteur = _make_engine(self._url, {}, poolclass=NullPool)
        try:
            connexion = moteur.raw_connection()
            try:
                brute = _driver(connexion.driver_connection)
                brute.autocommit = True
                neuve = load_vectors(brute, nature, version, tableaux, self._exact_max)
                drop_older(brute, nature)
            finally:
                connexion.invalidate()
        except _PANNES as error:
            raise DatabaseError(
                f"les vecteurs n'ont pas pu être chargés dans la base ({_cause(error)}) : "
                "répond-elle, et l'extension « vector » y est-elle ?"
            ) from error
        if neuve:
            secondes = time.monotonic() - debut
            _journal.info("vecteurs chargés (%s) : %d en %.1f s", nature, len(tableaux["fiche"]), secondes)
        return neuve

    def open(self, nature: Nature, version: str, tableaux: Mapping[str, Tableau]) -> IndexPgvector:
        """The index of a nature, loaded if it is not; a database that cannot serve now is tried again later."""
        try:
            self.load(nature, version, tableaux)
        except DatabaseError as error:
            self._cut(error.__cause__ or error)
        return IndexPgvector(self, nature, version, len(tableaux["fiche"]))

    def rest(self) -> None:
        """Leave no thread or open connection behind, as before a fork."""
        anciens, self._fils = self._fils, self._make_threads()
        # One that waits for a frozen server is not waited for.
        anciens.shutdown(wait=not self._disjoncteur.ouvert)
        self._moteur.dispose()

    def _make_threads(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(self._connexions, "vecteurs")

    def _lend(self, travail: Callable[[Connexion], T]) -> T:
        connexion = self._moteur.raw_connection()
        try:
            return travail(_driver(connexion.driver_connection))
        except psycopg.Error:
            connexion.invalidate()
            raise
        finally:
            connexion.close()

    def _cut(self, error: BaseException) -> DatabaseError:
        """Note a failure; the journal tells the first."""
        self._disjoncteur.trip()
        cause = _cause(error)
        if not self._coupee:
            self._coupee = True
            _journal.warning(
                "vecteurs hors d'atteinte (%s) : leurs fiches sont cherchées par les mots seuls ; si cela dure, "
                "« azimut base charger-index » les charge ou dit ce qui manque",
                cause,
            )
        return DatabaseError(f"la base ne rend pas les vecteurs ({cause}).")


def _cause(error: BaseException) -> str:
    """The type of an error: its message may hold what was asked."""
    return type(getattr(error, "orig", None) or error).__name__


def _driver(connexion: Any) -> Connexion:
    assert isinstance(connexion, psycopg.Connection)
    return connexion


def _make_engine(url: URL, reglages: Mapping[str, Any], **options: Any) -> Engine:
    attente = {"connect_timeout": ATTENTE, "application_name": "azimut"}
    return create_engine(url, isolation_level="AUTOCOMMIT", connect_args={**attente, **reglages}, **options)

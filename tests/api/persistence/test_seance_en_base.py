"""A session through its pages on each kind of database: what is written is read, what is erased is gone."""

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from api.app import create_app
from api.service import Service
from api.settings import Settings
from tests.api.espace import CLE
from tests.api.seances import open_table

pytestmark = pytest.mark.enable_socket


@pytest.fixture
def application(
    socle: Service, adresse: str, base: object, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[FastAPI]:
    del base
    var = tmp_path_factory.mktemp("var")
    reglages = Settings(var=var, base=SecretStr(adresse), cle_dossiers=SecretStr(CLE), quota_adresse=0, quota_pages=0)
    application = create_app(reglages, socle)
    yield application
    application.state.guichet.base.close()


def test_a_session_is_written_shared_contested_and_erased(application: FastAPI) -> None:
    table = open_table(application, partage=True)
    table.tell()
    assert table.do("epingler", code_rome=table.seance.premiers[0]).status_code == 303
    lue = table.dossier.version
    table.do("convenu", texte="d'abord")
    assert table.do_at(lue, "convenu", texte="ensuite").status_code == 409
    assert table.seance.convenu == ("d'abord",)
    ailleurs = open_table(application, "autre", structure="mission")
    assert ailleurs.navigateur.client.get(table.adresse).status_code == 404
    assert table.post("fin", version=str(table.dossier.version)).status_code == 200
    assert "Preuve" in table.post("effacer", sur="oui").text
    assert table.get().status_code == 404

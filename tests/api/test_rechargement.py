"""A new catalogue enters service while requests go on; a bad one changes nothing."""

import logging
import os
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.app import create_app
from api.exploitation.rechargement import Rechargeur
from api.service import Service
from api.settings import Settings
from referentiels.catalogue import COURANT
from referentiels.errors import CorruptCatalogueError


def _publish(dossier: Path, nom: str, instant: int) -> None:
    dossier.mkdir(parents=True, exist_ok=True)
    (dossier / COURANT).write_text(nom, encoding="utf-8")
    os.utime(dossier / COURANT, ns=(instant, instant))


def _app(service: Service) -> FastAPI:
    app = FastAPI()
    app.state.service = service
    return app


def test_what_is_published_is_taken_once(tmp_path: Path, service: Service) -> None:
    app = _app(service)
    nouveau = Service(service.catalogue, service.recherche, service.recommender)
    rechargeur = Rechargeur(app, tmp_path, lambda: nouveau, 0)
    assert not rechargeur.refresh()
    _publish(tmp_path, "neuf", 10)
    assert rechargeur.refresh()
    assert app.state.service is nouveau
    assert not rechargeur.refresh()


def test_a_catalogue_that_cannot_be_used_leaves_the_old_one(
    tmp_path: Path, service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> Service:
        raise CorruptCatalogueError("abîmé")

    app = _app(service)
    rechargeur = Rechargeur(app, tmp_path, fail, 0)
    _publish(tmp_path, "abime", 10)
    with caplog.at_level(logging.WARNING):
        assert not rechargeur.refresh()
        assert not rechargeur.refresh()
    assert app.state.service is service
    assert [r.getMessage().endswith("abîmé") for r in caplog.records] == [True]


def test_a_running_service_swaps_while_it_answers(
    tmp_path: Path, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    nouveau = Service(service.catalogue, service.recherche, service.recommender)
    monkeypatch.setattr("api.app.load_service", lambda _: nouveau)
    settings = Settings(var=tmp_path, rechargement=0.05)
    app = create_app(settings, service)
    with TestClient(app, base_url="http://azimut.test") as client:
        assert app.state.service is service
        _publish(settings.dossier_catalogue, "neuf", 10)
        for _ in range(400):
            assert client.get("/api/v1/sante").status_code == 200
            if app.state.service is nouveau:
                break
        assert app.state.service is nouveau

"""The service over a small catalogue, and a client of it."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.service import Service
from api.settings import Settings
from recommender.config import load_config
from recommender.pipeline import Recommender
from tests.api.essai import RechercheEssai, build_catalogue


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Service:
    catalogue = build_catalogue(tmp_path_factory.mktemp("catalogue"))
    recherche = RechercheEssai(catalogue)
    return Service(catalogue, recherche, Recommender(catalogue, recherche, load_config(None)))


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(var=tmp_path_factory.mktemp("var"))


@pytest.fixture(scope="session")
def client(service: Service, settings: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(settings, service), base_url="http://azimut.test") as client:
        yield client

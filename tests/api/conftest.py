"""The service over a small catalogue, and a client of it."""

from collections.abc import Iterator

import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI
from fastapi.testclient import TestClient
from playwright.sync_api import Browser

from api.acces import controle as acces
from api.acces import hachage
from api.app import create_app
from api.service import Service
from api.settings import Settings
from recommender.config import load_config
from recommender.pipeline import Recommender
from referentiels.catalogue import Catalogue
from tests.api.chromium import CHROMIUM, launch
from tests.api.contrat import join, open_socle
from tests.api.essai import RechercheEssai, build_catalogue
from tests.api.loopback import serve


@pytest.fixture(scope="session", autouse=True)
def hacheur_reel() -> Iterator[PasswordHasher]:
    """What hashes secrets in service; tests themselves hash hundreds, lightly."""
    leger = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    with pytest.MonkeyPatch.context() as monkeypatch:
        reel = hachage._HACHEUR
        monkeypatch.setattr(hachage, "_HACHEUR", leger)
        monkeypatch.setattr(hachage, "_LEURRE", leger.hash("leurre"))
        # Less than the time that a token takes to be made.
        monkeypatch.setattr(acces, "_PREMIERE_MAIN", 0.0)
        yield reel


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Service:
    catalogue = build_catalogue(tmp_path_factory.mktemp("catalogue"))
    recherche = RechercheEssai(catalogue)
    return Service(catalogue, recherche, Recommender(catalogue, recherche, load_config(None)))


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(var=tmp_path_factory.mktemp("var"), quota_adresse=0, quota_pages=0)


@pytest.fixture(scope="session")
def client(service: Service, settings: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(settings, service), base_url="http://azimut.test") as client:
        yield client


@pytest.fixture(scope="session")
def socle(catalogue_socle: Catalogue, tmp_path_factory: pytest.TempPathFactory) -> Service:
    """The engine over the embedded référentiel."""
    return open_socle(catalogue_socle, tmp_path_factory.mktemp("socle"))


@pytest.fixture(scope="session")
def application_socle(socle: Service, tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    return join(socle, tmp_path_factory.mktemp("application"))


@pytest.fixture(scope="session")
def client_socle(application_socle: FastAPI) -> Iterator[TestClient]:
    with TestClient(application_socle, base_url="http://azimut.test") as client:
        yield client


@pytest.fixture(scope="session")
def adresse_socle(socle: Service, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The same service at a real address of this machine."""
    with serve(join(socle, tmp_path_factory.mktemp("serveur"))) as adresse:
        yield adresse


@pytest.fixture(scope="module")
def adresse(adresse_socle: str) -> str:
    """Where the pages are; a module may serve its own."""
    return adresse_socle


@pytest.fixture(scope="module")
def navigateur() -> Iterator[Browser]:
    """One browser a module."""
    if not CHROMIUM:
        pytest.skip("Chromium absent : installez le paquet « chromium »")
    with launch() as navigateur:
        yield navigateur

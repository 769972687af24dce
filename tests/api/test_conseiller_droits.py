"""Whose dossier it is: every route of a session × every role × another structure, and nothing leaks."""

import re

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute, APIRouter
from fastapi.testclient import TestClient
from httpx2 import Response

from api import app
from api.app import create_app
from api.service import Service
from api.settings import Settings
from api.web.conseiller.accueil import router as accueil
from api.web.conseiller.cloture import router as cloture
from api.web.conseiller.seances import router as seances
from api.web.conseiller.travail import router as travail
from tests.api.espace import ADRESSE, Navigateur, enter
from tests.api.seances import Table, open_table

SECRET = "Bleuet 12"
DIT = "vendeuse en boulangerie"
ROUTES = tuple(
    (methode, route.path)
    for routeur in (travail, seances, cloture)
    for route in routeur.routes
    if isinstance(route, APIRoute)
    for methode in sorted(route.methods or ())
)
ETRANGERS = (
    ("autre-structure", "conseiller", "mission"),
    ("collegue", "conseiller", "cio"),
    ("responsable", "responsable", "cio"),
    ("responsable-ailleurs", "responsable", "mission"),
    ("administrateur", "administrateur", "cio"),
    ("administrateur-ailleurs", "administrateur", "mission"),
)
"""Who is not the conseiller of the dossier: account, role, structure. The colleague has no right without consent."""


@pytest.fixture(scope="module")
def application(socle: Service, tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    reglages = Settings(var=tmp_path_factory.mktemp("var"), quota_adresse=0, quota_pages=0, quota_connexion=0)
    return create_app(reglages, socle)


@pytest.fixture(scope="module")
def table(application: FastAPI) -> Table:
    """The dossier of a conseiller of « cio », shared with nobody."""
    table = open_table(application)
    table.tell(1)
    table.post("notes", version=str(table.dossier.version), notes="une note")
    return table


@pytest.fixture(scope="module")
def etrangers(application: FastAPI) -> dict[str, Navigateur]:
    return {nom: enter(application, nom, role=role, structure=structure) for nom, role, structure in ETRANGERS}


def ask(client: TestClient, methode: str, chemin: str, table: Table, csrf: str) -> Response:
    adresse = chemin.replace("{identifiant}", table.identifiant).replace("{code_rome}", table.seance.premiers[0])
    if methode == "GET":
        return client.get(adresse)
    champs = {
        "jeton_csrf": csrf,
        "version": str(table.dossier.version),
        "geste": "convenu",
        "texte": "vu",
        "sur": "oui",
    }
    return client.post(adresse, data={**champs, "accord": "oui", "notes": "vu", "clore": "oui"})


def test_the_matrix_covers_every_address_of_a_dossier() -> None:
    servies = {
        (methode, route.path)
        for routeur in vars(app).values()
        if isinstance(routeur, APIRouter)
        for route in routeur.routes
        if isinstance(route, APIRoute) and route.path.startswith("/conseiller/dossiers/{identifiant}")
        for methode in route.methods or ()
    }
    assert servies == set(ROUTES)
    assert len(ROUTES) > 20


@pytest.mark.parametrize("etranger", [nom for nom, _, _ in ETRANGERS])
@pytest.mark.parametrize(("methode", "chemin"), ROUTES)
def test_nobody_else_reads_nor_writes(
    etrangers: dict[str, Navigateur], table: Table, methode: str, chemin: str, etranger: str
) -> None:
    avant = table.dossier
    navigateur = etrangers[etranger]
    reponse = ask(navigateur.client, methode, chemin, table, navigateur.csrf)
    attendu = 404 if navigateur.conseiller.role == "conseiller" else 403
    assert reponse.status_code == attendu
    for secret in (SECRET, DIT, "une note"):
        assert secret not in reponse.text
    assert table.dossier == avant


@pytest.mark.parametrize(("methode", "chemin"), ROUTES)
def test_a_stranger_signs_in_first(application: FastAPI, table: Table, methode: str, chemin: str) -> None:
    client = TestClient(application, base_url=ADRESSE, follow_redirects=False, headers={"Accept": "text/html"})
    avant = table.dossier
    reponse = ask(client, methode, chemin, table, "x")
    assert reponse.status_code in {303, 403}
    assert SECRET not in reponse.text
    assert table.dossier == avant


@pytest.mark.parametrize(("methode", "chemin"), [r for r in ROUTES if r[0] == "POST"] + [
    ("POST", "/conseiller/dossiers"), ("POST", "/conseiller/poste"),
])  # fmt: skip
def test_a_form_from_elsewhere_does_nothing(table: Table, methode: str, chemin: str) -> None:
    avant = table.dossier
    assert ask(table.navigateur.client, methode, chemin, table, "faux").status_code == 403
    assert table.dossier == avant


def test_the_answer_is_the_same_for_a_dossier_that_is_not_there(etrangers: dict[str, Navigateur], table: Table) -> None:
    client = etrangers["autre-structure"].client
    absent = client.get("/conseiller/dossiers/" + "0" * 32)
    la = client.get(table.adresse)
    assert (absent.status_code, re.sub(r"[0-9a-f]{32}", "", absent.text)) == (
        la.status_code, re.sub(r"[0-9a-f]{32}", "", la.text),
    )  # fmt: skip


def test_a_colleague_takes_up_what_the_person_agreed_to_share(application: FastAPI) -> None:
    partagee = open_table(application, "lea", partage=True)
    collegue = enter(application, "collegue")
    assert collegue.client.get(partagee.adresse).status_code == 200
    assert partagee.adresse in collegue.client.get("/conseiller").text
    ailleurs = enter(application, "autre-structure", structure="mission")
    assert partagee.adresse not in ailleurs.client.get("/conseiller").text


def test_the_home_is_for_conseillers(etrangers: dict[str, Navigateur], table: Table) -> None:
    assert {route.path for route in accueil.routes if isinstance(route, APIRoute)} == {
        "/conseiller", "/conseiller/dossiers", "/conseiller/poste",
    }  # fmt: skip
    for nom, navigateur in etrangers.items():
        reponse = navigateur.client.get("/conseiller")
        assert table.adresse not in reponse.text, nom
        if navigateur.conseiller.role != "conseiller":
            assert (reponse.status_code, reponse.text) == (303, ""), "vers la page de son rôle"
            assert (
                navigateur.client.post(
                    "/conseiller/dossiers", data={"jeton_csrf": navigateur.csrf, "trace": "non"}
                ).status_code
                == 403
            )

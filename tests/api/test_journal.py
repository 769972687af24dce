"""The journal: one line an event, an identifier for each request, and never a word of a person."""

import json
import logging
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from api.exploitation.journal import Format, LignesJson, Lisible, configure_journal, request_id
from api.exploitation.middleware import IDENTIFIANT
from tests.api.test_v1 import casser

MOT = "zanzibarette"
"""A word that nobody writes but a person, in each field of each request."""
UUID = "0f8fad5b-d9cb-469f-a165-70867728950e"


@pytest.mark.parametrize("recu", [UUID, UUID.upper(), "a" * 16, "0123456789abcdef" * 2])
def test_an_identifier_that_is_only_one_is_taken_over(recu: str) -> None:
    assert request_id(recu) == recu.lower()


@pytest.mark.parametrize("recu", ["", MOT, "a" * 15, "a" * 33, "marie dupont", "é" * 16, "g" * 32, "12", f"{UUID} x"])
def test_an_identifier_that_may_hold_words_is_not(recu: str) -> None:
    assert re.fullmatch(r"[0-9a-f]{32}", request_id(recu))
    assert request_id(recu) != request_id(recu)


def _record(message: str, **champs: Any) -> logging.LogRecord:
    ligne = logging.LogRecord("azimut.essai", logging.INFO, "", 0, message, (), None)
    ligne.__dict__.update(champs)
    return ligne


def test_a_json_line_holds_what_is_allowed_and_nothing_else() -> None:
    ligne = json.loads(LignesJson().format(_record("bonjour", statut=200, route="/x", corps=MOT)))
    assert ligne["message"] == "bonjour"
    assert (ligne["statut"], ligne["route"], ligne["niveau"], ligne["journal"]) == (200, "/x", "INFO", "azimut.essai")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", ligne["instant"])
    assert MOT not in str(ligne)


@pytest.mark.parametrize("forme", [Lisible(), LignesJson()])
def test_an_error_is_told_without_its_message(forme: logging.Formatter) -> None:
    ligne = _record("raté")
    try:
        int(MOT)
    except ValueError as error:
        ligne.exc_info = (ValueError, error, error.__traceback__)
    ligne.exc_text = f"laissé par un autre : {MOT}"
    ecrit = forme.format(ligne)
    assert "ValueError" in ecrit
    assert "test_journal.py" in ecrit
    assert MOT not in ecrit


@pytest.fixture
def ecrit(capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[[], str]]:
    """Reads what was written; the journal is as before afterwards."""
    racine = logging.getLogger()
    poignees, niveau = racine.handlers[:], racine.level
    yield lambda: capsys.readouterr().err
    racine.handlers[:] = poignees
    racine.setLevel(niveau)
    logging.getLogger("azimut").setLevel(logging.NOTSET)
    logging.getLogger("uvicorn.access").disabled = False
    logging.captureWarnings(capture=False)


def _addresses(application: FastAPI) -> Iterator[tuple[str, str]]:
    """Every method and address that the application serves, the word in each parameter of the address."""
    for chemin, methodes in application.openapi()["paths"].items():
        for methode in methodes:
            yield methode.upper(), re.sub(r"\{\w+\}", MOT, chemin)
    for route in application.routes:
        if isinstance(route, APIRoute) and not route.include_in_schema:
            yield from ((m, re.sub(r"\{\w+(:\w+)?\}", MOT, route.path)) for m in route.methods or ())


def _everything(client: TestClient, methode: str, adresse: str) -> None:
    """One address with the word everywhere that someone may write."""
    entetes = {"User-Agent": MOT, "Cookie": f"a={MOT}", "Referer": f"https://{MOT}.fr/", IDENTIFIANT: MOT}
    entetes |= {"If-None-Match": MOT, "Origin": f"https://{MOT}.fr", "Authorization": f"Bearer {MOT}"}
    parametres = dict.fromkeys(("q", "commune", "nature", "limite", "voie", "curseur", "graine", MOT), MOT)
    corps: list[dict[str, Any]] = [
        {"json": {"souhait": MOT, "competences": [MOT], "experiences": [{"texte": MOT}], "nom": MOT, MOT: MOT}},
        {"json": {"texte": MOT, "reponses": [{"identifiant": MOT, "valeur": MOT}], "territoire": MOT}},
        {"json": {"ponderation": {MOT: MOT}, "diplomes": [MOT], "interets": {"centres": [MOT]}}},
        {"content": MOT, "headers": {"Content-Type": "application/json"}},
        {"content": f'{{"souhait": "{MOT}'},
        {"data": {"savoir": MOT, "commune": MOT, "grant_type": MOT, "client_id": MOT, "client_secret": MOT}},
    ]
    if methode in {"GET", "HEAD"}:
        sans = {nom: v for nom, v in entetes.items() if nom != "Authorization"}
        for variante in (entetes, sans):
            client.request(methode, adresse, params=parametres, headers=variante)
            client.request(methode, adresse, params={"q": MOT}, headers=variante)
        return
    for envoi in corps:
        siens = {nom: v for nom, v in entetes.items() if nom != "Authorization"} | envoi.pop("headers", {})
        client.request(methode, adresse, params={"limite": 3}, headers=siens, **envoi)


@pytest.mark.parametrize("forme", ["texte", "json"])
def test_a_whole_scenario_leaves_no_word_in_the_journal(
    client: TestClient, ecrit: Callable[[], str], forme: Format
) -> None:
    configure_journal("DEBUG", forme)
    application = client.app
    assert isinstance(application, FastAPI)
    adresses = sorted(set(_addresses(application)))
    assert len(adresses) > 25
    for methode, adresse in adresses:
        _everything(client, methode, adresse)
    client.get(f"/{MOT}/{MOT}", headers={"Accept": "text/html"})
    client.request("DELETE", f"/api/v1/metiers/{MOT}")
    client.post("/api/v1/recommandations", content=MOT * 30_000, headers={"Content-Type": "application/json"})
    tout = ecrit()
    assert tout.count("\n") > 2 * len(adresses)
    assert MOT not in tout.lower()
    assert "erreur imprévue" not in tout


def test_the_unforeseen_leaves_no_word_either(client: TestClient, ecrit: Callable[[], str]) -> None:
    configure_journal("DEBUG", "json")
    application = client.app
    assert isinstance(application, FastAPI)
    casse = casser(application.state.service, application.state.settings, RuntimeError(MOT))
    assert casse.post("/api/v1/recommandations", json={"souhait": MOT}).status_code == 500
    logging.getLogger("bibliotheque").exception("raté", exc_info=ValueError(MOT))
    tout = ecrit()
    assert any("RuntimeError" in json.loads(ligne)["message"] for ligne in tout.splitlines())
    assert MOT not in tout


def test_each_line_of_a_request_has_its_identifier(client: TestClient, ecrit: Callable[[], str]) -> None:
    configure_journal("INFO", "json")
    reponse = client.get("/api/v1/metiers/D1102", headers={IDENTIFIANT: UUID})
    assert reponse.headers[IDENTIFIANT] == UUID
    [ligne] = [json.loads(texte) for texte in ecrit().splitlines()]
    assert ligne["requete"] == UUID
    assert (ligne["methode"], ligne["route"], ligne["statut"]) == ("GET", "/api/v1/metiers/{code_rome}", 200)
    assert ligne["duree_ms"] >= 0


def test_each_answer_has_an_identifier_of_its_own(client: TestClient) -> None:
    recus = {client.get(adresse).headers[IDENTIFIANT] for adresse in ("/", "/api/v1/sante", "/rien", "/api/v1/sante")}
    assert len(recus) == 4


def test_the_access_log_of_the_server_is_silent(ecrit: Callable[[], str]) -> None:
    configure_journal("DEBUG")
    logging.getLogger("uvicorn.access").info(MOT)
    logging.getLogger("httpx").info(MOT)
    assert MOT not in ecrit()

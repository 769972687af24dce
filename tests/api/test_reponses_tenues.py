"""Answers kept in memory: the same bytes, for the same engine, never those about a person."""

from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from fastapi import FastAPI, Response
from fastapi.testclient import TestClient
from starlette.middleware.gzip import GZipMiddleware

from api.exploitation.reponses_tenues import ReponsesTenues

PUBLIQUE = {"Cache-Control": "public, max-age=300", "ETag": 'W/"a"'}


class Compteur:
    """An application that counts what reaches it."""

    def __init__(self, octets: int = 1_000_000) -> None:
        self.appels = 0
        self.app = FastAPI()
        self.app.state.service = SimpleNamespace()

        @self.app.get("/fiche/{code}")
        def read(code: str) -> Response:
            self.appels += 1
            return Response(code * 2000, headers=PUBLIQUE, media_type="text/plain")

        @self.app.get("/autre")
        def other(cache: str = "no-store", etag: str = "", statut: int = 200) -> Response:
            self.appels += 1
            entetes = {"Cache-Control": cache, **({"ETag": etag} if etag else {})}
            return Response("x", statut, entetes)

        self.app.add_middleware(GZipMiddleware, minimum_size=100)
        self.app.add_middleware(ReponsesTenues, octets=octets)
        self.client = TestClient(self.app)


def test_the_second_answer_is_the_first_one() -> None:
    c = Compteur()
    une, deux = c.client.get("/fiche/ab"), c.client.get("/fiche/ab")
    assert c.appels == 1
    assert (une.content, dict(une.headers)) == (deux.content, dict(deux.headers))
    assert une.headers["content-encoding"] == "gzip"


def test_each_encoding_and_each_address_has_its_own() -> None:
    c = Compteur()
    for adresse, entetes in (("/fiche/a", {}), ("/fiche/a?x=1", {}), ("/fiche/a", {"Accept-Encoding": "identity"})):
        reponse = c.client.get(adresse, headers=entetes)
        assert reponse.text == "a" * 2000
    assert c.appels == 3


def test_what_the_client_holds_is_not_sent_again() -> None:
    c = Compteur()
    c.client.get("/fiche/a")
    for tenue in ('W/"a"', '"a"', '"b", W/"a"', "*"):
        reponse = c.client.get("/fiche/a", headers={"If-None-Match": tenue})
        assert (reponse.status_code, reponse.content, reponse.headers["etag"]) == (304, b"", 'W/"a"')
    assert c.client.get("/fiche/a", headers={"If-None-Match": '"b"'}).status_code == 200
    assert c.appels == 1


def test_another_engine_or_another_day_forgets_all(monkeypatch: pytest.MonkeyPatch) -> None:
    c = Compteur()
    c.client.get("/fiche/a")
    c.app.state.service = SimpleNamespace()
    c.client.get("/fiche/a")
    assert c.appels == 2
    monkeypatch.setattr("api.exploitation.reponses_tenues.date", SimpleNamespace(today=lambda: date(2031, 1, 1)))
    c.client.get("/fiche/a")
    assert c.appels == 3


@pytest.mark.parametrize(
    "parametres",
    [
        {"cache": "private, max-age=300", "etag": "a"},
        {"cache": "public", "etag": ""},
        {"cache": "public", "etag": "a", "statut": 404},
        {"cache": "no-store", "etag": "a"},
    ],
)
def test_only_public_whole_answers_are_kept(parametres: dict[str, Any]) -> None:
    c = Compteur()
    for _ in range(2):
        c.client.get("/autre", params=parametres)
    assert c.appels == 2


def test_the_ones_asked_longest_ago_go_first() -> None:
    c = Compteur(octets=5_000)
    clair = {"Accept-Encoding": "identity"}
    for code in ("a", "b", "a", "c", "a", "b"):  # two fit; « b » leaves for « c »
        c.client.get(f"/fiche/{code}", headers=clair)
    assert c.appels == 4


def test_a_fiche_is_kept_and_a_search_is_not(client: TestClient) -> None:
    for adresse in ("/api/v1/metiers/D1102", "/api/v1/recherche?q=pain"):
        assert client.get(adresse).content == client.get(adresse).content
    compte = client.get("/metriques", headers={}).status_code
    assert compte == 404  # the test client has no local address

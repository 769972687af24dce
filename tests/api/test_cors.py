"""Pages of partners may call the API, by exact origin; those of others may not."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.acces.annuaire import DUREE
from api.acces.partenaires import revoke, update_partenaire
from api.service import Service
from tests.api.portail import LECTURE, ask_token, bearer, counter_of, enrol, serve

ORIGINE = "https://portail.exemple.fr"
PREALABLE = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization, content-type"}


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine is no slow database."""
    monkeypatch.setattr("api.acces.attente.PATIENCE", 10.0)


@pytest.fixture
def client(service: Service, tmp_path: Path) -> Iterator[TestClient]:
    with serve(service, tmp_path, quota_adresse=50) as client:
        enrol(client, origines=[ORIGINE])
        yield client


def from_page(client: TestClient, origine: str, adresse: str = LECTURE) -> dict[str, str]:
    return dict(client.get(adresse, headers={"Origin": origine}).headers)


def test_the_page_of_a_partner_reads_the_answer(client: TestClient) -> None:
    entetes = from_page(client, ORIGINE)
    assert entetes["access-control-allow-origin"] == ORIGINE
    assert "Origin" in entetes["vary"]
    assert "access-control-allow-credentials" not in entetes
    for expose in ("RateLimit", "RateLimit-Policy", "Retry-After", "ETag"):
        assert expose in entetes["access-control-expose-headers"]


@pytest.mark.parametrize(
    "origine",
    [
        "https://exemple.fr", "https://portail.exemple.fr.mechant.fr", "https://mechant-portail.exemple.fr",
        "http://portail.exemple.fr", "https://portail.exemple.fr:8443", "https://PORTAIL.exemple.fr", "null", "*", "",
    ],
)  # fmt: skip
def test_another_page_does_not(client: TestClient, origine: str) -> None:
    entetes = from_page(client, origine)
    assert "access-control-allow-origin" not in entetes
    assert "Origin" in entetes["vary"]
    refus = client.options(LECTURE, headers={"Origin": origine, **PREALABLE})
    assert refus.status_code == 403
    assert refus.headers["content-type"] == "application/problem+json"
    assert refus.json()["type"] == "/erreurs/origine-refusee"
    assert "access-control-allow-origin" not in refus.headers


def test_answers_differ_by_origin_even_when_none_is_told(client: TestClient) -> None:
    assert "Origin" in client.get(LECTURE).headers["vary"]


def test_a_browser_may_ask_before_it_sends(client: TestClient) -> None:
    reponse = client.options("/api/v1/recommandations", headers={"Origin": ORIGINE, **PREALABLE})
    assert reponse.status_code == 204
    assert reponse.headers["access-control-allow-origin"] == ORIGINE
    assert "POST" in reponse.headers["access-control-allow-methods"]
    assert "Authorization" in reponse.headers["access-control-allow-headers"]
    assert "Origin" in reponse.headers["vary"]
    assert "ratelimit" not in reponse.headers, "un préalable ne compte pas"
    autre = {"Origin": ORIGINE, "Access-Control-Request-Method": "DELETE"}
    assert client.options("/api/v1/recommandations", headers=autre).status_code == 403


def test_refusals_too_can_be_read_by_the_page(client: TestClient) -> None:
    for reponse in (
        client.get(LECTURE, headers={"Origin": ORIGINE, **bearer("a.b.c")}),
        client.get("/api/v1/metiers/inconnu", headers={"Origin": ORIGINE}),
        *(client.get(LECTURE, headers={"Origin": ORIGINE}) for _ in range(60)),
    ):
        assert reponse.headers["access-control-allow-origin"] == ORIGINE
    assert reponse.status_code == 429


def test_pages_for_persons_are_not_opened(client: TestClient) -> None:
    assert "access-control-allow-origin" not in from_page(client, ORIGINE, "/docs")


def test_origins_follow_the_partner(client: TestClient) -> None:
    base, annuaire = counter_of(client).base, counter_of(client).annuaire
    assert "access-control-allow-origin" in from_page(client, ORIGINE)
    update_partenaire(base, "lorfolio", origines=["https://autre.fr"])
    annuaire._lu -= DUREE
    assert "access-control-allow-origin" not in from_page(client, ORIGINE)
    assert from_page(client, "https://autre.fr")["access-control-allow-origin"] == "https://autre.fr"
    revoke(base, "lorfolio")
    annuaire._lu -= DUREE
    assert "access-control-allow-origin" not in from_page(client, "https://autre.fr")


def test_a_token_is_no_origin(client: TestClient) -> None:
    secret = enrol(client, "sans-page")
    jeton = ask_token(client, secret, "sans-page")
    entetes = client.get(LECTURE, headers={"Origin": "https://inconnue.fr", **bearer(jeton)}).headers
    assert "access-control-allow-origin" not in entetes

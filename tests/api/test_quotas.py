"""Quotas over HTTP: who is counted, what the headers say, what happens when the database is down."""

import asyncio
import gc
import re
import socket
import time
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from api.acces.attente import wait_briefly
from api.acces.guichet import Guichet
from api.acces.partenaires import update_partenaire
from api.acces.quotas import PART_LOCALE
from api.service import Service
from api.settings import Settings
from referentiels.errors import DatabaseError
from tests.api.portail import DEMANDE, JETON, LECTURE, ask_token, bearer, counter_of, enrol, serve


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine is no slow database."""
    monkeypatch.setattr("api.acces.attente.PATIENCE", 10.0)


@pytest.fixture
def client(service: Service, tmp_path: Path) -> Iterator[TestClient]:
    with serve(service, tmp_path, quota_adresse=5, quota_pages=3, quota_partenaire=8, quota_jeton=3) as client:
        yield client


def statuses(client: TestClient, nombre: int, adresse: str = LECTURE, **entetes: str) -> list[int]:
    return [client.get(adresse, headers=entetes).status_code for _ in range(nombre)]


def test_beyond_the_quota_one_is_told_when_to_come_back(client: TestClient) -> None:
    assert statuses(client, 5) == [200] * 5
    reponse = client.get(LECTURE)
    assert reponse.status_code == 429
    assert reponse.headers["content-type"] == "application/problem+json"
    assert reponse.json()["type"] == "/erreurs/quota-atteint"
    assert 0 < int(reponse.headers["retry-after"]) <= 60
    assert reponse.headers["x-content-type-options"] == "nosniff"
    assert reponse.headers["x-request-id"]


def test_the_headers_say_what_is_left(client: TestClient) -> None:
    reponses = [client.get(LECTURE) for _ in range(6)]
    assert {r.headers["ratelimit-policy"] for r in reponses} == {'"adresse";q=5;w=60'}
    lus = [re.fullmatch(r'"adresse";r=(\d+);t=(\d+)', r.headers["ratelimit"]) for r in reponses]
    assert [int(lu[1]) for lu in lus if lu] == [4, 3, 2, 1, 0, 0]
    assert all(0 < int(lu[2]) <= 60 for lu in lus if lu)


def test_a_browser_is_told_with_a_page(client: TestClient) -> None:
    assert statuses(client, 3, "/docs", accept="text/html") == [200] * 3
    reponse = client.get("/docs", headers={"Accept": "text/html"})
    assert reponse.status_code == 429
    assert reponse.headers["content-type"].startswith("text/html")


def test_a_school_behind_one_address_reads_pages_and_the_api_stays_closed(service: Service, tmp_path: Path) -> None:
    with serve(service, tmp_path, quota_adresse=4, quota_pages=40) as ecole:
        eleves = [ecole.get("/orientation", headers={"Accept": "text/html"}) for _ in range(20)]
        assert {r.status_code for r in eleves} == {200}
        assert eleves[-1].headers["ratelimit-policy"] == '"pages";q=40;w=60'
        assert statuses(ecole, 5) == [200] * 4 + [429], "l'API garde son quota, que les pages n'entament pas"
        champs = [ecole.get("/api/v1/suggestions?q=bou"), ecole.get("/api/v1/territoires?q=nan")]
        assert {r.headers["ratelimit-policy"] for r in champs} == {'"pages";q=40;w=60'}, "un champ se complète"
        for adresse in ("/api/v1/recherche?q=x", "/api/v1/formations", "/api/v1/suggestions/", "/api//v1/suggestions"):
            assert ecole.get(adresse).status_code == 429, adresse
        assert ecole.post("/api/v1/recommandations", json={}).status_code == 429
        reste = [ecole.get("/orientation").status_code for _ in range(19)]
        assert (reste[:18], reste[18:]) == ([200] * 18, [429])


def test_what_watches_and_what_dresses_pages_is_not_counted(client: TestClient) -> None:
    statuses(client, 6)
    for adresse in ("/sante", "/pret", "/api/v1/sante", "/static/absent.css", "/metriques"):
        reponse = client.get(adresse)
        assert reponse.status_code != 429, adresse
        assert "ratelimit" not in reponse.headers, adresse


def test_errors_are_counted_too(client: TestClient) -> None:
    assert statuses(client, 6, "/api/v1/metiers/inconnu") == [404] * 5 + [429]


def test_addresses_are_counted_apart(service: Service, tmp_path: Path) -> None:
    with serve(service, tmp_path, adresse="203.0.113.7", quota_adresse=2) as une:
        assert statuses(une, 3) == [200, 200, 429]
    with serve(service, tmp_path, adresse="203.0.113.8", quota_adresse=2) as autre:
        assert statuses(autre, 3) == [200, 200, 429]
    with serve(service, tmp_path, adresse="203.0.113.7", quota_adresse=2) as relancee:
        assert statuses(relancee, 1) == [429], "un redémarrage ne rend rien"


def test_a_network_of_ipv6_is_counted_together(service: Service, tmp_path: Path) -> None:
    with serve(service, tmp_path, adresse="2001:db8::1", quota_adresse=2) as une:
        assert statuses(une, 2) == [200, 200]
    with serve(service, tmp_path, adresse="2001:db8::ffff:1", quota_adresse=2) as voisine:
        assert statuses(voisine, 1) == [429]


def test_no_address_is_kept_in_clear(client: TestClient) -> None:
    client.get(LECTURE)
    with counter_of(client).base.reading() as session:
        [cle] = session.scalars(text("SELECT cle FROM compteurs")).all()
    assert "203.0.113.7" not in cle
    counter_of(client).base.close()  # a file of SQLite is read by others only when no one holds it
    fichier = Path(str(counter_of(client).base.url.database))
    assert cle.encode() in fichier.read_bytes()
    assert b"203.0.113.7" not in fichier.read_bytes()


def test_a_forwarded_address_is_believed_from_trusted_proxies_alone(service: Service, tmp_path: Path) -> None:
    def spend(client: TestClient, relaye: str) -> int:
        return client.get(LECTURE, headers={"X-Forwarded-For": relaye}).status_code

    with serve(service, tmp_path / "sans", adresse="10.0.0.1", quota_adresse=2) as client:
        assert [spend(client, f"198.51.100.{n}") for n in range(3)] == [200, 200, 429]
    with serve(service, tmp_path / "avec", adresse="10.0.0.1", quota_adresse=2, mandataires="10.0.0.0/8") as client:
        assert [spend(client, f"198.51.100.{n}") for n in range(3)] == [200, 200, 200]
        assert [spend(client, f"192.0.2.{n}, 198.51.100.0, 10.2.3.4") for n in range(2)] == [200, 429]
        assert [spend(client, f"rien {n}") for n in range(2)] == [200, 200]
        assert spend(client, "encore autre chose") == 429, "ce qui n'est pas une adresse compte ensemble"
    with serve(service, tmp_path / "autre", adresse="9.9.9.9", quota_adresse=2, mandataires="10.0.0.0/8") as client:
        assert [spend(client, f"198.51.100.{n}") for n in range(3)] == [200, 200, 429]


def test_a_partner_has_its_own_quota(client: TestClient) -> None:
    jeton = bearer(ask_token(client, enrol(client)))
    statuses(client, 6)
    reponse = client.get(LECTURE, headers=jeton)
    assert reponse.headers["ratelimit-policy"] == '"partenaire";q=8;w=60'
    assert statuses(client, 8, **jeton) == [200] * 7 + [429]
    update_partenaire(counter_of(client).base, "lorfolio", quota=20)
    counter_of(client).annuaire._lu = float("-inf")
    assert client.get(LECTURE, headers=jeton).headers["ratelimit-policy"] == '"partenaire";q=20;w=60'


def test_a_token_gives_no_more_tries_at_secrets(client: TestClient) -> None:
    jeton = ask_token(client, enrol(client))
    champs = {**DEMANDE, "client_id": "autre", "client_secret": "faux"}
    reponses = [client.post(JETON, data=champs, headers=bearer(jeton)).status_code for _ in range(3)]
    assert reponses == [401, 401, 429]


def test_guessing_tokens_or_secrets_is_counted_by_address(client: TestClient) -> None:
    assert statuses(client, 6, **bearer("a.b.c")) == [401] * 5 + [429]
    secrets = [client.post(JETON, data=DEMANDE, auth=("lorfolio", f"faux{n}")).status_code for n in range(4)]
    assert secrets == [401] * 3 + [429]


def test_zero_is_no_limit(service: Service, tmp_path: Path) -> None:
    with serve(service, tmp_path, quota_adresse=0) as client:
        reponse = client.get(LECTURE)
        assert reponse.status_code == 200
        assert "ratelimit" not in reponse.headers
    assert not (tmp_path / "azimut.db").exists(), "rien à compter, rien d'ouvert"


def test_reads_go_on_without_the_database_under_a_strict_limit(service: Service, tmp_path: Path) -> None:
    obstacle = tmp_path / "fichier"
    obstacle.touch()
    with serve(service, tmp_path, base=f"sqlite:///{obstacle}/azimut.db", quota_adresse=40) as client:
        assert statuses(client, 12) == [200] * (40 // PART_LOCALE) + [429] * 2


def test_a_database_that_dies_stops_no_read(service: Service, tmp_path: Path) -> None:
    with serve(service, tmp_path, quota_adresse=400, quota_partenaire=400) as client:
        guichet = counter_of(client)
        jeton = bearer(ask_token(client, enrol(client)))
        assert client.get(LECTURE, headers=jeton).status_code == 200
        guichet.base.close()
        for fichier in tmp_path.glob("azimut.db*"):
            fichier.unlink()
        (tmp_path / "azimut.db").mkdir()
        debut = time.perf_counter()
        assert statuses(client, 60) == [200] * 60
        assert statuses(client, 60, **jeton) == [200] * 60, "le partenaire reste connu"
        assert time.perf_counter() - debut < 2
        assert client.post(JETON, data=DEMANDE, auth=("lorfolio", "x")).status_code == 503


def test_a_failure_is_told_once(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(tot: "Future[None]", tard: "Future[None]") -> None:
        tot.set_exception(DatabaseError("avant"))
        assert await wait_briefly(tot)
        monkeypatch.setattr("api.acces.attente.PATIENCE", 0.0)
        assert not await wait_briefly(tard)
        tard.set_exception(DatabaseError("après"))
        await asyncio.sleep(0.01)

    asyncio.run(fail(Future(), Future()))
    gc.collect()
    assert not caplog.records


def test_a_database_that_hangs_delays_one_request_not_the_next(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.acces.attente.PATIENCE", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as muette:
        base = f"postgresql://azimut@127.0.0.1:{muette.getsockname()[1]}/azimut"
        with serve(service, tmp_path, base=base, quota_adresse=400) as client:
            debut = time.perf_counter()
            assert statuses(client, 1) == [200]
            assert time.perf_counter() - debut < 1
            debut = time.perf_counter()
            assert statuses(client, 20) == [200] * 20
            assert time.perf_counter() - debut < 1


@pytest.mark.mesure
def test_counting_costs_less_than_a_tenth_of_a_millisecond(tmp_path: Path) -> None:
    """At the quota of the settings, window after window, database included; the time of the processor."""

    async def measure() -> float:
        guichet = Guichet(Settings(var=tmp_path))
        quota = guichet.quota_of(None)
        assert quota is not None
        await guichet.quotas.spend(quota, "quelqu'un")
        debut = time.process_time()
        for qui in range(20):
            for _ in range(quota.limite):
                await guichet.quotas.spend(quota, await guichet.adresses.name(f"203.0.113.{qui}"))
        duree = time.process_time() - debut
        guichet.close()
        return duree / (20 * quota.limite)

    cout = asyncio.run(measure())
    assert cout < 100e-6, f"{cout * 1e6:.0f} µs"

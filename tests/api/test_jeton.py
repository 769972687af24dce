"""Tokens of partners: how they are asked for, what they open, when they are refused."""

import base64
import json
import logging
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from authlib.integrations.httpx_client import OAuth2Client
from fastapi.testclient import TestClient
from joserfc import jwt
from joserfc.jwk import OctKey

from api.acces.annuaire import DUREE
from api.acces.cles_jetons import ensure_keys, rotate_key
from api.acces.partenaires import revoke, rotate_secret, update_partenaire
from api.service import Service
from tests.api.portail import DEMANDE, JETON, LECTURE, ask_token, basic, bearer, counter_of, enrol, serve

GOUTS = "/api/v1/interets"


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine is no slow database."""
    monkeypatch.setattr("api.acces.attente.PATIENCE", 10.0)


@pytest.fixture
def client(service: Service, tmp_path: Path) -> Iterator[TestClient]:
    with serve(service, tmp_path) as client:
        yield client


def look_again(client: TestClient) -> None:
    """Let the time pass after which partners are read again."""
    counter_of(client).annuaire._lu -= DUREE


def claims_of(jeton: str) -> dict[str, Any]:
    corps = jeton.split(".")[1]
    lues: dict[str, Any] = json.loads(base64.urlsafe_b64decode(corps + "=" * (-len(corps) % 4)))
    return lues


def test_a_token_is_short_signed_and_never_stored(client: TestClient) -> None:
    reponse = client.post(JETON, data=DEMANDE, auth=("lorfolio", enrol(client)))
    assert reponse.status_code == 200
    corps = reponse.json()
    assert (corps["token_type"], corps["expires_in"], corps["scope"]) == ("Bearer", 900, "lecture recommandation")
    assert reponse.headers["cache-control"] == "no-store"
    dites = claims_of(corps["access_token"])
    assert (dites["iss"], dites["aud"], dites["sub"]) == ("azimut", "azimut-api", "lorfolio")
    assert dites["exp"] - dites["iat"] == 900


def test_the_secret_may_come_in_the_form(client: TestClient) -> None:
    champs = {**DEMANDE, "client_id": "lorfolio", "client_secret": enrol(client), "scope": "lecture"}
    reponse = client.post(JETON, data=champs)
    assert reponse.status_code == 200
    assert reponse.json()["scope"] == "lecture"


def test_a_client_of_the_trade_gets_its_token(client: TestClient) -> None:
    secret = enrol(client)
    with OAuth2Client("lorfolio", secret, scope="lecture", transport=client._transport) as portail:
        jeton = portail.fetch_token("https://azimut.test" + JETON, grant_type="client_credentials")
        assert portail.get("https://azimut.test" + LECTURE).status_code == 200
    assert jeton["scope"] == "lecture"


@pytest.mark.parametrize(
    ("champs", "auth", "statut", "code"),
    [
        (DEMANDE, None, 401, "invalid_client"),
        (DEMANDE, ("lorfolio", "faux"), 401, "invalid_client"),
        (DEMANDE, ("inconnu", "bon"), 401, "invalid_client"),
        (DEMANDE, ("", ""), 401, "invalid_client"),
        ({**DEMANDE, "client_id": "lorfolio", "client_secret": "faux"}, None, 401, "invalid_client"),
        ({**DEMANDE, "client_id": "lorfolio"}, None, 401, "invalid_client"),
        ({**DEMANDE, "scope": "export"}, ("lorfolio", "bon"), 400, "invalid_scope"),
        ({**DEMANDE, "scope": "lecture tout"}, ("lorfolio", "bon"), 400, "invalid_scope"),
        ({"grant_type": "password"}, ("lorfolio", "bon"), 400, "unsupported_grant_type"),
        ({"scope": "lecture"}, ("lorfolio", "bon"), 400, "unsupported_grant_type"),
        ({"grant_type": ["client_credentials"] * 2}, ("lorfolio", "bon"), 400, "invalid_request"),
        ({**DEMANDE, "client_secret": "bon"}, ("lorfolio", "bon"), 400, "invalid_request"),
    ],
)
def test_errors_are_those_of_oauth_and_problems_as_well(
    client: TestClient, champs: dict[str, Any], auth: tuple[str, str] | None, statut: int, code: str
) -> None:
    secret = enrol(client)
    entetes = basic(auth[0], secret if auth[1] == "bon" else auth[1]) if auth else {}
    reponse = client.post(JETON, data=champs, headers=entetes)
    corps = reponse.json()
    assert (reponse.status_code, corps["error"]) == (statut, code)
    assert reponse.headers["content-type"] == "application/json", "RFC 6749, 5.2"
    nommee = client.post(JETON, data=champs, headers={**entetes, "Accept": "application/problem+json"})
    assert (nommee.headers["content-type"], nommee.json()) == ("application/problem+json", corps)
    assert (corps["status"], bool(corps["detail"]), bool(corps["conseil"])) == (statut, True, True)
    assert corps["error_description"].isascii()
    assert ("www-authenticate" in reponse.headers) == (statut == 401)
    assert reponse.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "entetes",
    [
        {"Authorization": "Basic ÿ"},
        {"Authorization": "Basic " + base64.b64encode(b"\xff\xfe:\xff").decode()},
        {"Authorization": "Basic " + base64.b64encode(b"lorfolio:%00%ff").decode()},
        {"Authorization": "Basic"},
        {"Authorization": "Digest x"},
    ],
)
def test_a_header_of_nothing_is_no_client(client: TestClient, entetes: dict[str, str]) -> None:
    brutes = {nom.encode(): valeur.encode("latin-1") for nom, valeur in entetes.items()}
    reponse = client.post(JETON, data=DEMANDE, headers=brutes)
    assert (reponse.status_code, reponse.json()["error"]) == (401, "invalid_client")


def test_only_a_form_is_read(client: TestClient) -> None:
    for reponse in (client.post(JETON, json=DEMANDE), client.post(JETON), client.post(JETON, files={"a": b"b"})):
        assert (reponse.status_code, reponse.json()["error"]) == (400, "invalid_request")


def test_without_the_database_a_token_is_asked_for_later(service: Service, tmp_path: Path) -> None:
    obstacle = tmp_path / "fichier"
    obstacle.touch()
    with serve(service, tmp_path, base=f"sqlite:///{obstacle}/azimut.db") as client:
        reponse = client.post(JETON, data=DEMANDE, auth=("lorfolio", "x"))
        assert reponse.status_code == 503
        assert int(reponse.headers["retry-after"]) > 0
        assert client.get(LECTURE).status_code == 200
        assert client.get(LECTURE, headers=bearer("a.b.c")).status_code == 200, "servi comme tout le monde"


def _forge(client: TestClient, jeton: str, nature: str) -> str:
    cle = ensure_keys(counter_of(client).base).keys[0]
    dites = claims_of(jeton)
    entete: dict[str, Any] = {"alg": "HS256", "typ": "at+jwt", "kid": cle.kid}
    tete, corps, signature = jeton.split(".")
    nue = base64.urlsafe_b64encode(b'{"alg":"none","typ":"at+jwt"}').rstrip(b"=").decode()
    match nature:
        case "autre cle":
            return jwt.encode(entete, dites, OctKey.generate_key(256))
        case "expire":
            return jwt.encode(entete, {**dites, "exp": int(time.time()) - 1}, cle)
        case "autre public":
            return jwt.encode(entete, {**dites, "aud": "ailleurs"}, cle)
        case "autre emetteur":
            return jwt.encode(entete, {**dites, "iss": "ailleurs"}, cle)
        case "sans fin":
            return jwt.encode(entete, {c: v for c, v in dites.items() if c != "exp"}, cle)
        case "autre algorithme":
            meme = OctKey.import_key({c: v for c, v in cle.as_dict(private=True).items() if c in {"kty", "k"}})
            return jwt.encode({**entete, "alg": "HS512"}, dites, meme, algorithms=["HS512"])
        case "autre nature":
            return jwt.encode({**entete, "typ": "JWT"}, dites, cle)
        case "autre cle nommee":
            return jwt.encode({**entete, "kid": "inconnue"}, dites, cle)
        case "non signe":
            return f"{nue}.{corps}."
        case "non signe, signature gardee":
            return f"{nue}.{corps}.{signature}"
        case "corps change":
            change = base64.urlsafe_b64encode(json.dumps({**dites, "sub": "autre"}).encode()).rstrip(b"=").decode()
            return f"{tete}.{change}.{signature}"
        case "partenaire inconnu":
            return jwt.encode(entete, {**dites, "sub": "inconnu"}, cle)
        case _:
            return nature


@pytest.mark.parametrize(
    "nature",
    [
        "autre cle", "expire", "autre public", "autre emetteur", "sans fin", "autre algorithme", "autre nature",
        "autre cle nommee", "non signe", "non signe, signature gardee", "corps change", "partenaire inconnu",
        "", "x", "a.b.c", "." * 3000,
    ],
)  # fmt: skip
def test_an_altered_token_is_refused(client: TestClient, nature: str) -> None:
    jeton = ask_token(client, enrol(client))
    assert client.get(LECTURE, headers=bearer(jeton)).status_code == 200
    reponse = client.get(LECTURE, headers=bearer(_forge(client, jeton, nature)))
    assert reponse.status_code == 401
    assert reponse.headers["content-type"] == "application/problem+json"
    assert reponse.headers["www-authenticate"].startswith('Bearer realm="azimut", error="invalid_token"')


def test_a_token_ends(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    jeton = ask_token(client, enrol(client))
    assert client.get(LECTURE, headers=bearer(jeton)).status_code == 200
    fin = claims_of(jeton)["exp"]
    monkeypatch.setattr(time, "time", lambda: fin + 0.5)
    assert client.get(LECTURE, headers=bearer(jeton)).status_code == 401


def test_a_token_goes_no_further_than_its_scopes(client: TestClient) -> None:
    secret = enrol(client)
    jeton = ask_token(client, secret, scope="lecture")
    assert client.get(LECTURE, headers=bearer(jeton)).status_code == 200
    reponse = client.post(GOUTS, json={}, headers=bearer(jeton))
    assert reponse.status_code == 403
    assert reponse.json()["type"] == "/erreurs/portee-absente"
    assert 'error="insufficient_scope", scope="recommandation"' in reponse.headers["www-authenticate"]
    large = ask_token(client, secret)
    assert client.post(GOUTS, json={}, headers=bearer(large)).status_code == 200
    assert client.get("/api/v1/export/metiers.csv", headers=bearer(large)).status_code == 403
    update_partenaire(counter_of(client).base, "lorfolio", portees=["lecture"])
    look_again(client)
    assert client.post(GOUTS, json={}, headers=bearer(large)).status_code == 403


def test_a_revocation_is_seen_at_once(client: TestClient) -> None:
    base = counter_of(client).base
    premier = enrol(client)
    second = rotate_secret(base, "lorfolio", timedelta(hours=1))
    jetons = [ask_token(client, secret) for secret in (premier, second)]
    assert [client.get(LECTURE, headers=bearer(j)).status_code for j in jetons] == [200, 200]
    revoke(base, "lorfolio", premier[:12])
    look_again(client)
    assert [client.get(LECTURE, headers=bearer(j)).status_code for j in jetons] == [401, 200]
    revoke(base, "lorfolio")
    look_again(client)
    assert client.get(LECTURE, headers=bearer(jetons[1])).status_code == 401
    assert client.post(JETON, data=DEMANDE, auth=("lorfolio", second)).status_code == 401


def test_a_revocation_takes_no_longer_than_the_time_told(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    jeton = ask_token(client, enrol(client))
    assert client.get(LECTURE, headers=bearer(jeton)).status_code == 200
    revoke(counter_of(client).base, "lorfolio")
    monkeypatch.setattr(counter_of(client).annuaire, "_clock", lambda: time.monotonic() + DUREE)
    assert client.get(LECTURE, headers=bearer(jeton)).status_code == 401


def test_keys_turn_without_a_lost_token_unless_they_leaked(client: TestClient) -> None:
    base = counter_of(client).base
    secret = enrol(client)
    ancien = ask_token(client, secret)
    assert client.get(LECTURE, headers=bearer(ancien)).status_code == 200
    rotate_key(base, timedelta(minutes=15))
    nouveau = ask_token(client, secret)
    assert [client.get(LECTURE, headers=bearer(j)).status_code for j in (nouveau, ancien)] == [200, 200]
    rotate_key(base, timedelta(0))
    look_again(client)
    assert [client.get(LECTURE, headers=bearer(j)).status_code for j in (nouveau, ancien)] == [401, 401]


def test_the_keys_of_the_settings_serve_every_replica(service: Service, tmp_path: Path) -> None:
    ancienne, nouvelle = "a" * 40, "b" * 40
    with serve(service, tmp_path, cle_jetons=ancienne) as client:
        secret = enrol(client)
        jeton = ask_token(client, secret)
    with serve(service, tmp_path, cle_jetons=f"{nouvelle} {ancienne}") as client:
        assert client.get(LECTURE, headers=bearer(jeton)).status_code == 200
        recent = ask_token(client, secret)
    with serve(service, tmp_path, cle_jetons=nouvelle) as client:
        assert client.get(LECTURE, headers=bearer(recent)).status_code == 200
        assert client.get(LECTURE, headers=bearer(jeton)).status_code == 401


def test_no_secret_and_no_token_is_ever_logged(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        secret = enrol(client)
        jeton = ask_token(client, secret)
        client.get(LECTURE, headers=bearer(jeton))
        client.get(LECTURE, headers=bearer(jeton[:-3]))
        client.post(JETON, data={**DEMANDE, "client_id": "lorfolio", "client_secret": secret[:-2]})
    assert caplog.records
    for texte in (secret, secret[:-2], jeton, jeton[:-3], jeton.split(".")[2]):
        assert texte not in caplog.text

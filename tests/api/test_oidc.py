"""Signing in by an identity provider: what it vouches for, and every way to lie in its name."""

import time
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from joserfc.jwk import RSAKey
from pydantic import ValidationError
from sqlalchemy import delete

from api.acces.controle import TEMOIN
from api.app import create_app
from api.conseil.espace import Espace, open_espace
from api.persistence.tables_comptes import LigneConseiller, LigneDemandeOidc, LigneSession
from api.service import Service
from api.settings import Settings
from referentiels.errors import InvalidInputError
from tests.api.espace import ADRESSE, ensure_structure
from tests.api.fournisseur import CLIENT, SECRET, Fournisseur, running

RETOUR = f"{ADRESSE}/conseiller/connexion/oidc/retour"
CLE = RSAKey.generate_key(2048, {"kid": "une"})
AUTRE = RSAKey.generate_key(2048, {"kid": "une"})
LEA = {
    "sub": "u-1",
    "email": "lea@cio.fr",
    "email_verified": True,
    "name": "Léa Martin",
    "groupes": ["tous", "spro"],
    "azimut_structure": "cio",
}


@pytest.fixture(scope="module")
def serveur() -> Iterator[Fournisseur]:
    with running() as serveur:
        yield serveur


@pytest.fixture
def fournisseur(serveur: Fournisseur) -> Fournisseur:
    """The provider as it is before anyone lies."""
    neuf = Fournisseur(serveur.adresse, CLE, personne=dict(LEA))
    for champ in fields(neuf):
        setattr(serveur, champ.name, getattr(neuf, champ.name))
    return serveur


def settings(fournisseur: Fournisseur, var: Path, **autres: Any) -> Settings:
    return Settings.model_validate(
        {
            "var": var,
            "quota_connexion": 0,
            "oidc_emetteur": fournisseur.adresse,
            "oidc_client": CLIENT,
            "oidc_secret": SECRET,
            "oidc_retour": RETOUR,
            "oidc_nom": "Mon portail",
            "oidc_creation": True,
            "oidc_role": "groupes",
            "oidc_roles": "direction=responsable, spro=conseiller",
            **autres,
        }
    )


@pytest.fixture(scope="module")
def service_ouvert(serveur: Fournisseur, service: Service, tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    app = create_app(settings(serveur, tmp_path_factory.mktemp("var")), service)
    ensure_structure(app.state.espace)
    ensure_structure(app.state.espace, "mission")
    return app


@pytest.fixture
def application(service_ouvert: FastAPI, fournisseur: Fournisseur) -> FastAPI:
    """The service, that knows nobody yet, and nothing of the provider."""
    base = service_ouvert.state.espace.base
    with base.writing() as session:
        for table in (LigneDemandeOidc, LigneSession, LigneConseiller):
            session.execute(delete(table))
    reglages, coffre = service_ouvert.state.settings, service_ouvert.state.coffre
    service_ouvert.state.espace = open_espace(reglages, base, coffre)
    return service_ouvert


@pytest.fixture
def client(application: FastAPI) -> TestClient:
    return TestClient(application, base_url=ADRESSE, follow_redirects=False, headers={"Accept": "text/html"})


def leave(client: TestClient, suite: str = "") -> str:
    """Where the browser is sent."""
    reponse = client.get("/conseiller/connexion/oidc", params={"suite": suite})
    assert reponse.status_code == 303, reponse.text
    return reponse.headers["location"]


def come_back(client: TestClient, fournisseur: Fournisseur, suite: str = "", **autres: str) -> Any:
    parametres = fournisseur.authorize(leave(client, suite))
    return client.get("/conseiller/connexion/oidc/retour", params={**parametres, **autres})


def accounts(application: FastAPI) -> list[tuple[str, str, str]]:
    espace: Espace = application.state.espace
    return [(c.connexion, c.conseiller.role, c.conseiller.structure.identifiant) for c in espace.comptes.list_all()]


def test_who_is_vouched_for_comes_in(client: TestClient, application: FastAPI, fournisseur: Fournisseur) -> None:
    adresse = leave(client, "/conseiller/compte?fait=sessions")
    demande = {nom: v[0] for nom, v in parse_qs(urlsplit(adresse).query).items()}
    assert adresse.startswith(f"{fournisseur.adresse}/autoriser?")
    assert demande["response_type"] == "code"
    assert (demande["client_id"], demande["redirect_uri"]) == (CLIENT, RETOUR)
    assert demande["code_challenge_method"] == "S256"
    assert min(len(demande[nom]) for nom in ("state", "nonce", "code_challenge")) >= 40
    assert "openid" in demande["scope"].split()
    reponse = client.get("/conseiller/connexion/oidc/retour", params=fournisseur.authorize(adresse))
    assert (reponse.status_code, reponse.headers["location"]) == (303, "/conseiller/compte?fait=sessions")
    page = client.get("/conseiller/compte")
    assert page.status_code == 200
    assert "Léa Martin" in page.text
    assert "fournisseur d'identité" in page.text.replace("&#39;", "'")
    assert accounts(application) == [("lea@cio.fr", "conseiller", "cio")]


def test_the_same_person_comes_back_to_the_same_account(
    client: TestClient, application: FastAPI, fournisseur: Fournisseur
) -> None:
    come_back(client, fournisseur)
    fournisseur.personne |= {"email": "autre@cio.fr", "groupes": ["direction"], "azimut_structure": "mission"}
    come_back(client, fournisseur)
    assert accounts(application) == [("lea@cio.fr", "responsable", "mission")], "le fournisseur décide du rôle"
    contenu = Path(application.state.espace.base.url.database).read_bytes()
    assert b"u-1" not in contenu
    assert fournisseur.adresse.encode() not in contenu


def test_who_has_lost_every_role_does_not_come_back(
    client: TestClient, application: FastAPI, fournisseur: Fournisseur
) -> None:
    assert come_back(client, fournisseur).status_code == 303
    fournisseur.personne["groupes"] = ["tous"]
    neuf = TestClient(application, base_url=ADRESSE, follow_redirects=False)
    reponse = come_back(neuf, fournisseur)
    assert reponse.status_code == 403
    assert "rôle" in reponse.text


LIES: dict[str, Callable[[Fournisseur], None]] = {
    "autre nonce": lambda f: f.change.update(nonce="autre"),
    "sans nonce": lambda f: f.change.update(nonce=None),
    "autre émetteur": lambda f: f.change.update(iss="https://ailleurs.fr"),
    "autre destinataire": lambda f: f.change.update(aud="un-autre-service"),
    "plusieurs destinataires": lambda f: f.change.update(aud=[CLIENT, "autre"], azp="autre"),
    "expiré": lambda f: f.change.update(exp=int(time.time()) - 120, iat=int(time.time()) - 500),
    "venu du futur": lambda f: f.change.update(iat=int(time.time()) + 600),
    "sans échéance": lambda f: f.change.update(exp=None),
    "sans sujet": lambda f: f.change.update(sub=None),
    "signé par un autre": lambda f: setattr(f, "publiee", AUTRE),
    "signé avec la clé publique": lambda f: setattr(f, "algorithme", "HS256"),
    "pas signé": lambda f: setattr(f, "algorithme", "none"),
}


@pytest.mark.parametrize("mensonge", LIES)
def test_a_token_that_is_not_for_us_opens_nothing(
    client: TestClient, application: FastAPI, fournisseur: Fournisseur, mensonge: str
) -> None:
    LIES[mensonge](fournisseur)
    reponse = come_back(client, fournisseur)
    assert reponse.status_code == 403
    assert "vérifiée" in reponse.text
    assert TEMOIN not in client.cookies
    assert accounts(application) == []
    assert fournisseur.jetons == 1, "le jeton a bien été donné, puis refusé"


def test_a_state_is_taken_once_and_from_its_browser(
    client: TestClient, application: FastAPI, fournisseur: Fournisseur
) -> None:
    parametres = fournisseur.authorize(leave(client))
    etranger = TestClient(application, base_url=ADRESSE, follow_redirects=False)
    leave(etranger)
    assert etranger.get("/conseiller/connexion/oidc/retour", params=parametres).status_code == 403
    encore = client.get("/conseiller/connexion/oidc/retour", params=parametres)
    assert encore.status_code == 403, "il a été brûlé par l'essai d'un autre navigateur"
    parametres = fournisseur.authorize(leave(client))
    assert client.get("/conseiller/connexion/oidc/retour", params=parametres).status_code == 303
    fournisseur.demandes["code-0"] = fournisseur.demandes.get("code-0", {})
    rejoue = client.get("/conseiller/connexion/oidc/retour", params=parametres)
    assert rejoue.status_code == 403
    assert fournisseur.jetons == 1


def test_an_answer_that_nobody_asked_for_is_refused(client: TestClient, fournisseur: Fournisseur) -> None:
    for parametres in ({}, {"code": "x", "state": "x"}, {"error": "access_denied", "state": "x"}):
        assert client.get("/conseiller/connexion/oidc/retour", params=parametres).status_code == 403
    assert come_back(client, fournisseur, iss="https://ailleurs.fr").status_code == 403
    assert come_back(client, fournisseur, code="inconnu").status_code == 403
    assert fournisseur.jetons == 0


def test_a_provider_that_is_down_or_lies_about_itself_is_told(client: TestClient, fournisseur: Fournisseur) -> None:
    fournisseur.en_panne = True
    reponse = client.get("/conseiller/connexion/oidc")
    assert reponse.status_code == 503
    assert "ne répond pas" in reponse.text
    fournisseur.en_panne, fournisseur.emetteur = False, "https://ailleurs.fr"
    assert client.get("/conseiller/connexion/oidc").status_code == 503
    fournisseur.emetteur = None
    assert client.get("/conseiller/connexion/oidc").status_code == 303, "et l'on réessaie"


def test_keys_that_turn_are_read_again(client: TestClient, fournisseur: Fournisseur) -> None:
    assert come_back(client, fournisseur).status_code == 303
    fournisseur.cle = RSAKey.generate_key(2048, {"kid": "deux"})
    assert come_back(client, fournisseur).status_code == 303


def test_an_unknown_person_is_told_when_accounts_are_made_by_hand(
    fournisseur: Fournisseur, service: Service, tmp_path: Path
) -> None:
    app = create_app(settings(fournisseur, tmp_path, oidc_creation=False), service)
    ensure_structure(app.state.espace)
    client = TestClient(app, base_url=ADRESSE, follow_redirects=False)
    reponse = come_back(client, fournisseur)
    assert reponse.status_code == 403
    assert "aucun compte Azimut" in reponse.text
    app.state.espace.comptes.create("lea@cio.fr", "Léa", "conseiller", "cio")
    fournisseur.personne["email_verified"] = False
    assert come_back(client, fournisseur).status_code == 403, "un courriel que personne n'a vérifié ne relie rien"
    fournisseur.personne["email_verified"] = True
    assert come_back(client, fournisseur).status_code == 303
    fournisseur.personne["sub"] = "u-2"
    reponse = come_back(client, fournisseur)
    assert reponse.status_code == 403
    assert "autre personne" in reponse.text
    app.state.espace.comptes.deactivate(app.state.espace.comptes.find("lea@cio.fr").conseiller.identifiant)
    fournisseur.personne["sub"] = "u-1"
    reponse = come_back(client, fournisseur)
    assert reponse.status_code == 403
    assert "désactivé" in reponse.text


@pytest.mark.parametrize(
    ("change", "dit"),
    [
        ({"groupes": ["tous"]}, "rôle"),
        ({"azimut_structure": None}, "structure"),
        ({"azimut_structure": "inconnue"}, "inconnue"),
        ({"email": "é à ü"}, "identifiant de connexion"),
        ({"email": None}, "rôle"),
    ],
)
def test_a_person_without_role_or_structure_is_told(
    client: TestClient, application: FastAPI, fournisseur: Fournisseur, change: dict[str, Any], dit: str
) -> None:
    fournisseur.change = change
    reponse = come_back(client, fournisseur)
    assert reponse.status_code == 403
    assert dit in reponse.text
    assert accounts(application) == []


def test_the_next_page_is_one_of_ours(client: TestClient, fournisseur: Fournisseur) -> None:
    reponse = come_back(client, fournisseur, suite="https://ailleurs.fr/conseiller")
    assert reponse.headers["location"] == "/conseiller"


def test_the_page_to_sign_in_offers_it_when_it_is_set(client: TestClient, service: Service, tmp_path: Path) -> None:
    assert "Continuer avec Mon portail" in client.get("/conseiller/connexion").text
    sans = TestClient(create_app(Settings(var=tmp_path / "sans"), service), base_url=ADRESSE)
    assert "oidc" not in sans.get("/conseiller/connexion").text
    for adresse in ("/conseiller/connexion/oidc", "/conseiller/connexion/oidc/retour"):
        assert sans.get(adresse).status_code == 404


@pytest.mark.parametrize(
    "reglages",
    [{"oidc_secret": None}, {"oidc_client": None}, {"oidc_retour": None}, {"oidc_emetteur": "http://ailleurs.fr"}],
)
def test_settings_that_do_not_go_together_are_refused(reglages: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(ValidationError):
        settings(Fournisseur("https://id.fr"), tmp_path, **reglages)


def test_a_table_of_roles_that_cannot_be_read_is_told(service: Service, tmp_path: Path) -> None:
    for table in ("spro", "spro=chef", "=conseiller"):
        with pytest.raises(InvalidInputError, match="valeur=sens"):
            create_app(settings(Fournisseur("https://id.fr"), tmp_path, oidc_roles=table), service)


def test_whoever_opened_the_account_before_does_not_come_in_by_it(
    client: TestClient, application: FastAPI, fournisseur: Fournisseur
) -> None:
    """Someone who administers elsewhere opens an account at the address of Léa, then waits for her to come."""
    espace: Espace = application.state.espace
    compte, provisoire = espace.comptes.create("lea@cio.fr", "Léa ?", "conseiller", "mission")
    jeton = espace.connexions.sign_in("lea@cio.fr", provisoire)
    ouverte = espace.sessions.find(jeton or "")
    assert ouverte is not None
    choisi = "quatre mots sans lien aucun"
    gardee = espace.mon_compte.change_password(ouverte, provisoire, choisi)
    assert come_back(client, fournisseur).status_code == 303
    assert accounts(application) == [("lea@cio.fr", "conseiller", "cio")]
    assert espace.sessions.find(gardee) is None, "la session ouverte d'avance"
    assert espace.connexions.sign_in("lea@cio.fr", choisi) is None, "le mot de passe choisi d'avance"
    assert espace.sessions.find(client.cookies[TEMOIN]) is not None
    assert compte.conseiller.identifiant == espace.comptes.find("lea@cio.fr").conseiller.identifiant


def test_who_changes_structure_is_no_longer_opened_by_the_former_one(
    client: TestClient, application: FastAPI, fournisseur: Fournisseur
) -> None:
    espace: Espace = application.state.espace
    assert come_back(client, fournisseur).status_code == 303
    provisoire = espace.comptes.reset(espace.comptes.find("lea@cio.fr").conseiller.identifiant)
    fournisseur.personne["azimut_structure"] = "mission"
    assert come_back(client, fournisseur).status_code == 303
    assert espace.connexions.sign_in("lea@cio.fr", provisoire) is None


def test_a_key_of_a_kind_we_do_not_know_stops_nobody(client: TestClient, fournisseur: Fournisseur) -> None:
    fournisseur.cles_en_plus = [{"kty": "AKP", "kid": "demain", "alg": "ML-DSA-44", "pub": "AAAA"}, {"kty": "RSA"}, "x"]
    assert come_back(client, fournisseur).status_code == 303
    assert come_back(client, fournisseur).status_code == 303


def test_on_a_shared_device_the_provider_asks_again(client: TestClient, fournisseur: Fournisseur) -> None:
    assert "prompt" not in parse_qs(urlsplit(leave(client)).query)
    client.cookies.set("azimut_partage", "oui", path="/conseiller")
    assert parse_qs(urlsplit(leave(client)).query)["prompt"] == ["login"]
    assert come_back(client, fournisseur).status_code == 303

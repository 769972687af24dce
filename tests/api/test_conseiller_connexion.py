"""Signing in to the espace conseiller: cookies, forms, what is told and what is not."""

import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pyotp
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.acces.controle import TEMOIN
from api.app import create_app
from api.conseil.cle_dossiers import open_coffre
from api.conseil.espace import open_espace
from api.persistence.acces import read_accesses
from api.service import Service
from api.settings import Settings
from api.web.conseiller.connexion import AVANT, REFUS
from api.web.conseiller.garde import csrf_from, safe_next
from tests.api.espace import ADRESSE, MOT_DE_PASSE, Montre, csrf_in, ensure_structure, enter, open_account

CONNEXION = "/conseiller/connexion"
COMPTE = "/conseiller/compte"


@pytest.fixture(scope="module")
def reglages(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(var=tmp_path_factory.mktemp("var"), quota_connexion=0, quota_pages=0)


@pytest.fixture(scope="module")
def application(service: Service, reglages: Settings) -> FastAPI:
    app = create_app(reglages, service)
    open_account(app.state.espace, "lea")
    return app


@pytest.fixture
def montre(application: FastAPI, reglages: Settings) -> Iterator[Montre]:
    """The clock of the espace, moved at will."""
    montre = Montre()
    avant = application.state.espace
    application.state.espace = open_espace(reglages, avant.base, open_coffre(None, avant.base), montre)
    yield montre
    application.state.espace = avant


@pytest.fixture
def client(application: FastAPI) -> TestClient:
    return browser(application)


def browser(application: FastAPI) -> TestClient:
    return TestClient(application, base_url=ADRESSE, follow_redirects=False, headers={"Accept": "text/html"})


def sign_in(client: TestClient, mot_de_passe: str = MOT_DE_PASSE, connexion: str = "lea", suite: str = "") -> str:
    """Where the browser goes on, or the status told."""
    page = client.get(CONNEXION, params={"suite": suite} if suite else {})
    champs = {"connexion": connexion, "mot_de_passe": mot_de_passe, "jeton_csrf": csrf_in(page.text), "suite": suite}
    reponse = client.post(CONNEXION, data=champs)
    return reponse.headers.get("location", str(reponse.status_code))


def test_a_page_sends_to_sign_in_and_one_comes_back(client: TestClient) -> None:
    reponse = client.get(f"{COMPTE}?fait=sessions")
    assert reponse.status_code == 303
    assert reponse.headers["location"] == f"{CONNEXION}?suite=/conseiller/compte%3Ffait%3Dsessions"
    page = client.get(reponse.headers["location"])
    champs = {"connexion": "lea", "mot_de_passe": MOT_DE_PASSE, "jeton_csrf": csrf_in(page.text)}
    suite = re.search(r'name="suite" value="([^"]*)"', page.text)
    assert suite
    reponse = client.post(CONNEXION, data={**champs, "suite": suite[1]})
    assert (reponse.status_code, reponse.headers["location"]) == (303, f"{COMPTE}?fait=sessions")
    assert client.get(COMPTE).status_code == 200
    assert client.get(CONNEXION).headers["location"] == "/conseiller", "déjà là"


def test_a_fragment_is_told_401_and_never_sent_elsewhere(client: TestClient) -> None:
    for entetes in ({"X-Fragment": "1"}, {"Sec-Fetch-Dest": "empty"}):
        reponse = client.get(COMPTE, headers={**entetes, "Accept": "*/*"})
        assert reponse.status_code == 401
        assert reponse.json()["type"] == "/erreurs/connexion-requise"


def test_cookies_stay_in_the_espace(client: TestClient) -> None:
    [avant] = client.get(CONNEXION).headers.get_list("set-cookie")
    champs = {"connexion": "lea", "mot_de_passe": MOT_DE_PASSE, "jeton_csrf": csrf_from(client.cookies[AVANT])}
    reponse = client.post(CONNEXION, data=champs)
    poses = reponse.headers.get_list("set-cookie")
    assert {pose.partition("=")[0] for pose in poses} == {TEMOIN, AVANT}
    for pose in (avant, *poses):
        attributs = set(pose.split("; ")[1:])
        assert {"HttpOnly", "Path=/conseiller", "Secure"} <= attributs, pose
        assert "SameSite=lax" in attributs
        assert not any(a.startswith("Domain") for a in attributs)
    assert "Max-Age" not in poses[0], "le navigateur l'oublie quand on le ferme"


def test_in_development_the_cookie_goes_without_tls(service: Service, tmp_path: Path) -> None:
    client = TestClient(create_app(Settings(var=tmp_path, temoin_https=False), service), base_url=ADRESSE)
    assert "Secure" not in client.get(CONNEXION).headers["set-cookie"]


def test_pages_are_kept_by_nobody_and_framed_by_nobody(application: FastAPI) -> None:
    lea, chef = enter(application), enter(application, "chef", role="administrateur")
    pages = [(lea, a) for a in (CONNEXION, COMPTE, f"{COMPTE}/mot-de-passe", "/conseiller/deconnexion")]
    for qui, adresse in (*pages, (chef, "/conseiller/administration")):
        reponse = qui.client.get(adresse)
        assert reponse.status_code in {200, 303}
        assert "frame-ancestors 'none'" in reponse.headers["content-security-policy"]
        assert reponse.headers["x-frame-options"] == "DENY"
        if reponse.status_code == 200:
            assert reponse.headers["cache-control"] == "no-store"
            assert "<script" not in reponse.text
            assert "style=" not in reponse.text


def test_what_was_wrong_is_never_told(client: TestClient, application: FastAPI) -> None:
    """A wrong password, an account that is not, one that is closed, one that waits: the same page."""
    for nom in ("ferme", "bloque"):
        open_account(application.state.espace, nom)
    espace = application.state.espace
    espace.comptes.deactivate(espace.comptes.find("ferme").conseiller.identifiant)
    for _ in range(5):
        espace.connexions.sign_in("bloque", "pas le bon du tout")
    pages = set()
    for connexion, mot in (("lea", "faux"), ("inconnue", "faux"), ("ferme", MOT_DE_PASSE), ("bloque", MOT_DE_PASSE)):
        jeton = csrf_in(client.get(CONNEXION).text)
        reponse = client.post(CONNEXION, data={"connexion": connexion, "mot_de_passe": mot, "jeton_csrf": jeton})
        assert reponse.status_code == 422
        assert TEMOIN not in reponse.headers.get("set-cookie", "")
        assert mot not in reponse.text
        pages.add(reponse.text.replace(f'value="{connexion}"', 'value=""'))
    [page] = pages
    assert REFUS.replace("'", "&#39;") in page


def test_the_form_to_sign_in_is_that_of_this_browser(client: TestClient, application: FastAPI) -> None:
    """Nobody is signed in by another site, under the account of someone else."""
    autre = browser(application)
    etranger = csrf_in(autre.get(CONNEXION).text)
    champs = {"connexion": "lea", "mot_de_passe": MOT_DE_PASSE}
    assert client.post(CONNEXION, data={**champs, "jeton_csrf": etranger}).status_code == 403, "sans page ouverte"
    bon = csrf_in(client.get(CONNEXION).text)
    for jeton in (etranger, "", "é", bon[:-1]):
        reponse = client.post(CONNEXION, data={**champs, "jeton_csrf": jeton})
        assert reponse.status_code == 403
        assert "Recommencez" in reponse.text, "la page, prête à être renvoyée"
    ailleurs = client.post(CONNEXION, data={**champs, "jeton_csrf": bon}, headers={"Sec-Fetch-Site": "cross-site"})
    assert ailleurs.status_code == 403
    assert client.post(CONNEXION, data={**champs, "jeton_csrf": bon}).status_code == 303


def test_a_number_that_someone_planted_is_never_used(client: TestClient, application: FastAPI) -> None:
    for plante in ("plante-par-un-autre", "x" * 43):
        client.cookies.clear()
        client.cookies.set(TEMOIN, plante, path="/conseiller")
        assert client.get(COMPTE).status_code == 303
        sign_in(client)
        tenus = [c.value for c in client.cookies.jar if c.name == TEMOIN]
        assert tenus
        assert tenus[-1] != plante
        assert application.state.espace.sessions.find(plante) is None


def test_signing_in_again_ends_the_former_session(application: FastAPI) -> None:
    client = browser(application)
    sign_in(client)
    premier = client.cookies[TEMOIN]
    espace = application.state.espace
    assert espace.sessions.find(premier) is not None
    autre = browser(application)
    autre.cookies.set(TEMOIN, premier, path="/conseiller")
    autre.cookies.set(AVANT, "a" * 43, path="/conseiller")
    champs = {"connexion": "lea", "mot_de_passe": MOT_DE_PASSE, "jeton_csrf": csrf_from("a" * 43)}
    reponse = autre.post(CONNEXION, data=champs)
    assert reponse.status_code == 303
    assert espace.sessions.find(premier) is None


@pytest.mark.parametrize(
    "suite",
    [
        "https://ailleurs.fr", "//ailleurs.fr", "/\\ailleurs.fr", "/conseiller\\@ailleurs.fr", "/conseillerailleurs.fr",
        "/conseiller/../api/v1/sante", "/conseiller/%2e%2e/metiers", "/conseiller//ailleurs.fr", "javascript:alert(1)",
        "/metiers/D1102", "/conseiller\n", "/conseiller/" + "x" * 300, "/conseiller/deconnexion", CONNEXION, "",
        "http:/conseiller", "/conseiller/%2f/ailleurs.fr", " /conseiller", "/Conseiller",
    ],
)  # fmt: skip
def test_one_goes_on_nowhere_else(client: TestClient, suite: str) -> None:
    assert safe_next(suite) is None
    assert sign_in(client, suite=suite) == "/conseiller"


@pytest.mark.parametrize("suite", ["/conseiller", "/conseiller/dossiers/abc?vue=1", "/conseiller?x=%C3%A9"])
def test_one_goes_on_where_one_was(suite: str) -> None:
    assert safe_next(suite) == suite


def test_signing_out_ends_the_session_and_what_scripts_kept(application: FastAPI) -> None:
    lea = enter(application)
    assert lea.client.get("/conseiller/deconnexion").status_code == 200
    assert lea.client.get(COMPTE).status_code == 200, "une adresse seule ne déconnecte personne"
    reponse = lea.client.post("/conseiller/deconnexion", data={"jeton_csrf": lea.csrf})
    assert reponse.headers["location"] == f"{CONNEXION}?fin=1"
    assert reponse.headers["clear-site-data"] == '"storage"'
    assert "Max-Age=0" in reponse.headers["set-cookie"]
    assert application.state.espace.sessions.find(lea.jeton) is None
    assert "déconnecté" in lea.client.get(reponse.headers["location"]).text


def test_a_session_ends_when_nobody_uses_it(application: FastAPI, montre: Montre) -> None:
    lea = enter(application)
    for _ in range(4):
        montre.advance(minutes=29)
        assert lea.client.get(COMPTE).status_code == 200
    montre.advance(minutes=31)
    assert lea.client.get(COMPTE).status_code == 303


def test_a_session_ends_even_when_it_is_used(application: FastAPI, montre: Montre) -> None:
    lea = enter(application)
    for _ in range(24):
        montre.advance(minutes=25)
        dernier = lea.client.get(COMPTE).status_code
    assert dernier == 303, "dix heures, pas plus"


def test_the_first_password_is_chosen_before_anything_else(client: TestClient, application: FastAPI) -> None:
    espace = application.state.espace
    ensure_structure(espace)
    _, provisoire = espace.comptes.create("nouvelle", "Nouvelle", "conseiller", "cio")
    ou = f"{COMPTE}/mot-de-passe"
    assert sign_in(client, provisoire, "nouvelle") == ou
    for adresse in (COMPTE, "/conseiller/administration"):
        assert client.get(adresse).headers["location"] == ou
    jeton = csrf_in(client.get(ou).text)
    base = {"actuel": provisoire, "jeton_csrf": jeton}
    for nouveau, encore, faute in (("court", "court", "nouveau"), ("quatre mots bien à moi", "autre", "confirmation")):
        reponse = client.post(ou, data={**base, "nouveau": nouveau, "confirmation": encore})
        assert reponse.status_code == 422
        assert f'id="{faute}-faute"' in reponse.text
        assert f'value="{nouveau}"' not in reponse.text
    bon = {"nouveau": "quatre mots bien à moi", "confirmation": "quatre mots bien à moi"}
    avant = client.cookies[TEMOIN]
    assert client.post(ou, data={**base, **bon}).headers["location"] == "/conseiller"
    assert client.cookies[TEMOIN] != avant
    assert client.get(COMPTE).status_code == 200


def test_a_second_factor_is_set_asked_for_and_taken_away(application: FastAPI, montre: Montre) -> None:
    lea = enter(application, "second")
    client, csrf = lea.client, {"jeton_csrf": lea.csrf}
    faux = client.post(f"{COMPTE}/second-facteur", data={**csrf, "actuel": "pas le bon du tout"})
    assert faux.status_code == 422
    pose = client.post(f"{COMPTE}/second-facteur", data={**csrf, "actuel": MOT_DE_PASSE})
    page = client.get(pose.headers["location"])
    secret = re.search(r'class="cle">(\w+)<', page.text)
    assert secret
    assert '<svg role="img"' in page.text
    generateur = pyotp.TOTP(secret[1])
    confirmation = pose.headers["location"]
    assert client.post(confirmation, data={**csrf, "code": "000000"}).status_code == 422
    codes = re.findall(r"<li><code>([\w-]+)</code>", client.post(
        confirmation, data={**csrf, "code": generateur.at(montre())}).text)  # fmt: skip
    assert len(codes) == 10
    autre = browser(application)
    assert sign_in(autre, connexion="second", suite=COMPTE) == f"{CONNEXION}/code?suite=/conseiller/compte"
    assert autre.get(COMPTE).status_code == 303, "pas encore"
    jeton = csrf_in(autre.get(f"{CONNEXION}/code").text)
    attente = autre.cookies[TEMOIN]
    champs = {"jeton_csrf": jeton, "suite": COMPTE}
    rejoue = autre.post(f"{CONNEXION}/code", data={**champs, "code": generateur.at(montre())})
    assert rejoue.status_code == 422
    montre.advance(seconds=30)
    fait = autre.post(f"{CONNEXION}/code", data={**champs, "code": generateur.at(montre())})
    assert fait.headers["location"] == COMPTE
    assert autre.cookies[TEMOIN] != attente
    montre.advance(seconds=30)
    retrait = {"jeton_csrf": csrf_from(autre.cookies[TEMOIN]), "actuel": MOT_DE_PASSE}
    assert autre.post(f"{COMPTE}/second-facteur/retrait", data={**retrait, "code": "000000"}).status_code == 422
    assert autre.post(f"{COMPTE}/second-facteur/retrait", data={**retrait, "code": codes[0]}).status_code == 303
    assert sign_in(browser(application), connexion="second") == "/conseiller"


def test_other_sessions_are_seen_and_ended(application: FastAPI) -> None:
    ici, ailleurs = enter(application, "deux"), enter(application, "deux")
    assert ici.client.get(COMPTE).text.count("Ouverte le") == 2
    assert ici.client.post(f"{COMPTE}/sessions", data={"jeton_csrf": ici.csrf}).status_code == 303
    assert ailleurs.client.get(COMPTE).status_code == 303
    assert ici.client.get(COMPTE).status_code == 200


def test_the_journal_holds_neither_a_password_nor_a_name(
    client: TestClient, application: FastAPI, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    sign_in(client, "pas le bon du tout")
    sign_in(client)
    client.get(COMPTE)
    client.post(f"{COMPTE}/mot-de-passe", data={"actuel": MOT_DE_PASSE, "nouveau": "x", "confirmation": "x"})
    ecrit = "\n".join(r.getMessage() for r in caplog.records if not r.name.startswith(("httpx", "httpcore")))
    assert "POST /conseiller/connexion" in ecrit
    identifiant = application.state.espace.comptes.find("lea").conseiller.identifiant
    interdits = ("lea", "pas le bon", MOT_DE_PASSE, "Nom de", identifiant, client.cookies[TEMOIN])
    assert [mot for mot in interdits if mot in ecrit] == []
    issues = [(a.action, a.issue) for a in reversed(read_accesses(application.state.espace.base, limite=2))]
    assert issues == [("connexion", "refuse"), ("connexion", "fait")], "l'audit, lui, le dit"


def test_what_is_typed_is_escaped(client: TestClient, application: FastAPI) -> None:
    hostile = '"><script>alert(1)</script>'
    jeton = csrf_in(client.get(CONNEXION).text)
    page = client.post(CONNEXION, data={"connexion": hostile, "mot_de_passe": hostile, "jeton_csrf": jeton}).text
    chef = enter(application, "chef-html", role="administrateur", structure="html")
    champs = {"jeton_csrf": chef.csrf, "connexion": "x", "nom": hostile, "role": "conseiller"}
    assert chef.client.post("/conseiller/administration/comptes", data=champs).status_code == 200
    for vue in (page, chef.client.get("/conseiller/administration").text):
        assert "<script" not in vue
        assert "&lt;script" in vue

"""Who may do what under /conseiller: each route, each role, another structure; and the quota of who signs in."""

import ast
import re
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from api.acces.controle import TEMOIN
from api.app import create_app
from api.service import Service
from api.settings import PROJET, Settings
from api.web.conseiller.administration import ACTIONS
from api.web.conseiller.administration import router as administration
from api.web.conseiller.compte import router as compte
from api.web.conseiller.connexion import router as connexion
from tests.api.espace import ADRESSE, MOT_DE_PASSE, Navigateur, csrf_in, enter

ROLES = ("conseiller", "responsable", "administrateur")
ROUTES = tuple(
    (methode, route.path)
    for routeur in (connexion, compte, administration)
    for route in routeur.routes
    if isinstance(route, APIRoute)
    for methode in route.methods or ()
)
OUVERTES = {"/conseiller/connexion", "/conseiller/connexion/code"}
ADMINISTRATION = "/conseiller/administration"
ECRIVENT = {"_note", "_refuse", "_fail", "_confirm", "_writing", "journalise", "Acces"}
"""The calls that name what the audit is to tell."""


@pytest.fixture(scope="module")
def application(service: Service, tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    var = tmp_path_factory.mktemp("var")
    return create_app(Settings(var=var, quota_connexion=0, quota_pages=0, quota_adresse=0), service)


@pytest.fixture(scope="module")
def personnes(application: FastAPI) -> dict[str, Navigateur]:
    return {role: enter(application, role, role=role) for role in ROLES}


def test_every_route_is_in_the_matrix() -> None:
    assert len(ROUTES) == len(set(ROUTES)) >= 20
    assert {m for m, _ in ROUTES} == {"GET", "POST"}


@pytest.mark.parametrize(("methode", "chemin"), [r for r in ROUTES if r[1].startswith(ADMINISTRATION)])
def test_accounts_are_the_business_of_administrators(
    personnes: dict[str, Navigateur], methode: str, chemin: str
) -> None:
    cible = personnes["responsable"].conseiller.identifiant
    for role in ("conseiller", "responsable"):
        qui = personnes[role]
        reponse = qui.client.request(
            methode,
            chemin.replace("{identifiant}", cible),
            data={"jeton_csrf": qui.csrf} if methode == "POST" else None,
        )
        assert reponse.status_code == 403, f"{role} {chemin}"
        assert "administrateur" in reponse.text


@pytest.mark.parametrize(("methode", "chemin"), [r for r in ROUTES if r[1] not in OUVERTES and "oidc" not in r[1]])
def test_without_a_session_nothing_opens(application: FastAPI, methode: str, chemin: str) -> None:
    client = TestClient(application, base_url=ADRESSE, follow_redirects=False, headers={"Accept": "text/html"})
    for jeton in (None, "inconnu"):
        if jeton:
            client.cookies.set(TEMOIN, jeton, path="/conseiller")
        reponse = client.request(methode, chemin.replace("{identifiant}", "x"))
        attendu = {"GET": 303, "POST": 403}[methode]
        assert reponse.status_code == attendu
        assert methode == "POST" or reponse.headers["location"].startswith("/conseiller/connexion")


@pytest.mark.parametrize("chemin", [chemin for methode, chemin in ROUTES if methode == "POST"])
def test_every_form_carries_what_its_session_was_given(
    application: FastAPI, personnes: dict[str, Navigateur], chemin: str
) -> None:
    admin = personnes["administrateur"]
    cible = personnes["conseiller"].conseiller.identifiant
    adresse = chemin.replace("{identifiant}", cible)
    for champs in ({}, {"jeton_csrf": ""}, {"jeton_csrf": personnes["conseiller"].csrf}, {"jeton_csrf": admin.jeton}):
        assert admin.client.post(adresse, data=champs).status_code == 403, champs
    ailleurs = {"Sec-Fetch-Site": "cross-site"}
    assert admin.client.post(adresse, data={"jeton_csrf": admin.csrf}, headers=ailleurs).status_code == 403
    assert admin.client.post(adresse, headers={"X-Jeton-CSRF": "faux"}).status_code == 403
    assert application.state.espace.sessions.find(admin.jeton) is not None
    assert application.state.espace.comptes.find("conseiller").actif


@pytest.mark.parametrize("geste", ["mot-de-passe", "desactiver", "reactiver", "retirer-totp"])
def test_the_accounts_of_another_structure_do_not_exist(application: FastAPI, geste: str) -> None:
    chef = enter(application, "chef-ailleurs", role="administrateur", structure="mission")
    cible = enter(application, "cible", structure="cio")
    connu, inconnu = (
        chef.client.post(f"{ADMINISTRATION}/comptes/{qui}/{geste}", data={"jeton_csrf": chef.csrf})
        for qui in (cible.conseiller.identifiant, "f" * 16)
    )
    assert (connu.status_code, inconnu.status_code) == (404, 404)
    assert connu.text.replace(cible.conseiller.identifiant, "") == inconnu.text.replace("f" * 16, "")
    assert cible.client.get("/conseiller/compte").status_code == 200
    page = chef.client.get(ADMINISTRATION).text
    assert "cible" not in page
    assert cible.conseiller.identifiant not in page


def test_an_administrator_opens_closes_and_resets(application: FastAPI) -> None:
    chef = enter(application, "cheffe", role="administrateur", structure="agence")
    csrf = {"jeton_csrf": chef.csrf}
    cree = chef.client.post(
        f"{ADMINISTRATION}/comptes", data={**csrf, "connexion": "Nour@Agence.fr", "nom": "Nour", "role": "conseiller"}
    )
    provisoire = re.search(r'class="cle">([\w-]+)<', cree.text)
    assert provisoire
    espace = application.state.espace
    nour = espace.comptes.find("nour@agence.fr").conseiller
    assert (nour.structure.identifiant, nour.role) == ("agence", "conseiller")
    assert espace.connexions.sign_in("nour@agence.fr", provisoire[1]) is not None
    adresse = f"{ADMINISTRATION}/comptes/{nour.identifiant}"
    repris = chef.client.post(f"{adresse}/mot-de-passe", data=csrf)
    neuf = re.search(r'class="cle">([\w-]+)<', repris.text)
    assert neuf
    assert neuf[1] not in chef.client.get(ADMINISTRATION).text, "montré une fois"
    assert espace.connexions.sign_in("nour@agence.fr", provisoire[1]) is None
    jeton = espace.connexions.sign_in("nour@agence.fr", neuf[1])
    assert chef.client.post(f"{adresse}/desactiver", data=csrf).status_code == 303
    assert espace.sessions.find(jeton) is None
    assert "désactivé" in chef.client.get(ADMINISTRATION).text
    assert chef.client.post(f"{adresse}/reactiver", data=csrf).status_code == 303
    assert espace.comptes.find("nour@agence.fr").actif
    moi = f"{ADMINISTRATION}/comptes/{chef.conseiller.identifiant}/desactiver"
    assert chef.client.post(moi, data=csrf).status_code == 422
    page = chef.client.get(ADMINISTRATION)
    assert all(mot in page.text for mot in ("compte créé (Nour)", "mot de passe provisoire donné (Nour)"))


@pytest.mark.parametrize(
    ("champs", "faute"),
    [({"connexion": "a b"}, "connexion"), ({"connexion": "conseiller"}, "connexion"), ({"nom": ""}, "nom")],
)
def test_a_wrong_field_is_named_and_the_others_kept(
    personnes: dict[str, Navigateur], champs: dict[str, str], faute: str
) -> None:
    chef = personnes["administrateur"]
    envoi = {"connexion": "neuf", "nom": "Neuf", "role": "responsable", **champs, "jeton_csrf": chef.csrf}
    reponse = chef.client.post(f"{ADMINISTRATION}/comptes", data=envoi)
    assert reponse.status_code == 422
    assert f'id="{faute}-faute"' in reponse.text
    assert 'value="responsable" selected' in reponse.text
    assert envoi["connexion"] in reponse.text
    assert chef.client.post(f"{ADMINISTRATION}/comptes", data={**envoi, "role": "roi"}).status_code == 422


def test_the_audit_has_words_for_all_that_it_tells() -> None:
    """What is written in the code, call by call, is what the page of accounts can say."""
    ecrites = {
        argument.value
        for fichier in (*(PROJET / "api/conseil").glob("*.py"), *(PROJET / "api/web/conseiller").glob("*.py"))
        for noeud in ast.walk(ast.parse(fichier.read_text(encoding="utf-8")))
        if isinstance(noeud, ast.Call)
        and (getattr(noeud.func, "attr", "") or getattr(noeud.func, "id", "")) in ECRIVENT
        for argument in noeud.args
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    }
    assert len(ecrites) > 15
    assert ecrites - {"fait", "refuse"} <= set(ACTIONS)


def test_a_role_that_is_refused_is_written_down(application: FastAPI, personnes: dict[str, Navigateur]) -> None:
    personnes["conseiller"].client.get(ADMINISTRATION)
    page = personnes["administrateur"].client.get(ADMINISTRATION).text
    assert "page d&#39;un autre rôle" in page


def test_twenty_conseillers_share_an_address_with_the_public(service: Service, tmp_path: Path) -> None:
    reglages = Settings(var=tmp_path, quota_pages=5, quota_adresse=5, quota_connexion=40, quota_fenetre=3600)
    with TestClient(create_app(reglages, service), base_url=ADRESSE) as public:
        for _ in range(6):
            dernier = public.get("/")
        assert dernier.status_code == 429
        application = public.app
        assert isinstance(application, FastAPI)
        for rang in range(20):
            qui = enter(application, f"c{rang}")
            qui.client.headers["Accept"] = "*/*"
            for _ in range(3):
                reponse = qui.client.get("/conseiller/compte")
                assert reponse.status_code == 200, reponse.text
                assert "ratelimit" not in reponse.headers
        public.cookies.set(TEMOIN, "inconnu", path="/conseiller")
        assert public.get("/conseiller/compte").status_code == 429, "un témoin qui n'est à personne ne dispense de rien"
        assert public.get("/", headers={"Cookie": f"{TEMOIN}={qui.jeton}"}).status_code == 429, (
            "hors de l'espace non plus"
        )


def test_guessing_passwords_is_counted_by_address(service: Service, tmp_path: Path) -> None:
    reglages = Settings(var=tmp_path, quota_connexion=4, quota_fenetre=3600)
    client = TestClient(create_app(reglages, service), base_url=ADRESSE, follow_redirects=False)
    jeton = csrf_in(client.get("/conseiller/connexion").text)
    champs = {"connexion": "x", "mot_de_passe": MOT_DE_PASSE, "jeton_csrf": jeton}
    statuts = [client.post("/conseiller/connexion", data=champs).status_code for _ in range(6)]
    assert statuts == [422] * 4 + [429] * 2
    assert client.get("/conseiller/connexion").status_code == 200
    assert client.post("/conseiller/connexion/code", data=champs).status_code == 429
    qui = enter(client.app, "lea")  # type: ignore[arg-type]
    assert qui.client.get("/conseiller/compte").status_code == 200

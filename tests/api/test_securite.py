"""What `api/SECURITE.md` promises: the whole list, each test by its name, and the tests that belong nowhere else."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import quote

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from api.app import create_app
from api.exploitation.middleware import EN_TETES
from api.service import Service
from api.settings import PROJET, Settings

LISTE = (PROJET / "api/SECURITE.md").read_text(encoding="utf-8")
NIVEAU_2 = {
    "V1.1": (1, 2, 3, 4, 5, 6, 7), "V1.2": (1, 2, 3, 4), "V1.4": (1, 4, 5), "V1.5": (1, 2, 3, 4), "V1.6": (1, 2, 3, 4),
    "V1.7": (1, 2), "V1.8": (1, 2), "V1.9": (1, 2), "V1.10": (1,), "V1.11": (1, 2), "V1.12": (2,),
    "V1.14": (1, 2, 3, 4, 5, 6),
    "V2.1": tuple(range(1, 13)), "V2.2": (1, 2, 3), "V2.3": (1, 2, 3), "V2.4": (1, 2, 3, 4, 5),
    "V2.5": (1, 2, 3, 4, 5, 6, 7), "V2.6": (1, 2, 3), "V2.7": (1, 2, 3, 4, 5, 6), "V2.8": (1, 2, 3, 4, 5, 6),
    "V2.9": (1, 2, 3), "V2.10": (1, 2, 3, 4),
    "V3.1": (1,), "V3.2": (1, 2, 3, 4), "V3.3": (1, 2, 3, 4), "V3.4": (1, 2, 3, 4, 5), "V3.5": (1, 2, 3), "V3.7": (1,),
    "V4.1": (1, 2, 3, 5), "V4.2": (1, 2), "V4.3": (1, 2, 3),
    "V5.1": (1, 2, 3, 4, 5), "V5.2": (1, 2, 3, 4, 5, 6, 7, 8), "V5.3": tuple(range(1, 11)), "V5.4": (1, 2, 3),
    "V5.5": (1, 2, 3, 4),
    "V6.1": (1, 2, 3), "V6.2": (1, 2, 3, 4, 5, 6), "V6.3": (1, 2), "V6.4": (1, 2),
    "V7.1": (1, 2, 3, 4), "V7.2": (1, 2), "V7.3": (1, 3, 4), "V7.4": (1, 2, 3),
    "V8.1": (1, 2, 3, 4), "V8.2": (1, 2, 3), "V8.3": (1, 2, 3, 4, 5, 6, 7, 8),
    "V9.1": (1, 2, 3), "V9.2": (1, 2, 3, 4), "V10.2": (1, 2), "V10.3": (1, 2, 3), "V11.1": (1, 2, 3, 4, 5, 6, 7, 8),
    "V12.1": (1, 2, 3), "V12.2": (1,), "V12.3": (1, 2, 3, 4, 5, 6), "V12.4": (1, 2), "V12.5": (1, 2), "V12.6": (1,),
    "V13.1": (1, 3, 4, 5), "V13.2": (1, 2, 3, 5, 6), "V13.3": (1, 2), "V13.4": (1, 2),
    "V14.1": (1, 2, 3, 4), "V14.2": (1, 2, 3, 4, 5, 6), "V14.3": (2, 3), "V14.4": (1, 2, 3, 4, 5, 6, 7),
    "V14.5": (1, 2, 3, 4),
}  # fmt: skip
"""Requirements of ASVS 4.0.3 at level 2, those withdrawn left out."""
SERVICE = ("api", "recommender", "embeddings", "referentiels")
EXECUTENT = {"eval", "exec", "compile", "__import__"}
DANGEREUX = {"pickle", "marshal", "shelve", "subprocess", "telnetlib", "ftplib", "smtplib", "ldap", "yaml", "dill"}
APPELLENT = {
    "httpx", "httpx2", "authlib.integrations.httpx_client", "requests", "urllib.request", "http.client", "aiohttp",
    "socket", "websockets",
}  # fmt: skip
IDENTITE = "api/conseil/oidc.py"
"""Calls the identity provider of the settings, and nobody when none is set."""
TELECHARGEMENT = {"referentiels/fetch.py", "referentiels/transfert.py"}
SECRETS = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{36}\b|\bxox[bp]-[\w-]{20,}"
    r"|\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{20,}|://[^\s:/@{}<>…]+:(?!\*)[^\s:/@{}<>…]{6,}@(?!exemple|localhost|127)"
)


def _rows() -> Iterator[tuple[str, str]]:
    for ligne in LISTE.splitlines():
        if ligne.startswith("| V"):
            exigences, _, reponse = (cellule.strip() for cellule in ligne.strip("| ").split(" | "))
            yield exigences, reponse


def _named(exigences: str) -> Iterator[str]:
    for morceau in exigences.split(", "):
        premier, _, dernier = morceau.partition(" à ")
        section, debut = premier.rsplit(".", 1)
        fin = dernier.rsplit(".", 1)[1] if dernier else debut
        yield from (f"{section}.{n}" for n in range(int(debut), int(fin) + 1))


def test_the_list_is_whole() -> None:
    nommees = [exigence for exigences, _ in _rows() for exigence in _named(exigences)]
    attendues = {f"{section}.{n}" for section, numeros in NIVEAU_2.items() for n in numeros}
    assert sorted(set(nommees)) == sorted(nommees)
    assert set(nommees) == attendues


def test_every_line_has_its_test_or_its_reason() -> None:
    connus = {
        noeud.name
        for fichier in (PROJET / "tests").rglob("*.py")
        for noeud in ast.walk(ast.parse(fichier.read_text(encoding="utf-8")))
        if isinstance(noeud, ast.FunctionDef | ast.AsyncFunctionDef) and noeud.name.startswith("test_")
    }
    for exigences, reponse in _rows():
        tests = re.findall(r"`(test_\w+)`", reponse)
        assert not set(tests) - connus, f"{exigences} : {set(tests) - connus}"
        assert tests or len(reponse) > 3, exigences


@pytest.fixture(scope="module")
def client(service: Service, settings: Settings) -> TestClient:
    """Without quotas, since everything is tried many times."""
    return TestClient(
        create_app(settings.model_copy(update={"quota_jeton": 0}), service), base_url="http://azimut.test"
    )


@pytest.fixture(scope="module")
def adresses(client: TestClient) -> tuple[tuple[str, str], ...]:
    """Every method and address, with codes of the small catalogue, and a few that are not served."""
    codes = {"code_rome": "D1102", "code": "RNCP11111", "cle": "code-inconnu", "jeu": "metiers"}
    application = client.app
    assert isinstance(application, FastAPI)
    servies = [
        (methode, re.sub(r"\{(\w+)[^}]*\}", lambda m: codes.get(m[1], "x"), chemin))
        for chemin, methodes in application.openapi()["paths"].items()
        for methode in methodes
    ]
    pages = ["/", "/docs", "/metiers/D1102", "/certifications/RNCP11111", "/erreurs/code-inconnu", "/openapi.json"]
    hors = ["/rien", "/metiers/Z9999", "/api/v1/metiers/Z9999", "/sante", "/pret", "/static/"]
    return (*((m.upper(), a) for m, a in servies), *(("GET", a) for a in (*pages, *hors)))


def test_every_address_wears_the_security_headers(client: TestClient, adresses: tuple[tuple[str, str], ...]) -> None:
    assert len(adresses) > 30
    for methode, adresse in adresses:
        reponse = client.request(methode, adresse)
        for nom in EN_TETES:
            if nom == "X-Frame-Options" and "frame-ancestors *" in reponse.headers["content-security-policy"]:
                assert nom not in reponse.headers, "la carte que les portails intègrent"
                continue
            assert nom in reponse.headers, f"{methode} {adresse} : {nom}"
        assert "'unsafe" not in reponse.headers["content-security-policy"], adresse
        assert "frame-ancestors" in reponse.headers["content-security-policy"], adresse
        assert reponse.headers["x-content-type-options"] == "nosniff"


def test_no_cookie_is_ever_set(client: TestClient, adresses: tuple[tuple[str, str], ...]) -> None:
    for methode, adresse in adresses:
        assert "set-cookie" not in client.request(methode, adresse).headers, adresse


def test_every_text_tells_its_charset(client: TestClient, adresses: tuple[tuple[str, str], ...]) -> None:
    for methode, adresse in adresses:
        reponse = client.request(methode, adresse)
        nature = reponse.headers.get("content-type", "")
        assert nature or not reponse.content, adresse
        assert not nature.startswith("text/") or "charset=utf-8" in nature, f"{adresse} : {nature}"


def test_https_is_asked_for_when_it_is_there(client: TestClient, service: Service, settings: Settings) -> None:
    assert "strict-transport-security" not in client.get("/").headers
    app = create_app(settings.model_copy(update={"hsts": 31_536_000}), service)
    for adresse in ("/", "/api/v1/sante", "/rien"):
        entete = TestClient(app).get(adresse).headers["strict-transport-security"]
        assert entete == "max-age=31536000; includeSubDomains"


def test_other_methods_are_refused(client: TestClient, adresses: tuple[tuple[str, str], ...]) -> None:
    for _, adresse in adresses:
        for methode in ("PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "FARFADET"):
            assert client.request(methode, adresse).status_code in {404, 405}, f"{methode} {adresse}"


def test_no_route_administers(client: TestClient) -> None:
    application = client.app
    assert isinstance(application, FastAPI)
    methodes = {m for route in application.routes if isinstance(route, APIRoute) for m in route.methods or ()}
    assert methodes <= {"GET", "POST", "HEAD"}
    for adresse in ("/admin", "/redoc", "/debug", "/api/v1/partenaires", "/console", "/.git/config", "/.env"):
        assert client.get(adresse).status_code == 404, adresse


@pytest.mark.parametrize(
    "chemin",
    [
        "/static/../settings.py", "/static/%2e%2e/settings.py", "/static/..%2f..%2fsettings.py", "/static//etc/passwd",
        "/static/%00", "/static/....//....//etc/passwd", "/static/", "/static/..%5csettings.py", "/../api/app.py",
    ],
)  # fmt: skip
def test_files_outside_the_public_folder_are_out_of_reach(client: TestClient, chemin: str) -> None:
    reponse = client.get(chemin)
    assert reponse.status_code == 404
    assert "import" not in reponse.text


@pytest.mark.parametrize("code", ["D1102' OR '1'='1", "D1102;DROP TABLE Metier", "%27", "D1102--", "D1102\x00"])
def test_hostile_codes_find_nothing(client: TestClient, code: str) -> None:
    for adresse in ("/api/v1/metiers/", "/api/v1/certifications/", "/metiers/"):
        assert client.get(adresse + quote(code)).status_code == 404
    assert client.get("/api/v1/metiers/D1102").status_code == 200


def test_a_parameter_said_twice_is_never_joined(client: TestClient) -> None:
    reponse = client.get("/api/v1/suggestions?q=boul&q=cout")
    assert reponse.json()["debut"] in {"boul", "cout"}


def test_an_address_has_one_reading(client: TestClient) -> None:
    for adresse in ("/api/v1/metiers/D1102/", "//api/v1/metiers/D1102", "/API/V1/sante", "/api/v1;x/metiers/D1102"):
        assert client.get(adresse, follow_redirects=False).status_code in {307, 404}, adresse


def test_no_redirection_leaves_the_service(client: TestClient, adresses: tuple[tuple[str, str], ...]) -> None:
    for methode, adresse in (*adresses, ("GET", "//mechant.example/"), ("GET", "/static//mechant.example/%2e%2e")):
        reponse = client.request(methode, adresse, follow_redirects=False, headers={"Host": "azimut.test"})
        but = reponse.headers.get("location", "/")
        assert but.startswith(("/", "http://azimut.test/")), adresse
        assert not but.startswith("//"), adresse


def test_a_token_in_the_address_opens_nothing(client: TestClient) -> None:
    sans = client.get("/api/v1/export").status_code
    for nom in ("access_token", "token", "jeton", "authorization"):
        assert client.get("/api/v1/export", params={nom: "x"}).status_code == sans


def test_refusals_are_written_down(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO", "azimut"):
        client.get("/api/v1/metiers/D1102", headers={"Authorization": "Bearer faux"})
        client.post("/api/v1/jeton", data={"grant_type": "client_credentials"})
        client.post("/api/v1/recommandations", json={"souhait": 3})
    statuts = [getattr(r, "statut", None) for r in caplog.records if r.name == "azimut.acces"]
    assert len([s for s in statuts if s is not None and s >= 400]) >= 2


@cache
def _trees() -> tuple[tuple[str, ast.AST], ...]:
    return tuple(
        (fichier.relative_to(PROJET).as_posix(), ast.parse(fichier.read_text(encoding="utf-8")))
        for piece in SERVICE
        for fichier in sorted((PROJET / piece).rglob("*.py"))
    )


def _imported(arbre: ast.AST) -> Iterator[str]:
    for noeud in ast.walk(arbre):
        if isinstance(noeud, ast.Import):
            yield from (alias.name for alias in noeud.names)
        elif isinstance(noeud, ast.ImportFrom) and noeud.module:
            yield noeud.module


def test_no_code_is_made_of_data() -> None:
    for fichier, arbre in _trees():
        for noeud in ast.walk(arbre):
            if isinstance(noeud, ast.Call) and isinstance(noeud.func, ast.Name):
                assert noeud.func.id not in EXECUTENT, f"{fichier}:{noeud.lineno}"
        dangereux = {nom for nom in _imported(arbre) if nom.split(".")[0] in DANGEREUX}
        assert not dangereux, f"{fichier} : {dangereux}"


def test_the_service_calls_nobody() -> None:
    """Only the command that downloads sources goes out, and the sign-in by the identity provider of the settings."""
    ecoute = {"api/exploitation/serveur.py", "api/exploitation/superviseur.py"}
    for fichier, arbre in _trees():
        if fichier in TELECHARGEMENT | ecoute | {IDENTITE} or fichier.startswith("referentiels/fetch"):
            continue
        appels = {nom for nom in _imported(arbre) if nom in APPELLENT or nom.split(".")[0] in APPELLENT}
        assert not appels, f"{fichier} : {appels}"


def test_no_weak_hash_is_used() -> None:
    for fichier, arbre in _trees():
        noms = {n.attr for n in ast.walk(arbre) if isinstance(n, ast.Attribute)}
        noms |= {n.id for n in ast.walk(arbre) if isinstance(n, ast.Name)}
        assert not noms & {"md5", "sha1"}, fichier


def test_no_secret_is_in_the_repository() -> None:
    liste = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=PROJET,
                           capture_output=True, text=True, check=False)  # fmt: skip
    if liste.returncode:
        pytest.skip("hors d'un dépôt git")
    trouves = []
    for nom in filter(None, liste.stdout.split("\0")):
        fichier = PROJET / nom
        if fichier.is_file() and fichier.stat().st_size < 1_000_000 and Path(nom).suffix not in {".png", ".onnx"}:
            texte = fichier.read_bytes().decode("utf-8", "ignore")
            trouves += [f"{nom} : {m[0][:30]}" for m in SECRETS.finditer(texte) if "tests/" not in nom]
    assert not trouves


@pytest.mark.mesure
def test_no_dependency_has_a_known_flaw() -> None:
    commande = [sys.executable, "-m", "pip_audit", "--skip-editable", "--progress-spinner", "off", "--timeout", "10"]
    audit = subprocess.run(commande, capture_output=True, text=True, check=False)
    if audit.returncode and not re.search(r"Found \d+ known vulnerabilit", audit.stderr):
        pytest.skip("pip-audit : la base des failles connues est hors d'atteinte")
    assert audit.returncode == 0, audit.stdout

"""Two instances behind the nginx of docs/exploitation.md, restarted in turn under load: no request is lost."""

import datetime
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from api.settings import PROJET
from tests.api.service_reel import ATTENTE, build

NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin") or ""
GUIDE = (PROJET / "docs/exploitation.md").read_text(encoding="utf-8")
PROFIL = {"competences": ["tenir une caisse"]}
pytestmark = [pytest.mark.mesure, pytest.mark.enable_socket]


@pytest.mark.skipif(not NGINX, reason="nginx absent : installez le paquet « nginx-light »")
def test_instances_restarted_in_turn_lose_no_request(tmp_path: Path) -> None:
    build(tmp_path / "var")
    ports = [_free() for _ in range(2)]
    https, http = _free(), _free()
    comptes: Counter[str] = Counter()
    fin = threading.Event()
    with ExitStack() as pile:
        instances = [pile.enter_context(_instance(tmp_path / "var", port)) for port in ports]
        pile.enter_context(_nginx(tmp_path / "nginx", ports, https, http))
        client = pile.enter_context(_client(https))
        _await(client, "/pret")
        _check_headers(client, http)
        fils = [threading.Thread(target=_ask, args=(https, fin, comptes)) for _ in range(3)]
        for fil in fils:
            fil.start()
        for rang, port in enumerate(ports):
            instances[rang].terminate()
            instances[rang].wait(ATTENTE)
            pile.enter_context(_instance(tmp_path / "var", port))
            time.sleep(1)
        fin.set()
        for fil in fils:
            fil.join(ATTENTE)
    print(dict(comptes))  # noqa: T201 (what `make mesures` shows)
    assert set(comptes) == {"GET 200", "POST 200"}
    assert comptes.total() > 200


def _check_headers(client: httpx.Client, http: int) -> None:
    """What the guide says of the proxy: HSTS from us, no counters outside, HTTP sent to HTTPS."""
    assert "max-age=31536000" in client.get("/").headers["strict-transport-security"]
    assert client.get("/metriques").status_code == 404
    vers = httpx.get(f"http://127.0.0.1:{http}/orientation")
    assert (vers.status_code, vers.headers["location"]) == (301, "https://127.0.0.1/orientation")


def _ask(port: int, fin: threading.Event, comptes: "Counter[str]") -> None:
    with _client(port) as client:
        while not fin.is_set():
            try:
                comptes[f"GET {client.get('/api/v1/metiers/D1102').status_code}"] += 1
                comptes[f"POST {client.post('/api/v1/recommandations', json=PROFIL).status_code}"] += 1
            except httpx.TransportError as error:
                comptes[type(error).__name__] += 1


@contextmanager
def _instance(var: Path, port: int) -> Iterator["subprocess.Popen[bytes]"]:
    reglages = {
        "AZIMUT_VAR": str(var),
        "AZIMUT_ENCODEUR": "aucun",
        "AZIMUT_MANDATAIRES": "127.0.0.1",
        "AZIMUT_HSTS": "31536000",
        "AZIMUT_QUOTA_ADRESSE": "0",
        "AZIMUT_QUOTA_PAGES": "0",
        "AZIMUT_JOURNAL_NIVEAU": "WARNING",
    }
    propres = {cle: v for cle, v in os.environ.items() if not cle.startswith("AZIMUT_")}
    commande = [sys.executable, "-m", "api.cli", "servir", "--port", str(port), "--processus", "2"]
    with subprocess.Popen(commande, env={**propres, **reglages}, stderr=subprocess.DEVNULL) as lance:
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
                _await(client, "/pret")
            yield lance
        finally:
            lance.terminate()
            lance.wait(ATTENTE)


@contextmanager
def _nginx(dossier: Path, ports: list[int], https: int, http: int) -> Iterator[None]:
    """The configuration of the guide, its names of this machine alone changed."""
    dossier.mkdir()
    _certify(dossier)
    trouve = re.search(r"```nginx\n(.*?)```", GUIDE, re.DOTALL)
    assert trouve
    texte = trouve[1]
    for avant, apres in (
        ("127.0.0.1:8001", f"127.0.0.1:{ports[0]}"),
        ("127.0.0.1:8002", f"127.0.0.1:{ports[1]}"),
        ("listen 443", f"listen 127.0.0.1:{https}"),
        ("listen 80;", f"listen 127.0.0.1:{http};"),
        ("/etc/ssl/azimut", str(dossier)),
        ("/var/log/nginx", str(dossier)),
    ):
        assert avant in texte, avant
        texte = texte.replace(avant, apres)
    temporaires = "".join(f"{n}_temp_path {dossier}/{n};" for n in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    fichier = dossier / "nginx.conf"
    fichier.write_text(
        f"daemon off; pid {dossier}/pid; error_log {dossier}/erreurs; events {{}}\n"
        f"http {{ access_log off; {temporaires}\n{texte}\n}}\n"
    )
    with subprocess.Popen([NGINX, "-c", str(fichier), "-e", str(dossier / "erreurs")]) as lance:
        try:
            yield
        finally:
            lance.terminate()
            lance.wait(ATTENTE)


def _certify(dossier: Path) -> None:
    """A certificate that only this test trusts, by not looking."""
    cle = ec.generate_private_key(ec.SECP256R1())
    nom = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "azimut.exemple.fr")])
    jour = datetime.datetime.now(datetime.UTC)
    certificat = (
        x509.CertificateBuilder()
        .subject_name(nom)
        .issuer_name(nom)
        .public_key(cle.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(jour)
        .not_valid_after(jour + datetime.timedelta(days=1))
        .sign(cle, hashes.SHA256())
    )
    pem, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    (dossier / "chaine.pem").write_bytes(certificat.public_bytes(pem))
    (dossier / "cle.pem").write_bytes(cle.private_bytes(pem, pkcs8, serialization.NoEncryption()))


def _client(port: int) -> httpx.Client:
    confiant = ssl.create_default_context()
    confiant.check_hostname = False
    confiant.verify_mode = ssl.CERT_NONE
    return httpx.Client(base_url=f"https://127.0.0.1:{port}", verify=confiant, timeout=20)


def _await(client: httpx.Client, adresse: str) -> None:
    limite = time.monotonic() + ATTENTE
    while time.monotonic() < limite:
        try:
            if client.get(adresse).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise AssertionError(f"{adresse} ne répond pas")


def _free() -> int:
    with socket.create_server(("127.0.0.1", 0)) as prise:
        port: int = prise.getsockname()[1]
        return port

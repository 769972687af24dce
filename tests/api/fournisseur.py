"""A small identity provider of this machine: real signatures, and every way to get them wrong."""

import hmac
import threading
import time
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from json import dumps
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "azimut", "secret-du-fournisseur-d-essai"


@dataclass
class Fournisseur:
    """What it answers; a test changes what it wants."""

    adresse: str
    cle: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "une"}))
    publiee: RSAKey | None = None
    """The key that is published, when it is not the one that signs."""
    personne: dict[str, Any] = field(default_factory=dict)
    change: dict[str, Any] = field(default_factory=dict)
    """Claims put in place of the right ones; None takes one away."""
    algorithme: str = "RS256"
    emetteur: str | None = None
    """The issuer that it says to be, when it lies."""
    cles_en_plus: list[Any] = field(default_factory=list)
    """What it publishes beside its key."""
    en_panne: bool = False
    demandes: dict[str, dict[str, str]] = field(default_factory=dict)
    """What was asked, by code."""
    jetons: int = 0

    def authorize(self, adresse: str) -> dict[str, str]:
        """What a browser brings back when the person agrees."""
        demande = {nom: v[0] for nom, v in parse_qs(urlsplit(adresse).query).items()}
        code = f"code-{len(self.demandes)}"
        self.demandes[code] = demande
        return {"code": code, "state": demande["state"]}

    def token(self, champs: dict[str, str], autorisation: str) -> tuple[int, dict[str, Any]]:
        """The answer of the token endpoint."""
        demande = self.demandes.pop(champs.get("code", ""), None)
        defi = _encode(sha256(champs.get("code_verifier", "").encode()).digest())
        client = b64decode(autorisation.removeprefix("Basic ")).decode()
        if demande is None or demande["code_challenge"] != defi or demande["code_challenge_method"] != "S256":
            return 400, {"error": "invalid_grant"}
        if client != f"{CLIENT}:{SECRET}" or champs.get("redirect_uri") != demande["redirect_uri"]:
            return 401, {"error": "invalid_client"}
        self.jetons += 1
        maintenant = int(time.time())
        revendications = {
            "iss": self.adresse,
            "aud": CLIENT,
            "iat": maintenant,
            "exp": maintenant + 300,
            "nonce": demande["nonce"],
            **self.personne,
            **self.change,
        }
        nettes = {nom: v for nom, v in revendications.items() if v is not None}
        entete = {"alg": self.algorithme, "kid": self.cle.kid}
        if self.algorithme == "RS256":
            jeton = jwt.encode(entete, nettes, self.cle)
        else:
            jeton = forge(entete, nettes, self.cle.as_pem(private=False) if self.algorithme == "HS256" else None)
        return 200, {"access_token": "x", "token_type": "Bearer", "expires_in": 300, "id_token": jeton}

    def read(self, chemin: str) -> dict[str, Any] | None:
        """What it publishes."""
        if chemin == "/.well-known/openid-configuration":
            return {
                "issuer": self.emetteur or self.adresse,
                "authorization_endpoint": f"{self.adresse}/autoriser",
                "token_endpoint": f"{self.adresse}/jeton",
                "jwks_uri": f"{self.adresse}/cles",
            }
        if chemin == "/cles":
            publiee = (self.publiee or self.cle).as_dict(private=False)
            return {"keys": [*self.cles_en_plus, publiee]}
        return None


def forge(entete: dict[str, Any], revendications: dict[str, Any], secret: bytes | None) -> str:
    """A token that no library would write: not signed, or with a public key taken for a shared secret."""
    corps = ".".join(_encode(dumps(partie).encode()) for partie in (entete, revendications))
    return f"{corps}.{_encode(hmac.digest(secret, corps.encode(), 'sha256')) if secret else ''}"


def _encode(octets: bytes) -> str:
    return urlsafe_b64encode(octets).rstrip(b"=").decode()


@contextmanager
def running() -> Iterator[Fournisseur]:
    """The provider at an address of this machine."""
    fournisseur = Fournisseur("")

    class Guichet(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            lu = None if fournisseur.en_panne else fournisseur.read(self.path)
            self._answer(503 if lu is None else 200, lu or {})

        def do_POST(self) -> None:
            corps = self.rfile.read(int(self.headers["Content-Length"])).decode()
            champs = {nom: v[0] for nom, v in parse_qs(corps).items()}
            self._answer(*fournisseur.token(champs, self.headers.get("Authorization", "")))

        def _answer(self, statut: int, contenu: dict[str, Any]) -> None:
            corps = dumps(contenu).encode()
            self.send_response(statut)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(corps)))
            self.end_headers()
            self.wfile.write(corps)

        def log_message(self, *_: object) -> None:
            pass

    serveur = ThreadingHTTPServer(("127.0.0.1", 0), Guichet)
    fournisseur.adresse = f"http://127.0.0.1:{serveur.server_port}"
    fil = threading.Thread(target=serveur.serve_forever, kwargs={"poll_interval": 0.02})
    fil.start()
    try:
        yield fournisseur
    finally:
        serveur.shutdown()
        fil.join()
        serveur.server_close()

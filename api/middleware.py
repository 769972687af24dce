"""What surrounds every request: identifier, journal, counts, security headers, the last net under errors."""

import logging
import time
from collections.abc import Callable

from fastapi import Request, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.journal import describe_error, request_id, requete_en_cours
from api.metriques import SANS_ROUTE, count_request

journal = logging.getLogger("azimut.acces")

EN_TETES = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
IDENTIFIANT = "X-Request-ID"
TETE = "azimut.tete"
"""Of a scope: its answer is read for its headers alone."""
_NOM = IDENTIFIANT.lower().encode()
_POLITIQUE = b"content-security-policy"


def encode_headers(entetes: dict[str, str]) -> tuple[tuple[bytes, bytes], ...]:
    """Headers as a server sends them, encoded once."""
    return tuple((nom.lower().encode("latin-1"), valeur.encode("latin-1")) for nom, valeur in entetes.items())


class SecurityHeaders:
    """Adds the security headers to every answer that does not set them itself.

    Args:
        app: What answers.
        hsts: Seconds during which browsers must come back by HTTPS alone; 0 does not ask it.
    """

    def __init__(self, app: ASGIApp, hsts: int = 0) -> None:
        self.app = app
        stricte = {"Strict-Transport-Security": f"max-age={hsts}; includeSubDomains"} if hsts else {}
        self._entetes = encode_headers(EN_TETES | stricte)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                siens = message["headers"]
                poses = {nom for nom, _ in siens}
                if any(nom == _POLITIQUE and b"frame-ancestors 'none'" not in valeur for nom, valeur in siens):
                    poses.add(b"x-frame-options")  # it knows no list, and would refuse what the policy allows
                message["headers"] = [*siens, *(paire for paire in self._entetes if paire[0] not in poses)]
            await send(message)

        await self.app(scope, receive, send_with_headers if scope["type"] == "http" else send)


class HeadAsGet:
    """Answers HEAD as GET would, without the body: probes and caches ask so."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return

        async def send_without_body(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        await self.app({**scope, "method": "GET", TETE: True}, receive, send_without_body)


class Journal:
    """Names, counts and writes down each request (method, route, status, time); turns the unforeseen into a plain 500.

    Neither the address as typed, nor a body, nor the message of an error is ever written: they may hold a person's
    words. An error is told by its type and the places it went through.
    """

    def __init__(self, app: ASGIApp, respond: Callable[[Request, Exception], Response]) -> None:
        self.app = app
        self.respond = respond

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        debut = time.perf_counter()
        statut = 0
        identifiant = request_id(next((v for nom, v in scope["headers"] if nom == _NOM), b"").decode("latin-1"))
        marque = (_NOM, identifiant.encode())

        async def send_and_note(message: Message) -> None:
            nonlocal statut
            if message["type"] == "http.response.start":
                statut = message["status"]
                message["headers"] = [*message["headers"], marque]
            await send(message)

        jeton = requete_en_cours.set(identifiant)
        try:
            await self.app(scope, receive, send_and_note)
        except Exception as error:  # noqa: BLE001 (the last net: whatever it is, the person gets an answer)
            journal.error("erreur imprévue %s", describe_error(error))
            if statut == 0:
                await self.respond(Request(scope), error)(scope, receive, send_and_note)
        finally:
            _note(scope, statut, time.perf_counter() - debut)
            requete_en_cours.reset(jeton)


def _note(scope: Scope, statut: int, secondes: float) -> None:
    route = getattr(scope.get("route"), "path", SANS_ROUTE)
    methode = scope["method"]
    count_request(methode, route, statut, secondes)
    if journal.isEnabledFor(logging.INFO):
        duree = round(secondes * 1000, 1)
        # Made by hand, since looking for the caller of each line would take as long as the rest.
        ligne = logging.LogRecord(
            journal.name, logging.INFO, "", 0, "%s %s %d %.1f ms", (methode, route, statut, duree), None
        )
        ligne.methode, ligne.route, ligne.statut, ligne.duree_ms = methode, route, statut, duree
        journal.handle(ligne)

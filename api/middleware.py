"""What surrounds every request: size limit, security headers, a journal without personal words."""

import logging
import time
import traceback
from collections.abc import Callable

from fastapi import Request, Response
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import CORPS_TROP_GRAND, Probleme, json_problem

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


class SecurityHeaders:
    """Adds the security headers to every answer that does not set them itself."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                entetes = MutableHeaders(scope=message)
                for nom, valeur in EN_TETES.items():
                    entetes.setdefault(nom, valeur)
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

        await self.app({**scope, "method": "GET"}, receive, send_without_body)


class BodyLimit:
    """Answers 413 to a body larger than `octets`, announced or not, before anything reads it."""

    def __init__(self, app: ASGIApp, octets: int) -> None:
        self.app = app
        self.octets = octets

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, its whole body read first."""
        if scope["type"] != "http" or scope["method"] in {"GET", "HEAD", "OPTIONS"}:
            await self.app(scope, receive, send)
            return
        annonce = Headers(scope=scope).get("content-length", "")
        if annonce.isdigit() and int(annonce) > self.octets:
            await self._refuse(scope, receive, send)
            return
        corps = bytearray()
        suite = True
        while suite:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            corps += message.get("body", b"")
            suite = message.get("more_body", False)
            if len(corps) > self.octets:
                await self._refuse(scope, receive, send)
                return
        rendu = False

        async def replay() -> Message:
            nonlocal rendu
            if rendu:
                return await receive()
            rendu = True
            return {"type": "http.request", "body": bytes(corps), "more_body": False}

        await self.app(scope, replay, send)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        detail = f"La requête dépasse {self.octets // 1024} Kio."
        reponse = json_problem(Probleme(CORPS_TROP_GRAND, detail, 413, entetes={"Connection": "close"}))
        await reponse(scope, receive, send)


class Journal:
    """Writes one line a request (method, route, status, time) and turns the unforeseen into a plain 500.

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

        async def send_and_note(message: Message) -> None:
            nonlocal statut
            if message["type"] == "http.response.start":
                statut = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, send_and_note)
        except Exception as error:  # noqa: BLE001 (the last net: whatever it is, the person gets an answer)
            _log_unforeseen(error)
            if statut == 0:
                await self.respond(Request(scope), error)(scope, receive, send_and_note)
        finally:
            route = getattr(scope.get("route"), "path", "-")
            duree = (time.perf_counter() - debut) * 1000
            journal.info("%s %s %d %.0f ms", scope["method"], route, statut, duree)


def _log_unforeseen(error: Exception) -> None:
    pile = traceback.extract_tb(error.__traceback__)
    lieux = " < ".join(f"{p.filename.rsplit('/', 1)[-1]}:{p.lineno} {p.name}" for p in reversed(pile[-6:]))
    journal.error("erreur imprévue %s : %s", type(error).__name__, lieux)

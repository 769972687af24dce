"""What a request may cost: size, depth and slowness of its body, time of its answer, how many are served at once."""

import asyncio
import logging
import re
from collections.abc import Mapping
from types import MappingProxyType

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import (
    CORPS_LENT,
    CORPS_TROP_GRAND,
    DELAI_DEPASSE,
    JSON_TROP_PROFOND,
    SERVICE_OCCUPE,
    Probleme,
    TypeProbleme,
    json_problem,
)
from api.journal import describe_error
from api.metriques import EN_COURS, REFUS

journal = logging.getLogger("azimut.limites")

SANS_CORPS = frozenset({"GET", "HEAD", "OPTIONS"})
PROFONDEUR_MAX = 24
"""Levels of a JSON body; the deepest that a schema reads has six."""
OUVRANTS_MAX = 20_000
"""Objects and lists of a JSON body: to read more would make everyone wait."""
_TEXTE = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
_CROCHET = re.compile(rb"[\[\]{}]")
_OUVRANTS = frozenset((b"[", b"{"))


def depth_of(corps: bytes, plafond: int = PROFONDEUR_MAX) -> int:
    """Levels of brackets of a JSON text, strings left out; counted no further than just above the ceiling."""
    if corps.count(b"[") + corps.count(b"{") <= plafond:
        return plafond
    profondeur = atteinte = 0
    for crochet in _CROCHET.findall(_TEXTE.sub(b"", corps)):
        profondeur += 1 if crochet in _OUVRANTS else -1
        atteinte = max(atteinte, profondeur)
        if atteinte > plafond:
            break
    return atteinte


class BodyLimit:
    """Reads the whole body before anything else does, and refuses one too large, too slow or too deep.

    Args:
        app: What answers.
        octets: Largest body, announced or not (413).
        autres: The same for the addresses that take more.
        delai: Seconds within which the whole of it must come (408).
        profondeur: Levels of JSON (400).
    """

    def __init__(
        self,
        app: ASGIApp,
        octets: int,
        delai: float = 10.0,
        profondeur: int = PROFONDEUR_MAX,
        autres: Mapping[str, int] = MappingProxyType({}),
    ) -> None:
        self.app = app
        self.octets = octets
        self.autres = autres
        self.delai = delai
        self.profondeur = profondeur

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, its whole body read first."""
        if scope["type"] != "http" or scope["method"] in SANS_CORPS:
            await self.app(scope, receive, send)
            return
        lu = await self._read(scope, receive)
        if isinstance(lu, Probleme):
            await _refuse(lu, scope, receive, send)
        elif lu is not None:
            await self.app(scope, _replay(lu, receive), send)

    async def _read(self, scope: Scope, receive: Receive) -> bytes | Probleme | None:
        """The body; what is wrong with it; None when the client left."""
        octets = self.autres.get(scope["path"], self.octets)
        trop = Probleme(CORPS_TROP_GRAND, f"La requête dépasse {octets // 1024} Kio.", 413)
        entetes = Headers(scope=scope)
        annonce = entetes.get("content-length", "")
        if annonce.isdigit() and int(annonce) > octets:
            return trop
        corps = bytearray()
        suite = True
        try:
            async with asyncio.timeout(self.delai):
                while suite:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        return None
                    corps += message.get("body", b"")
                    suite = message.get("more_body", False)
                    if len(corps) > octets:
                        return trop
        except TimeoutError:
            return Probleme(CORPS_LENT, f"Le corps n'est pas arrivé en {self.delai:g} s.", 408)
        lu = bytes(corps)
        en_json = "json" in entetes.get("content-type", "").lower()
        return (en_json and self._judge(lu)) or lu

    def _judge(self, lu: bytes) -> Probleme | None:
        """What is wrong with the shape of a JSON text, before it is read."""
        if lu.count(b"[") + lu.count(b"{") > OUVRANTS_MAX:
            return Probleme(CORPS_TROP_GRAND, f"Le JSON a plus de {OUVRANTS_MAX} objets et listes.", 413)
        if depth_of(lu, self.profondeur) > self.profondeur:
            return Probleme(JSON_TROP_PROFOND, f"Le JSON a plus de {self.profondeur} niveaux.", 400)
        return None


def _replay(corps: bytes, receive: Receive) -> Receive:
    rendu = False

    async def replay() -> Message:
        nonlocal rendu
        if rendu:
            return await receive()
        rendu = True
        return {"type": "http.request", "body": corps, "more_body": False}

    return replay


async def _refuse(probleme: Probleme, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a problem and close: what is left of the request is not read."""
    REFUS.labels(probleme.type.cle).inc()
    reponse = json_problem(probleme)
    reponse.headers["Connection"] = "close"
    await reponse(scope, receive, send)


class Affluence:
    """Serves so many requests at once, lets a few wait, and turns the others away at once rather than sink.

    A request that is not answered in time is told so; what it began ends on its own, and holds its place until then.

    Args:
        app: What answers.
        simultanees: Requests served at once by a process.
        file: Requests that may wait for their turn; beyond, 503.
        delai: Seconds within which the answer must begin, the wait included.
        exemptes: Addresses that are always answered: those that tell how the service is.
    """

    def __init__(
        self, app: ASGIApp, simultanees: int, file: int, delai: float, exemptes: frozenset[str] = frozenset()
    ) -> None:
        self.app = app
        self.file = file
        self.delai = delai
        self.exemptes = exemptes
        self._places = asyncio.Semaphore(simultanees)
        self._attente = 0
        self._taches: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, in its turn."""
        if scope["type"] != "http" or scope["path"] in self.exemptes:
            await self.app(scope, receive, send)
            return
        if self._places.locked() and self._attente >= self.file:
            await _refuse(_busy(SERVICE_OCCUPE, "Trop de requêtes sont en cours."), scope, receive, send)
        elif await self._enter():
            await self._serve(scope, receive, send)
        else:
            await _refuse(self._late(), scope, receive, send)

    async def _enter(self) -> bool:
        """Take a place, or wait for one; False when the wait was too long."""
        if not self._places.locked():
            return await self._places.acquire()
        self._attente += 1
        try:
            async with asyncio.timeout(self.delai):
                return await self._places.acquire()
        except TimeoutError:
            return False
        finally:
            self._attente -= 1

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        vanne = _Vanne(send)
        tache = asyncio.ensure_future(self._run(scope, receive, vanne))
        self._taches.add(tache)
        tache.add_done_callback(self._taches.discard)
        faites, _ = await asyncio.wait({tache}, timeout=self.delai)
        if faites or vanne.commencee:
            await tache
            return
        vanne.fermee = True
        tache.add_done_callback(_tell)
        await _refuse(self._late(), scope, receive, send)

    async def _run(self, scope: Scope, receive: Receive, send: Send) -> None:
        EN_COURS.inc()
        try:
            await self.app(scope, receive, send)
        finally:
            EN_COURS.dec()
            self._places.release()

    def _late(self) -> Probleme:
        return _busy(DELAI_DEPASSE, f"La réponse n'est pas prête après {self.delai:g} s.")


class _Vanne:
    """Lets an answer through until it is closed."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.commencee = False
        self.fermee = False

    async def __call__(self, message: Message) -> None:
        if not self.fermee:
            self.commencee = True
            await self._send(message)


def _tell(tache: "asyncio.Task[None]") -> None:
    """Nobody waits any more for this answer: its error is told here or nowhere."""
    error = None if tache.cancelled() else tache.exception()
    if error is not None:
        journal.error("erreur imprévue, après le délai %s", describe_error(error))


def _busy(nature: TypeProbleme, detail: str) -> Probleme:
    return Probleme(nature, detail, 503, entetes={"Retry-After": "2"})

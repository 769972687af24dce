"""Answers about the catalogue kept as they were sent, compressed: the same question costs no work again."""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import date
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.cache import held
from api.metriques import FAITES

OCTETS_MAX = 32 * 1024 * 1024
"""Of answers kept by a process."""
_UNE_MAX = 512 * 1024
_ADRESSE_MAX = 512
Entetes = list[tuple[bytes, bytes]]
Cle = tuple[bytes, bytes, bool, int]


@dataclass(frozen=True, slots=True)
class _Tenue:
    """One answer, and what the journal calls its route."""

    entetes: Entetes
    corps: bytes
    etag: str
    route: Any


class ReponsesTenues:
    """Keeps the public answers that name what they are made of (`Cache-Control: public`, `ETag`, 200).

    They are kept for the engine in service alone, and for the day, since some list what is to come. An answer about
    a person is never public, hence never kept.

    Args:
        app: What answers.
        octets: Of answers kept; the ones asked longest ago go first.
    """

    def __init__(self, app: ASGIApp, octets: int = OCTETS_MAX) -> None:
        self.app = app
        self.octets = octets
        self._tenues: OrderedDict[Cle, _Tenue] = OrderedDict()
        self._poids = 0
        self._moteur: object = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["method"] != "GET" or len(scope["query_string"]) > _ADRESSE_MAX:
            await self.app(scope, receive, send)
            return
        demandes = dict(scope["headers"])
        moteur = scope["app"].state.service
        if moteur is not self._moteur:
            self._tenues.clear()
            self._poids, self._moteur = 0, moteur
        chemin = scope.get("raw_path") or scope["path"].encode()
        compresse = b"gzip" in demandes.get(b"accept-encoding", b"")
        cle = (chemin, scope["query_string"], compresse, date.today().toordinal())
        tenue = self._tenues.get(cle)
        if tenue is None:
            garde = _Garde(send)
            await self.app(scope, receive, garde)
            if (faite := garde.made(scope.get("route"))) is not None and moteur is self._moteur:
                FAITES.inc()
                self._keep(cle, faite)
            return
        self._tenues.move_to_end(cle)
        scope["route"] = tenue.route
        inchangee = held(demandes.get(b"if-none-match", b"").decode("latin-1"), tenue.etag)
        statut, corps = (304, b"") if inchangee else (200, tenue.corps)
        entetes = _without_body(tenue.entetes) if inchangee else tenue.entetes
        await send({"type": "http.response.start", "status": statut, "headers": entetes})
        await send({"type": "http.response.body", "body": corps})

    def _keep(self, cle: Cle, tenue: _Tenue) -> None:
        ancienne = self._tenues.pop(cle, None)
        self._poids += len(tenue.corps) - (len(ancienne.corps) if ancienne else 0)
        self._tenues[cle] = tenue
        while self._poids > self.octets:
            _, sortie = self._tenues.popitem(last=False)
            self._poids -= len(sortie.corps)


class _Garde:
    """Lets an answer through, and keeps it when it may be."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._entetes: Entetes | None = None
        self._etag = ""
        self._morceaux: list[bytes] = []
        self._octets = 0
        self._entiere = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._begin(message)
        elif self._entetes is not None:
            self._octets += len(message.get("body", b""))
            if self._octets > _UNE_MAX:
                self._entetes = None
            else:
                self._morceaux.append(message.get("body", b""))
                self._entiere = not message.get("more_body", False)
        await self._send(message)

    def made(self, route: Any) -> _Tenue | None:
        """The answer, when it is whole and may be kept."""
        if self._entetes is None or not self._entiere:
            return None
        return _Tenue(self._entetes, b"".join(self._morceaux), self._etag, route)

    def _begin(self, message: Message) -> None:
        entetes = dict(message["headers"])
        publique = entetes.get(b"cache-control", b"").startswith(b"public")
        if message["status"] == 200 and publique and b"etag" in entetes and b"set-cookie" not in entetes:
            self._entetes, self._etag = list(message["headers"]), entetes[b"etag"].decode("latin-1")


def _without_body(entetes: Entetes) -> Entetes:
    return [paire for paire in entetes if paire[0] not in {b"content-length", b"content-type", b"content-encoding"}]

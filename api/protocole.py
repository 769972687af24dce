"""HTTP as we let it in: bounded addresses and headers, no connection that trickles or never reads."""

import asyncio
from http import HTTPStatus
from typing import Any

import orjson
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from api.errors import ADRESSE_TROP_LONGUE, ENTETES_TROP_GRANDS, MEDIA, SERVICE_OCCUPE, Probleme
from api.metriques import REFUS

URL_MAX = 8 * 1024
ENTETES_MAX = 32 * 1024
"""Bytes of the request line and of all the headers together."""
_LIAISON = 4
"""Bytes between a name and its value, and after it."""
CONNEXIONS_MAX = 1_000
"""Connections that a process keeps open; beyond, they are told to come back."""
DELAI_ENTETES = 10.0
"""Seconds within which a request must have told its headers whole."""
DELAI_LECTURE = 30.0
"""Seconds during which a client may leave an answer unread."""


class Protocole(HttpToolsProtocol):
    """The protocol of the server, with limits that it does not have: see the constants of this module."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._octets = 0
        self._attendue = True
        self._entetes_avant: asyncio.TimerHandle | None = None
        self._lecture_avant: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to count the time of the first request, unless there are too many connections."""
        super().connection_made(transport)
        if len(self.connections) > CONNEXIONS_MAX:
            self._refuse(Probleme(SERVICE_OCCUPE, "Trop de connexions sont ouvertes.", 503))
        else:
            self._expect_headers()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the timers."""
        _cancel(self._entetes_avant)
        _cancel(self._lecture_avant)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, as long as the headers stay within bounds."""
        if self._attendue:
            self._octets += len(data)
        super().data_received(data)
        if self._attendue and self._octets and not self.transport.is_closing():
            if self._octets > ENTETES_MAX:
                self._refuse_headers()
            elif self._entetes_avant is None:
                self._expect_headers()

    def on_headers_complete(self) -> None:
        """Headers are whole: refuse them if they are too large, else serve the request."""
        self._attendue = False
        _cancel(self._entetes_avant)
        self._entetes_avant = None
        if len(self.url) > URL_MAX:
            self._refuse(Probleme(ADRESSE_TROP_LONGUE, f"L'adresse dépasse {URL_MAX // 1024} Kio.", 414))
        elif self._octets > ENTETES_MAX and self._weigh_headers() > ENTETES_MAX:  # else a body came along with them
            self._refuse_headers()
        else:
            super().on_headers_complete()
            if self.config.app.state.arret:  # type: ignore[union-attr]
                self.cycle.keep_alive = False

    def on_message_complete(self) -> None:
        """The next bytes are those of another request."""
        self._attendue, self._octets = True, 0
        if self.cycle is not None:
            super().on_message_complete()

    def on_body(self, body: bytes) -> None:
        """Part of a body, unless its request was refused."""
        if self.cycle is not None:
            super().on_body(body)

    def pause_writing(self) -> None:
        """The client does not read: it has some time to do so."""
        super().pause_writing()
        self._lecture_avant = self.loop.call_later(DELAI_LECTURE, self.transport.abort)

    def resume_writing(self) -> None:
        """It reads again."""
        super().resume_writing()
        _cancel(self._lecture_avant)
        self._lecture_avant = None

    def _weigh_headers(self) -> int:
        return sum(len(nom) + len(valeur) + _LIAISON for nom, valeur in self.headers)

    def finish(self) -> None:
        """Have the answer being made, if there is one, end the connection."""
        if self.cycle is not None and not self.cycle.response_complete:
            self.shutdown()

    def _expect_headers(self) -> None:
        self._entetes_avant = self.loop.call_later(DELAI_ENTETES, self._give_up)

    def _give_up(self) -> None:
        if not self.transport.is_closing():
            REFUS.labels("entetes-lents").inc()
            self.transport.close()

    def _refuse_headers(self) -> None:
        taille = f"Les en-têtes dépassent {ENTETES_MAX // 1024} Kio."
        self._refuse(Probleme(ENTETES_TROP_GRANDS, taille, 431))

    def _refuse(self, probleme: Probleme) -> None:
        """Answer on the wire, since no application is called yet, and close."""
        REFUS.labels(probleme.type.cle).inc()
        corps = orjson.dumps(probleme.as_dict())
        tete = (
            f"HTTP/1.1 {probleme.statut} {HTTPStatus(probleme.statut).phrase}\r\ncontent-type: {MEDIA}\r\n"
            f"content-length: {len(corps)}\r\ncache-control: no-store\r\nretry-after: 5\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(tete.encode("ascii") + corps)
        self.transport.close()


def _cancel(minuterie: asyncio.TimerHandle | None) -> None:
    if minuterie is not None:
        minuterie.cancel()

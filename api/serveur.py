"""One server process: bounded by our protocol, and honest about its end."""

import asyncio
import signal
import socket
import sys
import time
from collections.abc import Callable
from types import FrameType

import uvicorn
from anyio import to_thread
from fastapi import FastAPI

from api.app import create_app
from api.protocole import Protocole
from api.service import Service
from api.settings import Settings
from referentiels.errors import InvalidInputError

KEEP_ALIVE = 5
"""Seconds during which an idle connection is kept."""
_FILE_ECOUTE = 2048
_PAS = 0.05
_TOUR_DE_ROLE = 0.001


def listen(settings: Settings) -> socket.socket:
    """The socket that requests come through.

    Raises:
        InvalidInputError: The address or the port cannot be listened on.
    """
    famille = socket.AF_INET6 if ":" in settings.hote else socket.AF_INET
    try:
        return socket.create_server((settings.hote, settings.port), family=famille, backlog=_FILE_ECOUTE)
    except OSError as error:
        raise InvalidInputError(
            f"impossible d'écouter sur {settings.hote}:{settings.port} ({error.strerror}). Choisissez un autre port "
            "(AZIMUT_PORT) ou une autre adresse (AZIMUT_HOTE).",
            champ="port",
        ) from error


def serve_alone(settings: Settings, service: Service | None, ecoute: socket.socket) -> None:
    """Serve in this very process until told to stop.

    Args:
        settings: What a deployment chose.
        service: The engine; loaded from the settings when None.
        ecoute: Where requests come through.

    Raises:
        CatalogueError: There is nothing to serve.
    """
    Serveur(create_app(settings, service), settings).run([ecoute])


class Serveur(uvicorn.Server):
    """A server that says it stops before it does.

    On SIGTERM, it takes no new connection, ends each one it has with its next answer, and leaves what is running the
    time to finish. On SIGINT (Ctrl-C), idle connections are not waited for.

    Args:
        app: What answers.
        settings: How long it may take to stop.
        announce: Called once requests can come.
    """

    def __init__(self, app: FastAPI, settings: Settings, announce: Callable[[], None] = lambda: None) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http=Protocole,
                ws="none",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                timeout_keep_alive=KEEP_ALIVE,
                timeout_graceful_shutdown=max(1, round(settings.delai_arret)),
                backlog=_FILE_ECOUTE,
            )
        )
        self._app = app
        self._fils = settings.fils
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then say so."""
        # Beside a thread that computes, the loop would else wait five times as long for its turn.
        sys.setswitchinterval(_TOUR_DE_ROLE)
        to_thread.current_default_thread_limiter().total_tokens = self._fils
        await super().startup(sockets)
        self._announce()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Note that the service stops: `/pret` says so from now on, and each answer ends its connection."""
        self._app.state.arret = True
        super().handle_exit(sig, frame)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let connections end by themselves, then stop."""
        for ecoute in self.servers:
            ecoute.close()
        for connexion in tuple(self.server_state.connections):
            if isinstance(connexion, Protocole):
                connexion.finish()
        if signal.SIGTERM in self._captured_signals:
            fin = time.monotonic() + min(KEEP_ALIVE + 1, self.config.timeout_graceful_shutdown or 0)
            while self.server_state.connections and time.monotonic() < fin and not self.force_exit:
                await asyncio.sleep(_PAS)
        await super().shutdown(sockets)

"""A new catalogue and its index taken into service while requests go on."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from fastapi import FastAPI

from api.metriques import RECHARGEMENTS
from api.service import Service
from referentiels.catalogue import COURANT
from referentiels.errors import AzimutError

_journal = logging.getLogger("azimut.rechargement")
Chargeur = Callable[[], Service]


class Vigie:
    """Tells when something new is published.

    Args:
        dossier: Where catalogues are published.
    """

    def __init__(self, dossier: Path) -> None:
        self._pointeur = dossier / COURANT
        self._vu = self._state()

    def look(self) -> bool:
        """Whether anything was published since the last look."""
        vu, self._vu = self._vu, self._state()
        return vu != self._vu

    def _state(self) -> tuple[int, int]:
        try:
            etat = self._pointeur.stat()
        except OSError:
            return 0, 0
        return etat.st_mtime_ns, etat.st_ino


def load_next(charger: Chargeur) -> Service | None:
    """The engine of what was just published; None when it cannot be used, which the journal tells once."""
    try:
        service = charger()
    except (AzimutError, OSError) as error:
        RECHARGEMENTS.labels("refuse").inc()
        _journal.warning("rien de rechargé, l'ancien catalogue reste en service : %s", error)
        return None
    RECHARGEMENTS.labels("fait").inc()
    _journal.info("en service : %s", service.version)
    return service


class Rechargeur:
    """Watches what is published, and swaps the engine in one assignment: a request ends with the one it began with.

    Args:
        app: Holds the engine in `state.service`.
        dossier: Where catalogues are published.
        charger: Opens what is published.
        periode: Seconds between two looks; 0 never looks.
    """

    def __init__(self, app: FastAPI, dossier: Path, charger: Chargeur, periode: float) -> None:
        self._app = app
        self._vigie = Vigie(dossier)
        self._charger = charger
        self._periode = periode

    @asynccontextmanager
    async def running(self, _: FastAPI) -> AsyncIterator[None]:
        """The lifespan of the application, with the watch going on beside the requests."""
        veille = asyncio.create_task(self._watch()) if self._periode else None
        yield
        if veille is not None:
            veille.cancel()
            with suppress(asyncio.CancelledError):
                await veille

    def refresh(self) -> bool:
        """Take what was published since the last look; whether there was anything.

        What cannot be used leaves the engine in service as it is: the journal says why, once.
        """
        if not self._vigie.look():
            return False
        service = load_next(self._prepare)
        if service is None:
            return False
        self._app.state.service = service
        return True

    def _prepare(self) -> Service:
        service = self._charger()
        service.warm()
        return service

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(self._periode)
            await asyncio.to_thread(self.refresh)

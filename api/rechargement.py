"""A new catalogue and its index taken into service while requests go on."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from fastapi import FastAPI

from api.service import Service
from referentiels.catalogue import COURANT
from referentiels.errors import AzimutError

_journal = logging.getLogger("azimut.rechargement")
Chargeur = Callable[[], Service]


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
        self._pointeur = dossier / COURANT
        self._charger = charger
        self._periode = periode
        self._vu = self._state()

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
        etat = self._state()
        if etat == self._vu:
            return False
        self._vu = etat
        try:
            service = self._charger()
            service.warm()
        except (AzimutError, OSError) as error:
            _journal.warning("rien de rechargé, l'ancien catalogue reste en service : %s", error)
            return False
        self._app.state.service = service
        _journal.info("en service : %s", service.version)
        return True

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(self._periode)
            await asyncio.to_thread(self.refresh)

    def _state(self) -> tuple[int, int]:
        try:
            etat = self._pointeur.stat()
        except OSError:
            return 0, 0
        return etat.st_mtime_ns, etat.st_ino

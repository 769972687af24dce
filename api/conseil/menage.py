"""What the service does by itself, once an hour and in one process at a time: erase what is kept no longer."""

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path

from fastapi import FastAPI
from sqlalchemy.exc import SQLAlchemyError

from api.conseil.dossiers import Dossiers
from api.persistence.base import BaseDonnees
from api.persistence.compteurs import StockageBase
from referentiels.errors import AzimutError

PERIODE = 3600
"""Seconds between two purges, whatever the number of processes."""
REGARD = PERIODE / 6
"""Seconds between two looks of a process at whether a purge is due."""
_journal = logging.getLogger("azimut.menage")
Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


class Menage:
    """Purges dossiers beside the requests.

    Args:
        base: Where dossiers are, and where processes agree on which one purges.
        dossiers: What is purged.
    """

    def __init__(self, base: BaseDonnees, dossiers: Dossiers) -> None:
        self._base = base
        self._dossiers = dossiers
        self._tours = StockageBase(base)

    def running(self, autour: Lifespan) -> Lifespan:
        """The lifespan of the application, with the purge going on beside the requests."""

        @asynccontextmanager
        async def run(app: FastAPI) -> AsyncIterator[None]:
            async with autour(app):
                tache = asyncio.create_task(self._watch())
                yield
                tache.cancel()
                with suppress(asyncio.CancelledError):
                    await tache

        return run

    def turn(self) -> int | None:
        """Purge if it is due and nobody else does; how many dossiers were erased, None when it was not its turn."""
        if self._base.embarquee and not Path(self._base.url.database or "").exists():
            return None
        try:
            if self._tours.incr("menage", PERIODE) > 1:
                return None
            nombre = len(self._dossiers.purge())
            self._base.scrub()
        except (AzimutError, SQLAlchemyError) as error:
            cause = error if isinstance(error, AzimutError) else type(error).__name__
            _journal.warning("dossiers non purgés, nouvel essai dans une heure : %s", cause)
            return None
        if nombre:
            _journal.info("dossiers purgés : %d", nombre)
        return nombre

    async def _watch(self) -> None:
        while True:
            # Processes that were born together do not all ask at once.
            await asyncio.sleep(REGARD * random.uniform(0.5, 1.0))
            await asyncio.to_thread(self.turn)

"""Whether a request comes from a conseiller signed in: those count in no quota of the public."""

import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Executor
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from sqlalchemy import select

from api.acces.attente import wait_briefly
from api.persistence.base import BaseDonnees
from api.persistence.tables_comptes import LigneSession
from referentiels.errors import DatabaseError

DUREE = 60.0
"""Seconds during which a session that was seen is not looked for again."""
_MEMOIRE = 10_000


class Seances:
    """Tells the cookie of a session that holds from any other; the pages look again, for themselves.

    Args:
        base: Where sessions are.
        fils: Where the database is asked.
        inactivite: Seconds that a session holds without being used.
        clock: Monotonic seconds.
    """

    def __init__(
        self, base: BaseDonnees, fils: Executor, inactivite: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._base = base
        self._fils = fils
        self._inactivite = timedelta(seconds=inactivite)
        self._clock = clock
        self._vues: OrderedDict[str, float] = OrderedDict()

    async def holds(self, jeton: str) -> bool:
        """Whether a number is that of a session; no, when the database cannot tell."""
        empreinte = sha256(jeton.encode()).hexdigest()
        if self._clock() < self._vues.get(empreinte, 0.0):
            return True
        if self._base.disjoncteur.ouvert:
            return False
        lecture = self._fils.submit(self._read, empreinte)
        if not await wait_briefly(lecture):
            return False
        erreur = lecture.exception()
        if isinstance(erreur, DatabaseError):
            return False
        tenue = lecture.result()
        if tenue:
            self._vues[empreinte] = self._clock() + DUREE
            if len(self._vues) > _MEMOIRE:
                self._vues.popitem(last=False)
        return tenue

    def _read(self, empreinte: str) -> bool:
        maintenant = datetime.now(UTC)
        question = select(LigneSession.etape).where(
            LigneSession.empreinte == empreinte,
            LigneSession.expire_le > maintenant,
            LigneSession.vue_le > maintenant - self._inactivite,
        )
        with self._base.reading() as session:
            return session.scalar(question) is not None

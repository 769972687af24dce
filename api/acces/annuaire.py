"""What the service remembers of partners between two looks at the database."""

import logging
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from types import MappingProxyType

from joserfc.jwk import KeySet

from api.acces.attente import wait_briefly
from api.acces.cles_jetons import load_keys
from api.acces.partenaires import Partenaire, list_partenaires
from api.persistence.base import BaseDonnees
from referentiels.errors import DatabaseError

DUREE = 2.0
"""Seconds during which partners are not read again: a revocation takes no longer to be seen."""
_journal = logging.getLogger("azimut.base")


@dataclass(frozen=True, slots=True)
class Instantane:
    """Partners, origines and keys at one moment; `connu` is false as long as the database could not be read."""

    partenaires: Mapping[str, Partenaire] = field(default_factory=dict)
    cles: KeySet = field(default_factory=lambda: KeySet([]))
    connu: bool = False
    origines: frozenset[str] = field(init=False)
    kids: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        """Gather what every request asks for."""
        actifs = [p for p in self.partenaires.values() if p.actif]
        object.__setattr__(self, "origines", frozenset(o for p in actifs for o in p.origines))
        object.__setattr__(self, "kids", frozenset(cle.kid for cle in self.cles.keys if cle.kid))


class Annuaire:
    """Partners, origins and keys, read again when they are older than `duree`; kept when the database is down.

    Args:
        base: Where they are.
        fils: Where the database is asked, so that no request waits behind another.
        cles: The keys of the settings, None when the database keeps them.
        duree: Seconds between two readings.
        clock: Monotonic seconds.
    """

    def __init__(
        self,
        base: BaseDonnees,
        fils: Executor,
        cles: KeySet | None,
        duree: float = DUREE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._base = base
        self._fils = fils
        self._cles = cles
        self._duree = duree
        self._clock = clock
        self._connu = Instantane(cles=cles or KeySet([]))
        self._lu = float("-inf")
        self._debut = float("-inf")
        self._lecture: Future[Instantane] | None = None

    @property
    def instantane(self) -> Instantane:
        """What is known, without asking."""
        return self._connu

    async def refresh(self, age: float | None = None) -> Instantane:
        """What is known, read again if it is old; never waits long.

        Args:
            age: Seconds from which it is old; `duree` when not given.
        """
        if self._clock() - self._lu < (self._duree if age is None else age) or self._base.disjoncteur.ouvert:
            return self._connu
        if self._lecture is None:
            self._debut = self._clock()
            self._lecture = self._fils.submit(self._read)
        lecture = self._lecture
        await wait_briefly(lecture)
        if lecture is self._lecture:
            self._lu = self._clock()  # a slow database makes one request wait, not those that follow
            if lecture.done():
                self._lecture, self._lu = None, self._debut  # what was written meanwhile may not be in it
                self._take(lecture)
        return self._connu

    def _take(self, lecture: "Future[Instantane]") -> None:
        erreur = lecture.exception()
        if erreur is None:
            self._connu = lecture.result()
        elif isinstance(erreur, DatabaseError):
            _journal.warning("partenaires non relus : %s", erreur)
        else:
            raise erreur

    def _read(self) -> Instantane:
        partenaires = {p.identifiant: p for p in list_partenaires(self._base)}
        if self._cles is not None:
            return Instantane(MappingProxyType(partenaires), self._cles, connu=True)
        with self._base.reading() as session:
            return Instantane(MappingProxyType(partenaires), load_keys(session), connu=True)

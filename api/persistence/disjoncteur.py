"""A circuit breaker: what has just failed is left alone for a while."""

import time
from collections.abc import Callable
from threading import Lock

from referentiels.errors import DatabaseError

REPOS = 5.0
"""Seconds during which the database is left alone after a failure."""


class Disjoncteur:
    """Closed while all is well; open after a failure; every `repos` seconds, one caller tries again.

    Args:
        repos: Seconds between two tries.
        clock: Monotonic seconds.

    Attributes:
        pannes: How many failures were noted.
    """

    def __init__(self, repos: float = REPOS, clock: Callable[[], float] = time.monotonic) -> None:
        self._repos = repos
        self._clock = clock
        self._verrou = Lock()
        self._prochain: float | None = None
        self.pannes = 0

    @property
    def ouvert(self) -> bool:
        """Whether asking now would be refused at once."""
        prochain = self._prochain
        return prochain is not None and self._clock() < prochain

    def check(self) -> None:
        """Let through, or refuse.

        Raises:
            DatabaseError: The database has just failed, or someone is trying it again.
        """
        if self._prochain is None:
            return
        with self._verrou:
            if self.ouvert:
                raise DatabaseError("la base de données ne répond pas ; nouvel essai dans quelques secondes.")
            self._prochain = self._clock() + self._repos

    def trip(self) -> None:
        """Note a failure."""
        with self._verrou:
            self.pannes += 1
            self._prochain = self._clock() + self._repos

    def reset(self) -> None:
        """Note that all is well."""
        if self._prochain is not None:
            with self._verrou:
                self._prochain = None

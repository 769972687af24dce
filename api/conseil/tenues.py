"""What the engine made of the last profiles seen, for a while: another screen of the same session costs no work."""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock, Timer

from api.conseil.seance import LISTE, Seance
from api.service import Service
from recommender.etat import Etat
from recommender.explanations import Redacteur
from recommender.openings import Ouvertures
from recommender.questionnaire import Questionnaire

TENUES_MAX = 64
DUREE = 300.0
"""Seconds that a profile is held at most; the end of its session forgets it at once."""


@dataclass(frozen=True, slots=True)
class Rangee:
    """A profile assessed, the ranks of its first métiers, and who describes any métier for it."""

    etat: Etat
    rangs: tuple[int, ...]
    redacteur: Redacteur


class Tenues:
    """Ranks sessions, keeping the last one of each dossier; safe between threads.

    Args:
        horloge: Tells seconds.
    """

    def __init__(self, horloge: Callable[[], float] = time.monotonic) -> None:
        self._horloge = horloge
        self._verrou = Lock()
        self._tenues: OrderedDict[str, tuple[str, float, Rangee]] = OrderedDict()
        self._balai: Timer | None = None

    def rank(self, dossier: str, seance: Seance, moteur: Service, questionnaire: Questionnaire) -> Rangee:
        """What the engine makes of a session.

        Args:
            dossier: Whose session it is.
            seance: The session.
            moteur: The engine.
            questionnaire: Reads the answers on tastes.
        """
        profil = seance.to_profile(questionnaire)
        # What is not in the profile changes no list: the dossier alone would not tell.
        cle = hashlib.sha256(f"{moteur.version}{profil!r}".encode()).hexdigest()
        maintenant = self._horloge()
        with self._verrou:
            tenue = self._tenues.get(dossier)
        if tenue is not None and tenue[0] == cle and maintenant - tenue[1] < DUREE:
            return tenue[2]
        etat = moteur.recommender.assess(profil)
        # Reserved places are looked for once: they serve to rank, then to describe.
        ouvertures = Ouvertures(moteur.recommender.matrices, etat, moteur.recommender.config)
        rangs, _ = moteur.recommender.rank(etat, LISTE, ouvertures)
        rangee = Rangee(etat, tuple(rangs), moteur.recommender.writer(etat, ouvertures))
        with self._verrou:
            self._tenues[dossier] = cle, maintenant, rangee
            self._tenues.move_to_end(dossier)
            while len(self._tenues) > TENUES_MAX:
                self._tenues.popitem(last=False)
            self._wait()
        return rangee

    def sweep(self) -> None:
        """Forget what was held for `DUREE`, whether or not anyone asks for anything."""
        with self._verrou:
            self._balai = None
            while self._tenues and next(iter(self._tenues.values()))[1] <= self._horloge() - DUREE:
                self._tenues.popitem(last=False)
            self._wait()

    def _wait(self) -> None:
        """See to it that a sweep comes, while there is something to sweep."""
        if self._balai is None and self._tenues:
            depuis = self._horloge() - next(iter(self._tenues.values()))[1]
            self._balai = Timer(max(DUREE - depuis, 0.1), self.sweep)
            self._balai.daemon = True
            self._balai.start()

    def forget(self, dossier: str) -> None:
        """Hold nothing of a session that ended."""
        with self._verrou:
            self._tenues.pop(dossier, None)

"""What the engine made of the last profiles seen, for a while: another screen of the same session costs no work."""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

from api.conseil.seance import LISTE, Seance
from api.service import Service
from recommender.etat import Etat
from recommender.questionnaire import Questionnaire

TENUES_MAX = 64
DUREE = 900.0
"""Seconds that a profile is held at most; the end of its session forgets it at once."""
Rangee = tuple[Etat, tuple[int, ...]]
"""A profile assessed, and the ranks of its first métiers."""


class Tenues:
    """Ranks sessions, keeping the last one of each dossier; safe between threads.

    Args:
        horloge: Tells seconds.
    """

    def __init__(self, horloge: Callable[[], float] = time.monotonic) -> None:
        self._horloge = horloge
        self._verrou = Lock()
        self._tenues: OrderedDict[str, tuple[str, float, Rangee]] = OrderedDict()

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
        cle = hashlib.sha256(f"{id(moteur)}{profil!r}".encode()).hexdigest()
        maintenant = self._horloge()
        with self._verrou:
            tenue = self._tenues.get(dossier)
        if tenue is not None and tenue[0] == cle and maintenant - tenue[1] < DUREE:
            return tenue[2]
        etat = moteur.recommender.assess(profil)
        rangee = etat, tuple(moteur.recommender.rank(etat, LISTE)[0])
        with self._verrou:
            self._tenues[dossier] = cle, maintenant, rangee
            self._tenues.move_to_end(dossier)
            while len(self._tenues) > TENUES_MAX or (
                next(iter(self._tenues.values()))[1] < maintenant - DUREE and len(self._tenues) > 1
            ):
                self._tenues.popitem(last=False)
        return rangee

    def forget(self, dossier: str) -> None:
        """Hold nothing of a session that ended."""
        with self._verrou:
            self._tenues.pop(dossier, None)

"""A batch of profiles answered one after the other, each with its own outcome, beside the other requests."""

import asyncio
import json
import logging
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any

from anyio import CapacityLimiter, to_thread
from fastapi import Request
from pydantic import ValidationError

from api.errors import SAISIE_INVALIDE, SERVICE_OCCUPE, Probleme, RefusError, problem_of
from api.lectures.demande import recommend_as_dict
from api.messages import Faute, describe_errors
from api.reponses.commun import provenance_as_dict
from api.service import Service
from api.v1.modeles_lots import IDENTIFIANT_MAX, ElementLot, Lot
from referentiels.errors import InvalidInputError

DUREE_MAX = 60.0
"""Seconds after which the profiles left are given back unanswered."""
SIMULTANES_MAX = 4
"""Batches that one process answers at once; they share one thread, in turns."""
ATTENTE = 5
CORPS_D_UN_LOT = 4
"""How many times larger than a profile a batch may be: one profile may fill a request, a hundred never do."""
Json = dict[str, Any]
Charge = Callable[[], Awaitable[RefusError | None]]
_journal = logging.getLogger("azimut.lots")


@dataclass(frozen=True, slots=True)
class Issue:
    """What became of one profile."""

    recommandation: bytes = b"null"
    """Already written, in the thread that made it: the loop that serves everyone has nothing to do but send it."""
    probleme: Probleme | None = None


class FileDesLots:
    """Where batches wait for their turn: one profile at a time in a process, whatever the batch it comes from.

    Args:
        simultanes: Batches taken in at once; the next one is told to come back.
        duree: Seconds that one batch may take.
    """

    def __init__(self, simultanes: int = SIMULTANES_MAX, duree: float = DUREE_MAX) -> None:
        self._simultanes, self._duree = simultanes, duree
        self._fil = CapacityLimiter(1)
        self._en_cours = 0

    def check(self) -> None:
        """Refuse when all the places are taken.

        Raises:
            RefusError: Says when to come back.
        """
        if self._en_cours >= self._simultanes:
            detail = f"{self._simultanes} lots sont déjà en cours : attendez {ATTENTE} secondes."
            raise RefusError(Probleme(SERVICE_OCCUPE, detail, 503, entetes={"Retry-After": str(ATTENTE)}))

    async def answer(self, request: Request, moteur: Service, lot: Lot, charge: Charge) -> AsyncGenerator[bytes, None]:
        """The JSON of the whole answer, written as profiles are answered: only one is ever held.

        Args:
            request: The request, already counted once.
            moteur: The engine.
            lot: The profiles.
            charge: Counts one profile more; what it refuses ends the batch.
        """
        jour, fin, reussis = date.today(), time.monotonic() + self._duree, 0
        refus: RefusError | None = None
        # Counted here and not in `check`: what a client leaves before it begins takes no place.
        self._en_cours += 1
        try:
            yield b'{"resultats":['
            for rang, element in enumerate(lot.profils):
                refus = refus or self._late(fin) or (await charge() if rang else None)
                travail = partial(_recommend, moteur, element, lot.limite, jour)
                issue = Issue(probleme=refus.probleme) if refus else await self._attend(request, travail)
                reussis += issue.probleme is None
                yield (b"," if rang else b"") + _outcome(rang, element, issue)
            config = moteur.recommender.config.empreinte
            suite = {
                "reussis": reussis,
                "echecs": len(lot.profils) - reussis,
                "jour": jour.isoformat(),
                "provenance": provenance_as_dict(moteur.catalogue, moteur.recherche.version, config),
            }
            yield b"]," + _encode(suite)[1:]
        finally:
            self._en_cours -= 1

    def _late(self, fin: float) -> RefusError | None:
        if time.monotonic() <= fin:
            return None
        detail = f"Ce profil n'a pas été traité : le lot a duré plus de {self._duree:g} secondes. Renvoyez-le."
        return RefusError(Probleme(SERVICE_OCCUPE, detail, 503))

    async def _attend(self, request: Request, travail: Callable[[], bytes]) -> Issue:
        """One profile answered in the thread of batches; any error is its own."""
        [issue] = await asyncio.gather(to_thread.run_sync(travail, limiter=self._fil), return_exceptions=True)
        match issue:
            case ValidationError():
                return Issue(probleme=_invalid(describe_errors(issue.errors())))
            case InvalidInputError(champ=str()):
                return Issue(probleme=_within_profile(problem_of(issue, request)))
            case Exception():
                probleme = problem_of(issue, request)
                if probleme.statut >= 500:
                    _journal.error("erreur imprévue dans un lot : %s", type(issue).__name__)
                return Issue(probleme=probleme)
            case bytes():
                return Issue(issue)
            case _:
                raise issue


def _recommend(moteur: Service, element: Any, limite: int, jour: date) -> bytes:
    """The answer to one profile, written; what is common to the batch is left out."""
    lu = element if isinstance(element, ElementLot) else ElementLot.model_validate(element)
    corps = recommend_as_dict(moteur, lu.profil, limite, jour)
    return _encode({cle: valeur for cle, valeur in corps.items() if cle not in {"provenance", "jour"}})


def _invalid(fautes: tuple[Faute, ...]) -> Probleme:
    nommees = tuple(replace(faute, champ=faute.champ or "profil") for faute in fautes)
    detail = " ; ".join(f"{faute.champ} : {faute.message}" for faute in nommees[:3])
    return Probleme(SAISIE_INVALIDE, detail, 422, nommees)


def _within_profile(probleme: Probleme) -> Probleme:
    return replace(probleme, erreurs=tuple(replace(f, champ=f"profil.{f.champ}") for f in probleme.erreurs))


def _outcome(rang: int, element: Any, issue: Issue) -> bytes:
    nom = element.identifiant if isinstance(element, ElementLot) else ""
    if isinstance(element, Mapping) and isinstance(element.get("identifiant"), str):
        nom = element["identifiant"][:IDENTIFIANT_MAX]
    tete = _encode(
        {
            "rang": rang,
            "identifiant": nom,
            "statut": issue.probleme.statut if issue.probleme else 200,
            "probleme": issue.probleme.as_dict() if issue.probleme else None,
        }
    )
    return tete[:-1] + b',"recommandation":' + issue.recommandation + b"}"


def _encode(corps: Json) -> bytes:
    texte = json.dumps(corps, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    # A lone surrogate in an identifier cannot be written as it came.
    return texte.encode("utf-8", "replace")

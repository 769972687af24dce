"""How long a whole recommendation takes: list, gaps, reasons, near formations; with the offer in service and more."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from time import perf_counter
from typing import Any

import numpy as np

from evaluation.profils import CasProfil
from recommender.parcours import Guide
from recommender.pipeline import Recommender
from recommender.types import Experience, Profil, Territoire
from referentiels.errors import InvalidInputError

_METIERS = 20
_JOUR = date(2026, 1, 5)
_LIEUX = ("Rennes", "Paris", "Toulouse", "Saint-Denis (974)", "Mende")


def measure_answers(moteur: Recommender, guides: Mapping[str, Guide], cas: Sequence[CasProfil]) -> dict[str, Any]:
    """Durations of whole answers of 20 métiers, in ms.

    Args:
        moteur: Already used once, so that words and vectors are in memory.
        guides: Offers to try, by name.
        cas: The profiles, asked from several places.

    Returns:
        For each offer: `actions` in it, `n` answers, `mediane_ms` and `p95_ms` of profiles whose texts were read
        before, as when a person corrects one thing; and under `textes_nouveaux` of the same profiles the first time,
        encoding included.

    Raises:
        InvalidInputError: No profile.
    """
    if not cas:
        raise InvalidInputError("il faut au moins un profil.")
    profils = [_from_elsewhere(un.profil, rang) for rang, un in enumerate(cas)]
    mesures: dict[str, Any] = {}
    for nom, guide in guides.items():
        neufs = [_time(moteur, guide, _reworded(profil, f"{nom} {n}")) for n, profil in enumerate(profils)]
        for profil in profils:
            _time(moteur, guide, profil)
        durees = [_time(moteur, guide, profil) for profil in profils]
        mesures[nom] = {
            "actions": guide.actions,
            "n": len(durees),
            **_summary(durees),
            "textes_nouveaux": _summary(neufs),
        }
    return mesures


def _from_elsewhere(profil: Profil, rang: int) -> Profil:
    return profil if profil.territoire else replace(profil, territoire=Territoire(_LIEUX[rang % len(_LIEUX)]))


def _reworded(profil: Profil, marque: str) -> Profil:
    """The same profile in words that were never read: what was kept of the former ones serves nothing."""
    return replace(
        profil,
        souhait=f"{profil.souhait} {marque}" if profil.souhait else "",
        experiences=tuple(
            Experience(e.code_rome, e.code_appellation, f"{e.texte} {marque}" if e.texte else None, e.annees, e.nature)
            for e in profil.experiences
        ),
        competences=tuple(replace(c, texte=f"{c.texte} {marque}" if c.texte else None) for c in profil.competences),
        diplomes=tuple(replace(d, texte=f"{d.texte} {marque}" if d.texte else None) for d in profil.diplomes),
        interets=replace(profil.interets, centres=tuple(f"{centre} {marque}" for centre in profil.interets.centres)),
        contraintes=tuple(replace(c, texte=f"{c.texte} {marque}" if c.texte else None) for c in profil.contraintes),
    )


def _time(moteur: Recommender, guide: Guide, profil: Profil) -> float:
    debut = perf_counter()
    reponse = moteur.recommend(profil, _METIERS)
    guide.near(profil, reponse, _JOUR)
    return (perf_counter() - debut) * 1000


def _summary(durees: Sequence[float]) -> dict[str, float]:
    mediane, p95 = np.quantile(durees, (0.5, 0.95))
    return {"mediane_ms": round(float(mediane), 1), "p95_ms": round(float(p95), 1)}

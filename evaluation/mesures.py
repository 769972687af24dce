"""Quality of a ranking from the rank of its first right answer, with intervals."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Rangs = npt.NDArray[np.int64]
"""For each request, the rank of the first right answer, from 1; 0 when there is none."""
Scores = npt.NDArray[np.float32]
_GRAINE = 20_260_101
_TIRAGES = 1000
_ARRONDI = 4


def first_ranks(scores: Scores, justes: Sequence[npt.NDArray[np.int64]]) -> Rangs:
    """Rank of the best right element of each request; equal scores are ranked in the order of the elements.

    Args:
        scores: (n requests, n elements).
        justes: Positions of the right elements of each request; an empty one makes rank 0.
    """
    rangs = np.zeros(len(scores), dtype=np.int64)
    for numero, (ligne, bons) in enumerate(zip(scores, justes, strict=True)):
        if len(bons):
            meilleur = bons[np.lexsort((bons, -ligne[bons]))[0]]
            devant = np.count_nonzero(ligne > ligne[meilleur])
            rangs[numero] = 1 + devant + np.count_nonzero(ligne[:meilleur] == ligne[meilleur])
    return rangs


def best_by_group(scores: Scores, groupes: npt.NDArray[np.int64], nombre: int) -> Scores:
    """Scores of groups of elements: each is worth its best element.

    Args:
        scores: (n requests, n elements).
        groupes: Group of each element, in [0, nombre[; each group has at least one.
        nombre: How many groups.
    """
    ordre = np.argsort(groupes, kind="stable")
    debuts = np.searchsorted(groupes[ordre], np.arange(nombre))
    return np.maximum.reduceat(scores[:, ordre], debuts, axis=1)


def accuracy(rangs: Rangs, premiers: int) -> float:
    """Share of requests with a right answer among the first ones."""
    return float(np.mean((rangs >= 1) & (rangs <= premiers))) if len(rangs) else 0.0


def mean_reciprocal_rank(rangs: Rangs) -> float:
    """Mean of 1 / rank; 0 where there is no right answer."""
    return float(np.mean(_inverses(rangs))) if len(rangs) else 0.0


def summarize(rangs: Rangs, premiers: dict[str, int], *, intervalles: bool = False) -> dict[str, Any]:
    """`n`, `mrr` and one accuracy a key of `premiers`; with 95 % bootstrap intervals when asked for."""
    mesures: dict[str, Any] = {"n": len(rangs), "mrr": round(mean_reciprocal_rank(rangs), _ARRONDI)}
    mesures.update({cle: round(accuracy(rangs, k), _ARRONDI) for cle, k in premiers.items()})
    if intervalles and len(rangs):
        mesures["intervalles"] = {"mrr": interval(_inverses(rangs))} | {
            cle: interval(((rangs >= 1) & (rangs <= k)).astype(np.float64)) for cle, k in premiers.items()
        }
    return mesures


def interval(valeurs: npt.NDArray[np.float64]) -> list[float]:
    """The 95 % interval of a mean, by a seeded bootstrap of 1,000 draws."""
    alea = np.random.default_rng(_GRAINE)
    moyennes = [float(valeurs[alea.integers(0, len(valeurs), len(valeurs))].mean()) for _ in range(_TIRAGES)]
    return [round(float(q), _ARRONDI) for q in np.quantile(moyennes, (0.025, 0.975))]


def _inverses(rangs: Rangs) -> npt.NDArray[np.float64]:
    return np.where(rangs > 0, 1.0 / np.maximum(rangs, 1), 0.0)

"""Batches of pairs in which neighbours are told apart."""

import random
from collections import defaultdict
from collections.abc import Sequence

from embeddings.training.paires import Paire

TAILLE = 128
_VOISINS = 32
"""Pairs of one family side by side in a batch: close métiers are each other's hard negatives."""


def make_batches(paires: Sequence[Paire], graine: int) -> list[list[Paire]]:
    """All the pairs in batches of `TAILLE` (the last pairs that fill none are left), in random order."""
    alea = random.Random(graine)
    familles: dict[str, list[Paire]] = defaultdict(list)
    for paire in paires:
        familles[paire.famille].append(paire)
    grappes, restes = [], []
    for famille in familles.values():
        alea.shuffle(famille)
        pleines = len(famille) // _VOISINS * _VOISINS
        grappes += [famille[debut : debut + _VOISINS] for debut in range(0, pleines, _VOISINS)]
        restes += famille[pleines:]
    alea.shuffle(restes)
    grappes += [restes[debut : debut + _VOISINS] for debut in range(0, len(restes), _VOISINS)]
    alea.shuffle(grappes)
    suite = [paire for grappe in grappes for paire in grappe]
    return [suite[debut : debut + TAILLE] for debut in range(0, len(suite) - TAILLE + 1, TAILLE)]

"""How much of a figure hangs on the last digits: the same people, heard with vectors moved a little."""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from embeddings.encodeur import Encodeur, Progress, Vecteurs

AMPLEUR = 0.045
"""Length of what is added to a unit vector: a cosine of .999, which is what 8 bits cost."""
_DECIMALES = 4


class EncodeurTremblant:
    """An encoder whose vectors of questions are moved at random, always alike for one text and one draw.

    Args:
        encodeur: Makes the vectors.
        tirage: Number of the draw.
    """

    def __init__(self, encodeur: Encodeur, tirage: int) -> None:
        self._encodeur = encodeur
        self._tirage = tirage
        self.empreinte, self.dimension = encodeur.empreinte, encodeur.dimension
        self.dossier: Path | None = encodeur.dossier

    def canonical(self, texte: str) -> str:
        """See `Encodeur`."""
        return self._encodeur.canonical(texte)

    def encode_document(self, textes: Sequence[str], progress: Progress | None = None) -> Vecteurs:
        """What the référentiels say, as it is."""
        return self._encodeur.encode_document(textes, progress)

    def encode_query(self, textes: Sequence[str]) -> Vecteurs:
        """What people ask, moved."""
        vecteurs = self._encodeur.encode_query(textes)
        bouges = [self._move(texte, vecteur) for texte, vecteur in zip(textes, vecteurs, strict=True)]
        return np.asarray(bouges, dtype=np.float32)

    def _move(self, texte: str, vecteur: Vecteurs) -> Vecteurs:
        cle = f"{self._tirage}\n{self.canonical(texte)}".encode()
        hasard = np.random.default_rng(int.from_bytes(hashlib.blake2b(cle, digest_size=8).digest(), "big"))
        ecart = hasard.normal(size=len(vecteur))
        bouge = vecteur + AMPLEUR * ecart / np.linalg.norm(ecart)
        return np.asarray(bouge / np.linalg.norm(bouge))


def repeat(mesurer: Callable[[int], dict[str, Any]], tirages: int) -> dict[str, Any]:
    """A measure of people, made again for each draw.

    Args:
        mesurer: What `evaluation.profils.measure` says for a draw, from 1.
        tirages: How many.

    Returns:
        `tirages`, then for `rappel` and `ndcg_10` their `moyenne`, `minimum` and `maximum`.
    """
    mesures = [mesurer(tirage) for tirage in range(1, tirages + 1)]
    resume: dict[str, Any] = {"tirages": tirages}
    for cle in ("rappel", "ndcg_10"):
        valeurs = [mesure[cle] for mesure in mesures]
        resume[cle] = {
            "moyenne": round(float(np.mean(valeurs)), _DECIMALES),
            "minimum": min(valeurs),
            "maximum": max(valeurs),
        }
    return resume

"""A small encoder for tests: no weights, the same vectors everywhere, near texts have near vectors."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from embeddings.encodeur import Progress, Vecteurs
from referentiels.cellules import fold

DIMENSION = 64


class EncodeurFactice:
    """Hashes trigrams of folded letters into a unit vector; counts what it is asked."""

    def __init__(self, nom: str = "factice") -> None:
        self.empreinte = hashlib.sha256(nom.encode()).hexdigest()[:16]
        self.dimension = DIMENSION
        self.dossier: Path | None = None
        self.encodes: list[str] = []

    def canonical(self, texte: str) -> str:
        """The folded text."""
        return fold(texte)

    def encode_query(self, textes: Sequence[str]) -> Vecteurs:
        """Unit rows."""
        return self._encode(textes)

    def encode_document(self, textes: Sequence[str], progress: Progress | None = None) -> Vecteurs:
        """Unit rows, in one batch."""
        self.encodes.extend(textes)
        if progress is not None:
            progress(len(textes), len(textes))
        return self._encode(textes)

    @staticmethod
    def _encode(textes: Sequence[str]) -> Vecteurs:
        vecteurs = np.full((len(textes), DIMENSION), 1e-3, dtype=np.float32)
        for rang, texte in enumerate(textes):
            plie = f" {fold(texte)} "
            for debut in range(len(plie) - 2):
                octet = hashlib.blake2b(plie[debut : debut + 3].encode(), digest_size=1).digest()[0]
                vecteurs[rang, octet % DIMENSION] += 1.0
        unitaires: Vecteurs = vecteurs / np.linalg.norm(vecteurs, axis=1, keepdims=True)
        return unitaires

"""Encoding once what several searches of one measure hold."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from embeddings.encodeur import Encodeur, Progress, Vecteurs


class EncodeurMemoire:
    """An encoder that is asked each document once, whole or by its leading dimensions.

    Args:
        encodeur: Who makes the vectors.
        memoire: Vectors already made, by text; shared between sizes of one encoder.
        dimension: Leading dimensions that are kept; all of them when None.
    """

    def __init__(self, encodeur: Encodeur, memoire: dict[str, Vecteurs], dimension: int | None = None) -> None:
        self._encodeur = encodeur
        self._memoire = memoire
        self.dimension = dimension or encodeur.dimension
        self.empreinte = f"{encodeur.empreinte}-{self.dimension}"
        self.dossier: Path | None = encodeur.dossier if dimension is None else None

    def canonical(self, texte: str) -> str:
        """The text as the encoder reads it."""
        return self._encodeur.canonical(texte)

    def encode_query(self, textes: Sequence[str]) -> Vecteurs:
        """Unit rows."""
        return self._cut(self._encodeur.encode_query(textes))

    def encode_document(self, textes: Sequence[str], progress: Progress | None = None) -> Vecteurs:
        """Unit rows; what was asked before is not encoded again."""
        manquants = list(dict.fromkeys(texte for texte in textes if texte not in self._memoire))
        if manquants:
            self._memoire.update(zip(manquants, self._encodeur.encode_document(manquants, progress), strict=True))
        return self._cut(np.stack([self._memoire[texte] for texte in textes]))

    def _cut(self, vecteurs: Vecteurs) -> Vecteurs:
        coupes = vecteurs[:, : self.dimension]
        return np.asarray(coupes / np.linalg.norm(coupes, axis=1, keepdims=True).clip(1e-9), dtype=np.float32)

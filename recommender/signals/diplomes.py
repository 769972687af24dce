"""Métiers to which the person's diplomas lead."""

import numpy as np

from recommender.matrices import Matrices
from recommender.signals.base import Preuve, Signal, enumerate_french
from referentiels.types import CodeRome


def signal_diplomes(matrices: Matrices, cibles: dict[CodeRome, list[str]]) -> Signal:
    """1 for a métier to which a diploma held leads according to its official ROME links, else 0."""
    valeurs = np.zeros(len(matrices.codes))
    for code in cibles:
        valeurs[matrices.rang[code]] = 1.0

    def prouver(metier: int) -> Preuve:
        titres = tuple(dict.fromkeys(cibles[matrices.codes[metier]]))
        if len(titres) > 1:
            return Preuve(f"Vos diplômes {enumerate_french(titres, 2)} y mènent.", titres)
        return Preuve(f"Votre diplôme {enumerate_french(titres)} y mène.", titres)

    return Signal("diplomes", valeurs, prouver)

"""Invented vectors, as near each other and as hard to tell apart as those of titles of formations."""

import numpy as np
import numpy.typing as npt

DIMENSION = 384
_PENTE = 1.1
"""Variance of the i-th direction goes as i to minus this: half of it in 13 directions, as in the real ones."""
_PAR_GROUPE = 20
_PART_GROUPE, _PART_QUESTION = 0.7, 0.45
"""Share of what makes a vector that it has from its group: titles of one group say nearly the same, questions less."""
_LOT = 1 << 14
Reels = npt.NDArray[np.float32]


def invent(nombre: int, questions: int, graine: int) -> tuple[npt.NDArray[np.float16], Reels]:
    """Unit vectors and questions, always the same for a seed.

    All share one direction (a product of .5 between any two, as between any two titles); the rest is that of a group
    drawn among one for twenty vectors, and noise of the same spectrum.

    Args:
        nombre: Vectors, rows of the first array.
        questions: Rows of the second.
        graine: Of the draws.
    """
    alea = np.random.default_rng(graine)
    echelle = np.arange(1, DIMENSION) ** (-_PENTE / 2)
    echelle = (echelle / np.linalg.norm(echelle)).astype(np.float32)

    def draw(combien: int) -> Reels:
        return alea.standard_normal((combien, DIMENSION - 1), dtype=np.float32) * echelle

    groupes = draw(max(1, nombre // _PAR_GROUPE))

    def make(combien: int, part: float) -> Reels:
        siens = groupes[alea.integers(0, len(groupes), combien)]
        lignes = np.hstack([np.ones((combien, 1), np.float32), part**0.5 * siens + (1 - part) ** 0.5 * draw(combien)])
        unitaires: Reels = (lignes / np.linalg.norm(lignes, axis=1, keepdims=True)).astype(np.float32)
        return unitaires

    lots = [make(min(_LOT, nombre - debut), _PART_GROUPE).astype(np.float16) for debut in range(0, nombre, _LOT)]
    return np.concatenate(lots), make(questions, _PART_QUESTION)

"""Compétences and savoirs near each other by meaning: who can do one is not far from doing the other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import faiss
import numpy as np
import numpy.typing as npt

PREFIXE = "voisinage/"
"""Of its arrays among those of an index."""
_VOISINS = 32
"""Neighbours kept of each item, itself left out."""
_PROXIMITE_MIN = 0.5
"""Inner product below which two items have nothing in common that can be told."""
_LOT = 4096
Tableau = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Voisinage:
    """The nearest items of each item."""

    codes: npt.NDArray[np.int64]
    """OGR codes of compétences and savoirs, (n,)."""
    debuts: npt.NDArray[np.int64]
    """Bounds (n + 1) of the neighbours of each item."""
    voisins: npt.NDArray[np.int32]
    """Positions in `codes`."""
    proximites: npt.NDArray[np.float32]
    """Inner products, in [-1, 1], nearest first within an item."""


def build_neighbours(codes: Sequence[str], vecteurs: npt.NDArray[np.float16]) -> dict[str, Tableau]:
    """The arrays of a neighbourhood.

    Args:
        codes: Of the items, (n,).
        vecteurs: (n, d) unit rows.
    """
    index: Any = faiss.IndexFlatIP(vecteurs.shape[1])
    reels = vecteurs.astype(np.float32)
    index.add(reels)
    nombres, voisins, proximites = [], [], []
    for debut in range(0, len(reels), _LOT):
        lot = reels[debut : debut + _LOT]
        produits, rangs = index.search(lot, min(_VOISINS + 1, len(reels)))
        garde = (produits >= _PROXIMITE_MIN) & (rangs != np.arange(debut, debut + len(lot))[:, None])
        nombres.append(garde.sum(axis=1))
        voisins.append(rangs[garde])
        proximites.append(produits[garde])
    return {
        f"{PREFIXE}codes": np.array([int(code) for code in codes], dtype=np.int64),
        f"{PREFIXE}debuts": np.concatenate([[0], np.cumsum(np.concatenate(nombres))]).astype(np.int64),
        f"{PREFIXE}voisins": np.concatenate(voisins).astype(np.int32),
        f"{PREFIXE}proximites": np.concatenate(proximites).astype(np.float16),
    }


def read_neighbours(tableaux: Mapping[str, Tableau]) -> Voisinage | None:
    """The neighbourhood of an index; None for an index of words alone."""
    if f"{PREFIXE}debuts" not in tableaux:
        return None
    return Voisinage(
        np.asarray(tableaux[f"{PREFIXE}codes"]),
        np.asarray(tableaux[f"{PREFIXE}debuts"]),
        np.asarray(tableaux[f"{PREFIXE}voisins"]),
        np.asarray(tableaux[f"{PREFIXE}proximites"], dtype=np.float32),
    )

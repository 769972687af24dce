"""What several texts are near to as a whole: all that is said of a métier, not the best of its texts."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from embeddings.cas.appris import Conseil

CENTRES = "metier/centres"
Tableau = npt.NDArray[Any]
Place = tuple[str, int, int]
Reels = npt.NDArray[np.float32]


def build_centres(vecteurs: Tableau, fiches: npt.NDArray[np.int32], nombre: int) -> Reels:
    """Mean direction of the texts of each entity.

    Args:
        vecteurs: (t, d) unit rows.
        fiches: Number of the entity of each, (t,).
        nombre: Entities; those that have no text get zeros.
    """
    centres = np.zeros((nombre, vecteurs.shape[1]), dtype=np.float32)
    np.add.at(centres, fiches, vecteurs.astype(np.float32))
    return unit(centres)


def field_directions(groupes: Sequence[tuple[float, Sequence[Reels]]]) -> list[Reels]:
    """Mean direction of each group of unit vectors, times its part whatever it holds; groups of nothing are left out.

    The last digit of a sum depends on the order: each group is added in one.
    """
    return [part * field_direction(lot) for part, lot in groupes if lot and part > 0]


def best_together(parts: Reels) -> tuple[list[tuple[int, ...]], Reels]:
    """How far each métier stands above the mean of all, by each union of the things said.

    What is said that leads elsewhere takes nothing from the rest: the best union of each métier is what it is worth,
    so that more said never brings one down.

    Args:
        parts: (k, n), what each thing said gives each métier.

    Returns:
        The 2^k - 1 unions, as ranks, and for each (n,) standard deviations above the mean; one of nothing for k = 0.
    """
    unions = [u for taille in range(len(parts)) for u in combinations(range(len(parts)), taille + 1)] or [()]
    return unions, np.stack([_standard(parts[list(union)].sum(axis=0)) for union in unions])


def _standard(valeurs: Reels) -> Reels:
    centrees = valeurs - valeurs.mean()
    return np.asarray(centrees / (centrees.std() or 1.0))


def field_direction(lot: Sequence[Reels]) -> Reels:
    """Mean direction of unit vectors, added in one order whatever the order they come in."""
    return unit(np.mean(sorted(lot, key=np.ndarray.tobytes), axis=0))


class Rapprochement:
    """How near every métier is to what a person says, taken whole.

    Args:
        directions: (d,) each, what the person says, by field; at least one.
        tableaux: Those of the index.
        places: Where the vectors of each compétence and savoir are: nature, first and past the last.
        conseil: What the written cases say for that person; None where the index has none.
    """

    def __init__(
        self,
        directions: Sequence[Reels],
        tableaux: Mapping[str, Tableau],
        places: Mapping[str, Place],
        conseil: "Conseil | None" = None,
    ) -> None:
        parts = np.stack([products(tableaux[CENTRES], direction) for direction in directions])
        self.ecarts: Reels = best_together(parts)[1].max(axis=0)
        """How far each métier stands above the mean of all, in standard deviations, in code order."""
        self.conseil = conseil
        self._direction = unit(np.sum(directions, axis=0))
        self._tableaux = tableaux
        self._places = places

    def nearest(self, codes: Sequence[str], nombre: int) -> tuple[str, ...]:
        """The compétences and savoirs, among some, that are the nearest to what the person says; ties by order."""
        connus = [code for code in codes if code in self._places]
        if not connus:
            return ()
        places = [self._places[code] for code in connus]
        lots = [self._tableaux[f"{nature}/vecteurs"][debut:fin] for nature, debut, fin in places]
        produits = products(np.concatenate(lots), self._direction)
        debuts = np.cumsum([0, *map(len, lots[:-1])])
        ordre = np.argsort(-np.maximum.reduceat(produits, debuts).round(6), kind="stable")[:nombre]
        return tuple(connus[rang] for rang in ordre.tolist())


def find_places(nature: str, codes: Sequence[str], fiches: npt.NDArray[np.int32]) -> dict[str, Place]:
    """Where the vectors of each entity of a nature are, for those that have some.

    Args:
        nature: Of the entities.
        codes: In order.
        fiches: Number of the entity of each vector, ascending.
    """
    bornes = np.searchsorted(fiches, np.arange(len(codes) + 1)).tolist()
    return {
        code: (nature, debut, fin) for code, debut, fin in zip(codes, bornes, bornes[1:], strict=False) if fin > debut
    }


def products(vecteurs: Tableau, direction: Reels) -> Reels:
    """Inner products, added in one order whatever the processors: a library of algebra shares them among threads."""
    produits: Reels = np.einsum("ij,j->i", vecteurs, direction, dtype=np.float32)
    return produits


def unit(vecteurs: Reels) -> Reels:
    """Rows of length 1; those of zeros stay so."""
    normes = np.linalg.norm(vecteurs, axis=-1, keepdims=True)
    return np.asarray(vecteurs / np.where(normes > 0, normes, 1.0), dtype=np.float32)

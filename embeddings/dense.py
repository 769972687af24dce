"""Dense search in one nature of entities: what is asked of any index of vectors, and the one in FAISS."""

import mmap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import faiss
import numpy as np
import numpy.typing as npt

from embeddings.survol import build_codes, open_codes, open_exact
from embeddings.texts import Fiche
from embeddings.types import Nature

SORTES = ("nom", "dit", "phrase")
"""Kinds of texts of an entity: its names, other ways of naming it, sentences that describe it."""
EXACT_MAX = 8_000
"""Vectors up to which every one is compared; beyond, a first pass chooses those that are (see `survol`)."""
VOISINS = 400
"""Vectors looked at for one query; the entities that have none of them are too far to be told apart."""
Vecteurs = npt.NDArray[np.float16]
Tableau = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Proximites:
    """The entities near a query."""

    fiches: npt.NDArray[np.int64]
    """Numbers of entities, ascending."""
    par_sorte: npt.NDArray[np.float32]
    """(n, 3): best inner product among the texts of each kind; the least seen where none was near."""
    moyenne: npt.NDArray[np.float32]
    """Mean of the three best texts of each entity."""
    plancher: float
    """Inner product of the last vector seen: no text left out is nearer."""
    textes: npt.NDArray[np.int64]
    """Position of the vector that is nearest for each entity."""


class IndexVecteurs(Protocol):
    """The vectors of one nature, wherever they are; safe from any thread."""

    def __len__(self) -> int:
        """How many vectors it holds."""
        ...

    def near(self, vecteur: npt.NDArray[np.float32], voisins: int = VOISINS) -> Proximites:
        """The entities nearest to a unit vector, best text of each kind.

        Args:
            vecteur: (d,).
            voisins: Vectors looked at.

        Raises:
            DatabaseError: The vectors are in a database that cannot serve now.
        """
        ...


class Ailleurs(Protocol):
    """Keeps the vectors of some natures out of the process."""

    def open(self, nature: Nature, version: str, tableaux: Mapping[str, Tableau]) -> IndexVecteurs:
        """The index of a nature, kept there under the version of the index that it belongs to.

        Args:
            nature: Of the entities.
            version: Names the content.
            tableaux: What `IndexDense` takes.
        """
        ...

    def rest(self) -> None:
        """Leave no thread or open connection behind, as before a fork."""
        ...


def dense_arrays(tableaux: Mapping[str, Tableau], prefixe: str = "") -> dict[str, Tableau] | None:
    """What an index of vectors is made from, among the arrays of a nature; None where there is no vector.

    Args:
        tableaux: Arrays by name.
        prefixe: Of those names.
    """
    if f"{prefixe}vecteurs" not in tableaux:
        return None
    noms = {"vecteurs": "vecteurs", "fiche": "vecteurs_fiche", "sorte": "vecteurs_sorte", "survol": "survol"}
    return {nom: tableaux[prefixe + sien] for nom, sien in noms.items() if prefixe + sien in tableaux}


def texts_of(fiches: Sequence[Fiche]) -> tuple[list[str], npt.NDArray[np.int32], npt.NDArray[np.uint8]]:
    """All the texts to encode, with the number of the entity and the kind of each.

    Entities that are no longer in force (`rang` above 0) have none: they are found by their words alone.
    """
    textes: list[str] = []
    numeros: list[int] = []
    sortes: list[int] = []
    for numero, fiche in enumerate(fiches):
        if fiche.rang:
            continue
        for sorte, lot in enumerate(((nom.texte for nom in fiche.noms), fiche.dits, fiche.phrases)):
            for texte in dict.fromkeys(lot):
                textes.append(texte)
                numeros.append(numero)
                sortes.append(sorte)
    return textes, np.array(numeros, dtype=np.int32), np.array(sortes, dtype=np.uint8)


class IndexDense:
    """The vectors of one nature in FAISS, in this process; read-only.

    Args:
        tableaux: `vecteurs` (n, d) unit rows in half precision, `fiche` and `sorte` (n,); `survol`, the codes of a
            first pass, empty for none, made here when there are many vectors and nothing was written.
        exact_max: Vectors above which a first pass chooses those that are compared.
    """

    def __init__(self, tableaux: Mapping[str, Tableau], exact_max: int = EXACT_MAX) -> None:
        self._fiche = tableaux["fiche"].astype(np.int64)
        self._sorte = tableaux["sorte"]
        vecteurs, survol = tableaux["vecteurs"], tableaux.get("survol")
        if survol is None and len(vecteurs) > exact_max:
            survol = build_codes(vecteurs, VOISINS)
        exact = open_exact(vecteurs)
        self._index = exact if survol is None or not len(survol) else open_codes(survol, exact)
        _release(tableaux["vecteurs"])

    def __len__(self) -> int:
        return len(self._fiche)

    def near(self, vecteur: npt.NDArray[np.float32], voisins: int = VOISINS) -> Proximites:
        """The entities nearest to a unit vector, best text of each kind: see `IndexVecteurs`."""
        k = min(voisins, len(self))
        # For one query a second thread has nothing to do, and waiting for it costs more than the search.
        faiss.omp_set_num_threads(1)
        produits, rangs = self._index.search(vecteur[None, :], k) if k else (np.zeros((1, 0)), np.zeros((1, 0), int))
        vus = rangs[0] >= 0
        produits, rangs = produits[0][vus].astype(np.float32), rangs[0][vus]
        return gather(rangs, produits, self._fiche[rangs], self._sorte[rangs])


def gather(
    rangs: npt.NDArray[np.int64], produits: npt.NDArray[np.float32], fiches: npt.NDArray[np.int64], sortes: Tableau
) -> Proximites:
    """The entities of the nearest vectors.

    Args:
        rangs: Positions of the vectors, (n,), nearest first.
        produits: Their inner products.
        fiches: Numbers of their entities.
        sortes: Kinds of their texts.
    """
    plancher = float(produits[-1]) if len(produits) else 0.0
    uniques, place = np.unique(fiches, return_inverse=True)
    par_sorte = np.full((len(uniques), len(SORTES)), plancher, dtype=np.float32)
    np.maximum.at(par_sorte, (place, sortes), produits)
    # The nearest come first: the rank of a text among those of its entity is its order of appearance.
    ordre = np.argsort(place, kind="stable")
    groupes = place[ordre]
    dans = np.arange(len(groupes)) - np.searchsorted(groupes, groupes, side="left")
    trois = np.full((len(uniques), 3), plancher, dtype=np.float32)
    garde = dans < 3
    trois[groupes[garde], dans[garde]] = produits[ordre[garde]]
    return Proximites(uniques, par_sorte, trois.mean(axis=1), plancher, rangs[ordre[dans == 0]])


def _release(tableau: Tableau) -> None:
    """Give back the pages of a mapped array that has been copied; they are read again from disk if ever needed."""
    base: Any = tableau
    while base is not None and not isinstance(base, mmap.mmap):
        base = getattr(base, "base", None)
    if base is not None and hasattr(mmap, "MADV_DONTNEED"):
        base.madvise(mmap.MADV_DONTNEED)

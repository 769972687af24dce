"""Columns that outlive a process: texts, sparse matrices and small structures as plain arrays."""

from array import array
from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray
from scipy.sparse import csc_matrix, csr_matrix

Tables = dict[str, NDArray[Any]]
Lues = Mapping[str, NDArray[Any]]


class Textes:
    """Many strings in one block of bytes, read one at a time by their rank."""

    __slots__ = ("_bloc", "_bornes")

    def __init__(self, textes: Iterable[str] = ()) -> None:
        self._bloc: bytearray | memoryview = bytearray()
        self._bornes: array[int] | memoryview = array("q", [0])
        for texte in textes:
            self.append(texte)

    @classmethod
    def read(cls, tables: Lues, nom: str) -> "Textes":
        """What `write` made, where it lies."""
        lus = cls()
        lus._bloc, lus._bornes = tables[nom].data, tables[f"{nom}_bornes"].data
        return lus

    def write(self, nom: str) -> Tables:
        """Bytes and bounds, under a name."""
        return {
            nom: np.frombuffer(self._bloc, dtype=np.uint8).copy(),
            f"{nom}_bornes": np.frombuffer(self._bornes, dtype=np.int64).copy(),
        }

    def append(self, texte: str) -> None:
        """Add a string at the next rank; not to those that were read."""
        if isinstance(self._bloc, memoryview) or isinstance(self._bornes, memoryview):
            raise TypeError("texts that were read do not grow")
        self._bloc += texte.encode()
        self._bornes.append(len(self._bloc))

    def __len__(self) -> int:
        return len(self._bornes) - 1

    def __getitem__(self, rang: int) -> str:
        return str(self._bloc[self._bornes[rang] : self._bornes[rang + 1]], "utf-8")

    def all(self) -> list[str]:
        """Every string, far quicker than one by one."""
        brut, bornes = bytes(self._bloc), self._bornes.tolist()
        if brut.isascii():
            texte = brut.decode("ascii")
            return [texte[a:b] for a, b in pairwise(bornes)]
        return [str(brut[a:b], "utf-8") for a, b in pairwise(bornes)]

    @property
    def nbytes(self) -> int:
        """Bytes held."""
        return len(self._bloc) + self._bornes.itemsize * len(self._bornes)


def write_sparse(nom: str, matrice: Any) -> Tables:
    """A sparse matrix, by rows or by columns."""
    return {
        f"{nom}_valeurs": matrice.data,
        f"{nom}_rangs": matrice.indices,
        f"{nom}_bornes": matrice.indptr,
        f"{nom}_forme": np.array(matrice.shape, dtype=np.int64),
    }


def read_sparse(tables: Lues, nom: str, *, colonnes: bool = False) -> Any:
    """What `write_sparse` made, where it lies."""
    parties = tuple(tables[f"{nom}_{partie}"] for partie in ("valeurs", "rangs", "bornes"))
    forme = tuple(tables[f"{nom}_forme"].tolist())
    return (csc_matrix if colonnes else csr_matrix)(parties, shape=forme, copy=False)


def write_json(valeur: Any) -> NDArray[np.uint8]:
    """A small structure of lists, texts and numbers; keys are texts."""
    return np.frombuffer(orjson.dumps(valeur), dtype=np.uint8)


def read_json(tableau: NDArray[Any]) -> Any:
    """What `write_json` made."""
    return orjson.loads(tableau.tobytes())


def within(tables: Lues, prefixe: str) -> Tables:
    """The tables under « prefixe/ », by the rest of their name."""
    return {nom.removeprefix(f"{prefixe}/"): t for nom, t in tables.items() if nom.startswith(f"{prefixe}/")}


def under(tables: Lues, prefixe: str) -> Tables:
    """The same tables, under « prefixe/ »."""
    return {f"{prefixe}/{nom}": t for nom, t in tables.items()}

"""Places and communes read one at a time, where they lie."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple
from functools import lru_cache
from typing import Any, overload

import numpy as np
import orjson
from numpy.typing import NDArray

from referentiels.lieu import Lieu
from referentiels.store import Store
from referentiels.types import CodeCommune, Commune

_LIEUX_LUS = 8192
_RANG_POSTAUX = 6
"""Place of `codes_postaux` among the fields."""


def write_lieux(lieux: Sequence[Lieu]) -> dict[str, NDArray[Any]]:
    """Places as arrays: `fiches` (bytes), and `fiches_bornes`, where each begins."""
    lignes = [orjson.dumps(astuple(lieu)) for lieu in lieux]
    return {
        "fiches": np.frombuffer(b"".join(lignes), dtype=np.uint8),
        "fiches_bornes": np.cumsum([0, *map(len, lignes)], dtype=np.int64),
    }


class LieuxLus(Sequence[Lieu]):
    """What `write_lieux` made, where it lies: a place is made when it is asked for, and the last ones are kept.

    Args:
        tables: Its arrays.
    """

    def __init__(self, tables: Mapping[str, NDArray[Any]]) -> None:
        self._fiches, self._bornes = tables["fiches"].data, tables["fiches_bornes"].data
        self._read = lru_cache(maxsize=_LIEUX_LUS)(self._make)

    def __len__(self) -> int:
        return len(self._bornes) - 1

    @overload
    def __getitem__(self, rang: int) -> Lieu: ...
    @overload
    def __getitem__(self, rang: slice) -> tuple[Lieu, ...]: ...
    def __getitem__(self, rang: int | slice) -> Lieu | tuple[Lieu, ...]:
        if isinstance(rang, slice):
            return tuple(map(self._read, range(len(self))[rang]))
        return self._read(range(len(self))[rang])

    def _make(self, rang: int) -> Lieu:
        champs = orjson.loads(self._fiches[self._bornes[rang] : self._bornes[rang + 1]])
        champs[_RANG_POSTAUX] = tuple(champs[_RANG_POSTAUX])
        return Lieu(*champs)


class CommunesLues(Mapping[CodeCommune, Commune]):
    """The communes of a store, read one at a time.

    Args:
        store: Where they are.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def __getitem__(self, code: CodeCommune) -> Commune:
        trouvees = self._store.select(Commune, code=code)
        if not trouvees:
            raise KeyError(code)
        return trouvees[0]

    def __iter__(self) -> Iterator[CodeCommune]:
        return (CodeCommune(code) for (code,) in self._store.rows(Commune, ("code",)))

    def __len__(self) -> int:
        return self._store.count(Commune)

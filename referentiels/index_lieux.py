"""Sorted keys over the places: by code, by beginning of name, by inner word, by likeness."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import OSA

from referentiels.lieu import Lieu
from referentiels.lieux_lus import LieuxLus, write_lieux
from referentiels.noms_lieux import inner_keys, key, short_key, words

_APRES = "{"  # sorts after every letter, digit and sign of a key
_LONGUEUR_MIN = 5  # shorter words have too many neighbours for a typo to be told
_PREFIXE_CODE_MIN = 2
Filtre = Callable[[Lieu], bool]


class _Cles:
    """Keys sorted once, each with the rank of its place; prefixes are found by bisection."""

    __slots__ = ("cles", "rangs")

    def __init__(self, paires: Iterable[tuple[str, int]]) -> None:
        triees = sorted(paires)
        self.cles = [cle for cle, _ in triees]
        self.rangs = [rang for _, rang in triees]

    def write(self) -> tuple[NDArray[np.uint8], NDArray[np.int32]]:
        """Keys on a line each, and the ranks of their places."""
        return np.frombuffer("\n".join(self.cles).encode(), dtype=np.uint8), np.array(self.rangs, dtype=np.int32)

    @classmethod
    def read(cls, cles: NDArray[np.uint8], rangs: NDArray[np.int32]) -> "_Cles":
        """What `write` made."""
        lues = cls(())
        lues.rangs = rangs.tolist()
        lues.cles = cles.tobytes().decode().split("\n") if lues.rangs else []
        return lues

    def whole(self, cle: str) -> Sequence[int]:
        return self.rangs[bisect_left(self.cles, cle) : bisect_left(self.cles, cle + "\0")]

    def beginning(self, cle: str) -> Sequence[int]:
        return self.rangs[bisect_left(self.cles, cle) : bisect_left(self.cles, cle + _APRES)]


class IndexLieux:
    """Finds ranks of places; a lower rank is a better place among equals.

    Args:
        lieux: Places in the order in which equals are shown.
    """

    def __init__(self, lieux: Sequence[Lieu]) -> None:
        self.lieux = lieux
        codes: list[tuple[str, int]] = []
        debuts: list[tuple[str, int]] = []
        milieux: list[tuple[str, int]] = []
        self._regions: dict[str, int] = {}
        for rang, lieu in enumerate(lieux):
            if lieu.nature == "region":
                # A number is read as a département first: the region of that number comes after.
                self._regions[lieu.code.lower()] = rang
            elif lieu.ancien != lieu.code:
                codes.append(((lieu.ancien or lieu.code).lower(), rang))
                codes.extend((code, rang) for code in lieu.codes_postaux)
            nom = lieu.nom if lieu.ancien is None else lieu.ancien_nom
            if nom is None:
                continue
            mots = words(nom)
            debuts.append((key(mots), rang))
            if courte := short_key(mots):
                debuts.append((courte, rang))
            milieux.extend((cle, rang) for cle in inner_keys(mots))
        self._codes, self._debuts, self._milieux = _Cles(codes), _Cles(debuts), _Cles(milieux)
        self._par_longueur: dict[int, list[str]] | None = None

    def write(self) -> dict[str, NDArray[Any]]:
        """Keys and places as arrays."""
        tables = write_lieux(self.lieux)
        for nom, cles in (("codes", self._codes), ("debuts", self._debuts), ("milieux", self._milieux)):
            tables[nom], tables[f"{nom}_rangs"] = cles.write()
        tables["regions"] = np.frombuffer(orjson.dumps(self._regions), dtype=np.uint8)
        return tables

    @classmethod
    def read(cls, tables: Mapping[str, NDArray[Any]]) -> "IndexLieux":
        """What `write` made: keys are read at once, places one by one when they are found."""
        lu = cls(())
        lu.lieux = LieuxLus(tables)
        lu._codes, lu._debuts, lu._milieux = (
            _Cles.read(tables[nom], tables[f"{nom}_rangs"]) for nom in ("codes", "debuts", "milieux")
        )
        lu._regions = orjson.loads(tables["regions"].tobytes())
        return lu

    def by_whole_code(self, code: str) -> list[int]:
        """Places of which this is the INSEE, postal or département code."""
        return sorted(set(self._codes.whole(code)))

    def by_code(self, code: str) -> list[int]:
        """Places of which this is a code, then those of which a code begins so (from two characters on)."""
        entiers = self.by_whole_code(code)
        # A number is often both the postal code of many communes and the INSEE code of one: that one must not drown.
        for position, rang in enumerate(entiers):
            if position > 1 and self.lieux[rang].ancien is None and self.lieux[rang].code.lower() == code:
                entiers.insert(1, entiers.pop(position))
                break
        region = self._regions.get(code)
        entiers += [] if region is None else [region]
        if len(code) < _PREFIXE_CODE_MIN:
            return entiers
        return _chain(entiers, self._codes.beginning(code))

    def by_name(self, cle: str, filtre: Filtre | None = None) -> list[int]:
        """Places whose name is this, then begins so, then has an inner word that begins so."""
        trouves = self.by_whole_name(cle)
        for autres in (self._debuts.beginning(cle), self._milieux.beginning(cle)):
            trouves = _chain(trouves, autres)
        return self._keep(trouves, filtre)

    def by_whole_name(self, cle: str, filtre: Filtre | None = None) -> list[int]:
        """Places whose name, with or without its leading article, is exactly this."""
        return self._keep(sorted(set(self._debuts.whole(cle))), filtre)

    def by_likeness(self, cle: str, filtre: Filtre | None = None) -> list[int]:
        """Places whose name is a few typing errors away, the fewest first; none for a short text."""
        longueur = len(cle)
        if longueur < _LONGUEUR_MIN:
            return []
        ecart = 1 if longueur < 7 else 2 if longueur < 12 else 3
        tranches = self._lengths()
        voisines = [c for autre in range(longueur - ecart, longueur + ecart + 1) for c in tranches.get(autre, ())]
        proches = process.extract(cle, voisines, scorer=OSA.distance, score_cutoff=ecart, limit=None)
        classes = sorted((distance, rang) for nom, distance, _ in proches for rang in self._debuts.whole(nom))
        return self._keep(list(dict.fromkeys(rang for _, rang in classes)), filtre)

    def warm_up(self) -> None:
        """Prepare the search by likeness."""
        self._lengths()

    def _lengths(self) -> dict[int, list[str]]:
        # Two threads may build it at once: both build the same, the last one stays.
        if self._par_longueur is None:
            tranches = defaultdict[int, list[str]](list)
            for cle in dict.fromkeys(self._debuts.cles):
                tranches[len(cle)].append(cle)
            self._par_longueur = dict(tranches)
        return self._par_longueur

    def _keep(self, rangs: list[int], filtre: Filtre | None) -> list[int]:
        return rangs if filtre is None else [rang for rang in rangs if filtre(self.lieux[rang])]


def _chain(premiers: list[int], autres: Sequence[int]) -> list[int]:
    return premiers + sorted(set(autres).difference(premiers))

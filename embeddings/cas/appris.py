"""What was learnt from the written cases: how what a person says, field by field, turns towards métiers."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from embeddings.encodeur import Encodeur
from embeddings.ensemble import Reels, best_together, field_direction, products, unit
from referentiels.errors import ModelError

FICHIER = Path(__file__).with_name("appris.npz")
CHAMPS = ("souhait", "experiences", "competences", "diplomes")
"""What a person says, in the order of the weights."""
VERSION = 2
"""Raised when the arrays of `case_tables` change."""
_AVEC = {"souhait": ("interets",)}
"""Fields that are heard with another: the cases tell tastes among wishes."""
POIDS, METIERS = "cas/poids", "cas/metiers"
Tableau = npt.NDArray[Any]
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Appris:
    """The weights, and what they were learnt from."""

    encodeur: str
    """Hash of the encoder whose vectors they are for."""
    cas: str
    """Hash of the cases."""
    poids: npt.NDArray[np.float16]
    """(4, d, d): a field turns by its own."""
    codes: tuple[str, ...]
    metiers: npt.NDArray[np.float16]
    """(m, d) unit rows, towards which the words of the people of the cases turn."""

    def save(self, fichier: Path = FICHIER) -> None:
        """Write them, in one atomic step."""
        provisoire = fichier.with_suffix(".tmp")
        encodeur, cas, codes = np.array(self.encodeur), np.array(self.cas), np.array(self.codes)
        with provisoire.open("wb") as flux:
            np.savez(flux, encodeur=encodeur, cas=cas, codes=codes, poids=self.poids, metiers=self.metiers)
        provisoire.replace(fichier)

    @classmethod
    def load(cls, fichier: Path = FICHIER) -> "Appris":
        """Read them.

        Raises:
            ModelError: The file is missing or damaged.
        """
        try:
            with fichier.open("rb") as flux, np.load(flux, allow_pickle=False) as lu:
                encodeur, cas, codes = str(lu["encodeur"]), str(lu["cas"]), tuple(map(str, lu["codes"]))
                return cls(encodeur, cas, lu["poids"], codes, lu["metiers"])
        except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
            raise ModelError(f"« {fichier.name} » manque ou est illisible ({error}).") from error


@cache
def learnt_digest() -> str:
    """Hash of what was learnt, and of how an index keeps it."""
    return hashlib.sha256(FICHIER.read_bytes() + bytes([VERSION])).hexdigest()[:16]


def learnt_with(encodeur: Encodeur | None, progress: Progress) -> Appris | None:
    """What was learnt with an encoder; None, and a word to say so, where it was with another one.

    Raises:
        ModelError: The file is damaged.
    """
    if encodeur is None:
        return None
    appris = Appris.load()
    if appris.encodeur == encodeur.empreinte:
        return appris
    progress("Les cas d'école ont été appris avec un autre encodeur : leur critère se tait (« azimut encodeur cas »)")
    return None


def by_field(vecteurs: Mapping[str, Sequence[Reels]], dimension: int) -> Reels:
    """What a person says as (4, d): the mean direction of each field of `CHAMPS`, zeros for a silent one."""
    lots = [[v for nom in (champ, *_AVEC.get(champ, ())) for v in vecteurs.get(nom, ())] for champ in CHAMPS]
    vide = np.zeros(dimension, dtype=np.float32)
    return np.stack([field_direction(lot) if lot else vide for lot in lots])


def case_tables(appris: Appris, codes: Sequence[str], centres: Reels) -> dict[str, Tableau]:
    """The arrays of an index that `Conseil` reads.

    Args:
        appris: What was learnt, with the encoder of this index.
        codes: Métiers of this index, in order; one that was not there when learning stands where its texts do.
        centres: (n, d) mean direction of the texts of each.
    """
    rangs = {code: rang for rang, code in enumerate(appris.codes)}
    metiers = unit(centres - centres.mean(axis=0))
    connus = [n for n, code in enumerate(codes) if code in rangs]
    metiers[connus] = appris.metiers[[rangs[codes[n]] for n in connus]].astype(np.float32)
    # Only what tells métiers from each other counts: their mean would add the same to all.
    return {POIDS: appris.poids.astype(np.float32), METIERS: metiers - metiers.mean(axis=0)}


class Conseil:
    """What the cases say for one person.

    A métier stands out by the fields of what they say that lead there most together, see `best_together`.

    Args:
        dits: (4, d), see `by_field`.
        tableaux: Those of the index, with those of `case_tables`.
    """

    def __init__(self, dits: Reels, tableaux: Mapping[str, Tableau]) -> None:
        tours = np.einsum("fd,fde->fe", dits, tableaux[POIDS], dtype=np.float32)
        self._pleins = [rang for rang in range(len(CHAMPS)) if dits[rang].any()]
        self._parts: Reels = np.array([products(tableaux[METIERS], tours[rang]) for rang in self._pleins])
        self._unions, self._ecarts = best_together(self._parts.reshape(-1, len(tableaux[METIERS])))
        self.ecarts: Reels = self._ecarts.max(axis=0)
        """How far each métier stands above the mean of all, in standard deviations, in code order."""

    def leading_fields(self, metier: int) -> tuple[str, ...]:
        """The fields of `CHAMPS` that lead to a métier, the one that leads most first.

        Args:
            metier: Its place in code order.
        """
        union = self._unions[int(np.argmax(self._ecarts[:, metier]))]
        ordre = sorted((-round(float(self._parts[n, metier]), 6), self._pleins[n]) for n in union)
        return tuple(CHAMPS[rang] for part, rang in ordre if part < 0)


def has_cases(tableaux: Mapping[str, Tableau]) -> bool:
    """Whether an index was made with what the cases taught."""
    return POIDS in tableaux

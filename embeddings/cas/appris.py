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

from embeddings.cas.banque import FICHIER as CAS
from embeddings.cas.banque import Cas
from embeddings.encodeur import Encodeur
from embeddings.ensemble import Reels, field_direction, products, unit
from embeddings.manifest import pack, unpack
from referentiels.errors import ModelError

FICHIER = Path(__file__).with_name("appris.npz")
CHAMPS = ("souhait", "experiences", "competences", "diplomes")
"""What a person says, in the order of the weights."""
_AVEC = {"souhait": ("interets",)}
"""Fields that are heard with another: the cases tell tastes among wishes."""
_PREFIXE = "cas"
_ENTIER = 127
Tableau = npt.NDArray[Any]
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Appris:
    """The weights, and the cases that they were learnt from."""

    encodeur: str
    """Hash of the encoder whose vectors they are for."""
    poids: npt.NDArray[np.float16]
    """(4, d, d): a field turns by its own."""
    codes: tuple[str, ...]
    metiers: npt.NDArray[np.float16]
    """(m, d) unit rows, towards which the words of the people of the cases turn."""
    cas: npt.NDArray[np.int8]
    """(c, d): where the words of each case turn, by 127ths of the largest value of each."""

    def save(self, fichier: Path = FICHIER) -> None:
        """Write them, in one atomic step."""
        provisoire = fichier.with_suffix(".tmp")
        with provisoire.open("wb") as flux:
            np.savez(
                flux, encodeur=np.array(self.encodeur), codes=np.array(self.codes),
                poids=self.poids, metiers=self.metiers, cas=self.cas,
            )  # fmt: skip
        provisoire.replace(fichier)

    @classmethod
    def load(cls, fichier: Path = FICHIER) -> "Appris":
        """Read them.

        Raises:
            ModelError: The file is missing or damaged.
        """
        try:
            with fichier.open("rb") as flux, np.load(flux, allow_pickle=False) as lu:
                encodeur, codes = str(lu["encodeur"]), tuple(map(str, lu["codes"]))
                return cls(encodeur, lu["poids"], codes, lu["metiers"], lu["cas"])
        except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
            raise ModelError(f"« {fichier.name} » manque ou est illisible ({error}).") from error


@cache
def cases_digest() -> str:
    """Hash of the cases and of what was learnt from them."""
    return hashlib.sha256(CAS.read_bytes() + FICHIER.read_bytes()).hexdigest()[:16]


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
    """What a person says as (4, d), see `turn`: the mean direction of each field, zeros for a silent one."""
    lots = [[v for nom in (champ, *_AVEC.get(champ, ())) for v in vecteurs.get(nom, ())] for champ in CHAMPS]
    vide = np.zeros(dimension, dtype=np.float32)
    return np.stack([field_direction(lot) if lot else vide for lot in lots])


def squeeze(directions: Reels) -> npt.NDArray[np.int8]:
    """Directions in 8 bits, each to its own scale: their cosines move by less than .01."""
    echelle = np.abs(directions).max(axis=1, keepdims=True)
    return np.round(directions / np.where(echelle > 0, echelle, 1.0) * _ENTIER).astype(np.int8)


def turn(poids: Tableau, dits: Reels) -> Reels:
    """Where what a person says turns: the fields, each by its own weights, then together.

    Args:
        poids: (4, d, d).
        dits: (..., 4, d) mean direction of each field; zeros for a silent one.

    Returns:
        (..., d) unit rows; added in one order whatever the processors.
    """
    return unit(np.einsum("...fd,fde->...e", dits, poids, dtype=np.float32))


def case_tables(appris: Appris, cas: Sequence[Cas], codes: Sequence[str], centres: Reels) -> dict[str, Tableau]:
    """The arrays of an index that `Conseil` reads.

    Args:
        appris: What was learnt, with the encoder of this index.
        cas: The same cases, in the same order.
        codes: Métiers of this index, in order; one that was not there when learning stands where its texts do.
        centres: (n, d) mean direction of the texts of each.
    """
    rangs = {code: rang for rang, code in enumerate(appris.codes)}
    metiers = unit(centres - centres.mean(axis=0))
    connus = [n for n, code in enumerate(codes) if code in rangs]
    metiers[connus] = appris.metiers[[rangs[codes[n]] for n in connus]].astype(np.float32)
    ou = {code: rang for rang, code in enumerate(codes)}
    paires = sorted({(ou[code], n) for n, un in enumerate(cas) for code in un.metiers if code in ou})
    debuts = np.searchsorted([m for m, _ in paires], np.arange(len(codes) + 1)).astype(np.int32)
    textes, bornes = pack(un.quote() for un in cas)
    tables: dict[str, Tableau] = {
        "poids": appris.poids.astype(np.float32),
        "metiers": metiers,
        "directions": appris.cas,
        "metier_debut": debuts,
        "metier_cas": np.array([n for _, n in paires], dtype=np.int32),
        "textes": textes,
        "textes_bornes": bornes,
    }
    return {f"{_PREFIXE}/{nom}": table for nom, table in tables.items()}


class Conseil:
    """What the cases say for one person.

    Args:
        dits: (4, d), see `turn`.
        tableaux: Those of the index, with those of `case_tables`.
    """

    def __init__(self, dits: Reels, tableaux: Mapping[str, Tableau]) -> None:
        self._tables = {
            nom.removeprefix(f"{_PREFIXE}/"): t for nom, t in tableaux.items() if nom.startswith(f"{_PREFIXE}/")
        }
        self._direction = turn(self._tables["poids"], dits)
        self.proximites: Reels = products(self._tables["metiers"], self._direction)
        """Cosine of each métier, in code order."""

    def nearest_case(self, metier: int, minimum: float) -> str | None:
        """The words of the nearest case for which a métier is worth exploring; None when none is near enough.

        Args:
            metier: Its place in code order.
            minimum: Cosine of the words of the case and of the person, turned.
        """
        debut, fin = self._tables["metier_debut"][metier : metier + 2].tolist()
        if debut == fin:
            return None
        rangs = self._tables["metier_cas"][debut:fin]
        proches = products(unit(self._tables["directions"][rangs].astype(np.float32)), self._direction).round(6)
        meilleur = int(np.argmax(proches))
        if float(proches[meilleur]) < minimum:
            return None
        return unpack(self._tables["textes"], self._tables["textes_bornes"], int(rangs[meilleur]))


def has_cases(tableaux: Mapping[str, Tableau]) -> bool:
    """Whether an index was made with what the cases taught."""
    return f"{_PREFIXE}/poids" in tableaux

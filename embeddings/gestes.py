"""Gestures that pass from one domaine to another, and how near each compétence and savoir is to them by meaning."""

import hashlib
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from referentiels.cellules import fold

PREFIXE = "gestes/"
"""Of their arrays among those of an index."""
_FICHIER = Path(__file__).with_name("gestes.toml")
Tableau = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Geste:
    """What hands, body or speech do in métiers of several domaines."""

    nom: str
    phrases: tuple[str, ...]
    mots: tuple[str, ...]
    """Folded words by which people name it."""


@dataclass(frozen=True, slots=True)
class Gestes:
    """Closeness of compétences and savoirs to each gesture."""

    codes: npt.NDArray[np.int64]
    """OGR codes, (n,)."""
    proximites: npt.NDArray[np.float32]
    """(n, g): cosine once what is common to all items, and to all gestures, is taken away."""


@cache
def load_gestes() -> tuple[Geste, ...]:
    """The gestures of `gestes.toml`, in its order."""
    contenu = tomllib.loads(_FICHIER.read_text(encoding="utf-8"))
    return tuple(
        Geste(g["nom"], tuple(g["phrases"]), tuple(fold(mot) for mot in g.get("mots", ()))) for g in contenu["geste"]
    )


@cache
def gestes_digest() -> str:
    """Names the gestures in the version of an index."""
    return hashlib.sha256(_FICHIER.read_bytes()).hexdigest()[:16]


def gesture_texts() -> list[str]:
    """Every phrase, in the order of the gestures."""
    return [phrase for geste in load_gestes() for phrase in geste.phrases]


def build_gestures(codes: Sequence[str], vecteurs: Tableau, phrases: Tableau) -> dict[str, Tableau]:
    """The arrays of the gestures.

    Args:
        codes: Of compétences and savoirs, (n,).
        vecteurs: Their unit vectors, (n, d).
        phrases: Unit vectors of `gesture_texts`, in its order.
    """
    bornes = np.cumsum([0, *(len(geste.phrases) for geste in load_gestes())])
    sommes = np.add.reduceat(phrases.astype(np.float32), bornes[:-1])
    moyennes = np.asarray(sommes / np.diff(bornes)[:, None], dtype=np.float32)
    proximites = np.matmul(_centre(vecteurs.astype(np.float32)), _centre(moyennes).T)
    return {
        f"{PREFIXE}codes": np.array([int(code) for code in codes], dtype=np.int64),
        f"{PREFIXE}proximites": proximites.astype(np.float16),
    }


def read_gestures(tableaux: Mapping[str, Tableau]) -> Gestes | None:
    """The gestures of an index; None for an index of words alone."""
    if f"{PREFIXE}codes" not in tableaux:
        return None
    return Gestes(
        np.asarray(tableaux[f"{PREFIXE}codes"]), np.asarray(tableaux[f"{PREFIXE}proximites"], dtype=np.float32)
    )


def _centre(lignes: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Unit rows, once their mean is taken away."""
    ecarts = lignes - lignes.mean(axis=0)
    return np.asarray(ecarts / np.linalg.norm(ecarts, axis=1, keepdims=True).clip(1e-9), dtype=np.float32)

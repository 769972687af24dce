"""Kinship between métiers, written for Azimut: what one calls to mind, and where having done it leads."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix

from referentiels.errors import MalformedError

FICHIER = Path(__file__).with_name("parentes.tsv")
"""A métier a line: its code, its neighbours, what follows it; codes parted by spaces, the nearest first."""


def build_kinship(rang: Mapping[str, int], pente: float, carrefour: int, fichier: Path = FICHIER) -> tuple[Any, Any]:
    """The written kinship of the métiers of a catalogue.

    Neighbours share what draws people to a métier (matter, public, gesture, setting, use); what follows is where
    people go, with success, who did it for some years. Both are judgements of their author, not statistics.

    Args:
        rang: Rank of each code ROME, N of them; codes that are not there are left out.
        pente: Loss between the first and the last code of a line, in [0, 1].
        carrefour: Lines in which a code is named, beyond which each counts as much less: what nearly all lead to
            (formateur) says little of any.
        fichier: What was written.

    Returns:
        Two (N, N) sparse matrices, from row to column, in ]0, 1]: neighbours, then what follows.

    Raises:
        MalformedError: A line has not three columns.
    """
    lignes = _read(fichier)
    return _weigh(rang, pente, carrefour, lignes, 0), _weigh(rang, pente, carrefour, lignes, 1)


@cache
def digest(fichier: Path = FICHIER) -> str:
    """Hash of all that was written."""
    return hashlib.sha256(fichier.read_bytes()).hexdigest()[:16]


def _read(fichier: Path) -> list[tuple[str, tuple[list[str], list[str]]]]:
    lignes = []
    for numero, ligne in enumerate(fichier.read_text(encoding="utf-8").splitlines(), 1):
        parties = ligne.split("\t")
        if len(parties) != 3:
            raise MalformedError(f"trois colonnes attendues, {len(parties)} lues.", fichier=fichier.name, ligne=numero)
        lignes.append((parties[0], (parties[1].split(), parties[2].split())))
    return lignes


def _weigh(
    rang: Mapping[str, int],
    pente: float,
    carrefour: int,
    lignes: Sequence[tuple[str, tuple[list[str], list[str]]]],
    colonne: int,
) -> Any:
    departs, arrivees, poids = [], [], []
    nommes = Counter(code for _, listes in lignes for code in listes[colonne])
    for code, listes in lignes:
        codes = listes[colonne]
        for place, autre in enumerate(codes):
            if code in rang and autre in rang:
                departs.append(rang[code])
                arrivees.append(rang[autre])
                perte = pente * place / max(len(codes) - 1, 1)
                poids.append((1.0 - perte) * min(1.0, carrefour / nommes[autre]))
    return csr_matrix((np.array(poids), (departs, arrivees)), shape=(len(rang), len(rang)))

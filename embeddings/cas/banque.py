"""The written cases: people who do not exist, and the métiers worth exploring for them."""

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from referentiels.errors import MalformedError

FICHIER = Path(__file__).with_name("cas.tsv")
"""A person a line: what they did, their diploma, what they can do, what they want, what they refuse, and codes ROME."""
_COLONNES = 6
_MORCEAU = ";"


@dataclass(frozen=True, slots=True)
class Cas:
    """One person, in their words, and what a counsellor would have them explore."""

    vecu: tuple[str, ...]
    diplome: str
    sait: tuple[str, ...]
    souhait: str
    refus: str
    metiers: tuple[str, ...]
    """Codes ROME, the most fitting first."""


def read_cases(fichier: Path = FICHIER) -> list[Cas]:
    """The cases of a file.

    Raises:
        MalformedError: A line has not six columns, or names no métier.
    """
    cas = []
    for numero, ligne in enumerate(fichier.read_text(encoding="utf-8").splitlines(), 1):
        colonnes = ligne.split("\t")
        if len(colonnes) != _COLONNES or not colonnes[-1].split():
            message = f"{_COLONNES} colonnes attendues, dont des métiers, {len(colonnes)} lues."
            raise MalformedError(message, fichier=fichier.name, ligne=numero)
        vecu, diplome, sait, souhait, refus, metiers = colonnes
        cas.append(
            Cas(_pieces(vecu), diplome.strip(), _pieces(sait), souhait.strip(), refus.strip(), tuple(metiers.split()))
        )
    return cas


@cache
def count_cases() -> int:
    """How many cases Azimut carries."""
    return len(read_cases())


def cases_digest(fichier: Path = FICHIER) -> str:
    """Hash of the cases of a file."""
    return hashlib.sha256(fichier.read_bytes()).hexdigest()[:16]


def _pieces(colonne: str) -> tuple[str, ...]:
    return tuple(morceau.strip() for morceau in colonne.split(_MORCEAU) if morceau.strip())

"""Everyday expressions and acronyms, and what the référentiels write instead: two small lexicons of our own."""

import hashlib
import tomllib
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path

from embeddings.normalisation import stem
from referentiels.cellules import fold

FICHIER = Path(__file__).with_name("lexique.toml")
SIGLES = Path(__file__).with_name("sigles.toml")


class Lexique:
    """Rewrites a query in the words of the référentiels.

    Args:
        expressions: Everyday expression → words of the référentiel; compared without accents nor case.
        formes: Whether gender and number are set aside too; an acronym has none (« ide » is no « idée »).
    """

    def __init__(self, expressions: Mapping[str, str], *, formes: bool = True) -> None:
        self._key: Callable[[list[str]], tuple[str, ...]] = _key if formes else tuple
        self._expressions = {self._key(fold(dit).split()): ecrit for dit, ecrit in expressions.items()}
        self._longueur = max(map(len, self._expressions), default=0)

    def rewrite(self, texte: str) -> str | None:
        """The text with its known expressions replaced, longest first; None when it holds none."""
        mots = fold(texte).split()
        cles = self._key(mots)
        sortie: list[str] = []
        change = False
        rang = 0
        while rang < len(mots):
            for longueur in range(min(self._longueur, len(mots) - rang), 0, -1):
                ecrit = self._expressions.get(cles[rang : rang + longueur])
                if ecrit is not None:
                    sortie.append(ecrit)
                    rang += longueur
                    change = True
                    break
            else:
                sortie.append(mots[rang])
                rang += 1
        return " ".join(sortie) if change else None


@lru_cache(maxsize=1)
def load_lexique() -> Lexique:
    """The lexicon shipped with Azimut: a query is also looked for in its words."""
    return Lexique(_read(FICHIER))


@lru_cache(maxsize=1)
def load_sigles() -> Lexique:
    """The acronyms shipped with Azimut: a query is read as what they stand for, and as nothing else."""
    return Lexique(_read(SIGLES), formes=False)


@lru_cache(maxsize=1)
def lexique_digest() -> str:
    """Names both in the version of an index: another lexicon gives other answers."""
    return hashlib.sha256(FICHIER.read_bytes() + SIGLES.read_bytes()).hexdigest()[:16]


def _read(fichier: Path) -> dict[str, str]:
    sections = tomllib.loads(fichier.read_text(encoding="utf-8"))
    return {dit: ecrit for section in sections.values() for dit, ecrit in section.items()}


def _key(mots: list[str]) -> tuple[str, ...]:
    return tuple(stem(mot) for mot in mots)

"""Diplomas in everyday words: the level that they tell, and whether they tell anything else."""

import re

from referentiels.cellules import fold

_NIVEAUX: tuple[tuple[str, int], ...] = (
    (r"brevet(?: des colleges)?|dnb|cfg|bepc", 2),
    (r"cap|cap agricole|capa|bep|bepa|mc|mention complementaire", 3),
    (r"bac(?:calaureat)?(?: (?:pro|professionnel|general|techno|technologique|[sl]|es))?|bp|daeu(?: [ab])?", 4),
    (r"bts|btsa|dut|deug|deust|bac \+ ?2", 5),
    (r"but|licence(?: pro(?:fessionnelle)?)?|bachelor|bac \+ ?3", 6),
    (r"master(?: (?:1|2|pro|recherche))?|mastere|diplome d ingenieur|ingenieur|bac \+ ?5", 7),
    (r"doctorat|these|bac \+ ?8", 8),
)
"""What names a diploma, folded, and its European level. Source: cadre national des certifications professionnelles."""
_SANS = re.compile(r"(?:sans|aucun|pas de?) (?:diplome|formation)s?|aucun|neant|rien|diplome etranger")
_VAGUES = re.compile(r"titre professionnel|diplome")


_PAPIERS = re.compile(r"(?:permis|caces|habilitation|sst|psc ?1|haccp|fimo|fco|attestation|certiphyto)\b")


def is_licence(texte: str) -> bool:
    """Whether a text names a paper that proves one thing (« permis C », « CACES 3 ») rather than a diploma."""
    return _PAPIERS.match(fold(texte)) is not None


def level_told(texte: str) -> int | None:
    """The level that the first words of a diploma name (« CAP Cuisine » is of level 3); None when they name none."""
    plie = fold(texte)
    return next((n for motif, n in _NIVEAUX if re.match(rf"(?:{motif})(?![\w])", plie)), None)


def without_speciality(texte: str) -> bool:
    """Whether a text says a level, or that there is no diploma, and nothing of what was learnt."""
    plie = fold(texte)
    motifs = (*(re.compile(motif) for motif, _ in _NIVEAUX), _SANS, _VAGUES)
    return any(motif.fullmatch(plie) for motif in motifs)

"""The slips of people who type on a phone, and the words that they put around a name."""

import random

from referentiels.cellules import fold

_VOISINES = {
    "a": "zqs", "b": "vn", "c": "xv", "d": "sf", "e": "zr", "f": "dg", "g": "fh", "h": "gj", "i": "uo", "j": "hk",
    "k": "jl", "l": "km", "m": "lp", "n": "b", "o": "ip", "p": "om", "q": "sa", "r": "et", "s": "qd", "t": "ry",
    "u": "yi", "v": "cb", "w": "x", "x": "wc", "y": "tu", "z": "ae",
}  # fmt: skip
"""Keys side by side on a French keyboard."""
_SONS = (
    ("ph", "f"), ("qu", "k"), ("eau", "o"), ("au", "o"), ("ai", "é"), ("ss", "s"), ("nn", "n"), ("ll", "l"),
    ("c", "k"), ("ç", "ss"), ("en", "an"), ("g", "j"), ("th", "t"), ("y", "i"), ("tion", "cion"),
)  # fmt: skip
_AUTOUR = (
    "je veux être {}", "devenir {}", "travailler comme {}", "emploi {}", "poste de {}", "je cherche un travail de {}",
    "métier de {}", "j'aimerais faire {}", "recherche {} débutant", "{} expérimenté", "formation {}", "être {}",
)  # fmt: skip
_OUTILS = frozenset(("de", "du", "des", "d", "en", "à", "au", "aux", "la", "le", "les", "l", "et", "sur", "dans"))
_LETTRES_MIN = 5
PART_FAUTE, PART_OUTILS, PART_AUTOUR = 0.12, 0.06, 0.06
"""Shares of the questions that get a slip, lose their function words, or are wrapped."""


def add_noise(texte: str, alea: random.Random) -> str:
    """The text as someone might type it; most often as it is."""
    tirage = alea.random()
    if tirage < PART_FAUTE:
        return _slip(texte, alea)
    tirage -= PART_FAUTE
    if tirage < PART_OUTILS:
        return " ".join(m for m in texte.replace("'", " ").split() if m not in _OUTILS) or texte
    if tirage - PART_OUTILS < PART_AUTOUR and len(texte.split()) <= len(_AUTOUR):
        return alea.choice(_AUTOUR).format(texte)
    return texte


def _slip(texte: str, alea: random.Random) -> str:
    mots = texte.split()
    longs = [rang for rang, mot in enumerate(mots) if len(mot) >= _LETTRES_MIN and mot.isalpha()]
    if longs:
        rang = alea.choice(longs)
        mots[rang] = _mistype(mots[rang], alea)
    return " ".join(mots)


def _mistype(mot: str, alea: random.Random) -> str:
    """One slip in a word: an accent, a letter lost, doubled, swapped or mistaken, a sound spelled otherwise."""
    geste = alea.randrange(6)
    rang = alea.randrange(1, len(mot) - 1)
    if geste == 0:
        return fold(mot)
    if geste == 1:
        return mot[:rang] + mot[rang + 1 :]
    if geste == 2:
        return mot[:rang] + mot[rang] + mot[rang:]
    if geste == 3:
        return mot[:rang] + mot[rang + 1] + mot[rang] + mot[rang + 2 :]
    if geste == 4:
        return mot[:rang] + alea.choice(_VOISINES.get(mot[rang], mot[rang])) + mot[rang + 1 :]
    possibles = [(son, autre) for son, autre in _SONS if son in mot]
    return mot.replace(*alea.choice(possibles), 1) if possibles else fold(mot)

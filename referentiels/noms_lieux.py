"""Names of places as people write them: abbreviations, articles, arrondissements, cedex."""

import re

from referentiels.cellules import fold

TEXTE_MAX = 200  # the longest official name has 45 characters; a département may follow it
ARTICLES = frozenset({"le", "la", "les", "l"})
_LIAISONS = ARTICLES | {"de", "du", "des", "d", "en", "sur", "sous", "et", "a", "au", "aux"}
_ABREGES = {"st": "saint", "ste": "sainte", "sts": "saints", "stes": "saintes", "ss": "sous"}
_SOUS = re.compile(r"\bs\s*/\s*s\b", re.IGNORECASE)
_SUR = re.compile(r"\bs\s*/", re.IGNORECASE)
_ORDINAL = re.compile(r"0*(\d{1,2})(?:er|ere|e|eme|nd|nde)?")


def words(texte: str) -> list[str]:
    """The words of a name, folded and abbreviations spelled out: « St-Ouen s/ Seine » and its long form agree."""
    texte = _SUR.sub(" sur ", _SOUS.sub(" sous ", texte))
    bruts = fold(texte).split()
    mots: list[str] = []
    for rang, mot in enumerate(bruts):
        if mot == "s" and 0 < rang < len(bruts) - 1:
            mots.append("sur")
        elif mot == "cedex":
            break
        elif mots and mot.startswith("arr") and mots[-1].isdigit():
            continue
        else:
            mots.append(_ABREGES.get(mot, mot))
            if rang and (ordinal := _ORDINAL.fullmatch(mot)):
                mots[-1] = ordinal[1]
    return mots


def key(mots: list[str]) -> str:
    """What names are compared by: their words without spaces, so that « L'Haÿ » and « Lhay » agree."""
    return "".join(mots)


def short_key(mots: list[str]) -> str | None:
    """The key without a leading article, or None when there is none to leave out."""
    return "".join(mots[1:]) if len(mots) > 1 and mots[0] in ARTICLES else None


def inner_keys(mots: list[str]) -> list[str]:
    """The ends of a name that begin on one of its inner words: « malo » finds Saint-Malo."""
    debut = 2 if mots and mots[0] in ARTICLES else 1
    return ["".join(mots[rang:]) for rang in range(debut, len(mots)) if mots[rang] not in _LIAISONS]

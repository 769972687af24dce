"""Words as they are compared: folded, gender-blind, number-blind, without function words."""

import re
from functools import lru_cache

from referentiels.cellules import fold

VERSION = 2
"""Raised when a rule changes: an index of another version refuses to load."""

_SUFFIXE = (
    "e|es|ee|ees|ne|nne|enne|ienne|ère|ere|ière|iere|euse|teuse|se|trice|rice|ice|ive|ve|fe|le|elle|te|onne|eure|eresse"
)
_INCLUSIF = re.compile(
    rf"(?:(?<=[^\W\d_]{{3}})[·•∙⋅.(/]+[-·.]?|(?<=[^\W\d_]{{4}})[-‐‑]|(?<=\bun)[·•∙⋅.(/-])(?:{_SUFFIXE})"
    r"(?:[·•∙⋅.\-)]*s)?\)?(?!\w)",
    re.IGNORECASE,
)
"""The mark and the feminine ending of « agent·e·s », « boulanger(ère) », « vendeur-se », « directeur/trice »."""
_MENTION = re.compile(r"\(?(?<!\w)[hf] ?[/-] ?[hf](?!\w)\)?", re.IGNORECASE)
"""« H/F », « (F/H) »: a mention of offers, never part of a name."""
_PAIRE = re.compile(r"\s+/\s+")

MOTS_OUTILS = frozenset((
    "a", "au", "aux", "avec", "ce", "ces", "d", "dans", "de", "des", "du", "en", "et", "l", "la", "le", "les",
    "leur", "leurs", "ou", "par", "pour", "qu", "que", "s", "sa", "ses", "sur", "un", "une", "euse", "ere", "ienne",
    "iere", "trice",
))  # fmt: skip
"""Articles, prepositions and lone feminine endings: never compared, unless a text has nothing else."""

_IRREGULIERS = {
    "homme": "homme", "femme": "homme", "femmes": "homme", "hommes": "homme",
    "fille": "garcon", "filles": "garcon", "garcons": "garcon",
    "maitresse": "maitr", "maitresses": "maitr", "hotesse": "hot", "hotesses": "hot", "hotes": "hot", "hote": "hot",
    "contremaitresse": "contremaitr", "travaux": "travail", "vitraux": "vitrail", "emaux": "email",
    "nouvelle": "nouveau", "nouvelles": "nouveau", "nouvel": "nouveau", "belle": "beau", "bel": "beau",
    "barmaid": "barman", "barmaids": "barman", "poetesse": "poet", "pretresse": "pretr", "princesse": "princ",
    "pizzaiola": "pizzaiolo", "torera": "torero", "designer": "designeu", "designers": "designeu",
    "reporter": "reporteu", "reporters": "reporteu", "rewriter": "rewriteu", "dispatcher": "dispatcheu",
    "booker": "bookeu", "manager": "manageu", "managers": "manageu",
}  # fmt: skip
"""Pairs that no ending tells, and English words in -er that take a French feminine."""


@lru_cache(maxsize=1 << 16)
def stem(mot: str) -> str:
    """What the masculine, feminine, singular and plural of a folded word share.

    The rules only cut or rewrite endings, so two unrelated words may rarely meet (« base », « bas »).
    """
    if mot in _IRREGULIERS:
        return _IRREGULIERS[mot]
    if len(mot) < 4 or not mot.isalpha():
        return mot
    mot = _singular(mot)
    for fin, remplacement in _FINS:
        if len(mot) >= 5 and mot.endswith(fin):
            return mot[: -len(fin)] + remplacement
    return _bare(mot)


_FINS = (
    ("trice", "teu"),
    ("drice", "deu"),
    ("euse", "eu"),
    ("eure", "eu"),
    ("eur", "eu"),
    ("if", "iv"),
    ("woman", "man"),
    ("women", "man"),
)


def _bare(mot: str) -> str:
    """The word without its mute -e, nor what the feminine doubles or adds before it."""
    racine = mot.rstrip("e")
    if len(racine) < 3:
        return mot
    if racine.endswith("qu"):
        return racine[:-2] + "c"
    muet = len(racine) >= 5 and racine != mot and racine.endswith(("ais", "ois", "is"))
    double = racine[-1] == racine[-2] and racine[-1] in "bcdfglmnprt"
    return racine[:-1] if muet or double or racine.endswith("gu") else racine


def _singular(mot: str) -> str:
    if mot.endswith("eaux"):
        return mot[:-1]
    if mot.endswith("aux"):
        return mot[:-2] + "l"
    if mot.endswith(("s", "x")) and not mot.endswith("ss"):
        return mot[:-1]
    return mot


def without_marks(texte: str) -> str:
    """The text without its mentions (« H/F ») and inclusive endings (« agent·e·s » gives « agent »)."""
    return _INCLUSIF.sub("", _MENTION.sub(" ", texte))


@lru_cache(maxsize=1 << 12)
def words(texte: str) -> tuple[str, ...]:
    """Stems of a text in their first order, each once; function words only when nothing else is there.

    « Boulanger / Boulangère », « boulangère », « BOULANGER(ÈRE) » and « boulanger·e·s » give the same.
    """
    mots = fold(without_marks(texte)).split()
    pleins = [mot for mot in mots if mot not in MOTS_OUTILS]
    return tuple(dict.fromkeys(map(stem, pleins or mots)))


def gender_forms(libelle: str) -> tuple[str, str]:
    """The masculine and the feminine of an official label (« Agent / Agente d'accueil »), equal when it has one form.

    The words after the feminine ones belong to both: « Agent d'accueil », « Agente d'accueil ».
    """
    moities = _PAIRE.split(libelle)
    if len(moities) != 2:
        return libelle, libelle
    gauche, droite = moities[0].split(), moities[1].split()
    avant, feminins = _shared(gauche, droite)
    suite = " ".join(droite[feminins:])
    masculin = f"{' '.join(gauche)} {suite}".strip()
    return masculin, " ".join((*gauche[:avant], *droite)).strip()


def _shared(gauche: list[str], droite: list[str]) -> tuple[int, int]:
    """How many words stand before the pair, and how many of `droite` are the feminine."""
    if gauche[0] == "Homme":  # « Homme sage-femme / Sage-femme »
        return 0, min(len(gauche), len(droite))
    for avant in range(len(gauche)):
        n = len(gauche) - avant
        if len(droite) >= n and all(words(m) == words(f) for m, f in zip(gauche[avant:], droite, strict=False)):
            return avant, n
    return 0, min(len(gauche), len(droite))

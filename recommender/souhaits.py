"""Wishes in everyday words: cut into pieces, each piece looked for among everything a wish can name."""

import re

from embeddings.types import Chercheur, Nature, Resultat
from recommender.config import Config
from referentiels.cellules import fold

_SEPARATEURS = re.compile(r"[;,\n\r•·]+|\b(?:et|mais)\b|(?<=[.!?])\s+", re.IGNORECASE)
_REFUS = re.compile(
    r"(?:\bj(?:e |['’]))?(?:\bne |\bn['’])?\b(?:veux|peux|voudrais|supporte|souhaite|aime) (?:pas|jamais)\b"
    r"(?: de\b| d['’])?"
    r"|(?:\bje )?(?:\bne )?\b(?:veux|peux|voudrais|supporte) plus\b(?: de\b| d['’])?"
    r"|(?<!pourquoi )\bpas\b(?: de\b| d['’])?"
    r"|\bne plus\b(?: être\b| faire\b| de\b| d['’])?|\btout sauf\b|\bsauf\b|\bplus jamais\b"
    r"|\b(?:quitter|arrêter|fuir|laisser tomber|en finir avec|marre de?)\b(?: de\b| d['’])?"
    r"|\bmoins (?:de |d['’])?(?=\w)|\bmal (?:au|aux|à la)\b|\ballergi(?:que|es?) (?:au|aux|à la|à)\b"
    r"|\b(?:jamais|sans|ni|aucune?|évite[rz]?|refuse[rz]?)\b",
    re.IGNORECASE,
)
_ENTREE = re.compile(
    r"^(?:(?:je suis|je sais|j aime|j ai|bien|tres|etre|savoir|sens|capacite|bonne?|le|la|les|l|du|de|d|un|une|a)\s+)+"
)
"""What people write before a quality: « je suis très… », « capacité à… »."""
_PIECES_MAX = 8
_LIMITE = 60
_NOM_ENTIER = 0.9
"""From this score on, the whole wish is one name (« hôtellerie et restauration ») and is not cut."""


def read_wishes(souhait: str, chercheur: Chercheur, config: Config) -> list[tuple[str, tuple[Resultat, ...]]]:
    """What each piece of a wish reaches.

    Args:
        souhait: Free words, blanks normalised.
        chercheur: Resolves them.
        config: Thresholds, and everyday words with their translation.

    Returns:
        Each piece with all that it may mean, best first; nothing for a piece that was not understood.
    """
    morceaux = split_text(souhait)[:_PIECES_MAX]
    if not morceaux:
        return []
    entier = _reach(souhait, chercheur, config)
    if len(morceaux) == 1 or (entier and entier[0].score >= _NOM_ENTIER):
        return [(souhait, entier)]
    return [(morceau, _reach(morceau, chercheur, config)) for morceau in morceaux]


def split_refusals(souhait: str) -> tuple[str, list[str]]:
    """What is wished for, and the pieces that say what is not (« sans port de charges »), their refusal left out."""
    if not _REFUS.search(souhait):
        return souhait, []
    morceaux = split_text(souhait)
    refus = [" ".join(_REFUS.sub(" ", m).split()) for m in morceaux if _REFUS.search(m)]
    return "; ".join(m for m in morceaux if not _REFUS.search(m)), [r for r in refus if r]


def everyday(texte: str, config: Config) -> str:
    """The text with everyday words put in those of the référentiel (« dehors » becomes « en extérieur »)."""
    plie = f" {fold(texte)} "
    for mots, traduction in config.mots_courants.items():
        plie = plie.replace(f" {fold(mots)} ", f" {traduction} ")
    return plie.strip()


def name_quality(texte: str, config: Config) -> str | None:
    """The savoir-être, in the words of the référentiel, when a text is nothing but a personal quality."""
    return config.qualites.get(strip_opening(texte))


def strip_opening(texte: str) -> str:
    """The folded text without what people write before a quality."""
    return _ENTREE.sub("", fold(texte))


def split_text(texte: str) -> list[str]:
    """The pieces of a sentence that may each name one thing."""
    morceaux = (" ".join(m.split()) for m in _SEPARATEURS.split(texte))
    return [m for m in morceaux if len(fold(m)) >= 3]


def _reach(texte: str, chercheur: Chercheur, config: Config) -> tuple[Resultat, ...]:
    seuils = config.comprehension
    courant = everyday(texte, config)
    recherches: tuple[tuple[Nature, str, float], ...] = (
        ("metier", texte, seuils.seuil_metier),
        ("centre_interet", courant, seuils.seuil_autre),
        ("secteur", courant, seuils.seuil_autre),
        ("contexte", courant, seuils.seuil_autre),
        ("competence", texte, seuils.seuil_competence),
    )
    trouves = [
        r for nature, requete, seuil in recherches for r in chercheur.search(requete, (nature,), _LIMITE)
        if r.score >= seuil
    ]  # fmt: skip
    return tuple(sorted(trouves, key=lambda r: -r.score))

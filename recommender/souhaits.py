"""Wishes in everyday words: cut into pieces, each piece looked for among everything a wish can name."""

import re
import unicodedata

from embeddings.types import Chercheur, Nature, Resultat
from recommender.config import Config
from referentiels.cellules import fold

_SANS_ACCENTS = str.maketrans("àâäéèêëîïôöùûüçÀÂÄÉÈÊËÎÏÔÖÙÛÜÇ", "aaaeeeeiioouuucAAAEEEEIIOOUUUC")
"""Letter for letter: what is found in the plain text stands at the same place in the text."""
_SEPARATEURS = re.compile(
    r"[;,:\n\r•·]+|(?<!-)\b(?:et|mais|ou(?: alors| bien| encore)?|sinon|pourquoi pas|genre|quitte a|donc)\b(?!-)"
    r"|(?<=[.!?])\s+",
    re.IGNORECASE,
)
_PASSE = re.compile(
    r"\bapres (?:\w+ ){0,2}an(?:nee)?s?\b|^(?:\w+ )?\d+ ans\b|\b(?:n'?)?en peux plus\b"
    r"|\bj'?\s?ai (?:arret|lach|rat|quitt|fini|perdu|ferm)|\bj'?\s?ai pas (?:le|la|de|d['’])"
    r"|\bje (?:ferme|quitte|sors|suis seule?|suis en)\b|\bmon patron\b|\b(?:y ?a|il y a) (?:rien|pas)\b"
    r"|\bc'?est (?:plus possible|fini)\b"
    r"|\bfini(?:e?s)? (?:les?\b|la\b|l['’])|\bsortir (?:de l['’]|du\b|des\b|de\b)",
    re.IGNORECASE,
)
"""What brought the person here is no wish (« après douze ans de marketing »)."""
_MANQUE = re.compile(
    r"(?:\bj(?:e n)?['’ ]?ai )?\b(?:sans|pas (?:de |d['’]|le |encore de )?|aucune? |plus de )\s?"
    r"(?:voiture|vehicule|permis|diplomes?|bac|experience|argent|papiers)\b",
    re.IGNORECASE,
)
"""What a person lacks (« sans voiture ») is neither wished for nor refused."""
_REFUS = re.compile(
    r"(?:\bj(?:e |['’]))?(?:\bne |\bn['’])?\b(?:veux|peux|voudrais|supporte|souhaite|aime) (?:pas|jamais)\b"
    r"(?: de\b| d['’])?"
    r"|(?:\bje )?(?:\bne )?\b(?:veux|peux|voudrais|supporte) plus\b(?: de\b| d['’])?"
    r"|(?<!pourquoi )\bpas\b(?: de\b| d['’])?"
    r"|\bne plus\b(?: etre\b| faire\b| de\b| d['’])?|\btout sauf\b|\bsauf\b|\bplus jamais\b"
    r"|\b(?:quitter|arreter|fuir|laisser tomber|en finir avec|marre de?)\b(?: de\b| d['’])?"
    r"|\bplus porter\b|^plus (?:de |du |d['’])"
    r"|\bmoins (?:de |d['’])?(?=\w)|\bmal (?:au|aux|a la)\b|\ballergi(?:que|es?) (?:au|aux|a la|a)\b"
    r"|\b(?:jamais|sans|ni|aucune?|evite[rz]?|refuse[rz]?|stop)\b|\bnon\s*[.!]?$|\bc(?:'?\s?est)? mort\b",
    re.IGNORECASE,
)
_D_AUTRES = re.compile(r"\b(?:qui|ils|elles)\b", re.IGNORECASE)
"""What others do not do or cannot do (« aider ceux qui ne savent pas lire ») is no refusal."""
_ENTREE = re.compile(
    r"^(?:(?:je suis|je sais|j aime|j ai|bien|tres|etre|savoir|sens|capacite|bonne?|le|la|les|l|du|de|d|un|une|a)\s+)+"
)
"""What people write before a quality: « je suis très… », « capacité à… »."""
_PIECES_MAX = 8
_MOTS_AVANT = 4
_LIMITE = 60
_NOM_ENTIER, _NOM_MOTS = 0.9, 8
"""From this score on, the whole wish is one name (« hôtellerie et restauration ») and is not cut; none is longer."""


def read_wishes(souhait: str, chercheur: Chercheur, config: Config) -> list[tuple[str, tuple[Resultat, ...]]]:
    """What each piece of a wish reaches.

    Args:
        souhait: Free words, blanks normalised.
        chercheur: Resolves them.
        config: Thresholds, and everyday words with their translation.

    Returns:
        Each piece with all that it may mean, best first; nothing for a piece that was not understood.
    """
    morceaux = wish_pieces(souhait)
    if morceaux[:1] == [souhait] or len(morceaux) == 1:
        entier = _reach(morceaux[0], chercheur, config)
        if len(morceaux) == 1 or (entier and entier[0].score >= _NOM_ENTIER):
            return [(morceaux[0], entier)]
        del morceaux[0]
    return [(morceau, _reach(morceau, chercheur, config)) for morceau in morceaux]


def wish_pieces(souhait: str) -> list[str]:
    """What a wish may name: itself when it is short or of one piece, then its pieces if there are several."""
    morceaux = split_text(souhait)[:_PIECES_MAX]
    if len(morceaux) == 1:
        return morceaux
    return [souhait, *morceaux] if morceaux and len(souhait.split()) <= _NOM_MOTS else morceaux


def split_refusals(souhait: str) -> tuple[str, list[str]]:
    """What is wished for, and the pieces that say what is not (« sans port de charges »), their refusal left out."""
    souhait = _without(_MANQUE, unicodedata.normalize("NFC", souhait))
    morceaux = split_text(souhait)
    if not any(_REFUS.search(_plain(m)) or _PASSE.search(_plain(m)) for m in morceaux):
        return souhait, []
    voulus, refus = [], []
    for morceau in morceaux:
        trouve = _REFUS.search(_plain(morceau))
        if _PASSE.search(_plain(morceau)):
            continue
        if trouve is None or _D_AUTRES.search(morceau[: trouve.start()]):
            voulus.append(morceau)
            continue
        avant, apres = morceau[: trouve.start()].strip(" '’"), morceau[trouve.start() :]
        if len(avant.split()) >= _MOTS_AVANT:
            voulus.append(avant)
        else:
            apres = morceau
        refus.append(_without(_REFUS, apres))
    return "; ".join(voulus), [r for r in refus if r]


def everyday(texte: str, config: Config) -> str:
    """The text with everyday words put in those of the référentiel (« dehors » becomes « en extérieur »).

    As it was when there is none: the same words are then encoded once.
    """
    entier = plie = f" {fold(texte)} "
    for mots, traduction, repliee in config.courants:
        if mots in plie and repliee not in plie:  # « station debout » holds « debout », and says it already
            plie = plie.replace(mots, f" {traduction} ")
    return texte if plie == entier else plie.strip()


def name_quality(texte: str, config: Config) -> str | None:
    """The savoir-être, in the words of the référentiel, when a text is nothing but a personal quality."""
    return config.qualites.get(strip_opening(texte))


def strip_opening(texte: str) -> str:
    """The folded text without what people write before a quality."""
    return _ENTREE.sub("", fold(texte))


def split_text(texte: str) -> list[str]:
    """The pieces of a sentence that may each name one thing."""
    bornes = [0, *(b for m in _SEPARATEURS.finditer(_plain(texte)) for b in m.span()), len(texte)]
    morceaux = (" ".join(texte[debut:fin].split()) for debut, fin in zip(bornes[::2], bornes[1::2], strict=True))
    return [m for m in morceaux if len(fold(m)) >= 3]


def _plain(texte: str) -> str:
    return texte.translate(_SANS_ACCENTS)


def _without(motif: re.Pattern[str], texte: str) -> str:
    """The text without what a pattern finds, accents aside."""
    bornes = [0, *(b for m in motif.finditer(_plain(texte)) for b in m.span()), len(texte)]
    restes = (texte[debut:fin] for debut, fin in zip(bornes[::2], bornes[1::2], strict=True))
    return " ".join(" ".join(restes).split())


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

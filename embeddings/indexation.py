"""Making the arrays of a lexical index from the fiches of one nature."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from embeddings.manifest import pack
from embeddings.normalisation import words
from embeddings.texts import Fiche
from embeddings.vocabulaire import build_ngrams, build_sounds

_K1, _B = 1.2, 0.5
"""BM25: how fast more mentions stop counting, and how much long contexts are held back."""
_MOT_MAX = 40
Tableau = npt.NDArray[Any]


def key_of(mots: Iterable[str]) -> int:
    """A 63-bit key for the words of a name, in their order."""
    empreinte = hashlib.blake2b(" ".join(mots).encode("ascii"), digest_size=8).digest()
    return int.from_bytes(empreinte, "big") >> 1


def cut(mots: Iterable[str]) -> tuple[str, ...]:
    """Words short enough to be compared; nobody's métier has a word of more than 40 letters."""
    return tuple(mot[:_MOT_MAX] for mot in mots)


def build_tables(fiches: Sequence[Fiche], puissance_idf: float) -> dict[str, Tableau]:
    """All the arrays of one index; names that say the same thing for the same entity are kept once.

    Args:
        fiches: In code order.
        puissance_idf: Exponent on the weight of rare words.

    Returns:
        Texts (`codes`, `libelles`, `textes`: bytes and bounds), `texte_debut` (bounds of the texts of each entity),
        `texte_usage` (whether a text is a way of speaking, not a name), `rangs`, `mots`,
        postings of words in texts and in contexts, weights, exact keys, n-grams and sounds.
    """
    noms = _Noms()
    for fiche in fiches:
        noms.add(fiche)
    contextes = [_mentions(fiche) for fiche in fiches]
    mots = sorted({mot for ligne in noms.mots for mot in ligne}.union(*contextes))
    numeros = {mot: numero for numero, mot in enumerate(mots)}
    texte_debut = np.array(noms.debuts, dtype=np.int32)
    tables = _strings("codes", (f.code for f in fiches)) | _strings("libelles", (f.libelle for f in fiches))
    tables |= _strings("textes", noms.textes) | _strings("mots", ["\n".join(mots)])
    tables |= {
        "texte_debut": texte_debut,
        "texte_usage": np.array(noms.usages, dtype=np.bool_),
        "rangs": np.array([f.rang for f in fiches], dtype=np.uint8),
    }
    tables |= _keys(noms.cles)
    tables |= _contexts(contextes, numeros)
    tables |= _names(noms.mots, numeros, texte_debut, tables["contexte_debut"], puissance_idf)
    return tables | build_ngrams(mots) | build_sounds(mots)


class _Noms:
    """The texts of entities added one after the other; those of the same words are kept once for an entity."""

    def __init__(self) -> None:
        self.textes: list[str] = []
        self.mots: list[tuple[str, ...]] = []
        self.debuts = [0]
        self.cles: list[tuple[int, int]] = []
        self.usages: list[bool] = []

    def add(self, fiche: Fiche) -> None:
        """Its names, with a key for each of their forms, then what people say of it, which has none."""
        vus: dict[tuple[str, ...], int] = {}
        for nom in fiche.noms:
            ligne = cut(words(nom.texte))
            self._keep(nom.texte, ligne, vus, usage=False)
            formes = {ligne, *(cut(words(v)) for v in nom.variantes)}
            self.cles.extend((key_of(forme), vus[ligne]) for forme in formes if forme)
        for dit in fiche.dits:
            ligne = cut(words(dit))
            if ligne:
                self._keep(dit, ligne, vus, usage=True)
        self.debuts.append(len(self.textes))

    def _keep(self, texte: str, ligne: tuple[str, ...], vus: dict[tuple[str, ...], int], *, usage: bool) -> None:
        if ligne not in vus:
            vus[ligne] = len(self.textes)
            self.textes.append(texte)
            self.mots.append(ligne)
            self.usages.append(usage)


def _strings(nom: str, textes: Iterable[str]) -> dict[str, Tableau]:
    octets, bornes = pack(textes)
    return {nom: octets, f"{nom}_bornes": bornes}


def _keys(cles: list[tuple[int, int]]) -> dict[str, Tableau]:
    uniques = np.array(sorted(set(cles)), dtype=np.int64).reshape(-1, 2)
    return {"cles": uniques[:, 0].copy(), "cles_texte": uniques[:, 1].astype(np.int32)}


def _mentions(fiche: Fiche) -> Counter[str]:
    """How many times each word stands around the names, each mention by its weight."""
    mentions: Counter[str] = Counter()
    for poids, mots in fiche.contexte:
        for mot in cut(mots):
            mentions[mot] += poids  # type: ignore[assignment]  # weighted mentions
    return mentions


def _contexts(contextes: Sequence[Counter[str]], numeros: dict[str, int]) -> dict[str, Tableau]:
    """Postings word → entity with BM25 saturation, in [0, 1]."""
    fiche = np.repeat(np.arange(len(contextes)), [len(c) for c in contextes])
    mot = np.fromiter((numeros[m] for c in contextes for m in c), dtype=np.int64, count=len(fiche))
    mentions = np.fromiter((n for c in contextes for n in c.values()), dtype=np.float64, count=len(fiche))
    longueur = np.bincount(fiche, weights=mentions, minlength=len(contextes))
    moyenne = longueur.mean() if longueur.any() else 1.0
    poids = mentions / (mentions + _K1 * (1 - _B + _B * longueur[fiche] / moyenne))
    ordre = np.lexsort((fiche, mot))
    return {
        "contexte_debut": _bounds(mot, len(numeros)),
        "contexte_fiche": fiche[ordre].astype(np.int32),
        "contexte_poids": poids[ordre].astype(np.float32),
    }


def _names(
    mots_textes: Sequence[tuple[str, ...]],
    numeros: dict[str, int],
    texte_debut: Tableau,
    contexte_debut: Tableau,
    puissance_idf: float,
) -> dict[str, Tableau]:
    """Postings word → text, weight of each word (rare among the entities) and of each text."""
    nombre = len(texte_debut) - 1
    texte = np.repeat(np.arange(len(mots_textes)), [len(ligne) for ligne in mots_textes])
    mot = np.fromiter((numeros[m] for ligne in mots_textes for m in ligne), dtype=np.int64, count=len(texte))
    fiche = np.searchsorted(texte_debut, texte, side="right") - 1
    distinctes = np.unique(mot * max(nombre, 1) + fiche) // max(nombre, 1)
    frequence = np.bincount(distinctes, minlength=len(numeros))
    frequence = np.where(frequence > 0, frequence, np.diff(contexte_debut))
    poids = np.log(1 + nombre / (0.5 + frequence)) ** puissance_idf
    ordre = np.lexsort((texte, mot))
    return {
        "mot_debut": _bounds(mot, len(numeros)),
        "mot_texte": texte[ordre].astype(np.int32),
        "mot_poids": poids.astype(np.float32),
        "texte_poids": np.bincount(texte, weights=poids[mot], minlength=len(mots_textes)).astype(np.float32),
    }


def _bounds(valeurs: Tableau, nombre: int) -> npt.NDArray[np.int32]:
    """Where the run of each value begins once they are sorted."""
    return np.concatenate(([0], np.cumsum(np.bincount(valeurs, minlength=nombre)))).astype(np.int32)

"""The words of an index, and the ones nearest to any word: character n-grams, then edit distance for typos."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from rapidfuzz.distance import OSA

Entiers = npt.NDArray[np.int32]
Reels = npt.NDArray[np.float32]
Tableaux = Mapping[str, npt.NDArray[np.generic]]

TAILLES = (2, 3, 4, 5)
CANDIDATS_MAX = 64
_FAUTES = ((8, 2), (5, 1))
"""(least length of the word, typos forgiven)."""
_PRIX_FAUTE = 0.1
_MEMOIRE = 8192


def ngram_codes(mots: Sequence[str]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Every n-gram of the words, each bounded by a space on both sides.

    Returns:
        The n-grams, packed one byte a character (so that no two meet), and the position of the word of each.
    """
    octets = np.frombuffer("".join(f" {mot} " for mot in mots).encode("ascii"), dtype=np.uint8).astype(np.int64)
    longueurs = np.fromiter((len(mot) + 2 for mot in mots), dtype=np.int64, count=len(mots))
    mot_de = np.repeat(np.arange(len(mots), dtype=np.int64), longueurs)
    codes, proprietaires = [], []
    for taille in TAILLES:
        if len(octets) < taille:
            continue
        nombre = len(octets) - taille + 1
        code = np.zeros(nombre, dtype=np.int64)
        for k in range(taille):
            code = (code << 8) | octets[k : k + nombre]
        entier = mot_de[:nombre] == mot_de[taille - 1 :]
        codes.append(code[entier])
        proprietaires.append(mot_de[:nombre][entier])
    vide = np.empty(0, dtype=np.int64)
    return (np.concatenate(codes), np.concatenate(proprietaires)) if codes else (vide, vide)


def build_ngrams(mots: Sequence[str]) -> dict[str, npt.NDArray[np.generic]]:
    """Inverted index of the n-grams of the words: TF-IDF weights (logarithmic counts), unit length a word.

    Returns:
        `grammes` (sorted codes), `grammes_debut` (bounds of the postings), `grammes_mot`, `grammes_poids`.
    """
    codes, proprietaires = ngram_codes(mots)
    grammes, rang = np.unique(codes, return_inverse=True)
    paires, comptes = np.unique(rang * max(len(mots), 1) + proprietaires, return_counts=True)
    gramme, mot = paires // max(len(mots), 1), paires % max(len(mots), 1)
    frequence = np.bincount(gramme, minlength=len(grammes))
    idf = np.log((1 + len(mots)) / (1 + frequence)) + 1
    poids = (1 + np.log(comptes)) * idf[gramme]
    norme = np.sqrt(np.bincount(mot, weights=poids**2, minlength=len(mots)))
    return {
        "grammes": grammes,
        "grammes_debut": np.concatenate(([0], np.cumsum(frequence))).astype(np.int32),
        "grammes_mot": mot.astype(np.int32),
        "grammes_poids": (poids / norme[mot]).astype(np.float32),
    }


class Vocabulaire:
    """The words of one index; safe from any thread.

    Args:
        mots: The words, in the order of their numbers.
        tableaux: What `build_ngrams` made of them.
        seuil: Least likeness of two different words, in [0, 1].
    """

    def __init__(self, mots: Sequence[str], tableaux: Tableaux, seuil: float) -> None:
        self._mots = mots
        self._numeros = {mot: numero for numero, mot in enumerate(mots)}
        self._grammes = tableaux["grammes"]
        self._debut = tableaux["grammes_debut"]
        self._mot = tableaux["grammes_mot"]
        self._poids = tableaux["grammes_poids"]
        self._seuil = seuil
        self.near = lru_cache(maxsize=_MEMOIRE)(self._near)

    def number(self, mot: str) -> int | None:
        """The number of a word, or None when the index does not hold it."""
        return self._numeros.get(mot)

    def _near(self, mot: str) -> tuple[Entiers, Reels]:
        """Numbers of the words like this one and their likeness in ]0, 1], the least alike first.

        The word itself comes last, at 1, when it is known. An unknown word of 5 letters or more also meets the
        words that one or two typos away.
        """
        ressemblance = self._cosine(mot)
        connu = self._numeros.get(mot)
        if connu is not None:
            ressemblance[connu] = 1.0
        else:
            self._forgive(mot, ressemblance)
        numeros = np.flatnonzero(ressemblance >= self._seuil)
        ordre = np.argsort(ressemblance[numeros], kind="stable")[-CANDIDATS_MAX:]
        numeros = numeros[ordre].astype(np.int32)
        return numeros, ressemblance[numeros].astype(np.float32)

    def _cosine(self, mot: str) -> npt.NDArray[np.float64]:
        codes, comptes = np.unique(ngram_codes([mot])[0], return_counts=True)
        places = np.minimum(np.searchsorted(self._grammes, codes), max(len(self._grammes) - 1, 0))
        connus = self._grammes[places] == codes if len(self._grammes) else np.zeros(len(codes), dtype=bool)
        debuts, fins = self._debut[places], self._debut[places + 1] if len(self._grammes) else self._debut[places]
        frequences = np.where(connus, fins - debuts, 0)
        poids = (1 + np.log(comptes)) * (np.log((1 + len(self._mots)) / (1 + frequences)) + 1)
        total = np.zeros(len(self._mots))
        for place, poids_gramme in zip(places[connus], poids[connus], strict=True):
            tranche = slice(self._debut[place], self._debut[place + 1])
            total[self._mot[tranche]] += self._poids[tranche] * poids_gramme
        norme = float(np.sqrt((poids**2).sum()))
        return total / norme if norme else total

    def _forgive(self, mot: str, ressemblance: npt.NDArray[np.float64]) -> None:
        """Raise the likeness of the words that a few typos explain."""
        permises = next((fautes for longueur, fautes in _FAUTES if len(mot) >= longueur), 0)
        if not permises:
            return
        nombre = min(CANDIDATS_MAX, len(ressemblance))
        for numero in np.argpartition(-ressemblance, nombre - 1)[:nombre] if nombre else ():
            fautes = OSA.distance(mot, self._mots[numero], score_cutoff=permises)
            if fautes <= permises:
                ressemblance[numero] = max(ressemblance[numero], 1 - _PRIX_FAUTE * fautes)

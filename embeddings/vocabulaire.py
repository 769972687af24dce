"""The words of an index, and the ones nearest to any word: n-grams, beginnings, sounds, typos."""

import hashlib
import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
from rapidfuzz.distance import OSA

Entiers = npt.NDArray[np.int32]
Reels = npt.NDArray[np.float32]
Tableaux = Mapping[str, npt.NDArray[Any]]

TAILLES = (2, 3, 4, 5)
CANDIDATS_MAX = 64
_FAUTES = ((8, 2), (5, 1))
"""(least length of the word, typos forgiven)."""
_PRIX_FAUTE = 0.1
_MEME_SON = 0.9
_SON_MIN = 4
_DEBUT_MIN = 3
_DEBUT = (0.6, 0.3)
"""Likeness of a word to one that it begins: a floor, and what the share of letters adds."""
_MEMOIRE = 8192
_SONS = tuple(
    (re.compile(motif), son)
    for motif, son in (
        ("ph", "f"), ("th", "t"), ("(?<=[aeiouy])s(?=[aeiouy])", "z"), ("ss+", "s"), ("s?c(?=[eiy])", "s"),
        ("s?ch|sh", "1"), ("ti(?=on)", "si"), ("qu|q|ck|c", "k"), ("gu(?=[eiy])", "g"), ("ge(?=[ao])", "j"),
        ("g(?=[eiy])", "j"), ("h", ""), ("y", "i"), ("w", "v"), ("eau|au", "o"), ("ai|ei|oe|eu", "e"),
        ("[aei]?in|[aei]?im", "2"), ("[ae][nm]", "3"), ("o[nm]", "4"), (r"(.)\1+", r"\1"), ("[etdpsz]+$", ""),
    )
)  # fmt: skip
"""Rewritings that bring a French word near its sound, in order."""


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


def build_ngrams(mots: Sequence[str]) -> dict[str, npt.NDArray[Any]]:
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


def sound(mot: str) -> str:
    """A rough spelling of how a folded French word sounds; « plakist » and « plaquist » have the same."""
    for motif, son in _SONS:
        mot = motif.sub(son, mot)
    return mot


def build_sounds(mots: Sequence[str]) -> dict[str, npt.NDArray[Any]]:
    """Words by their sound: `sons` (sorted keys) and `sons_mot` (number of the word of each)."""
    paires = sorted((cle, numero) for numero, mot in enumerate(mots) if (cle := _sound_key(mot)) is not None)
    tableau = np.array(paires, dtype=np.int64).reshape(-1, 2)
    return {"sons": tableau[:, 0].copy(), "sons_mot": tableau[:, 1].astype(np.int32)}


def _sound_key(mot: str) -> int | None:
    """A key of the sound; None for one too short to tell words apart."""
    son = sound(mot)
    if len(son) < _SON_MIN:
        return None
    return int.from_bytes(hashlib.blake2b(son.encode("ascii"), digest_size=8).digest(), "big") >> 1


class Vocabulaire:
    """The words of one index; safe from any thread.

    Args:
        mots: The words in alphabetical order, which numbers them.
        tableaux: What `build_ngrams` and `build_sounds` made of them.
        seuil: Least likeness of two different words, in [0, 1].
    """

    def __init__(self, mots: Sequence[str], tableaux: Tableaux, seuil: float) -> None:
        self._mots = mots
        self._numeros = {mot: numero for numero, mot in enumerate(mots)}
        self._grammes = tableaux["grammes"]
        self._debut = tableaux["grammes_debut"]
        self._mot = tableaux["grammes_mot"]
        self._poids = tableaux["grammes_poids"]
        self._sons, self._sons_mot = tableaux["sons"], tableaux["sons_mot"]
        self._seuil = seuil
        self.near = lru_cache(maxsize=_MEMOIRE)(self._near)

    def number(self, mot: str) -> int | None:
        """The number of a word, or None when the index does not hold it."""
        return self._numeros.get(mot)

    def _near(self, mot: str) -> tuple[Entiers, Reels]:
        """Numbers of the words like this one and their likeness in ]0, 1], the least alike first.

        The word itself comes last, at 1, when it is known. An unknown word also meets those that it begins, that
        sound the same, or that one or two typos separate from it.
        """
        ressemblance = self._cosine(mot)
        connu = self._numeros.get(mot)
        if connu is not None:
            ressemblance[connu] = 1.0
        else:
            self._forgive(mot, ressemblance)
            self._hear(mot, ressemblance)
            self._complete(mot, ressemblance)
        numeros = np.flatnonzero(ressemblance >= self._seuil)
        ordre = np.argsort(ressemblance[numeros], kind="stable")[-CANDIDATS_MAX:]
        proches: Entiers = numeros[ordre].astype(np.int32)
        return proches, ressemblance[proches].astype(np.float32)

    def _cosine(self, mot: str) -> npt.NDArray[np.float64]:
        if not len(self._grammes):
            return np.zeros(len(self._mots))
        codes, comptes = np.unique(ngram_codes([mot])[0], return_counts=True)
        places = np.minimum(np.searchsorted(self._grammes, codes), len(self._grammes) - 1)
        connus = self._grammes[places] == codes
        # An n-gram that no word holds still lengthens the query's vector: noise resembles nothing.
        frequences = np.where(connus, self._debut[places + 1] - self._debut[places], 0)
        poids = (1 + np.log(comptes)) * (np.log((1 + len(self._mots)) / (1 + frequences)) + 1)
        tranches = [slice(self._debut[place], self._debut[place + 1]) for place in places[connus].tolist()]
        if not tranches:
            return np.zeros(len(self._mots))
        mots = np.concatenate([self._mot[tranche] for tranche in tranches])
        parts = np.concatenate([self._poids[tranche] for tranche in tranches])
        parts = parts * np.repeat(poids[connus], frequences[connus])
        total = np.bincount(mots, weights=parts, minlength=len(self._mots))
        return np.asarray(total / np.sqrt((poids**2).sum()))

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

    def _hear(self, mot: str, ressemblance: npt.NDArray[np.float64]) -> None:
        """Raise the likeness of the words that sound the same."""
        cle = _sound_key(mot)
        if cle is None:
            return
        debut, fin = np.searchsorted(self._sons, [cle, cle + 1])
        meme = self._sons_mot[debut:fin]
        ressemblance[meme] = np.maximum(ressemblance[meme], _MEME_SON)

    def _complete(self, mot: str, ressemblance: npt.NDArray[np.float64]) -> None:
        """Raise the likeness of the words that begin so: « prof », « compta », or a word being typed."""
        if len(mot) < _DEBUT_MIN:
            return
        plancher, part = _DEBUT
        for numero in range(bisect_left(self._mots, mot), bisect_left(self._mots, mot + "\x7f")):
            valeur = plancher + part * len(mot) / len(self._mots[numero])
            ressemblance[numero] = max(ressemblance[numero], valeur)

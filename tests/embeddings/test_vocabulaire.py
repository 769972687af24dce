"""The words nearest to a word."""

from collections import Counter
from math import log, sqrt

import numpy as np
import pytest

from embeddings.vocabulaire import CANDIDATS_MAX, TAILLES, Vocabulaire, build_ngrams, build_sounds, ngram_codes, sound

MOTS = sorted(
    {"boulanger", "boulangeri", "boucher", "plaquist", "plagist", "electricien", "electronicien", "professeu"}
    | {"mathematic", "coiffeu", "pizza", "ab", "macon", "maconneri", "kinesitherapeut", "gestion"}
)


def _vocabulaire(mots: list[str], seuil: float = 0.35) -> Vocabulaire:
    return Vocabulaire(mots, {**build_ngrams(mots), **build_sounds(mots)}, seuil)


def _likeness(mot: str, seuil: float = 0.35) -> dict[str, float]:
    numeros, valeurs = _vocabulaire(MOTS, seuil).near(mot)
    return {MOTS[n]: float(v) for n, v in zip(numeros, valeurs, strict=True)}


def _ngrams(mot: str) -> list[str]:
    entoure = f" {mot} "
    return [entoure[i : i + n] for n in TAILLES for i in range(len(entoure) - n + 1)]


def test_ngrams_are_those_of_each_word_alone() -> None:
    codes, proprietaires = ngram_codes(MOTS)
    attendus = [Counter(int.from_bytes(g.encode(), "big") for g in _ngrams(mot)) for mot in MOTS]
    assert [Counter(codes[proprietaires == rang].tolist()) for rang in range(len(MOTS))] == attendus


def test_ngrams_of_nothing() -> None:
    codes, proprietaires = ngram_codes([])
    assert len(codes) == len(proprietaires) == 0


def test_likeness_is_the_cosine_of_weighted_ngrams() -> None:
    """Against the textbook formula, written plainly."""
    frequence = Counter(g for mot in MOTS for g in set(_ngrams(mot)))

    def vector(mot: str) -> dict[str, float]:
        comptes = Counter(_ngrams(mot))
        return {g: (1 + log(n)) * (log((1 + len(MOTS)) / (1 + frequence[g])) + 1) for g, n in comptes.items()}

    def cosine(a: dict[str, float], b: dict[str, float]) -> float:
        produit = sum(v * b.get(g, 0.0) for g, v in a.items())
        return produit / sqrt(sum(v * v for v in a.values()) * sum(v * v for v in b.values()))

    trouves = _likeness("boulangeri", 0.01)
    for mot in MOTS:
        attendu = cosine(vector("boulangeri"), vector(mot))
        assert trouves.get(mot, 0.0) == pytest.approx(attendu if attendu >= 0.01 else 0.0, abs=1e-5)


def test_the_word_itself_comes_last_at_one() -> None:
    numeros, valeurs = _vocabulaire(MOTS).near("boulanger")
    assert MOTS[numeros[-1]] == "boulanger"
    assert valeurs[-1] == 1
    assert list(valeurs) == sorted(valeurs)


@pytest.mark.parametrize(
    ("tape", "voulu"),
    [("boulangre", "boulanger"), ("coifeu", "coiffeu"), ("eletricien", "electricien"), ("profeseu", "professeu")],
)
def test_typos_are_forgiven(tape: str, voulu: str) -> None:
    assert _likeness(tape)[voulu] >= 0.8


@pytest.mark.parametrize(("tape", "voulu"), [("plakist", "plaquist"), ("electrissien", "electricien")])
def test_words_that_sound_alike_are_near(tape: str, voulu: str) -> None:
    assert sound(tape) == sound(voulu)
    assert _likeness(tape)[voulu] == pytest.approx(0.9)


@pytest.mark.parametrize(
    ("tape", "voulu"), [("prof", "professeu"), ("math", "mathematic"), ("kine", "kinesitherapeut")]
)
def test_a_beginning_finds_its_words(tape: str, voulu: str) -> None:
    assert 0.6 <= _likeness(tape)[voulu] < 0.9


@pytest.mark.parametrize("bruit", ["zzzz", "qwerty", "aaaaaaaaaaaa", "x", "00", "ab" * 20])
def test_noise_is_near_nothing(bruit: str) -> None:
    assert not _likeness(bruit)


def test_an_empty_vocabulary_answers_nothing() -> None:
    numeros, valeurs = _vocabulaire([]).near("boulanger")
    assert len(numeros) == len(valeurs) == 0


def test_neighbours_are_bounded() -> None:
    mots = [f"mot{chr(97 + i // 26)}{chr(97 + i % 26)}" for i in range(500)]
    numeros, _ = _vocabulaire(mots, 0.1).near("mot")
    assert len(numeros) == CANDIDATS_MAX == len(np.unique(numeros))

"""Ranks, ties and intervals are those of the textbook."""

import numpy as np
import pytest

from evaluation.mesures import accuracy, best_by_group, first_ranks, interval, mean_reciprocal_rank, summarize
from evaluation.references import score_references


def test_the_rank_is_that_of_the_best_right_element() -> None:
    scores = np.array([[0.1, 0.9, 0.5], [0.3, 0.2, 0.1], [0.5, 0.5, 0.5], [1, 0, 0]], dtype=np.float32)
    justes = [np.array([0, 2]), np.array([0]), np.array([2]), np.array([], dtype=np.int64)]
    assert first_ranks(scores, justes).tolist() == [2, 1, 3, 0]


def test_equal_scores_are_ranked_in_the_order_of_the_elements() -> None:
    scores = np.full((2, 4), 0.7, dtype=np.float32)
    assert first_ranks(scores, [np.array([1, 3]), np.array([3])]).tolist() == [2, 4]


def test_a_group_is_worth_its_best_element() -> None:
    scores = np.array([[0.1, 0.9, 0.5, 0.2]], dtype=np.float32)
    assert best_by_group(scores, np.array([1, 0, 1, 0]), 2).tolist() == [pytest.approx([0.9, 0.5])]


def test_measures() -> None:
    rangs = np.array([1, 2, 0, 10])
    assert accuracy(rangs, 1) == 0.25
    assert accuracy(rangs, 5) == 0.5
    assert mean_reciprocal_rank(rangs) == pytest.approx((1 + 0.5 + 0.1) / 4)
    mesures = summarize(rangs, {"a1": 1}, intervalles=True)
    assert mesures["n"] == 4
    bas, haut = mesures["intervalles"]["mrr"]
    assert bas < mesures["mrr"] < haut


def test_an_interval_narrows_with_numbers_and_is_the_same_each_time() -> None:
    alea = np.random.default_rng(0)
    peu, beaucoup = alea.random(50), alea.random(5000)
    largeurs = [haut - bas for bas, haut in (interval(peu), interval(beaucoup))]
    assert largeurs[0] > 5 * largeurs[1]
    assert interval(peu) == interval(peu)


def test_references_rank_words_and_letters() -> None:
    textes = ["boulanger pâtissier", "mécanicien automobile", "infirmier de bloc"]
    scores = score_references(textes, ["Mécanicienne", "boulanger"])
    assert scores.keys() == {"hasard", "mots_bm25", "caracteres_tfidf"}
    assert all(s.shape == (2, 3) for s in scores.values())
    assert scores["caracteres_tfidf"].argmax(axis=1).tolist() == [1, 0]
    assert scores["mots_bm25"][0].max() == 0  # another gender is another word
    assert scores["mots_bm25"][1].argmax() == 0

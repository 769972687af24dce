"""The computation behind the questionnaire, against another way of doing it."""

from dataclasses import replace

import numpy as np
import pytest

from recommender.mesure_interets import Croyance, fit_posterior, head_probability, pair_stakes
from recommender.questionnaire import load_questionnaire


def test_the_posterior_is_that_of_a_fine_grid() -> None:
    modele = replace(load_questionnaire().modele, correlation=0.0)
    notes = [3, 2, 3, 0]
    charges = np.zeros((4, 6))
    charges[:, 0] = 1.0
    croyance = fit_posterior(modele, charges, notes)
    grille = np.linspace(-6, 6, 4001)
    courbes = modele.grade_curves(grille)
    densite = np.exp(-(grille**2) / 2) * np.prod([courbes[:, n] - courbes[:, n + 1] for n in notes], axis=0)
    densite /= densite.sum()
    moyenne = float(densite @ grille)
    assert croyance.moyenne[0] == pytest.approx(moyenne, abs=0.05)
    assert croyance.covariance[0, 0] == pytest.approx(float(densite @ (grille - moyenne) ** 2), rel=0.1)
    assert np.allclose(croyance.moyenne[1:], 0)


def test_the_head_probability_is_that_of_many_draws() -> None:
    alea = np.random.default_rng(3)
    facteur = alea.standard_normal((6, 6)) / 2
    croyance = Croyance(np.array([1.0, 0.8, 0.2, 0.0, -0.3, -0.6]), facteur @ facteur.T + np.eye(6) / 4)
    tirages = alea.multivariate_normal(croyance.moyenne, croyance.covariance, 100_000)
    attendue = np.mean(tirages[:, :3].min(axis=1) > tirages[:, 3:].max(axis=1))
    assert head_probability(croyance, [0, 1, 2]) == pytest.approx(attendue, abs=0.02)


def test_the_order_of_two_letters_surely_last_decides_nothing() -> None:
    croyance = Croyance(np.array([2.0, 2.0, 2.0, 0.0, -2.0, -2.0]), np.eye(6) * 0.05)
    enjeux = pair_stakes(croyance, 2.0)
    assert enjeux[0] > 0.9, "les deux premières"
    assert enjeux.argmin() == 14, "les deux dernières"

"""What a few graded answers say of six tastes: a Gaussian posterior, and what a question may still teach."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, permutations

import numpy as np
from numpy.typing import NDArray
from scipy.special import entr, expit, ndtr

Tableau = NDArray[np.float64]

N_LETTRES = 6
N_NOTES = 4
"""Grades of an answer: 0 (non), 1 (bof), 2 (plutôt), 3 (oui)."""
_PAIRES = np.array(list(combinations(range(N_LETTRES), 2)))
_CONTRASTES = np.eye(N_LETTRES)[_PAIRES[:, 0]] - np.eye(N_LETTRES)[_PAIRES[:, 1]]
_NOEUDS, _bruts = np.polynomial.hermite_e.hermegauss(21)
_POIDS = _bruts / _bruts.sum()
_PERMUTATIONS = np.array(list(permutations(range(N_LETTRES))))


def _draw_points() -> Tableau:
    """17,280 points for a standard Gaussian of dimension 6: seeded, closed under sign and permutation of the letters.

    No letter is favoured by the draw. Second moments are made exact, along the mean of the letters and across it.
    """
    moitie = np.random.default_rng(20).standard_normal((12, N_LETTRES))
    points = np.concatenate((moitie, -moitie))
    commun = points.mean(axis=1, keepdims=True)
    propre = points - commun
    commun *= np.sqrt(1 / N_LETTRES / np.mean(commun**2))
    propre *= np.sqrt((N_LETTRES - 1) / np.mean((propre**2).sum(axis=1)))
    return np.asarray((commun + propre)[:, _PERMUTATIONS].reshape(-1, N_LETTRES))


_TIRAGES = _draw_points()


@dataclass(frozen=True, slots=True)
class Modele:
    """Published parameters of the graded response model (Samejima, 1969); the same for every question and letter."""

    discrimination: float
    seuils: tuple[float, float, float]
    """Attraction at which a person passes to the next grade, increasing."""
    variance: float
    correlation: float
    majeure: float
    mineure: float

    def prior_precision(self) -> Tableau:
        """Inverse of the prior covariance (6, 6): exchangeable letters, which share `correlation`."""
        partage = self.variance * self.correlation
        covariance = np.full((N_LETTRES, N_LETTRES), partage) + np.eye(N_LETTRES) * (self.variance - partage)
        return np.asarray(np.linalg.inv(covariance))

    def grade_curves(self, attrait: Tableau) -> Tableau:
        """Probability of reaching each grade: shape of `attrait` and one axis of 5, from 1 (grade 0) to 0 (above 3)."""
        franchi = expit(self.discrimination * (attrait[..., None] - np.array(self.seuils)))
        return np.concatenate((np.ones_like(franchi[..., :1]), franchi, np.zeros_like(franchi[..., :1])), axis=-1)


@dataclass(frozen=True, slots=True)
class Croyance:
    """Gaussian posterior over the six tastes: mean (6,) and covariance (6, 6), in prior standard deviations."""

    moyenne: Tableau
    covariance: Tableau


def fit_posterior(modele: Modele, charges: Tableau, notes: Sequence[int]) -> Croyance:
    """Laplace approximation at the mode, which is unique since the log-likelihood is concave.

    Args:
        modele: The parameters.
        charges: Loadings of the questions answered, shape (n, 6).
        notes: Grades received, from 0 to 3.
    """
    a_priori = modele.prior_precision()
    rangs, grades = np.arange(len(notes)), np.asarray(notes, dtype=np.int64)
    moyenne, precision = np.zeros(N_LETTRES), a_priori
    for _ in range(50):
        courbes = modele.grade_curves(charges @ moyenne)
        bas, haut = courbes[rangs, grades], courbes[rangs, grades + 1]
        pente = modele.discrimination * (1 - bas - haut)
        courbure = modele.discrimination**2 * (bas * (1 - bas) + haut * (1 - haut))
        precision = a_priori + charges.T @ (courbure[:, None] * charges)
        pas = np.linalg.solve(precision, charges.T @ pente - a_priori @ moyenne)
        moyenne = moyenne + pas
        if np.abs(pas).max() < 1e-12:
            break
    covariance = np.linalg.inv(precision)
    return Croyance(moyenne, (covariance + covariance.T) / 2)


def expected_gain(modele: Modele, croyance: Croyance, charges: Tableau, enjeux: Tableau) -> Tableau:
    """Expected drop of the doubt about the ranking, in nats, for each candidate question.

    The doubt is the entropy of « which of the two is liked more », summed over the fifteen pairs of letters by their
    stakes. Each of the four answers counts by its predicted probability, and moves the posterior by its exact moments
    along the question.

    Args:
        modele: The parameters.
        croyance: What is believed so far.
        charges: Loadings of the candidates, shape (n, 6).
        enjeux: Weight of each pair, shape (15,), from `pair_stakes`.
    """
    diffusion = charges @ croyance.covariance
    ecart = np.sqrt(np.einsum("ij,ij->i", diffusion, charges))
    courbes = modele.grade_curves((charges @ croyance.moyenne)[:, None] + ecart[:, None] * _NOEUDS)
    masses = (courbes[..., :-1] - courbes[..., 1:]) * _POIDS[:, None]
    chances = masses.sum(axis=1)
    centres = np.einsum("ijk,j->ik", masses, _NOEUDS) / chances
    restes = np.einsum("ijk,j->ik", masses, _NOEUDS**2) / chances - centres**2
    levier = diffusion @ _CONTRASTES.T / ecart[:, None]
    contraste = _CONTRASTES @ croyance.moyenne
    etendue = np.einsum("pi,ij,pj->p", _CONTRASTES, croyance.covariance, _CONTRASTES)
    apres = etendue - levier[:, None, :] ** 2 * (1 - restes)[..., None]
    doutes = _doubt((contraste + levier[:, None, :] * centres[..., None]) / np.sqrt(apres)) @ enjeux
    depart = _doubt(contraste / np.sqrt(etendue)) @ enjeux
    return np.asarray(depart - np.einsum("ik,ik->i", chances, doutes))


def pair_stakes(croyance: Croyance, nettete: float) -> Tableau:
    """How much the order of each pair of letters matters, in [0, 1], shape (15,).

    A pair matters as soon as one of its letters may be among the three liked most; the order of two letters that are
    surely last decides nothing.

    Args:
        croyance: What is believed so far.
        nettete: How sharply a letter leaves the head when its expected rank passes 3.5.
    """
    rangs = 0.5 + preference(croyance).sum(axis=0)
    dehors = expit(nettete * (rangs - 3.5))
    return np.asarray(1 - dehors[_PAIRES[:, 0]] * dehors[_PAIRES[:, 1]])


def _doubt(ecarts_reduits: Tableau) -> Tableau:
    """Entropy, in nats, of the sign of a Gaussian whose mean is so many standard deviations from 0."""
    return np.asarray(entr(ndtr(ecarts_reduits)) + entr(ndtr(-ecarts_reduits)))


def preference(croyance: Croyance) -> Tableau:
    """Probability that the letter of the row is liked more than that of the column, (6, 6); 0.5 on the diagonal."""
    variances = np.diag(croyance.covariance)
    etendue = variances[:, None] + variances[None, :] - 2 * croyance.covariance
    np.fill_diagonal(etendue, 1.0)
    return np.asarray(ndtr((croyance.moyenne[:, None] - croyance.moyenne[None, :]) / np.sqrt(etendue)))


def head_probability(croyance: Croyance, tete: Sequence[int]) -> float:
    """Probability that these letters are the ones liked most, in any order among them."""
    valeurs, axes = np.linalg.eigh(croyance.covariance)
    racine = (axes * np.sqrt(np.maximum(valeurs, 0.0))) @ axes.T
    tirages = croyance.moyenne + _TIRAGES @ racine
    autres = [lettre for lettre in range(N_LETTRES) if lettre not in set(tete)]
    if not tete or not autres:
        return 1.0 if tete else 0.0
    return float(np.mean(tirages[:, list(tete)].min(axis=1) > tirages[:, autres].max(axis=1)))


def liking(modele: Modele, croyance: Croyance) -> tuple[Tableau, Tableau]:
    """Mean and standard deviation, in [0, 1] and by letter, of the answer expected to a question on this letter alone.

    0 is « non » to all of them and 1 is « oui » to all.
    """
    ecarts = np.sqrt(np.diag(croyance.covariance))
    attraits = croyance.moyenne[:, None] + ecarts[:, None] * _NOEUDS
    attendues = modele.grade_curves(attraits)[..., 1:-1].mean(axis=-1)
    poids = attendues @ _POIDS
    return poids, np.sqrt(np.maximum((attendues - poids[:, None]) ** 2 @ _POIDS, 0.0))

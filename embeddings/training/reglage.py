"""Learning how both channels are weighed, and how sure an answer is, from development requests."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression

from embeddings.fusion import TRAITS, Fusion, confidence_traits, probability
from embeddings.search import Recherche
from embeddings.types import Nature
from referentiels.errors import InvalidInputError

_REGULARISATION = 0.002
"""Pull of the weights towards zero (mean log-loss a unit of squared weight)."""
_PREMIERS = 5
"""Answers of each request from which the confidence is learnt."""
_EXACTITUDE_SURE = 0.85
"""Share of right first answers wanted among those that the service is sure of."""
_SUJETS_PERDUS = 0.002
"""Share of the answerable requests that may be turned away as foreign to the référentiel."""
_REQUETES_MIN = 50
Reels = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Exemple:
    """A development request with its candidates."""

    traits: Reels
    """(n, 6), see `fusion.TRAITS`."""
    justes: npt.NDArray[np.bool_]
    """Whether each candidate is a right answer; none for a request out of scope."""
    exact: bool
    """Whether the request is a name: such an answer needs no fusion."""
    poids: float = 1.0
    """What the request counts beside the others in the confidence: files of unlike sizes may weigh the same."""


def make_example(recherche: Recherche, nature: Nature, requete: str, accepts: Callable[[str], bool]) -> Exemple | None:
    """The candidates of a request in one nature; None when it has no word to compare."""
    candidats = recherche.candidates(requete, nature)
    if candidats is None:
        return None
    return Exemple(candidats.traits, np.array([accepts(code) for code in candidats.codes]), candidats.exact)


def learn_fusion(exemples: Sequence[Exemple]) -> Fusion:
    """Weights that put right answers first, then the probability that an answer is right.

    Raises:
        InvalidInputError: Too few requests have both right and wrong candidates.
    """
    utiles = [e for e in exemples if not e.exact and e.justes.any() and not e.justes.all()]
    if len(utiles) < _REQUETES_MIN:
        raise InvalidInputError(
            f"il faut au moins {_REQUETES_MIN} requêtes utiles pour régler, il y en a {len(utiles)}."
        )
    poids = _weights(utiles)
    confiance = _confidence([e for e in exemples if not e.exact], poids)
    sans_seuils = Fusion(tuple(map(float, poids)), confiance)
    return _with_thresholds(sans_seuils, exemples)


def _weights(exemples: Sequence[Exemple]) -> Reels:
    """Conditional logit: the probability of the right answers among the candidates of each request, maximised.

    Each request counts the same here: in cross-validation, titles gain more than everyday requests lose.
    """
    traits = np.concatenate([e.traits for e in exemples])
    justes = np.concatenate([e.justes for e in exemples])
    bornes = np.cumsum([0, *(len(e.traits) for e in exemples)])[:-1]
    parts = np.full(len(exemples), 1 / len(exemples))
    lequel = np.repeat(np.arange(len(exemples)), [len(e.traits) for e in exemples])

    def loss(poids: Reels) -> tuple[float, Reels]:
        scores = traits @ poids
        scores -= np.maximum.reduceat(scores, bornes)[lequel]
        forces = np.exp(scores)
        total, bon = np.add.reduceat(forces, bornes), np.add.reduceat(forces * justes, bornes)
        part = forces / total[lequel] - forces * justes / bon[lequel]
        valeur = float(parts @ (np.log(total) - np.log(bon))) + _REGULARISATION * float(poids @ poids)
        return valeur, (part * parts[lequel]) @ traits + 2 * _REGULARISATION * poids

    depart = np.array([1.0, *[0.0] * (len(TRAITS) - 3), 4.0, 0.0])
    positifs = [(0.0, None)] * len(TRAITS)  # a nearer text never makes an answer worse
    trouve = minimize(loss, depart, jac=True, method="L-BFGS-B", bounds=positifs)
    return np.asarray(trouve.x, dtype=np.float64)


def _confidence(exemples: Sequence[Exemple], poids: Reels) -> tuple[float, ...]:
    """A logistic regression over the first answers of all the requests, those out of scope included."""
    lignes, etiquettes, parts = [], [], []
    for exemple in exemples:
        scores = exemple.traits @ poids
        premiers = np.argsort(-scores, kind="stable")[:_PREMIERS]
        lignes.append(confidence_traits(exemple.traits, scores)[premiers])
        etiquettes.append(exemple.justes[premiers])
        parts.append(np.full(len(premiers), exemple.poids))
    regression = LogisticRegression(C=10.0, max_iter=2000)
    forces = np.concatenate(parts)
    regression.fit(np.concatenate(lignes), np.concatenate(etiquettes), sample_weight=forces / forces.mean())
    return (*map(float, regression.coef_[0]), float(regression.intercept_[0]))


def _with_thresholds(fusion: Fusion, exemples: Sequence[Exemple]) -> Fusion:
    """The confidence from which first answers are right often enough, and the one that keeps nearly all requests."""
    confiances, justes, sujets = [], [], []
    for exemple in exemples:
        scores = fusion.scores(exemple.traits)
        premier = int(np.argmax(scores))
        tous = probability(confidence_traits(exemple.traits, scores), fusion.confiance)
        confiances.append(1.0 if exemple.exact else float(tous[premier]))
        justes.append(exemple.exact or bool(exemple.justes[premier]))
        sujets.append(exemple.exact or bool(exemple.justes.any()))
    ordre = np.argsort(-np.array(confiances), kind="stable")
    parts = np.array([e.poids for e in exemples])[ordre]
    exactitude = np.cumsum(np.array(justes)[ordre] * parts) / np.cumsum(parts)
    assez = np.flatnonzero(exactitude >= _EXACTITUDE_SURE)
    seuil_sur = confiances[int(ordre[assez[-1]])] if len(assez) else 1.0
    de_sujet = np.sort(np.array(confiances)[np.array(sujets)])
    seuil_sujet = de_sujet[int(len(de_sujet) * _SUJETS_PERDUS)]
    return Fusion(fusion.poids, fusion.confiance, round(float(seuil_sur), 4), round(float(seuil_sujet), 4))

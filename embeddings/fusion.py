"""From two rankings to one, and to the probability that an answer is right: weights learnt on development requests."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from embeddings.dense import Proximites
from referentiels.errors import ModelError

FICHIER = "fusion.json"
ETIQUETTE = "etiquette"
"""The fusion of the natures that have none of their own: entities known by little more than a label."""
TRAITS = ("lexical", "nom", "dit", "phrase", "meilleur", "moyenne")
"""What is known of a candidate: its lexical score, the nearest of its texts of each kind, of all, of three."""
CONFIANCE = ("score", "retard", "lexical", "meilleur", "nom")
"""What tells whether an answer is right: its fused score, how far behind the first it stands, and three traits."""
_ABSENT = 0.0
Reels = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Fusion:
    """How candidates are scored; linear, so that each answer can be explained.

    The values come from `azimut encodeur regler`, never from a test set.
    """

    poids: tuple[float, ...]
    """One for each of `TRAITS`."""
    confiance: tuple[float, ...]
    """A logistic regression: one weight for each of `CONFIANCE`, then the intercept."""
    seuil_sur: float = 0.5
    """Least probability of the first answer for the service to be sure."""
    seuil_sujet: float = 0.1
    """Least probability of the first answer for the question to be about the référentiel at all."""

    def scores(self, traits: Reels) -> Reels:
        """Fused score of each candidate from its traits, (n, 6)."""
        return np.asarray(traits @ np.array(self.poids), dtype=np.float64)

    def probabilities(self, traits: Reels, scores: Reels) -> Reels:
        """Probability that each candidate is a right answer, in ]0, 1[."""
        return probability(confidence_traits(traits, scores), self.confiance)


def features(lexical: Reels, proximites: Proximites | None, candidats: npt.NDArray[np.int64]) -> Reels:
    """Traits of the candidates, (n, 6), in the order of `TRAITS`.

    Args:
        lexical: Lexical score of every entity.
        proximites: What dense search found.
        candidats: Numbers of the entities wanted.
    """
    traits = np.full((len(candidats), len(TRAITS)), _ABSENT)
    traits[:, 0] = lexical[candidats]
    if proximites is not None:
        traits[:, 1:] = proximites.plancher
        place = np.searchsorted(proximites.fiches, candidats)
        place[place == len(proximites.fiches)] = 0
        vus = proximites.fiches[place] == candidats if len(proximites.fiches) else np.zeros(len(candidats), bool)
        traits[vus, 1:4] = proximites.par_sorte[place[vus]]
        traits[vus, 4] = proximites.par_sorte[place[vus]].max(axis=1)
        traits[vus, 5] = proximites.moyenne[place[vus]]
    return traits


def confidence_traits(traits: Reels, scores: Reels) -> Reels:
    """What tells whether each answer is right, (n, 5), in the order of `CONFIANCE`."""
    premier = scores.max(initial=-np.inf)
    return np.column_stack([scores, scores - premier, traits[:, 0], traits[:, 4], traits[:, 1]])


def probability(traits: Reels, regression: tuple[float, ...]) -> Reels:
    """The logistic regression applied."""
    return np.asarray(1.0 / (1.0 + np.exp(-(traits @ np.array(regression[:-1]) + regression[-1]))), dtype=np.float64)


MOYENNE = Fusion((1.0, 0.0, 0.0, 0.0, 4.0, 0.0), (4.0, 4.0, 0.0, 0.0, 0.0, -10.0), 0.5, 0.0)
"""For an encoder with which nothing was learnt yet: both channels count, and no question is turned away."""

DENSE = Fusion((0.0, 0.0, 0.0, 0.0, 1.0, 0.0), MOYENNE.confiance, 0.5, 0.0)
"""The nearest text alone."""


@cache
def load_fusions(dossier: Path | None) -> Mapping[str, Fusion]:
    """The fusions of an encoder's folder, « metier » and « etiquette »; `MOYENNE` for one that has none.

    Raises:
        ModelError: The file is not one that `save_fusions` wrote.
    """
    fichier = dossier / FICHIER if dossier is not None else None
    if fichier is None or not fichier.is_file():
        return {ETIQUETTE: MOYENNE}
    try:
        contenu: dict[str, dict[str, Any]] = json.loads(fichier.read_text(encoding="utf-8"))
        fusions = {
            nom: Fusion(
                tuple(valeurs["poids"][t] for t in TRAITS),
                tuple(valeurs["confiance"][t] for t in (*CONFIANCE, "constante")),
                valeurs["seuil_sur"],
                valeurs["seuil_sujet"],
            )
            for nom, valeurs in contenu.items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(f"« {fichier.name} » est illisible ({error}).") from error
    return fusions


def fusion_digest(dossier: Path | None) -> str | None:
    """Names the fusions in the version of an index: other weights give other answers."""
    fichier = dossier / FICHIER if dossier is not None else None
    if fichier is None or not fichier.is_file():
        return None
    return hashlib.sha256(fichier.read_bytes()).hexdigest()[:16]


def save_fusions(fusions: Mapping[str, Fusion], dossier: Path) -> None:
    """Write them as a person can read them."""
    contenu = {
        nom: {
            "poids": dict(zip(TRAITS, f.poids, strict=True)),
            "confiance": dict(zip((*CONFIANCE, "constante"), f.confiance, strict=True)),
            "seuil_sur": f.seuil_sur,
            "seuil_sujet": f.seuil_sujet,
        }
        for nom, f in fusions.items()
    }
    (dossier / FICHIER).write_text(json.dumps(contenu, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")

"""Labour demand, only for who asks for it: its weight is 0 by default."""

from collections.abc import Mapping, Sequence

import numpy as np

from recommender.matrices import Matrices
from recommender.signals.base import Preuve, Signal
from referentiels.types import CodeRome, Indicateur

INDICATEUR = "tension"
_CLASSES = 5


def signal_marche(matrices: Matrices, tensions: Mapping[CodeRome, Sequence[Indicateur]]) -> Signal:
    """How much employers struggle to hire, from 0 (class 1) to 1 (class 5); 0 where nothing is published.

    Args:
        matrices: The référentiel.
        tensions: Figures of the Dares for each métier at its nearest published scale, see `Marche.across`.
    """
    valeurs = np.zeros(len(matrices.codes))
    for code, figures in tensions.items():
        classes = [f.valeur for f in figures if f.valeur is not None]
        valeurs[matrices.rang[code]] = (np.mean(classes) - 1.0) / (_CLASSES - 1) if classes else 0.0

    def prouver(metier: int) -> Preuve:
        figure = tensions[matrices.codes[metier]][0]
        groupe = f" pour « {figure.libelle_objet} »" if figure.herite else ""
        return Preuve(
            f"Vous avez demandé de compter le marché : tension {figure.valeur:.0f} sur {_CLASSES}{groupe}, "
            f"{figure.libelle_territoire} ({figure.producteur}, {figure.millesime}).",
            (f"{INDICATEUR} {figure.maille} {figure.territoire} {figure.objet}",),
        )

    return Signal("marche", np.clip(valeurs, 0.0, 1.0), prouver)

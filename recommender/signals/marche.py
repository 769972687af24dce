"""Labour demand, only for who asks for it: its weight is 0 by default."""

from collections.abc import Mapping, Sequence

import numpy as np

from recommender.matrices import Matrices
from recommender.signals.base import Preuve, Signal, enumerate_french
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
        publiees = [f for f in tensions[matrices.codes[metier]] if f.valeur is not None]
        classes = sorted({round(f.valeur or 0.0) for f in publiees})
        dites = " et ".join([", ".join(map(str, classes[:-1])), str(classes[-1])]) if len(classes) > 1 else classes[0]
        figure = publiees[0]
        groupes = tuple(dict.fromkeys(f.libelle_objet for f in publiees)) if figure.herite else ()
        return Preuve(
            f"Vous avez demandé de compter le marché : tension {dites} sur {_CLASSES}"
            f"{f' pour {enumerate_french(groupes, 2)}' if groupes else ''}, "
            f"{figure.libelle_territoire} ({figure.producteur}, {figure.millesime}).",
            tuple(f"{INDICATEUR} {f.maille} {f.territoire} {f.objet}" for f in publiees),
        )

    return Signal("marche", np.clip(valeurs, 0.0, 1.0), prouver)

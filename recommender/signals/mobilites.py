"""Official mobilities from what the person did."""

import numpy as np

from recommender.comprehension import ProfilCompris
from recommender.config import Config
from recommender.matrices import Matrices
from recommender.signals.base import Preuve, Signal
from referentiels.catalogue import Catalogue


def signal_mobilites(matrices: Matrices, compris: ProfilCompris, catalogue: Catalogue, config: Config) -> Signal:
    """Value of the best official mobility, in one step or two, from any métier the person did."""
    n = len(matrices.codes)
    valeurs = np.zeros(n)
    chemin: dict[int, tuple[int, int | None]] = {}
    for code, tenue in sorted(compris.metiers.items()):
        depart = matrices.rang[code]
        directes = np.asarray(matrices.mobilites[depart].todense()).ravel() * tenue.force
        for cible in np.flatnonzero(directes > valeurs).tolist():
            valeurs[cible], chemin[cible] = directes[cible], (depart, None)
        for relais in np.flatnonzero(directes).tolist():
            suite = matrices.mobilites[relais]
            for cible, pas in zip(suite.indices.tolist(), suite.data.tolist(), strict=True):
                valeur = directes[relais] * pas * config.mobilite.second_pas
                if valeur > valeurs[cible]:
                    valeurs[cible], chemin[cible] = valeur, (depart, relais)
    for code in compris.metiers:
        valeurs[matrices.rang[code]] = 0.0

    def prouver(metier: int) -> Preuve:
        depart, relais = chemin[metier]
        origine = catalogue.metiers[matrices.codes[depart]].intitule
        if relais is None:
            phrase = f"Le ROME donne le passage de « {origine} » à ce métier comme une mobilité possible."
            return Preuve(phrase, (origine,))
        etape = catalogue.metiers[matrices.codes[relais]].intitule
        phrase = f"Le ROME y mène en deux étapes : « {origine} », puis « {etape} »."
        return Preuve(phrase, (origine, etape))

    return Signal("mobilites", np.clip(valeurs, 0.0, 1.0), prouver)

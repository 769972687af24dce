"""Working conditions that the person wishes for, and those they would rather avoid."""

import numpy as np

from recommender.comprehension import ProfilCompris
from recommender.config import Config
from recommender.matrices import Matrices, Vecteur
from recommender.signals.base import Preuve, Signal, enumerate_french


def signal_conditions(matrices: Matrices, compris: ProfilCompris) -> Signal:
    """Share of the wished conditions that the métier has."""
    souhaitees = compris.contextes.get("souhaiter", {})
    presents = {code: frozenset(ranks_with(matrices, code).tolist()) for code in souhaitees}
    valeurs = np.zeros(len(matrices.codes))
    for code in souhaitees:
        valeurs[ranks_with(matrices, code)] += 1.0 / len(souhaitees)

    def prouver(metier: int) -> Preuve:
        trouvees = tuple(libelle for code, libelle in souhaitees.items() if metier in presents[code])
        return Preuve(f"On y trouve ce que vous cherchez : {enumerate_french(trouvees)}.", trouvees)

    return Signal("conditions", np.clip(valeurs, 0.0, 1.0), prouver)


def attenuation(matrices: Matrices, compris: ProfilCompris, config: Config) -> Vecteur:
    """Factor in ]0, 1] that lowers the whole index of a métier by its share of avoided conditions.

    A factor, not a criterion: not having what one avoids is no reason to be proposed.
    """
    evitees = {**compris.contextes.get("eviter", {}), **compris.contextes.get("exclure", {})}
    facteur = np.ones(len(matrices.codes))
    for code in evitees:
        facteur[ranks_with(matrices, code)] -= config.liste.penalite_evitee / len(evitees)
    return facteur


def ranks_with(matrices: Matrices, contexte: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Ranks of the métiers that have a context."""
    return matrices.contextes.get(contexte, np.array([], dtype=np.int64))

"""Working conditions that the person wishes for or wants to avoid."""

import numpy as np

from recommender.comprehension import ProfilCompris
from recommender.matrices import Matrices
from recommender.signals.base import Preuve, Signal, enumerate_french


def signal_conditions(matrices: Matrices, compris: ProfilCompris) -> Signal:
    """Share of the wished conditions that the métier has and of the avoided ones that it has not."""
    souhaitees = compris.contextes.get("souhaiter", {})
    evitees = {**compris.contextes.get("eviter", {}), **compris.contextes.get("exclure", {})}
    total = len(souhaitees) + len(evitees)
    respectees = np.full(len(matrices.codes), float(len(evitees)))
    presents: dict[int, set[int]] = {}
    for code in (*souhaitees, *evitees):
        metiers = matrices.contextes.get(code, np.array([], dtype=np.int64))
        presents[code] = set(metiers.tolist())
        respectees[metiers] += 1.0 if code in souhaitees else -1.0

    def prouver(metier: int) -> Preuve:
        ont = tuple(libelle for code, libelle in souhaitees.items() if metier in presents[code])
        sans = tuple(libelle for code, libelle in evitees.items() if metier not in presents[code])
        morceaux = []
        if ont:
            morceaux.append(f"on y trouve {enumerate_french(ont)}")
        if sans:
            morceaux.append(f"le ROME n'y signale pas {enumerate_french(sans)}")
        return Preuve(f"Côté conditions de travail : {' ; '.join(morceaux)}.", ont + sans)

    return Signal("conditions", np.clip(respectees / max(total, 1), 0.0, 1.0), prouver)

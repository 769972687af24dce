"""Métiers that those at the top of a list call to mind, by kinship written for Azimut."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recommender.config import Config
from recommender.matrices import Matrices, Vecteur, line
from recommender.profil_compris import ProfilCompris
from recommender.signals.conditions import attenuation

_CITES = 2


@dataclass(frozen=True, slots=True)
class Rappel:
    """How much some métiers call each other one to mind.

    People know few métiers, and name those. What a counsellor adds is the ones beside them: of the same draw, or where
    those who did the same work go. The index cannot tell it, since it only knows what the person said.
    """

    liens: tuple[tuple[int, NDArray[np.int64], Vecteur], ...]
    """Rank of a métier that calls, those it calls, and how much."""
    valeurs: Vecteur
    """(N,): the sum for each métier."""

    def sources(self, metier: int) -> tuple[int, ...]:
        """The métiers that call this one most, strongest first."""
        apports: defaultdict[int, float] = defaultdict(float)
        for depart, arrivees, forces in self.liens:
            apports[depart] += float(forces[arrivees == metier].sum())
        ordre = sorted((-apport, depart) for depart, apport in apports.items() if apport > 0)
        return tuple(depart for _, depart in ordre[:_CITES])

    def nearest(self, candidats: Sequence[int], indice: Vecteur, equilibre: float) -> list[int]:
        """Those that are called, the most first; equals in their order.

        Args:
            candidats: Ranks, in the order of the list.
            indice: Index of every métier.
            equilibre: Part of the kinship beside that of the index, as exponents: neither goes without the other.
        """
        rangs = np.array(candidats, dtype=np.int64)
        scores = self.valeurs[rangs] ** equilibre * np.maximum(indice[rangs], 0.0) ** (1 - equilibre)
        ordre = np.argsort(-np.round(scores, 12), kind="stable")
        return [metier for metier in rangs[ordre].tolist() if self.valeurs[metier] > 0]


def recall_metiers(
    matrices: Matrices,
    premiers: Sequence[int],
    indice: Vecteur,
    compris: ProfilCompris,
    config: Config,
    *,
    suites: bool,
) -> Rappel:
    """What the first métiers of a list call to mind, each as much as its index.

    Never what the person refuses, what has the conditions that they avoid, nor what is far above their level: these
    stand where their index says.

    Args:
        matrices: The référentiel and its kinship.
        premiers: Ranks of those that call.
        indice: Index of every métier.
        compris: Métiers exercised: what follows them counts too.
        config: `parente`.
        suites: Where having done them leads counts beside their neighbours; their neighbours alone else.
    """
    somme = float(indice[list(premiers)].sum()) or 1.0
    departs = [(matrices.voisins, rang, float(indice[rang]) / somme) for rang in premiers]
    if suites:
        departs += [(matrices.suites, rang, poids) for _, rang, poids in departs]
        part = config.parente.exerce / max(len(compris.metiers), 1)
        vecus = sorted(compris.metiers.items())
        departs += [(matrices.suites, matrices.rang[code], part * tenue.force) for code, tenue in vecus]
    valeurs = np.zeros(len(matrices.codes))
    liens = []
    for matrice, rang, poids in departs:
        arrivees, forces = line(matrice, rang)
        valeurs[arrivees] += poids * forces
        liens.append((rang, arrivees, poids * forces))
    facteur = attenuation(matrices, compris, config)
    valeurs *= np.where(facteur < config.parente.facteur_minimum, 0.0, facteur)
    return Rappel(tuple(liens), valeurs)

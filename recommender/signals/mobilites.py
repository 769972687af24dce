"""Official mobilities from what the person did, or from what is near to what they can do."""

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from recommender.config import Config
from recommender.matrices import Matrices, Vecteur, line
from recommender.profil_compris import ProfilCompris
from recommender.signals.base import Preuve, Signal
from referentiels.catalogue import Catalogue
from referentiels.types import CodeRome


def signal_mobilites(
    matrices: Matrices,
    compris: ProfilCompris,
    apport: Vecteur,
    cibles: Collection[CodeRome],
    catalogue: Catalogue,
    config: Config,
) -> Signal:
    """Value of the best official mobility from any métier the person did, in one step or two.

    Who named no métier starts from those that call for what they can do: the mean of their mobilities, the nearest
    ones counting more. Who only tells a diploma starts from the métiers to which it leads.

    Args:
        matrices: The référentiel.
        compris: Métiers exercised.
        apport: What the person can do of each métier, see `competences.reach`; all zeros for who told nothing of it.
        cibles: Métiers to which their diplomas lead.
        catalogue: For the names.
        config: `mobilite`.
    """
    if compris.metiers:
        return _from_exercised(matrices, compris, catalogue, config)
    if apport.any():
        return _from_near(matrices, apport, "proche de ce que vous savez faire", catalogue, config)
    departs = np.zeros(len(matrices.codes))
    departs[[matrices.rang[code] for code in cibles]] = 1.0
    return _from_near(matrices, departs, "où mène votre diplôme", catalogue, config)


def _from_near(matrices: Matrices, apport: Vecteur, raison: str, catalogue: Catalogue, config: Config) -> Signal:
    reglages = config.mobilite
    proches = np.argsort(-apport, kind="stable")[: reglages.proches]
    poids = np.zeros(len(matrices.codes))
    poids[proches] = apport[proches] ** reglages.puissance
    poids /= poids.sum() or 1.0
    valeurs = np.asarray(matrices.mobilites.T @ poids).ravel() * reglages.depuis_proches

    def prouver(metier: int) -> Preuve:
        colonne = matrices.mobilites[:, metier].tocoo()
        departs = sorted(zip((-colonne.data * poids[colonne.row]).tolist(), colonne.row.tolist(), strict=True))
        origine = catalogue.metiers[matrices.codes[departs[0][1]]].intitule
        return Preuve(f"Le ROME donne ce métier comme une mobilité depuis « {origine} », {raison}.", (origine,))

    return Signal("mobilites", np.clip(valeurs, 0.0, 1.0), prouver)


def _from_exercised(matrices: Matrices, compris: ProfilCompris, catalogue: Catalogue, config: Config) -> Signal:
    n = len(matrices.codes)
    valeurs, departs, etapes = np.zeros(n), np.full(n, -1), np.full(n, -1)

    def reach_from(depart: int, relais: int, cibles: NDArray[np.int64], pas: Vecteur) -> None:
        mieux = pas > valeurs[cibles]
        cibles = cibles[mieux]
        valeurs[cibles], departs[cibles], etapes[cibles] = pas[mieux], depart, relais

    for code, tenue in sorted(compris.metiers.items()):
        depart = matrices.rang[code]
        cibles, parts = line(matrices.mobilites, depart)
        directes = parts * tenue.force
        reach_from(depart, -1, cibles, directes)
        for relais, directe in sorted(zip(cibles.tolist(), directes.tolist(), strict=True)):
            suites, pas = line(matrices.mobilites, relais)
            reach_from(depart, relais, suites, directe * pas * config.mobilite.second_pas)
    for code in compris.metiers:
        valeurs[matrices.rang[code]] = 0.0

    def prouver(metier: int) -> Preuve:
        relais = int(etapes[metier])
        origine = catalogue.metiers[matrices.codes[departs[metier]]].intitule
        if relais < 0:
            phrase = f"Le ROME donne le passage de « {origine} » à ce métier comme une mobilité possible."
            return Preuve(phrase, (origine,))
        etape = catalogue.metiers[matrices.codes[relais]].intitule
        phrase = f"Le ROME y mène en deux étapes : « {origine} », puis « {etape} »."
        return Preuve(phrase, (origine, etape))

    return Signal("mobilites", np.clip(valeurs, 0.0, 1.0), prouver)

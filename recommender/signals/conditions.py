"""Working conditions that the person wishes for, and those they would rather avoid."""

import numpy as np

from recommender.config import Config
from recommender.matrices import Matrices, Vecteur
from recommender.profil_compris import ProfilCompris
from recommender.signals.base import Preuve, Signal, enumerate_french

_FOND = 0.4
"""Least factor left by the level."""


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
    """Factor in ]0, 1] that lowers the whole index of a métier by its share of avoided conditions, and by its level.

    A factor, not a criterion: not having what one avoids is no reason to be proposed.
    """
    evitees = {**compris.contextes.get("eviter", {}), **compris.contextes.get("exclure", {})}
    facteur = np.ones(len(matrices.codes))
    for code in evitees:
        facteur[ranks_with(matrices, code)] -= config.liste.penalite_evitee / len(evitees)
    for resultats in compris.refus:
        for resultat in resultats:
            facteur[matrices.rang[resultat.code]] *= 1.0 - config.liste.penalite_refus * resultat.score
    return facteur * np.maximum(1.0 - config.liste.penalite_niveau * levels_beyond(matrices, compris, config), _FOND)


def levels_beyond(matrices: Matrices, compris: ProfilCompris, config: Config) -> Vecteur:
    """Levels of each métier above what the person reaches by one formation; 0 when either level is unknown."""
    connu = own_level(matrices, compris)
    if connu is None:
        return np.zeros(len(matrices.codes))
    au_dela = matrices.niveaux - connu - config.liste.niveaux_atteignables
    return np.asarray(np.nan_to_num(au_dela, nan=0.0).clip(min=0.0))


def own_level(matrices: Matrices, compris: ProfilCompris) -> float | None:
    """Level of the person: of the diploma that they told, or of a métier that they exercised, whichever is higher."""
    connus = [float(compris.niveau)] if compris.niveau is not None else []
    exerces = matrices.niveaux[[matrices.rang[code] for code in compris.metiers]]
    connus += exerces[~np.isnan(exerces)].tolist()
    return max(connus) if connus else None


def ranks_with(matrices: Matrices, contexte: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Ranks of the métiers that have a context."""
    return matrices.contextes.get(contexte, np.array([], dtype=np.int64))

"""From signals to an ordered list: the open index, the exclusions, the families."""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from recommender.config import Config
from recommender.etat import Indice
from recommender.matrices import Matrices, Vecteur
from recommender.openings import Ouvertures, reserve
from recommender.profil_compris import ProfilCompris
from recommender.signals.base import Signal


def combine(
    signals: Sequence[Signal], ponderation: Mapping[str, float], total: float, facteur: Vecteur | float = 1.0
) -> Indice:
    """Weighted sum of the signals.

    Args:
        signals: The criteria about which the person said something.
        ponderation: Weight of each criterion, 0 to switch it off.
        total: What the weights are divided by, at least their sum. It counts the criteria that are silent or
            switched off too, so that a reason taken away lowers the index by what it brought, and by nothing else.
        facteur: In [0, 1], lowers the whole index of a métier (conditions to avoid).

    Returns:
        Values in [0, 1]; each contribution is factor × weight × value / total.
    """
    contributions = {s.critere: facteur * s.valeurs * (ponderation[s.critere] / total) for s in signals}
    taille = len(signals[0].valeurs) if signals else 0
    valeurs = np.zeros(taille)
    for contribution in contributions.values():
        valeurs = valeurs + contribution
    return Indice(valeurs, contributions)


def rank_metiers(
    matrices: Matrices, indice: Indice, compris: ProfilCompris, ouvertures: Ouvertures, config: Config, limite: int
) -> tuple[list[int], list[str]]:
    """Ranks of the métiers to show, best first, and what was relaxed to avoid an empty list.

    A métier already exercised is no discovery: it stays out unless the wish names it. Equal métiers take turns
    by domaine professionnel, then by code ROME, so that a tie never shows one domaine only and the same profile
    always gives the same list. Among the first ones, métiers of one ROME v3 fiche are held to a few, and places are
    reserved for other domaines, see `openings.reserve`.
    """
    permis, avertissements = _allowed(matrices, indice, compris)
    candidats = _order(matrices, indice.valeurs, np.flatnonzero(permis & (indice.valeurs > 0)))
    candidats = _spread_families(candidats, matrices, config)
    return reserve(candidats, ouvertures)[:limite], avertissements


def _allowed(matrices: Matrices, indice: Indice, compris: ProfilCompris) -> tuple[NDArray[np.bool_], list[str]]:
    """Métiers that nothing sets aside, and the exclusions that had to be lifted."""
    avertissements: list[str] = []
    permis = np.ones(len(matrices.codes), dtype=bool)
    if compris.exclusions:
        permis[:] = [not code.startswith(compris.exclusions) for code in matrices.codes]
    if compris.exclusions and not (permis & (indice.valeurs > 0)).any():
        avertissements.append("Vos exclusions écartent tous les métiers : elles ont été levées pour cette liste.")
        permis[:] = True
    for code in compris.exerces:
        permis[matrices.rang[code]] &= code in compris.voulus
    exclus = _excluded_by_conditions(matrices, compris)
    if exclus.any():
        if (permis & ~exclus & (indice.valeurs > 0)).any():
            permis &= ~exclus
        else:
            conditions = ", ".join(f"« {libelle} »" for libelle in compris.contextes["exclure"].values())
            avertissements.append(
                f"Aucun métier ne reste sans {conditions} : exclusion levée, les métiers concernés le disent."
            )
    return permis, avertissements


def _spread_families(candidats: list[int], matrices: Matrices, config: Config) -> list[int]:
    """Near-duplicates beyond the first few wait until the first places are filled."""
    tete: list[int] = []
    attente: list[int] = []
    vues: Counter[int] = Counter()
    for rang, metier in enumerate(candidats):
        if len(tete) == config.liste.ouverture_parmi:
            return tete + attente + candidats[rang:]
        famille = int(matrices.familles[metier])
        vues[famille] += 1
        (tete if vues[famille] <= config.liste.famille_maximum else attente).append(metier)
    return tete + attente


def _order(matrices: Matrices, valeurs: Vecteur, candidats: NDArray[np.int64]) -> list[int]:
    """Best first; equal values take turns by domaine professionnel."""
    arrondies = -np.round(valeurs[candidats], 12)
    domaines = np.unique([matrices.codes[m][:3] for m in candidats.tolist()], return_inverse=True)[1]
    ordre = np.lexsort((candidats, domaines, arrondies))
    nouveaux = np.ones(len(ordre), dtype=bool)
    nouveaux[1:] = (np.diff(arrondies[ordre]) != 0) | (np.diff(domaines[ordre]) != 0)
    debuts = np.flatnonzero(nouveaux)
    tours = np.empty(len(ordre), dtype=np.int64)
    tours[ordre] = np.arange(len(ordre)) - debuts[np.cumsum(nouveaux) - 1]
    rangs: list[int] = candidats[np.lexsort((candidats, tours, arrondies))].tolist()
    return rangs


def _excluded_by_conditions(matrices: Matrices, compris: ProfilCompris) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    exclus = np.zeros(len(matrices.codes), dtype=bool)
    for code in compris.contextes.get("exclure", {}):
        if code in matrices.contextes:
            exclus[matrices.contextes[code]] = True
    return exclus

"""From signals to an ordered list: the open index, the exclusions, the reserved places."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice

import numpy as np

from recommender.comprehension import ProfilCompris
from recommender.config import Config
from recommender.matrices import Matrices, Vecteur
from recommender.signals.base import Signal
from recommender.signals.competences import Acquis

_NOMME = 0.8
"""Score from which a wish is taken to name a métier."""


@dataclass(frozen=True, slots=True)
class Indice:
    """The index of every métier and the contribution of each criterion: index = sum of contributions."""

    valeurs: Vecteur
    contributions: dict[str, Vecteur]


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
    matrices: Matrices, indice: Indice, compris: ProfilCompris, acquis: Acquis, config: Config, limite: int
) -> tuple[list[int], list[str]]:
    """Ranks of the métiers to show, best first, and what was relaxed to avoid an empty list.

    A métier already exercised is no discovery: it stays out unless the wish names it. Equal métiers take turns
    by domaine professionnel, then by code ROME, so that a tie never shows one domaine only and the same profile
    always gives the same list. Places are reserved among the first ones for métiers of other grands domaines that
    share real compétences with the person.
    """
    avertissements: list[str] = []
    permis = np.array([not any(code.startswith(p) for p in compris.exclusions) for code in matrices.codes], dtype=bool)
    if compris.exclusions and not (permis & (indice.valeurs > 0)).any():
        avertissements.append("Vos exclusions écartent tous les métiers : elles ont été levées pour cette liste.")
        permis[:] = True
    nommes = {r.code for voeu in compris.souhaits for r in voeu if r.nature == "metier" and r.score >= _NOMME}
    for code in compris.metiers:
        permis[matrices.rang[code]] &= code in nommes
    exclus = _excluded_by_conditions(matrices, compris)
    if exclus.any():
        if (permis & ~exclus & (indice.valeurs > 0)).any():
            permis &= ~exclus
        else:
            conditions = ", ".join(f"« {libelle} »" for libelle in compris.contextes["exclure"].values())
            avertissements.append(
                f"Aucun métier ne reste sans {conditions} : exclusion levée, les métiers concernés le disent."
            )
    candidats = _order(matrices, indice.valeurs, np.flatnonzero(permis & (indice.valeurs > 0)).tolist())
    ouvre = partial(is_opening, matrices=matrices, indice=indice, compris=compris, acquis=acquis, config=config)
    return _reserve_openings(candidats, ouvre, config)[:limite], avertissements


def _order(matrices: Matrices, valeurs: Vecteur, candidats: list[int]) -> list[int]:
    """Best first; equal values take turns by domaine professionnel."""
    tours: Counter[tuple[float, str]] = Counter()
    cles = []
    for metier in candidats:
        valeur = round(float(valeurs[metier]), 12)
        cle = (valeur, matrices.codes[metier][:3])
        cles.append((-valeur, tours[cle], metier))
        tours[cle] += 1
    return [metier for *_, metier in sorted(cles)]


def is_opening(
    metier: int, matrices: Matrices, indice: Indice, compris: ProfilCompris, acquis: Acquis, config: Config
) -> bool:
    """Whether a métier opens another grand domaine than those the person did, and shares real compétences with them.

    False when they named no métier, or when one of their diplomas leads there anyway.
    """
    connus = {code[0] for code in compris.metiers}
    if not connus or matrices.codes[metier][0] in connus:
        return False
    diplomes = indice.contributions.get("diplomes")
    if diplomes is not None and diplomes[metier] > 0:
        return False
    return shared_items(matrices, acquis, metier) >= config.liste.partagees_minimum


def shared_items(matrices: Matrices, acquis: Acquis, metier: int) -> int:
    """Number of non-transversal items of a métier that the person holds."""
    rangs = matrices.demandes[metier].indices
    return int(((acquis.forces[rangs] > 0) & ~matrices.transversal[rangs]).sum())


def _excluded_by_conditions(matrices: Matrices, compris: ProfilCompris) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    exclus = np.zeros(len(matrices.codes), dtype=bool)
    for code in compris.contextes.get("exclure", {}):
        if code in matrices.contextes:
            exclus[matrices.contextes[code]] = True
    return exclus


def _reserve_openings(candidats: list[int], ouvre: Callable[[int], bool], config: Config) -> list[int]:
    """Bring up the best métiers of other domains until the first places hold enough of them."""
    reglages = config.liste
    tete, suite = candidats[: reglages.ouverture_parmi], candidats[reglages.ouverture_parmi :]
    gardes = [m for m in tete if ouvre(m)]
    manque = reglages.ouverture_minimum - len(gardes)
    if manque <= 0 or not suite:
        return candidats
    montants = list(islice(filter(ouvre, suite), manque))
    fermes = set(gardes)
    autres = [m for m in tete if m not in fermes]
    retenus = set(autres[: reglages.ouverture_parmi - len(montants) - len(gardes)]) | fermes
    tete = [m for m in tete if m in retenus] + montants
    pris = set(tete)
    return tete + [m for m in candidats if m not in pris]

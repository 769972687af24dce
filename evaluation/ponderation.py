"""The default weights of the criteria, fitted on judged people and tried on people left out."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold

from evaluation.profils import CasProfil, measure
from recommender.pipeline import Recommender
from referentiels.errors import InvalidInputError

_GRAINE = 20_261_121
_PLIS = 6
_CANDIDATS = 200
"""Métiers compared for each person, beside those expected."""
_RAPPEL = 10.0
_ARRONDI = 4
Reels = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Exemple:
    """One person: contribution of each criterion at weight 1, (n, k), and whether the métier is expected, (n,)."""

    cas: CasProfil
    traits: Reels
    attendus: npt.NDArray[np.bool_]


def fit_weights(moteur: Recommender, cas: Sequence[CasProfil], regularite: float = 10.0) -> dict[str, Any]:
    """A logistic regression of what a conseiller expects on the criteria, with a held-out measure.

    Each person weighs the same, expected métiers as much as the others. Negative weights become 0: no criterion may
    count against a métier. Criteria that the cases tell little of (conditions, tastes) come out low: see the
    configuration for what is kept.

    Args:
        moteur: Gives the criteria; its weights in force are the baseline.
        cas: The tuning set, never the control one.
        regularite: Inverse of the strength of the regularisation.

    Returns:
        `poids` fitted on all the cases, largest 1; `en_vigueur`; for both `rappel` and `ndcg_10` on the same cases
        (`mesure`, `mesure_en_vigueur`), and `validation_croisee` of the fitted ones on people left out.

    Raises:
        InvalidInputError: Fewer cases than folds.
    """
    exemples = [e for e in (_read(moteur, un) for un in cas) if e is not None]
    if len(exemples) < _PLIS:
        raise InvalidInputError(f"il faut au moins {_PLIS} profils compris pour régler des poids.", champ="fichier")
    noms = tuple(moteur.config.ponderation.model_dump())
    tous = list(range(len(exemples)))
    poids = _fit(exemples, regularite)
    scores: dict[str, list[float]] = {"rappel": [], "ndcg_10": []}
    for appris, tenus in KFold(_PLIS, shuffle=True, random_state=_GRAINE).split(tous):
        essai = _measure(moteur, [exemples[i] for i in tenus], _fit([exemples[i] for i in appris], regularite))
        for nom, valeurs in scores.items():
            valeurs.extend([essai[nom]] * len(tenus))
    return {
        "n": len(exemples),
        "poids": dict(zip(noms, np.round(poids, 2).tolist(), strict=True)),
        "en_vigueur": moteur.config.ponderation.model_dump(),
        "mesure": _measure(moteur, exemples, poids),
        "mesure_en_vigueur": _measure(moteur, exemples, np.array([*moteur.config.ponderation.model_dump().values()])),
        "validation_croisee": {nom: round(float(np.mean(valeurs)), _ARRONDI) for nom, valeurs in scores.items()},
    }


def _read(moteur: Recommender, cas: CasProfil) -> _Exemple | None:
    etat = moteur.assess(cas.profil)
    if etat.indice is None:
        return None
    codes = moteur.matrices.codes
    noms = tuple(moteur.config.ponderation.model_dump())
    traits = np.zeros((len(codes), len(noms)))
    for critere, valeurs in etat.indice.contributions.items():
        traits[:, noms.index(critere)] = valeurs * etat.total / etat.ponderation[critere]
    attendus = np.array([any(code.startswith(a) for a in cas.attendus) for code in codes])
    for code in etat.compris.metiers:  # what the person does already is expected of nobody
        attendus[moteur.matrices.rang[code]] = False
    premiers = np.argsort(-etat.indice.valeurs, kind="stable")[:_CANDIDATS]
    garde = np.union1d(premiers, np.flatnonzero(attendus))
    return _Exemple(cas, traits[garde], attendus[garde]) if attendus.any() else None


def _fit(exemples: Sequence[_Exemple], regularite: float) -> Reels:
    parts = [np.where(e.attendus, 1.0 / e.attendus.sum(), 1.0 / max(int((~e.attendus).sum()), 1)) for e in exemples]
    modele = LogisticRegression(C=regularite, max_iter=3_000).fit(
        np.concatenate([e.traits for e in exemples]),
        np.concatenate([e.attendus for e in exemples]),
        sample_weight=_RAPPEL * np.concatenate(parts),
    )
    poids = np.clip(modele.coef_[0], 0.0, None)
    return np.asarray(poids / max(float(poids.max()), 1e-9), dtype=np.float64)


def _measure(moteur: Recommender, exemples: Sequence[_Exemple], poids: Reels) -> dict[str, float]:
    """With these weights as the person's own: they replace the default ones, one by one."""
    noms = tuple(moteur.config.ponderation.model_dump())
    propres = dict(zip(noms, map(float, poids), strict=True))
    cas = [_with_weights(exemple.cas, propres) for exemple in exemples]
    mesures = measure(cas, moteur, moteur.matrices.codes)
    return {"rappel": mesures["rappel"], "ndcg_10": mesures["ndcg_10"]}


def _with_weights(cas: CasProfil, poids: dict[str, float]) -> CasProfil:
    profil = replace(cas.profil, ponderation={**poids, **cas.profil.ponderation})
    return replace(cas, profil=profil)

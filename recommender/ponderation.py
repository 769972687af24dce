"""The weights in force: those of the person where told, the default ones elsewhere; the index in words."""

from collections.abc import Mapping
from types import MappingProxyType

from recommender.config import Config
from recommender.signals.base import AXES
from recommender.types import Axe
from referentiels.errors import InvalidInputError

_POIDS_MAX = 10


def weigh(config: Config, propres: Mapping[str, float]) -> Mapping[str, float]:
    """Weight of each criterion.

    Args:
        config: Default weights.
        propres: The person's own.

    Raises:
        InvalidInputError: A criterion that does not exist, or a weight out of range.
    """
    poids = dict(config.ponderation.model_dump())
    for critere, valeur in propres.items():
        if critere not in poids:
            connus = ", ".join(poids)
            raise InvalidInputError(f"critère inconnu : « {critere} ». Critères : {connus}.", champ="ponderation")
        if not 0 <= valeur <= _POIDS_MAX:
            raise InvalidInputError(f"le poids de « {critere} » doit aller de 0 à 10.", champ="ponderation")
        poids[critere] = float(valeur)
    return MappingProxyType(poids)


def divisor(config: Config, ponderation: Mapping[str, float]) -> float:
    """What weights are divided by: over all criteria, the default weight or the person's, whichever is larger."""
    return float(sum(max(ponderation[nom], defaut) for nom, defaut in config.ponderation.model_dump().items()))


def axis_shares(ponderation: Mapping[str, float], total: float) -> dict[Axe, float]:
    """Share of the index that each axis can bring."""
    sommes: dict[Axe, float] = {"attrait": 0.0, "portee": 0.0}
    for critere, poids in ponderation.items():
        sommes[AXES[critere]] += poids
    return {axe: somme / total for axe, somme in sommes.items()}


def formula(ponderation: Mapping[str, float], total: float) -> str:
    """The index in words and figures, for who wants to check it."""
    parts = axis_shares(ponderation, total)
    detail = ", ".join(f"{critere} {_number(poids)}" for critere, poids in ponderation.items())
    return (
        f"indice = ({_number(parts['attrait'] * total)} × attrait + {_number(parts['portee'] * total)} × portée) "
        f"÷ {_number(total)}. Chaque axe est la moyenne de ses critères selon leurs poids ({detail}), un critère muet "
        "comptant pour 0, baissée par les conditions que vous préférez éviter et par les niveaux d'études à franchir."
    )


def _number(valeur: float) -> str:
    return f"{valeur:.6g}".replace(".", ",")

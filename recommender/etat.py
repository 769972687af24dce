"""What is known between understanding a profile and describing the métiers: every step reads it, none changes it."""

from collections.abc import Mapping
from dataclasses import dataclass

from recommender.matrices import Vecteur
from recommender.profil_compris import ProfilCompris
from recommender.signals.base import Signal
from recommender.signals.competences import Acquis


@dataclass(frozen=True, slots=True)
class Indice:
    """The index of every métier and the contribution of each criterion: index = sum of contributions."""

    valeurs: Vecteur
    contributions: dict[str, Vecteur]


@dataclass(frozen=True, slots=True)
class Etat:
    """A profile understood and scored."""

    compris: ProfilCompris
    ponderation: Mapping[str, float]
    total: float
    """What weights are divided by."""
    acquis: Acquis
    signals: tuple[Signal, ...]
    indice: Indice | None
    """None when nothing was understood that designates a métier."""
    avertissements: tuple[str, ...]

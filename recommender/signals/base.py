"""What a signal is: a value for every métier and the proof of each, leaving together."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from recommender.matrices import Vecteur
from recommender.types import Axe

AXES: Mapping[str, Axe] = {
    "souhait": "attrait",
    "ensemble": "attrait",
    "cas": "attrait",
    "interets": "attrait",
    "conditions": "attrait",
    "competences": "portee",
    "paroles": "portee",
    "mobilites": "portee",
    "diplomes": "portee",
    "marche": "portee",
}
"""The axis of each criterion: does it suit the person, can they get there."""


@dataclass(frozen=True, slots=True)
class Preuve:
    """Why one métier has its value: a French sentence and the facts it names."""

    phrase: str
    faits: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Signal:
    """One criterion over all métiers.

    Args:
        critere: Its key in the weighting.
        valeurs: One value a métier, in [0, 1].
        prouver: Proof of the value of a métier by rank; called where the value is above 0.
    """

    critere: str
    valeurs: Vecteur
    prouver: Callable[[int], Preuve]


def enumerate_french(elements: tuple[str, ...], maximum: int = 3) -> str:
    """« a », « b » et « c »; beyond the maximum, the first ones and how many more."""
    cites = [f"« {e} »" for e in elements[:maximum]]
    reste = len(elements) - len(cites)
    if reste > 0:
        return ", ".join(cites) + f" et {reste} autre{'s' if reste > 1 else ''}"
    return " et ".join([", ".join(cites[:-1]), cites[-1]]) if len(cites) > 1 else "".join(cites)

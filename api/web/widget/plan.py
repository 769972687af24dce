"""The map of formations: numbered points around the person, drawn by us; the list beside it says the same."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from recommender.formations import FormationTrouvee
from referentiels.catalogue import Catalogue
from referentiels.types import Commune

TAILLE = 320
_BORD = 26
_CERCLES_KM = (5, 10, 20, 30, 50, 100, 200, 400, 800)
_KM_PAR_DEGRE = 111.2
Position = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Point:
    """A place where formations are, with their numbers in the list."""

    x: float
    y: float
    numeros: str


@dataclass(frozen=True, slots=True)
class Cercle:
    """How far a distance goes on the map."""

    km: int
    rayon: float


@dataclass(frozen=True, slots=True)
class Plan:
    """The map; north is up, the person in the middle."""

    points: tuple[Point, ...]
    cercles: tuple[Cercle, ...]
    absentes: int
    """Formations of the list that have no place on it."""


def draw_map(catalogue: Catalogue, centre: Position | None, formations: Sequence[FormationTrouvee]) -> Plan | None:
    """The map of a list; None without a place to look from, or when nothing can be placed.

    Args:
        catalogue: Where communes are.
        centre: Of the person, in degrees.
        formations: In the order of the list.
    """
    if centre is None:
        return None
    lieux = [f.code_commune if f.code_commune and f.modalite != "distance" else "" for f in formations]
    positions = locate(catalogue, lieux)
    rangs: defaultdict[Position, list[str]] = defaultdict(list)
    for rang, lieu in enumerate(lieux, 1):
        if lieu in positions:
            rangs[_kilometres(centre, positions[lieu])].append(str(rang))
    if not rangs:
        return None
    portee = max(1.0, *(math.hypot(x, y) for x, y in rangs))
    echelle = (TAILLE / 2 - _BORD) / portee
    points = tuple(
        Point(round(TAILLE / 2 + x * echelle, 1), round(TAILLE / 2 - y * echelle, 1), _shorten(numeros))
        for (x, y), numeros in rangs.items()
    )
    cercles = [Cercle(km, round(km * echelle, 1)) for km in _CERCLES_KM if 0.25 * portee <= km <= portee]
    return Plan(points, tuple(cercles[-2:]), len(formations) - sum(map(len, rangs.values())))


def locate(catalogue: Catalogue, codes: Sequence[str]) -> Mapping[str, Position]:
    """Where communes are, in degrees; one without position is left out."""
    if not codes:
        return {}
    communes = catalogue.select(Commune, code=sorted(set(codes)))
    return {c.code: (c.latitude, c.longitude) for c in communes if c.latitude is not None and c.longitude is not None}


def distance_km(une: Position, autre: Position) -> float:
    """As the crow flies, good enough within a country."""
    return math.hypot(*_kilometres(une, autre))


def _kilometres(centre: Position, lieu: Position) -> Position:
    nord = (lieu[0] - centre[0]) * _KM_PAR_DEGRE
    est = (lieu[1] - centre[1]) * _KM_PAR_DEGRE * math.cos(math.radians((centre[0] + lieu[0]) / 2))
    return round(est, 2), round(nord, 2)


def _shorten(numeros: Sequence[str]) -> str:
    return numeros[0] if len(numeros) == 1 else f"{numeros[0]}+"

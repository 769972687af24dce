"""Both axes as a scatter: numbered points that never hide one another, drawn by us; the list beside says the same."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from api.web.conseiller.pistes import Piste

LARGEUR, HAUTEUR = 640, 400
_MARGE = 30
_RAYON = 15
_TOURS = 60
_ETENDUE = 0.3
"""Least width of an axis, as a share of its highest value."""


@dataclass(frozen=True, slots=True)
class Point:
    """A métier on the scatter; `numero` is that of the list."""

    x: float
    y: float
    piste: Piste

    @property
    def numero(self) -> str:
        """What is written on it."""
        return self.piste.numero


def draw_scatter(pistes: Sequence[Piste]) -> tuple[Point, ...]:
    """The points of a list: to the right what is nearer, above what is liked more.

    Each axis goes from the lowest to the highest value of the list: it tells one métier from another, and nothing of
    the person.
    """
    large, haut = LARGEUR - 2 * _MARGE, HAUTEUR - 2 * _MARGE
    portees = _scale([p.metier.portee for p in pistes])
    attraits = _scale([p.metier.attrait for p in pistes])
    places = [
        [_MARGE + large * portee, HAUTEUR - _MARGE - haut * attrait]
        for portee, attrait in zip(portees, attraits, strict=True)
    ]
    _spread(places)
    return tuple(Point(round(x, 1), round(y, 1), p) for (x, y), p in zip(places, pistes, strict=True))


def _scale(valeurs: Sequence[float]) -> list[float]:
    """Values between 0 and 1; close ones stay close: what hardly differs does not fill the whole axis."""
    bas, haut = min(valeurs, default=0.0), max(valeurs, default=0.0)
    etendue = max(haut - bas, _ETENDUE * haut)
    if etendue <= 0:
        return [0.5 for _ in valeurs]
    milieu = (haut + bas) / 2
    return [0.5 + (valeur - milieu) / etendue for valeur in valeurs]


def _spread(places: list[list[float]]) -> None:
    """Push points that touch away from each other, a little at a time, always in the same way."""
    ecart = 2 * _RAYON + 3
    for _ in range(_TOURS):
        bouge = False
        for n, une in enumerate(places):
            for autre in places[n + 1 :]:
                dx, dy = autre[0] - une[0], autre[1] - une[1]
                distance = math.hypot(dx, dy)
                if distance >= ecart:
                    continue
                bouge = True
                # Points on the very same place part along a line that depends on nothing but their order.
                ux, uy = (dx / distance, dy / distance) if distance > 0.01 else (math.cos(n), math.sin(n))
                pas = (ecart - distance) / 2
                _move(une, -ux * pas, -uy * pas)
                _move(autre, ux * pas, uy * pas)
        if not bouge:
            return


def _move(place: list[float], dx: float, dy: float) -> None:
    place[0] = min(max(place[0] + dx, _MARGE), LARGEUR - _MARGE)
    place[1] = min(max(place[1] + dy, _MARGE), HAUTEUR - _MARGE)

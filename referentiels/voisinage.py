"""Which communes lie near which, in kilometres on the globe."""

import math
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from referentiels.errors import InvalidInputError
from referentiels.types import Commune

if TYPE_CHECKING:
    from sklearn.neighbors import BallTree

RAYON_TERRE_KM = 6371.0088  # mean radius of the Earth (IUGG)
DEMI_TOUR_KM = math.pi * RAYON_TERRE_KM


def haversine_km(latitude_a: float, longitude_a: float, latitude_b: float, longitude_b: float) -> float:
    """Great-circle distance between two points given in degrees."""
    phi_a, phi_b = math.radians(latitude_a), math.radians(latitude_b)
    demi_phi, demi_lambda = (phi_b - phi_a) / 2, math.radians(longitude_b - longitude_a) / 2
    corde = math.sin(demi_phi) ** 2 + math.cos(phi_a) * math.cos(phi_b) * math.sin(demi_lambda) ** 2
    return 2 * RAYON_TERRE_KM * math.asin(math.sqrt(min(1.0, corde)))


class Voisinage:
    """Nearest communes through a BallTree, built at the first question (scikit-learn takes a second to load).

    Args:
        places: Each commune with the latitude and longitude at which it stands, in degrees.
    """

    def __init__(self, places: Sequence[tuple[Commune, float, float]]) -> None:
        self._places = tuple(places)
        self._arbre: BallTree | None = None
        self._verrou = threading.Lock()

    def __len__(self) -> int:
        return len(self._places)

    def within(self, latitude: float, longitude: float, rayon_km: float) -> tuple[tuple[Commune, float], ...]:
        """Communes within a radius of a point, with their distance in km, nearest first (ties by code).

        Raises:
            InvalidInputError: The point is not on the globe, or the radius is no distance.
        """
        point = _radians(latitude, longitude)
        if not (math.isfinite(rayon_km) and 0 <= rayon_km <= DEMI_TOUR_KM + 1):
            raise InvalidInputError("le rayon doit être un nombre de kilomètres, positif ou nul.", champ="rayon_km")
        if not self._places:
            return ()
        # A hair's breadth over the radius, so that the commune asked around is always at distance 0 <= 0.
        rangs, distances = self._tree().query_radius(point, r=rayon_km / RAYON_TERRE_KM + 1e-12, return_distance=True)
        return self._sorted(rangs[0], distances[0])

    def nearest(self, latitude: float, longitude: float, k: int) -> tuple[tuple[Commune, float], ...]:
        """The k communes nearest to a point, with their distance in km.

        Raises:
            InvalidInputError: The point is not on the globe, or k is less than 1.
        """
        point = _radians(latitude, longitude)
        if k < 1:
            raise InvalidInputError("le nombre de communes voulues doit être au moins 1.", champ="k")
        if not self._places:
            return ()
        distances, rangs = self._tree().query(point, k=min(k, len(self._places)))
        return self._sorted(rangs[0], distances[0])

    def warm_up(self) -> None:
        """Build the tree now, so that no visitor waits for it."""
        if self._places:
            self._tree()

    def _tree(self) -> "BallTree":
        with self._verrou:
            if self._arbre is None:
                from sklearn.neighbors import BallTree  # noqa: PLC0415 - heavy: only who asks for neighbours pays

                points = np.array([(latitude, longitude) for _, latitude, longitude in self._places], dtype=np.float64)
                self._arbre = BallTree(np.radians(points), metric="haversine")
            return self._arbre

    def _sorted(
        self,
        rangs: "np.ndarray[tuple[int], np.dtype[np.int64]]",
        radians: "np.ndarray[tuple[int], np.dtype[np.float64]]",
    ) -> tuple[tuple[Commune, float], ...]:
        trouvees = [
            (self._places[rang][0], radian * RAYON_TERRE_KM)
            for rang, radian in zip(rangs.tolist(), radians.tolist(), strict=True)
        ]
        return tuple(sorted(trouvees, key=lambda trouvee: (trouvee[1], trouvee[0].code)))


def _radians(latitude: float, longitude: float) -> "np.ndarray[tuple[int, int], np.dtype[np.float64]]":
    if not (math.isfinite(latitude) and math.isfinite(longitude) and abs(latitude) <= 90 and abs(longitude) <= 180):
        raise InvalidInputError(
            "coordonnées hors du globe : latitude de -90 à 90 et longitude de -180 à 180.", champ="latitude"
        )
    return np.radians(np.array([[latitude, longitude]], dtype=np.float64))

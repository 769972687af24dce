"""The formation offer as columns: one row a way and a place, in the order of identifiers."""

import hashlib
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from recommender.etablissements import Etablissements, read_etablissements
from recommender.situation import PRECISIONS, Points, read_points, settle_rows
from referentiels.store import Store
from referentiels.types import (
    ActionFormation,
    CertificationDiplome,
    Formation,
    Modalite,
    NumeroFiche,
    SessionFormation,
    Voie,
)

Entiers = npt.NDArray[Any]
VOIES: tuple[Voie, ...] = get_args(Voie)
MODALITES: tuple[Modalite, ...] = get_args(Modalite)
DISTANCE = MODALITES.index("distance")
PAS_SESSION = 1 << 22
"""Above any day number: a row and a day make one number, in order."""


class Textes:
    """Many strings in one block of bytes, read one at a time.

    Args:
        textes: In the order of their ranks.
    """

    __slots__ = ("_bloc", "_bornes")

    def __init__(self, textes: Iterable[str]) -> None:
        bloc, bornes = bytearray(), array("q", [0])
        for texte in textes:
            bloc += texte.encode()
            bornes.append(len(bloc))
        self._bloc = bytes(bloc)
        self._bornes = np.frombuffer(bornes, dtype=np.int64)

    def __len__(self) -> int:
        return len(self._bornes) - 1

    def __getitem__(self, rang: int) -> str:
        debut, fin = self._bornes[rang : rang + 2].tolist()
        return self._bloc[debut:fin].decode()

    @property
    def octets(self) -> int:
        """Bytes held."""
        return len(self._bloc) + self._bornes.nbytes


@dataclass(frozen=True, slots=True)
class Colonnes:
    """R rows (actions, and formations that have none), F formations, G groups of duplicates, P points."""

    identifiants: Textes
    """Of the action, or of the formation without action, (R,)."""
    formations: Textes
    """Identifiers, (F,)."""
    formation: Entiers
    """Rank of the formation of each row, int32."""
    voie: Entiers
    """Rank in VOIES, -1 where unknown, int8."""
    modalite: Entiers
    """Rank in MODALITES, -1 where unknown, int8."""
    point: Entiers
    """Rank of the point of each row, -1 where nothing tells where it is, int32."""
    commune: Entiers
    """Rank of its commune, -1 where unknown, int32."""
    estimee: Entiers
    """Whether the commune is only the nearest to the point, bool."""
    precision: Entiers
    """Rank in PRECISIONS of what places the row, int8."""
    organisme: Entiers
    """Rank of the organisme whose name is shown, -1 without, int32."""
    groupe: Entiers
    """Same organisme in the same commune, whatever the source, int32."""
    melange: Entiers
    """First 8 bytes of the SHA-256 of the first identifier of each group, (G,), uint64."""
    sessions: Entiers
    """Row times PAS_SESSION plus day number, sorted, int64."""
    certifications: dict[NumeroFiche, int]
    debuts: Entiers
    """Bounds of the rows of each certification in `lignes`, int64."""
    lignes: Entiers
    """Rows by certification, those of a group side by side, int32."""
    points: Points
    etablissements: Etablissements

    @property
    def octets(self) -> int:
        """Bytes of the arrays and blocks."""
        tableaux = [getattr(self, nom) for nom in self.__slots__]
        propres = sum(t.nbytes for t in tableaux if isinstance(t, np.ndarray))
        textes = self.identifiants.octets + self.formations.octets
        return int(propres) + textes + self.points.octets + self.etablissements.octets


@dataclass(slots=True)
class _Lecture:
    """What the tables of formations hold, as they are read."""

    identifiants: Textes
    formations: Textes
    formation: Entiers
    voie: Entiers
    modalite: Entiers
    latitude: Entiers
    longitude: Entiers
    commune: Entiers
    organisme: Entiers
    liens: list[tuple[str | None, str | None]]
    """Certification and CFD of each formation."""


def build_columns(store: Store) -> Colonnes:
    """Read the offer once; about 0.6 s for 55,000 actions, with few objects left behind."""
    etablissements = read_etablissements(store)
    points = read_points(store)
    lu = _read_rows(store, etablissements, points)
    lieu = settle_rows(points, etablissements, lu.latitude, lu.longitude, lu.commune, lu.organisme)
    groupe, premiers = etablissements.group(lu.organisme, lieu.commune_mere, lu.modalite == DISTANCE, len(points.noms))
    numeros, debuts, lignes = _link(store, lu, groupe)
    return Colonnes(
        identifiants=lu.identifiants,
        formations=lu.formations,
        formation=lu.formation,
        voie=lu.voie,
        modalite=lu.modalite,
        point=lieu.point,
        commune=lieu.commune,
        estimee=lieu.estimee,
        precision=lieu.precision,
        organisme=etablissements.shown(lu.organisme),
        groupe=groupe,
        melange=_digest(lu.identifiants[rang] for rang in premiers.tolist()),
        sessions=_read_sessions(store, lu.identifiants),
        certifications=numeros,
        debuts=debuts,
        lignes=lignes,
        points=lieu.points,
        etablissements=etablissements,
    )

"""The formation offer: formation → actions → sessions, after LHEO."""

from dataclasses import dataclass
from datetime import date

from referentiels.types.cles import CodeCommune, Modalite, NumeroFiche, Voie


@dataclass(frozen=True, slots=True)
class Organisme:
    """Who teaches."""

    id: str
    """Prefixed by its source (`parcoursup:0352686H`)."""
    nom: str
    siret: str | None
    uai: str | None
    site: str | None
    source: str


@dataclass(frozen=True, slots=True)
class Formation:
    """What is taught, by one organisme, towards a certification or not."""

    id: str
    intitule: str
    certification: NumeroFiche | None
    cfd: str | None
    formacodes: tuple[str, ...]
    niveau: int | None
    """European level of 2019 at the end of the formation."""
    objectif: str | None
    duree_heures: int | None
    organisme: str | None
    url: str | None
    source: str
    demonstration: bool = False


@dataclass(frozen=True, slots=True)
class ActionFormation:
    """A way and a place in which a formation is given."""

    id: str
    formation: str
    voie: Voie | None
    modalite: Modalite | None
    commune: CodeCommune | None
    lieu: str | None
    """Name or address of the place, as published."""
    latitude: float | None
    longitude: float | None
    places: int | None
    """Capacity of one entry."""


@dataclass(frozen=True, slots=True)
class SessionFormation:
    """One entry date; None where the source gives none."""

    id: str
    action: str
    debut: date | None
    fin: date | None
    etat: str | None

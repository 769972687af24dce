"""Who works in the espace conseiller, and what a dossier is."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Role = Literal["conseiller", "responsable", "administrateur"]
"""A conseiller holds dossiers; a responsable sees the anonymous figures of a structure; an administrateur, accounts."""
Portee = Literal["conseiller", "structure"]
"""Who may take a dossier up again: the conseiller who opened it, or, when the person agrees, any of the structure."""

MotifSuppression = Literal["demande", "conservation", "fin_de_seance"]
"""Why a dossier is erased: the person asked, nobody touched it for long, or it was a session without record."""


@dataclass(frozen=True, slots=True)
class Structure:
    """A place of guidance whose conseillers work together."""

    identifiant: str
    nom: str
    conservation_mois: int
    """Months without activity after which a dossier is purged."""


@dataclass(frozen=True, slots=True)
class Conseiller:
    """Someone signed in."""

    identifiant: str
    nom: str
    role: Role
    structure: Structure


@dataclass(frozen=True, slots=True)
class Consentement:
    """What the person agreed to, and when; without one, nothing is kept after the session."""

    portee: Portee
    statistiques: bool
    """Whether the session may count in the anonymous figures."""
    recueilli_le: datetime


@dataclass(frozen=True, slots=True)
class Dossier:
    """A dossier at one of its versions; a pseudonym, never a civil identity."""

    identifiant: str
    pseudonyme: str
    structure: str
    conseiller: str
    consentement: Consentement | None
    """None for a session without record: the dossier is wiped when it ends."""
    version: int
    """Grows by one at each write; a write names the version it read."""
    contenu: str
    """What the session holds, as JSON; opaque to storage."""
    notes: str
    """Free notes, kept apart: never ranked on, never logged."""
    ouvert_le: datetime
    modifie_le: datetime
    clos_le: datetime | None


@dataclass(frozen=True, slots=True)
class ResumeDossier:
    """A dossier in a list: without what it holds."""

    identifiant: str
    pseudonyme: str
    conseiller: str
    consentement: Consentement | None
    version: int
    ouvert_le: datetime
    modifie_le: datetime
    clos_le: datetime | None


@dataclass(frozen=True, slots=True)
class VersionDossier:
    """A past version of a dossier: who wrote it and why."""

    version: int
    auteur: str
    motif: str
    ecrite_le: datetime


@dataclass(frozen=True, slots=True)
class PreuveSuppression:
    """What is left of a dossier once it is erased: nothing of the person."""

    reference: str
    """SHA-256 of the identifiant: whoever holds the identifiant can check."""
    motif: MotifSuppression
    supprime_le: datetime
    lignes: int
    """Rows erased."""
    empreinte: str
    """HMAC of the fields above, that the service alone can make, after the name of its key."""

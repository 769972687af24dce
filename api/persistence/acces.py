"""The audit of the espace conseiller: who did what, and when, by identifiers that tell no name."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from api.persistence.base import BaseDonnees
from api.persistence.tables_comptes import LigneAcces

Issue = Literal["fait", "refuse"]
CONSERVATION = timedelta(days=365)
"""How long an access is kept."""


@dataclass(frozen=True, slots=True)
class Acces:
    """One access; `objet` is an account or a dossier, by its identifier."""

    instant: datetime
    acteur: str | None
    structure: str | None
    action: str
    objet: str | None
    issue: Issue


def record(session: Session, acces: Acces) -> None:
    """Write an access down, in the transaction of what it tells of."""
    session.add(
        LigneAcces(
            instant=acces.instant,
            acteur=acces.acteur,
            structure=acces.structure,
            action=acces.action,
            objet=acces.objet,
            issue=acces.issue,
        )
    )


def read_accesses(base: BaseDonnees, *, structure: str | None = None, limite: int = 100) -> tuple[Acces, ...]:
    """The last accesses, newest first; those of one structure when it is named.

    Raises:
        DatabaseError: The database cannot serve now.
    """
    question = select(LigneAcces).order_by(LigneAcces.numero.desc()).limit(limite)
    if structure is not None:
        question = question.where(LigneAcces.structure == structure)
    with base.reading() as session:
        return tuple(
            Acces(a.instant, a.acteur, a.structure, a.action, a.objet, "fait" if a.issue == "fait" else "refuse")
            for a in session.scalars(question)
        )


def forget_old(session: Session, maintenant: datetime) -> None:
    """Forget what is older than `CONSERVATION`."""
    session.execute(delete(LigneAcces).where(LigneAcces.instant < maintenant - CONSERVATION))

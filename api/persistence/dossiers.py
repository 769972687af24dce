"""Dossiers in the database: rows read, written and erased; who may do so is not known here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from api.persistence.tables_comptes import LigneAcces, LigneStructure
from api.persistence.tables_dossiers import LigneDossier, LigneVersion

RECENTES, JOURS = 30, 30
"""What is kept of a dossier: its last versions, and the last one of each of the last days it was written."""
RAPPEL = timedelta(hours=1)
"""Within which reading a dossier again is no other access."""


@dataclass(frozen=True, slots=True)
class Endormi:
    """A dossier that nobody touched since `modifie_le`."""

    identifiant: str
    modifie_le: datetime
    conservation_mois: int
    consenti: bool


def lock_dossier(session: Session, identifiant: str) -> LigneDossier | None:
    """A dossier to be written: others who would write it wait until the transaction ends."""
    question = select(LigneDossier).where(LigneDossier.identifiant == identifiant).with_for_update()
    return session.scalar(question.execution_options(populate_existing=True))


def read_version_row(session: Session, identifiant: str, version: int) -> LigneVersion | None:
    """One version of a dossier; None when it was not kept."""
    return session.get(LigneVersion, (identifiant, version))


def add_version(session: Session, ligne: LigneVersion) -> None:
    """Add the version that a dossier is now at, and drop those that are kept no longer."""
    session.flush()  # a dossier and its first version come in this order, or the key that binds them refuses
    session.add(ligne)
    session.flush()
    jours: set[date] = set()
    perimees = []
    for rang, (version, _, _, ecrite_le) in enumerate(list_versions(session, ligne.dossier)):
        nouveau = ecrite_le.date() not in jours and len(jours) < JOURS
        jours.add(ecrite_le.date())
        if rang >= RECENTES and not nouveau:
            perimees.append(version)
    if perimees:
        session.execute(
            delete(LigneVersion).where(LigneVersion.dossier == ligne.dossier, LigneVersion.version.in_(perimees))
        )


def list_versions(session: Session, identifiant: str) -> Sequence[tuple[int, str, str, datetime]]:
    """Version, author, reason, moment; the last first, without what they hold."""
    champs = (LigneVersion.version, LigneVersion.auteur, LigneVersion.motif, LigneVersion.ecrite_le)
    lignes = session.execute(
        select(*champs).where(LigneVersion.dossier == identifiant).order_by(LigneVersion.version.desc())
    )
    return [(ligne.version, ligne.auteur, ligne.motif, ligne.ecrite_le) for ligne in lignes]


def was_noted(session: Session, acteur: str, action: str, objet: str, maintenant: datetime) -> bool:
    """Whether the audit tells, in the last `RAPPEL`, that someone did something to a dossier."""
    vu = select(LigneAcces.numero).where(
        LigneAcces.objet == objet,
        LigneAcces.acteur == acteur,
        LigneAcces.action == action,
        LigneAcces.issue == "fait",
        LigneAcces.instant > maintenant - RAPPEL,
    )
    return session.scalar(vu.limit(1)) is not None


def delete_dossier(session: Session, ligne: LigneDossier) -> int:
    """Delete a dossier and its versions; how many rows that made."""
    nombre = session.scalar(
        select(func.count()).select_from(LigneVersion).where(LigneVersion.dossier == ligne.identifiant)
    )
    session.execute(delete(LigneVersion).where(LigneVersion.dossier == ligne.identifiant))
    session.delete(ligne)
    session.flush()
    return 1 + (nombre or 0)


def list_asleep(session: Session, avant: datetime) -> tuple[Endormi, ...]:
    """Dossiers that nobody touched since a moment, oldest first."""
    lignes = session.execute(
        select(LigneDossier.identifiant, LigneDossier.modifie_le, LigneStructure.conservation_mois, LigneDossier.portee)
        .join(LigneStructure, LigneStructure.identifiant == LigneDossier.structure)
        .where(LigneDossier.modifie_le < avant)
        .order_by(LigneDossier.modifie_le)
    )
    return tuple(Endormi(i, modifie, mois, portee is not None) for i, modifie, mois, portee in lignes)

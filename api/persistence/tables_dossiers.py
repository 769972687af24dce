"""The tables of dossiers: what is written of a person is sealed, and what is counted tells of nobody."""

from datetime import date, datetime

from sqlalchemy import BigInteger, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from api.persistence.tables import Table


class LigneDossier(Table):
    """A dossier, without what it holds, which each of its versions does."""

    __tablename__ = "dossiers"

    identifiant: Mapped[str] = mapped_column(String(64), primary_key=True)
    structure: Mapped[str] = mapped_column(ForeignKey("structures.identifiant"), index=True)
    conseiller: Mapped[str] = mapped_column(ForeignKey("conseillers.identifiant"), index=True)
    pseudonyme: Mapped[bytes] = mapped_column(LargeBinary)
    portee: Mapped[str | None] = mapped_column(String(20))
    """None for a session without record, whose dossier is wiped when it ends."""
    statistiques: Mapped[bool]
    recueilli_le: Mapped[datetime | None]
    version: Mapped[int]
    comptes: Mapped[bytes | None] = mapped_column(LargeBinary)
    """What this dossier adds to the figures of the month in progress, sealed: so that it counts once."""
    ouvert_le: Mapped[datetime]
    modifie_le: Mapped[datetime] = mapped_column(index=True)
    clos_le: Mapped[datetime | None]


class LigneVersion(Table):
    """A version of a dossier, sealed."""

    __tablename__ = "versions_dossier"

    dossier: Mapped[str] = mapped_column(ForeignKey("dossiers.identifiant"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    auteur: Mapped[str] = mapped_column(String(64))
    motif: Mapped[str] = mapped_column(String(40))
    ecrite_le: Mapped[datetime]
    contenu: Mapped[bytes] = mapped_column(LargeBinary)
    notes: Mapped[bytes] = mapped_column(LargeBinary)


class LignePreuve(Table):
    """What is left of a dossier that was erased."""

    __tablename__ = "preuves_suppression"

    reference: Mapped[str] = mapped_column(String(64), primary_key=True)
    motif: Mapped[str] = mapped_column(String(20))
    supprime_le: Mapped[datetime]
    lignes: Mapped[int]
    empreinte: Mapped[str] = mapped_column(String(100))


class LigneEvenement(Table):
    """How many sessions of a structure showed something in a month, and how many times; of which, nothing tells."""

    __tablename__ = "evenements"

    mois: Mapped[date] = mapped_column(primary_key=True)
    structure: Mapped[str] = mapped_column(String(64), primary_key=True)
    mesure: Mapped[str] = mapped_column(String(20), primary_key=True)
    valeur: Mapped[str] = mapped_column(String(40), primary_key=True)
    seances: Mapped[int] = mapped_column(BigInteger)
    nombre: Mapped[int] = mapped_column(BigInteger)

"""The tables, as SQLAlchemy maps them."""

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, Double, ForeignKey, LargeBinary, MetaData, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from sqlalchemy.types import TypeDecorator

_NOMS = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Instant(TypeDecorator[datetime]):
    """A moment with its time zone: SQLite forgets it, and everything is written in UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """To UTC."""
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """From UTC."""
        if not isinstance(value, datetime):
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Table(DeclarativeBase):
    """The root of every table; its metadata is what the migrations lead to."""

    metadata = MetaData(naming_convention=_NOMS)
    type_annotation_map = {datetime: Instant, list[str]: JSON, float: Double}  # noqa: RUF012 (SQLAlchemy reads it so)


class LignePartenaire(Table):
    """A partner: who calls, from which origins, for what, how much."""

    __tablename__ = "partenaires"

    identifiant: Mapped[str] = mapped_column(String(64), primary_key=True)
    nom: Mapped[str] = mapped_column(String(200))
    origines: Mapped[list[str]]
    portees: Mapped[list[str]]
    quota: Mapped[int | None]
    cree_le: Mapped[datetime]
    revoque_le: Mapped[datetime | None]
    secrets: Mapped[list["LigneSecret"]] = relationship(back_populates="partenaire", order_by="LigneSecret.cree_le")


class LigneSecret(Table):
    """One secret of a partner, hashed; several hold together while one takes the place of another."""

    __tablename__ = "secrets"

    prefixe: Mapped[str] = mapped_column(String(16), primary_key=True)
    identifiant: Mapped[str] = mapped_column(ForeignKey("partenaires.identifiant"), index=True)
    empreinte: Mapped[str] = mapped_column(String(255))
    cree_le: Mapped[datetime]
    expire_le: Mapped[datetime | None]
    revoque_le: Mapped[datetime | None]
    partenaire: Mapped[LignePartenaire] = relationship(back_populates="secrets")


class LigneCle(Table):
    """A key that signs tokens, until another takes its place; it verifies until `expire_le`."""

    __tablename__ = "cles_signature"

    kid: Mapped[str] = mapped_column(String(64), primary_key=True)
    valeur: Mapped[bytes] = mapped_column(LargeBinary)
    cree_le: Mapped[datetime]
    expire_le: Mapped[datetime | None]


class LigneCompteur(Table):
    """How much was taken from a quota in the window that ends at `expire` (seconds since 1970)."""

    __tablename__ = "compteurs"

    cle: Mapped[str] = mapped_column(String(200), primary_key=True)
    compte: Mapped[int] = mapped_column(BigInteger)
    expire: Mapped[float] = mapped_column(index=True)


class LigneSel(Table):
    """The salt of a day, with which addresses are hashed; gone two days later."""

    __tablename__ = "sels"

    jour: Mapped[date] = mapped_column(primary_key=True)
    valeur: Mapped[bytes] = mapped_column(LargeBinary)


class LigneAvis(Table):
    """How many times a question of the path got an answer in a month, told by its first day."""

    __tablename__ = "avis"

    mois: Mapped[date] = mapped_column(primary_key=True)
    question: Mapped[str] = mapped_column(String(20), primary_key=True)
    reponse: Mapped[str] = mapped_column(String(20), primary_key=True)
    nombre: Mapped[int] = mapped_column(BigInteger)

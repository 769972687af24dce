"""Counters of quotas in the database, behind the protocol of the `limits` library."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from limits import RateLimitItem
from limits.storage import Storage
from limits.strategies import FixedWindowRateLimiter
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Double,
    Executable,
    bindparam,
    case,
    cast,
    delete,
    func,
    literal,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from api.persistence.base import BaseDonnees
from api.persistence.tables import LigneCompteur
from referentiels.errors import DatabaseError

_MENAGE = 60.0
"""Seconds between two removals of windows that have ended."""


@dataclass(frozen=True, slots=True)
class Prise:
    """What was taken: how much of it was left to take, how much is left, and the seconds until the window ends."""

    obtenu: int
    restant: int
    secondes: float


class StockageBase(Storage):
    """Counters that processes and replicas share; each change is one atomic UPSERT, by the clock of the database."""

    STORAGE_SCHEME = ["azimut"]  # noqa: RUF012 (so typed by the library)

    def __init__(self, base: BaseDonnees) -> None:
        super().__init__()
        self._base = base
        self._menage = 0.0

    @property
    def base_exceptions(self) -> type[Exception] | tuple[type[Exception], ...]:
        """What this storage may raise."""
        return DatabaseError

    def incr_many(self, demandes: Sequence[tuple[str, int, int]]) -> list[tuple[int, float]]:
        """Add to several counters in one transaction.

        Args:
            demandes: Key, length of its window in seconds, amount.

        Returns:
            For each, the count afterwards and the seconds until its window ends.
        """
        ordre = sorted(range(len(demandes)), key=lambda rang: demandes[rang][0])  # two batches never cross
        faits: dict[int, tuple[int, float]] = {}
        with self._base.writing(durable=False) as session:
            for rang in ordre:
                faits[rang] = _add(session, *demandes[rang])
            if time.monotonic() >= self._menage:
                session.execute(delete(LigneCompteur).where(LigneCompteur.expire < _now(session)))
                self._menage = time.monotonic() + _MENAGE
        return [faits[rang] for rang in range(len(demandes))]

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Add to one counter; the count afterwards."""
        return self.incr_many([(key, expiry, amount)])[0][0]

    def get(self, key: str) -> int:
        """The count of the window in progress."""
        with self._base.reading() as session:
            question = select(LigneCompteur.compte).where(
                LigneCompteur.cle == key, LigneCompteur.expire > _now(session)
            )
            return session.scalar(question) or 0

    def get_expiry(self, key: str) -> float:
        """When the window in progress ends, in seconds since 1970; now when there is none."""
        with self._base.reading() as session:
            return session.scalar(select(LigneCompteur.expire).where(LigneCompteur.cle == key)) or time.time()

    def check(self) -> bool:
        """Whether the database answers."""
        try:
            with self._base.reading() as session:
                return session.scalar(select(literal(1))) == 1
        except DatabaseError:
            return False

    def reset(self) -> int | None:
        """Forget every counter; how many there were."""
        with self._base.writing() as session:
            return len(session.scalars(delete(LigneCompteur).returning(LigneCompteur.cle)).all())

    def clear(self, key: str) -> None:
        """Forget one counter."""
        with self._base.writing() as session:
            session.execute(delete(LigneCompteur).where(LigneCompteur.cle == key))


class FenetreFixe(FixedWindowRateLimiter):
    """The fixed window of `limits`, that may also be taken from by lots."""

    def __init__(self, storage: StockageBase) -> None:
        super().__init__(storage)
        self._stockage = storage

    def take(self, demandes: Sequence[tuple[RateLimitItem, str, int]]) -> list[Prise]:
        """Take lots from several quotas at once; what passes the limit is not given, so the sum never does.

        Args:
            demandes: Quota, who takes, how much is wanted.

        Raises:
            DatabaseError: The database cannot serve now; nothing was taken.
        """
        comptes = self._stockage.incr_many([(q.key_for(qui), q.get_expiry(), nombre) for q, qui, nombre in demandes])
        prises = []
        for (quota, _, nombre), (compte, secondes) in zip(demandes, comptes, strict=True):
            obtenu = max(0, min(nombre, quota.amount - (compte - nombre)))
            prises.append(Prise(obtenu, max(0, quota.amount - compte), secondes))
        return prises


def _add(session: Session, cle: str, fenetre: int, nombre: int) -> tuple[int, float]:
    valeurs = {"cle": cle, "fenetre": float(fenetre), "nombre": nombre, "maintenant": time.time()}
    compte, secondes = session.execute(_upsert(session.get_bind().dialect.name), valeurs).one()
    return int(compte), float(secondes)


@cache
def _upsert(dialecte: str) -> Executable:
    """Add to a counter, whose window starts again when it has ended; written once, it costs little each time."""
    maintenant = _clock(dialecte)
    nombre, fenetre = bindparam("nombre", type_=BigInteger), bindparam("fenetre", type_=Double)
    insertion = (postgresql if dialecte == "postgresql" else sqlite).insert(LigneCompteur.__table__)
    finie = LigneCompteur.expire <= maintenant
    requete: Executable = (
        insertion.values(cle=bindparam("cle"), compte=nombre, expire=maintenant + fenetre)
        .on_conflict_do_update(
            index_elements=[LigneCompteur.cle],
            set_={
                "compte": case((finie, nombre), else_=LigneCompteur.compte + nombre),
                "expire": case((finie, maintenant + fenetre), else_=LigneCompteur.expire),
            },
        )
        .returning(LigneCompteur.compte, LigneCompteur.expire - maintenant)
    )
    return requete


def _now(session: Session) -> ColumnElement[float]:
    dialecte = session.get_bind().dialect.name
    return literal(time.time()) if dialecte == "sqlite" else _clock(dialecte)


def _clock(dialecte: str) -> ColumnElement[float]:
    """The clock that every replica shares: that of PostgreSQL, or that of the one machine of SQLite."""
    if dialecte == "postgresql":
        return cast(func.extract("epoch", func.statement_timestamp()), Double)
    return bindparam("maintenant", type_=Double)

"""Addresses that are counted without being kept: hashed with a salt that lives one day."""

import secrets
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from hashlib import blake2b
from ipaddress import IPv6Address, ip_address

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite

from api.acces.attente import wait_briefly
from api.persistence.base import BaseDonnees
from api.persistence.tables import LigneSel
from referentiels.errors import DatabaseError

_REPOS = 5.0
_RESEAU_IPV6 = 64


class Adresses:
    """Turns an address into a name that tells nothing of it, the same in every process for a day.

    Args:
        base: Keeps the salt of the day.
        fils: Where the database is asked.
        today: The day, in universal time.
    """

    def __init__(
        self, base: BaseDonnees, fils: Executor, today: Callable[[], date] = lambda: datetime.now(UTC).date()
    ) -> None:
        self._base = base
        self._fils = fils
        self._today = today
        self._jour: date | None = None
        self._sel = secrets.token_bytes(16)
        self._essai = float("-inf")
        self._lecture: Future[bytes] | None = None

    async def name(self, hote: str) -> str:
        """The name of an address; that of its network of 64 bits in IPv6, where one subscriber holds them all.

        Args:
            hote: As the server or a trusted proxy tells it; what is no address is counted together.
        """
        jour = self._today()
        if jour != self._jour:
            await self._change_salt(jour)
        return _hash(hote, self._sel)

    async def _change_salt(self, jour: date) -> None:
        """Take the salt of the day; as long as the database cannot give it, ours alone serves."""
        if time.monotonic() - self._essai < _REPOS or self._base.disjoncteur.ouvert:
            return
        if self._lecture is None:
            self._lecture = self._fils.submit(ensure_salt, self._base, jour)
        lecture = self._lecture
        await wait_briefly(lecture)
        if lecture is not self._lecture:
            return
        if not lecture.done():
            self._essai = time.monotonic()
            return
        self._lecture = None
        erreur = lecture.exception()
        if erreur is None:
            self._sel, self._jour = lecture.result(), jour
        elif isinstance(erreur, DatabaseError):
            self._essai = time.monotonic()
        else:
            raise erreur


def ensure_salt(base: BaseDonnees, jour: date) -> bytes:
    """The salt of a day, drawn by whoever asks first; those of two days ago are forgotten.

    Raises:
        DatabaseError: The database cannot serve now.
    """
    with base.writing() as session:
        session.execute(delete(LigneSel).where(LigneSel.jour < jour - timedelta(days=1)))
        insertion = (postgresql if session.get_bind().dialect.name == "postgresql" else sqlite).insert(LigneSel)
        session.execute(insertion.values(jour=jour, valeur=secrets.token_bytes(16)).on_conflict_do_nothing())
        return session.scalars(select(LigneSel.valeur).where(LigneSel.jour == jour)).one()


@lru_cache(maxsize=4096)
def _hash(hote: str, sel: bytes) -> str:
    try:
        adresse = ip_address(hote.partition("%")[0])
    except ValueError:
        reseau = b"?"
    else:
        if isinstance(adresse, IPv6Address):
            reseau = (
                adresse.ipv4_mapped.packed if adresse.ipv4_mapped is not None else adresse.packed[: _RESEAU_IPV6 // 8]
            )
        else:
            reseau = adresse.packed
    return blake2b(reseau, key=sel, digest_size=12).hexdigest()

"""Sessions kept by the service: the browser holds a drawn number, the database its hash alone."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Literal, cast

from sqlalchemy import update
from sqlalchemy.orm import Session

from api.conseil.types import Conseiller, Role, Structure
from api.persistence.base import BaseDonnees
from api.persistence.comptes import drop_sessions, get_session, list_sessions
from api.persistence.tables_comptes import LigneConseiller, LigneSession

Etape = Literal["ouverte", "totp", "mot_de_passe"]
"""What a session lets do: everything, or only give the second factor, or only choose a password."""
EN_COURS = timedelta(minutes=5)
"""How long one may take to give the second factor."""
_REVUE = timedelta(minutes=1)
"""A session seen so lately is not written again."""
Horloge = Callable[[], datetime]


def now() -> datetime:
    """The present moment."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Ouverte:
    """A session that holds."""

    conseiller: Conseiller
    etape: Etape
    empreinte: str


@dataclass(frozen=True, slots=True)
class SessionVue:
    """What a person is shown of a session of theirs."""

    ouverte_le: datetime
    vue_le: datetime
    celle_ci: bool


class Sessions:
    """Opens, finds and ends sessions.

    Args:
        base: Where they are.
        inactivite: How long one holds without being used.
        duree: How long one holds at most.
        horloge: Tells the present moment.
    """

    def __init__(self, base: BaseDonnees, inactivite: timedelta, duree: timedelta, horloge: Horloge = now) -> None:
        self._base = base
        self._inactivite = inactivite
        self._duree = duree
        self._horloge = horloge

    def add(self, session: Session, conseiller: str, etape: Etape) -> str:
        """Open a session in a transaction; the number that the browser is to keep."""
        jeton = secrets.token_urlsafe(32)
        maintenant = self._horloge()
        session.add(
            LigneSession(
                empreinte=fingerprint(jeton),
                conseiller=conseiller,
                etape=etape,
                ouverte_le=maintenant,
                vue_le=maintenant,
                expire_le=maintenant + (EN_COURS if etape == "totp" else self._duree),
            )
        )
        return jeton

    def find(self, jeton: str) -> Ouverte | None:
        """The session of a number, None when it holds no more; to find it is to use it.

        Raises:
            DatabaseError: The database cannot serve now.
        """
        empreinte = fingerprint(jeton)
        maintenant = self._horloge()
        with self._base.reading() as session:
            ligne = get_session(session, empreinte)
            if ligne is None or not self._holds(ligne, maintenant):
                return None
            ouverte = Ouverte(to_conseiller(ligne.compte), cast("Etape", ligne.etape), empreinte)
            vue_le = ligne.vue_le
        if maintenant - vue_le >= min(_REVUE, self._inactivite / 4):
            with self._base.writing(durable=False) as session:
                session.execute(
                    update(LigneSession).where(LigneSession.empreinte == empreinte).values(vue_le=maintenant)
                )
        return ouverte

    def list_of(self, ouverte: Ouverte) -> tuple[SessionVue, ...]:
        """The sessions of the person of this one that hold.

        Raises:
            DatabaseError: The database cannot serve now.
        """
        maintenant = self._horloge()
        with self._base.reading() as session:
            return tuple(
                SessionVue(ligne.ouverte_le, ligne.vue_le, ligne.empreinte == ouverte.empreinte)
                for ligne in list_sessions(session, ouverte.conseiller.identifiant)
                if ligne.etape == "ouverte" and self._holds(ligne, maintenant)
            )

    def end_others(self, ouverte: Ouverte) -> None:
        """End every session of the person but this one.

        Raises:
            DatabaseError: The database cannot serve now.
        """
        with self._base.writing() as session:
            drop_sessions(session, ouverte.conseiller.identifiant, sauf=ouverte.empreinte)

    def _holds(self, ligne: LigneSession, maintenant: datetime) -> bool:
        vivante = maintenant < ligne.expire_le and maintenant < ligne.vue_le + self._inactivite
        return vivante and ligne.compte.desactive_le is None


def fingerprint(jeton: str) -> str:
    """What is kept of a number drawn at random."""
    return sha256(jeton.encode()).hexdigest()


def to_conseiller(ligne: LigneConseiller) -> Conseiller:
    """Someone, as the pages know them."""
    lieu = Structure(ligne.lieu.identifiant, ligne.lieu.nom, ligne.lieu.conservation_mois)
    return Conseiller(ligne.identifiant, ligne.nom, cast("Role", ligne.role), lieu)

"""What is asked of the tables of accounts and of sessions."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import Session, joinedload

from api.persistence.tables_comptes import LigneConseiller, LigneDemandeOidc, LigneSession, LigneStructure


def find_account(session: Session, connexion: str, *, ecriture: bool = False) -> LigneConseiller | None:
    """The account of a name typed to sign in; held until the end of the transaction when it is to be written."""
    return _one(session, LigneConseiller.connexion == connexion, ecriture=ecriture)


def get_account(session: Session, identifiant: str, *, ecriture: bool = False) -> LigneConseiller | None:
    """The account of an identifier."""
    return _one(session, LigneConseiller.identifiant == identifiant, ecriture=ecriture)


def find_subject(session: Session, sujet: str) -> LigneConseiller | None:
    """The account of someone whom the identity provider knows."""
    return _one(session, LigneConseiller.sujet_oidc == sujet, ecriture=True)


def list_accounts(session: Session, structure: str | None = None) -> Sequence[LigneConseiller]:
    """Accounts by structure, then by name to sign in."""
    question = select(LigneConseiller).options(joinedload(LigneConseiller.lieu))
    if structure is not None:
        question = question.where(LigneConseiller.structure == structure)
    return session.scalars(question.order_by(LigneConseiller.structure, LigneConseiller.connexion)).all()


def list_places(session: Session) -> Sequence[LigneStructure]:
    """Structures, by identifier."""
    return session.scalars(select(LigneStructure).order_by(LigneStructure.identifiant)).all()


def get_session(session: Session, empreinte: str) -> LigneSession | None:
    """A session with its account and its structure, in one question."""
    compte = joinedload(LigneSession.compte).joinedload(LigneConseiller.lieu)
    return session.scalar(select(LigneSession).options(compte).where(LigneSession.empreinte == empreinte))


def list_sessions(session: Session, conseiller: str) -> Sequence[LigneSession]:
    """The sessions of an account, last seen first."""
    question = select(LigneSession).where(LigneSession.conseiller == conseiller)
    return session.scalars(question.order_by(LigneSession.vue_le.desc())).all()


def drop_sessions(session: Session, conseiller: str, sauf: str | None = None) -> None:
    """End the sessions of an account, but one."""
    session.execute(
        delete(LigneSession).where(LigneSession.conseiller == conseiller, LigneSession.empreinte != (sauf or ""))
    )


def drop_ended(session: Session, maintenant: datetime) -> None:
    """Forget sessions and sign-ins that are over."""
    session.execute(delete(LigneSession).where(LigneSession.expire_le < maintenant))
    session.execute(delete(LigneDemandeOidc).where(LigneDemandeOidc.expire_le < maintenant))


def take_request(session: Session, etat: str) -> LigneDemandeOidc | None:
    """A sign-in sent to the identity provider, which is forgotten at once."""
    prise = delete(LigneDemandeOidc).where(LigneDemandeOidc.etat == etat).returning(LigneDemandeOidc)
    return session.scalar(prise)


def _one(session: Session, critere: ColumnElement[bool], *, ecriture: bool) -> LigneConseiller | None:
    question = select(LigneConseiller).where(critere)
    if ecriture:
        # SQLite locks nothing more: its writers already wait for one another. What this transaction read before it held
        # the row may be what another has just changed: it is read again.
        question = question.with_for_update().execution_options(populate_existing=True)
    return session.scalar(question)

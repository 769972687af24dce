"""Everything sealed anew with the key that seals now, so that the former ones may be forgotten."""

from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from api.conseil.coffre import Coffre
from api.conseil.erreurs import CoffreError
from api.persistence.base import BaseDonnees
from api.persistence.dossiers import lock_dossier
from api.persistence.tables_comptes import LigneConseiller
from api.persistence.tables_dossiers import LigneDossier, LigneVersion

_FACTEURS = or_(LigneConseiller.totp.is_not(None), LigneConseiller.totp_attente.is_not(None))


@dataclass(frozen=True, slots=True)
class Rechiffrement:
    """What was done: dossiers and second factors sealed anew, already so, or that no key opens and are left as is."""

    rechiffres: int
    deja: int
    illisibles: int


def reseal(base: BaseDonnees, coffre: Coffre) -> Rechiffrement:
    """Seal every dossier with the first key, each in a transaction of its own, while the service goes on.

    Raises:
        CoffreError: There is no key at all.
        DatabaseError: The database cannot serve now; what was sealed anew stays so.
    """
    coffre.check()
    with base.reading() as session:
        tous = session.scalars(select(LigneDossier.identifiant)).all()
        comptes = session.scalars(select(LigneConseiller.identifiant).where(_FACTEURS)).all()
    faits = illisibles = 0
    for identifiant, turn in (*((i, _reseal_dossier) for i in tous), *((i, _reseal_account) for i in comptes)):
        try:
            with base.writing() as session:
                faits += turn(session, coffre, identifiant)
        except CoffreError:
            illisibles += 1
    return Rechiffrement(faits, len(tous) + len(comptes) - faits - illisibles, illisibles)


def _reseal_account(session: Session, coffre: Coffre, identifiant: str) -> bool:
    """Seal the second factor of an account anew."""
    ligne = session.get(LigneConseiller, identifiant, with_for_update=True)
    if ligne is None:
        return False
    avant = ligne.totp, ligne.totp_attente
    place = ("conseillers", identifiant, "totp")
    ligne.totp, ligne.totp_attente = (scelle and _turn(coffre, scelle, place) for scelle in avant)
    return avant != (ligne.totp, ligne.totp_attente)


def _turn(coffre: Coffre, scelle: bytes, place: tuple[str, ...]) -> bytes:
    texte = coffre.unseal(scelle, *place)
    return scelle if coffre.is_current(scelle) else coffre.seal(texte, *place)


def _reseal_dossier(session: Session, coffre: Coffre, identifiant: str) -> bool:
    ligne = lock_dossier(session, identifiant)
    if ligne is None:
        return False

    def turn(scelle: bytes, *place: str) -> bytes:
        return _turn(coffre, scelle, (identifiant, *place))

    avant = ligne.pseudonyme, ligne.comptes
    ligne.pseudonyme = turn(ligne.pseudonyme, ligne.structure, "pseudonyme")
    if ligne.comptes is not None:
        ligne.comptes = turn(ligne.comptes, "comptes")
    change = avant != (ligne.pseudonyme, ligne.comptes)
    for version in session.scalars(select(LigneVersion).where(LigneVersion.dossier == identifiant)):
        tenus = version.contenu, version.notes
        version.contenu = turn(version.contenu, ligne.structure, str(version.version), "contenu")
        version.notes = turn(version.notes, ligne.structure, str(version.version), "notes")
        change = change or tenus != (version.contenu, version.notes)
    return change

"""Signing in and out: password, second factor, and what slows down who guesses."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from api.acces.hachage import matches
from api.conseil.coffre import Coffre
from api.conseil.mots_de_passe import LONGUEUR_MAX, normalise
from api.conseil.sessions import Etape, Horloge, Ouverte, Sessions, fingerprint, now
from api.conseil.totp import read_code, use_code
from api.persistence.acces import Acces, forget_old, record
from api.persistence.base import BaseDonnees
from api.persistence.comptes import drop_ended, find_account, get_account, get_session
from api.persistence.tables_comptes import LigneConseiller

ECHECS = 5
"""Failures in a row from which an account waits."""
ATTENTE_MIN, ATTENTE_MAX = timedelta(minutes=1), timedelta(hours=1)
"""It waits a minute, then twice as long at each failure."""
CONNEXION_MAX = 200


class Connexions:
    """Lets conseillers in; an account that does not exist costs and tells the same as a wrong password.

    Args:
        base: Where accounts are.
        sessions: What it opens.
        coffre: Opens second factors.
        horloge: Tells the present moment.
    """

    def __init__(self, base: BaseDonnees, sessions: Sessions, coffre: Coffre, horloge: Horloge = now) -> None:
        self._base = base
        self._sessions = sessions
        self._coffre = coffre
        self._horloge = horloge

    def sign_in(self, connexion: str, mot_de_passe: str) -> str | None:
        """Open a session, whole or waiting for what is still due; None when the account or the password is wrong.

        A locked account is refused in the same words, whatever the password.

        Raises:
            DatabaseError: The database cannot serve now.
        """
        nom = read_login(connexion)
        with self._base.reading() as session:
            lue = find_account(session, nom)
            empreinte = None if lue is None else lue.empreinte
        juste = matches(empreinte, normalise(mot_de_passe)[: LONGUEUR_MAX + 1])
        maintenant = self._horloge()
        # Whatever the answer, one hash was made and one transaction writes.
        with self._base.writing() as session:
            drop_ended(session, maintenant)
            forget_old(session, maintenant)
            ligne = find_account(session, nom, ecriture=True)
            if ligne is None or not self._may_enter(ligne, maintenant):
                self._refuse(session, ligne, "connexion")
                return None
            if not juste or ligne.empreinte != empreinte:
                fail(ligne, maintenant)
                self._refuse(session, ligne, "connexion")
                return None
            return self._open(session, ligne, "totp" if ligne.totp else _next_step(ligne))

    def give_code(self, jeton: str, code: str) -> str | None:
        """Go on with a second factor, or a code for a bad day, under a new number; None when it is wrong.

        Raises:
            DatabaseError: The database cannot serve now.
        """
        maintenant = self._horloge()
        with self._base.writing() as session:
            attente = get_session(session, fingerprint(jeton))
            if attente is None or attente.etape != "totp" or attente.expire_le <= maintenant:
                return None
            ligne = get_account(session, attente.conseiller, ecriture=True)
            if get_session(session, attente.empreinte) is None:  # another request used it while this one waited
                return None
            if ligne is None or not self._may_enter(ligne, maintenant):
                self._refuse(session, ligne, "second_facteur")
                return None
            if not check_factor(self._coffre, ligne, code, maintenant):
                fail(ligne, maintenant)
                self._refuse(session, ligne, "second_facteur")
                return None
            session.delete(attente)
            return self._open(session, ligne, _next_step(ligne))

    def enter(self, session: Session, ligne: LigneConseiller) -> str | None:
        """Let in who the identity provider vouches for, in its transaction; None when the account is closed."""
        if ligne.desactive_le is not None:
            self._refuse(session, ligne, "connexion")
            return None
        return self._open(session, ligne, "ouverte")

    def sign_out(self, ouverte: Ouverte) -> None:
        """End a session.

        Raises:
            DatabaseError: The database cannot serve now.
        """
        with self._base.writing() as session:
            ligne = get_session(session, ouverte.empreinte)
            if ligne is not None:
                session.delete(ligne)
                self._note(session, ligne.compte, "deconnexion")

    def _open(self, session: Session, ligne: LigneConseiller, etape: Etape) -> str:
        if etape != "totp":
            ligne.echecs, ligne.bloque_jusqu = 0, None
        self._note(session, ligne, "second_facteur_attendu" if etape == "totp" else "connexion")
        return self._sessions.add(session, ligne.identifiant, etape)

    def _may_enter(self, ligne: LigneConseiller, maintenant: datetime) -> bool:
        perime = ligne.provisoire_jusqu is not None and ligne.provisoire_jusqu <= maintenant
        return ligne.desactive_le is None and not perime and not is_locked(ligne, maintenant)

    def _note(self, session: Session, ligne: LigneConseiller, action: str) -> None:
        record(session, Acces(self._horloge(), ligne.identifiant, ligne.structure, action, None, "fait"))

    def _refuse(self, session: Session, ligne: LigneConseiller | None, action: str) -> None:
        acteur = None if ligne is None else ligne.identifiant
        structure = None if ligne is None else ligne.structure
        record(session, Acces(self._horloge(), acteur, structure, action, None, "refuse"))


def read_login(texte: str) -> str:
    """The name typed to sign in, as it is kept."""
    return texte.strip().lower().replace("\0", "")[:CONNEXION_MAX]


def is_locked(ligne: LigneConseiller, maintenant: datetime) -> bool:
    """Whether an account waits after failures."""
    return ligne.bloque_jusqu is not None and maintenant < ligne.bloque_jusqu


def fail(ligne: LigneConseiller, maintenant: datetime) -> None:
    """Count a failure; from the fifth on, the account waits."""
    ligne.echecs += 1
    if ligne.echecs >= ECHECS:
        ligne.bloque_jusqu = maintenant + min(ATTENTE_MAX, ATTENTE_MIN * 2 ** min(ligne.echecs - ECHECS, 10))


def seal_factor(coffre: Coffre, ligne: LigneConseiller, secret: str) -> bytes:
    """A second factor as it is kept: it opens only in its own account.

    Raises:
        CoffreError: There is no key.
    """
    return coffre.seal(secret, "conseillers", ligne.identifiant, "totp")


def unseal_factor(coffre: Coffre, ligne: LigneConseiller, scelle: bytes) -> str:
    """A second factor, in base 32.

    Raises:
        CoffreError: The key that sealed it is not here, or it was altered or moved.
    """
    return coffre.unseal(scelle, "conseillers", ligne.identifiant, "totp")


def check_factor(coffre: Coffre, ligne: LigneConseiller, code: str, maintenant: datetime) -> bool:
    """Whether a code of the second factor, or one for a bad day, is right; it is used up.

    Raises:
        CoffreError: The second factor cannot be opened.
    """
    if ligne.totp is None:
        return False
    pas = read_code(unseal_factor(coffre, ligne, ligne.totp), code, maintenant, ligne.totp_pas)
    if pas is not None:
        ligne.totp_pas = pas
        return True
    restants = use_code(ligne.codes_secours, code, ligne.identifiant)
    if restants is None:
        return False
    ligne.codes_secours = restants
    return True


def _next_step(ligne: LigneConseiller) -> Etape:
    return "ouverte" if ligne.provisoire_jusqu is None else "mot_de_passe"

"""What people do with their own account: password, second factor."""

from datetime import datetime

from sqlalchemy.orm import Session

from api.acces.hachage import hash_secret, matches
from api.conseil.coffre import Coffre
from api.conseil.connexions import check_factor, fail, is_locked, seal_factor, unseal_factor
from api.conseil.mots_de_passe import LONGUEUR_MAX, check_password, normalise
from api.conseil.sessions import Horloge, Ouverte, Sessions, now
from api.conseil.totp import draw_codes, draw_secret, hash_code, read_code, uri_of
from api.persistence.acces import Acces, record
from api.persistence.base import BaseDonnees
from api.persistence.comptes import drop_sessions, get_account
from api.persistence.tables_comptes import LigneConseiller
from referentiels.errors import InvalidInputError, UnknownCodeError

_MOT_FAUX = "le mot de passe actuel n'est pas le bon ; après plusieurs essais, attendez quelques minutes."
_CODE_FAUX = "ce code n'est pas le bon, ou il a déjà servi : attendez le suivant."


class MonCompte:
    """Changes the account of who asks, once the present password is given again.

    Args:
        base: Where accounts are.
        sessions: Those that a change of password ends.
        coffre: Seals second factors.
        horloge: Tells the present moment.
    """

    def __init__(self, base: BaseDonnees, sessions: Sessions, coffre: Coffre, horloge: Horloge = now) -> None:
        self._base = base
        self._sessions = sessions
        self._coffre = coffre
        self._horloge = horloge

    def change_password(self, ouverte: Ouverte, actuel: str, nouveau: str) -> str:
        """Change the password, and end every session; the number of the one that takes their place.

        Raises:
            InvalidInputError: The present password is wrong, or the new one is refused; `champ` says which.
            DatabaseError: The database cannot serve now.
        """
        conseiller = ouverte.conseiller
        empreinte = self._confirm(ouverte, actuel, "mot_de_passe")
        with self._base.reading() as session:
            connexion = _account(session, conseiller.identifiant).connexion
        proches = (connexion, conseiller.nom, conseiller.structure.nom, conseiller.structure.identifiant)
        choisi = check_password(nouveau, proches)
        if choisi == normalise(actuel):
            raise InvalidInputError("le nouveau mot de passe est celui que vous aviez.", champ="nouveau")
        neuve = hash_secret(choisi)
        with self._base.writing() as session:
            ligne = _account(session, conseiller.identifiant, ecriture=True)
            if ligne.empreinte != empreinte:
                raise InvalidInputError(_MOT_FAUX, champ="actuel")
            ligne.empreinte, ligne.provisoire_jusqu = neuve, None
            drop_sessions(session, ligne.identifiant)
            self._note(session, ligne, "mot_de_passe")
            return self._sessions.add(session, ligne.identifiant, "ouverte")

    def start_totp(self, ouverte: Ouverte, actuel: str) -> None:
        """Draw a second factor, that holds once a code confirms it.

        Raises:
            InvalidInputError: The present password is wrong.
            CoffreError: There is no key to seal it.
            DatabaseError: The database cannot serve now.
        """
        self._confirm(ouverte, actuel, "second_facteur")
        with self._base.writing() as session:
            ligne = _account(session, ouverte.conseiller.identifiant, ecriture=True)
            if ligne.totp is None:
                ligne.totp_attente = seal_factor(self._coffre, ligne, draw_secret())

    def pending_totp(self, ouverte: Ouverte) -> tuple[str, str] | None:
        """The second factor to confirm, in base 32 and as an address for a QR code; None when there is none.

        Raises:
            DatabaseError: The database cannot serve now.
        """
        with self._base.reading() as session:
            ligne = _account(session, ouverte.conseiller.identifiant)
            if ligne.totp_attente is None:
                return None
            secret = unseal_factor(self._coffre, ligne, ligne.totp_attente)
            return secret, uri_of(secret, ligne.connexion)

    def confirm_totp(self, ouverte: Ouverte, code: str) -> tuple[str, ...]:
        """Keep the second factor that was drawn; codes for a bad day, which cannot be shown again.

        Raises:
            InvalidInputError: The code is wrong.
            DatabaseError: The database cannot serve now.
        """
        maintenant = self._horloge()
        with self._base.writing() as session:
            ligne = _account(session, ouverte.conseiller.identifiant, ecriture=True)
            if ligne.totp_attente is None:
                raise InvalidInputError("commencez par afficher le code à lire.", champ="code")
            pas = read_code(unseal_factor(self._coffre, ligne, ligne.totp_attente), code, maintenant, None)
            if pas is None:
                raise InvalidInputError(_CODE_FAUX, champ="code")
            codes = draw_codes()
            ligne.totp, ligne.totp_attente, ligne.totp_pas = ligne.totp_attente, None, pas
            ligne.codes_secours = [hash_code(c, ligne.identifiant) for c in codes]
            drop_sessions(session, ligne.identifiant, sauf=ouverte.empreinte)
            self._note(session, ligne, "second_facteur_pose")
            return codes

    def drop_totp(self, ouverte: Ouverte, actuel: str, code: str) -> None:
        """Do without the second factor from now on.

        Raises:
            InvalidInputError: The present password or the code is wrong.
            DatabaseError: The database cannot serve now.
        """
        self._confirm(ouverte, actuel, "second_facteur")
        maintenant = self._horloge()
        with self._base.writing() as session:
            ligne = _account(session, ouverte.conseiller.identifiant, ecriture=True)
            juste = not is_locked(ligne, maintenant) and check_factor(self._coffre, ligne, code, maintenant)
            if juste:
                forget_factor(ligne)
                self._note(session, ligne, "second_facteur_retire")
            else:
                self._fail(session, ligne, maintenant, "second_facteur_retire")
        if not juste:
            raise InvalidInputError(_CODE_FAUX, champ="code")

    def ways_in(self, ouverte: Ouverte) -> tuple[bool, bool]:
        """Whether the account opens by a password, and whether a second factor is asked for with it.

        Raises:
            DatabaseError: The database cannot serve now.
        """
        with self._base.reading() as session:
            ligne = _account(session, ouverte.conseiller.identifiant)
            return ligne.empreinte is not None, ligne.totp is not None

    def _confirm(self, ouverte: Ouverte, actuel: str, action: str) -> str:
        """The hash that the present password answers; a wrong one counts as a failure to sign in."""
        with self._base.reading() as session:
            empreinte = _account(session, ouverte.conseiller.identifiant).empreinte
        juste = matches(empreinte, normalise(actuel)[: LONGUEUR_MAX + 1])
        maintenant = self._horloge()
        with self._base.writing() as session:
            ligne = _account(session, ouverte.conseiller.identifiant, ecriture=True)
            juste = juste and not is_locked(ligne, maintenant)
            if not juste:
                self._fail(session, ligne, maintenant, action)
        if not juste or empreinte is None:
            raise InvalidInputError(_MOT_FAUX, champ="actuel")
        return empreinte

    def _fail(self, session: Session, ligne: LigneConseiller, maintenant: datetime, action: str) -> None:
        if not is_locked(ligne, maintenant):
            fail(ligne, maintenant)
        record(session, Acces(maintenant, ligne.identifiant, ligne.structure, action, None, "refuse"))

    def _note(self, session: Session, ligne: LigneConseiller, action: str) -> None:
        record(session, Acces(self._horloge(), ligne.identifiant, ligne.structure, action, None, "fait"))


def forget_factor(ligne: LigneConseiller) -> None:
    """Take the second factor and its codes away."""
    ligne.totp, ligne.totp_attente, ligne.totp_pas, ligne.codes_secours = None, None, None, []


def _account(session: Session, identifiant: str, *, ecriture: bool = False) -> LigneConseiller:
    ligne = get_account(session, identifiant, ecriture=ecriture)
    if ligne is None:
        raise UnknownCodeError("compte", identifiant)
    return ligne

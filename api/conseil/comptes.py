"""Structures and accounts, as those who administer them know them."""

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import get_args

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.acces.hachage import hash_secret
from api.conseil.connexions import CONNEXION_MAX, is_locked, read_login
from api.conseil.mon_compte import forget_factor
from api.conseil.mots_de_passe import draw_password
from api.conseil.sessions import Horloge, now, to_conseiller
from api.conseil.types import Conseiller, Role, Structure
from api.persistence.acces import Acces, record
from api.persistence.base import BaseDonnees
from api.persistence.comptes import drop_sessions, find_account, get_account, list_accounts, list_places
from api.persistence.tables_comptes import LigneConseiller, LigneStructure
from referentiels.errors import InvalidInputError, UnknownCodeError

ROLES: tuple[Role, ...] = get_args(Role)
CONSERVATION_MOIS = 12
CONSERVATION_MAX = 60
PROVISOIRE = timedelta(days=7)
"""How long a password given by someone else opens an account."""
_IDENTIFIANT = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
_CONNEXION = re.compile(rf"[a-z0-9](?:[a-z0-9._@+-]{{0,{CONNEXION_MAX - 1}}})")


@dataclass(frozen=True, slots=True)
class Compte:
    """An account as it may be shown: nothing that opens it."""

    conseiller: Conseiller
    connexion: str
    cree_le: datetime
    desactive_le: datetime | None
    provisoire: bool
    """Whether the password is still to be chosen."""
    totp: bool
    externe: bool
    """Whether an identity provider vouches for the person."""
    bloque: bool

    @property
    def actif(self) -> bool:
        """Whether it opens."""
        return self.desactive_le is None


class Comptes:
    """Makes and closes accounts.

    Args:
        base: Where they are.
        horloge: Tells the present moment.
    """

    def __init__(self, base: BaseDonnees, horloge: Horloge = now) -> None:
        self._base = base
        self._horloge = horloge

    def create_structure(self, identifiant: str, nom: str, conservation_mois: int = CONSERVATION_MOIS) -> None:
        """Enter a structure.

        Raises:
            InvalidInputError: A value is refused, or the identifier is taken.
            DatabaseError: The database cannot serve now.
        """
        if not _IDENTIFIANT.fullmatch(identifiant):
            raise InvalidInputError(
                "l'identifiant a 64 caractères au plus : lettres minuscules, chiffres, tirets.", champ="identifiant"
            )
        if not 1 <= conservation_mois <= CONSERVATION_MAX:
            raise InvalidInputError(f"la conservation va de 1 à {CONSERVATION_MAX} mois.", champ="conservation")
        ligne = LigneStructure(
            identifiant=identifiant,
            nom=_check_name(nom),
            conservation_mois=conservation_mois,
            cree_le=self._horloge(),
        )
        try:
            with self._base.writing() as session:
                session.add(ligne)
        except IntegrityError:
            raise InvalidInputError(f"la structure « {identifiant} » existe déjà.", champ="identifiant") from None

    def list_structures(self) -> tuple[Structure, ...]:
        """Every structure, by identifier.

        Raises:
            DatabaseError: The database cannot serve now.
        """
        with self._base.reading() as session:
            return tuple(Structure(s.identifiant, s.nom, s.conservation_mois) for s in list_places(session))

    def create(
        self, connexion: str, nom: str, role: str, structure: str, *, auteur: Conseiller | None = None
    ) -> tuple[Compte, str]:
        """Open an account.

        Args:
            connexion: What the person types to sign in.
            nom: How colleagues call them.
            role: One of `ROLES`.
            structure: Identifier of theirs.
            auteur: Who asks, when a page does.

        Returns:
            The account, and the provisional password that opens it for `PROVISOIRE`; it cannot be shown again.

        Raises:
            InvalidInputError: A value is refused, or the name to sign in is taken.
            UnknownCodeError: No such structure.
            DatabaseError: The database cannot serve now.
        """
        clair = draw_password()
        ligne = self.make_line(connexion, nom, role, structure)
        ligne.empreinte, ligne.provisoire_jusqu = hash_secret(clair), self._horloge() + PROVISOIRE
        try:
            with self._base.writing() as session:
                if session.get(LigneStructure, structure) is None:
                    raise UnknownCodeError("structure", structure, [s.identifiant for s in list_places(session)])
                session.add(ligne)
                session.flush()
                self._note(session, ligne, "compte_cree", auteur)
                return self._to_domain(ligne), clair
        except IntegrityError:
            raise InvalidInputError("cet identifiant de connexion est déjà pris.", champ="connexion") from None

    def make_line(self, connexion: str, nom: str, role: str, structure: str) -> LigneConseiller:
        """An account to be written, without anything that opens it.

        Raises:
            InvalidInputError: A value is refused.
        """
        lue = read_login(connexion)
        if not _CONNEXION.fullmatch(lue) or len(connexion.strip()) > CONNEXION_MAX:
            raise InvalidInputError(
                "l'identifiant de connexion s'écrit en lettres sans accent, chiffres, points, tirets ou comme une "
                "adresse de courriel.",
                champ="connexion",
            )
        _check_role(role)
        return LigneConseiller(
            identifiant=secrets.token_hex(8),
            connexion=lue,
            nom=_check_name(nom),
            role=role,
            structure=structure,
            codes_secours=[],
            echecs=0,
            cree_le=self._horloge(),
        )

    def list_all(self, structure: str | None = None) -> tuple[Compte, ...]:
        """Accounts, closed ones included; those of one structure when it is named.

        Raises:
            DatabaseError: The database cannot serve now.
        """
        with self._base.reading() as session:
            return tuple(self._to_domain(ligne) for ligne in list_accounts(session, structure))

    def find(self, connexion: str) -> Compte:
        """The account of a name to sign in.

        Raises:
            UnknownCodeError: There is none.
            DatabaseError: The database cannot serve now.
        """
        with self._base.reading() as session:
            ligne = find_account(session, read_login(connexion))
            if ligne is None:
                raise UnknownCodeError("compte", connexion)
            return self._to_domain(ligne)

    def deactivate(self, identifiant: str, *, auteur: Conseiller | None = None) -> None:
        """Close an account and its sessions at once; what it wrote stays.

        Raises:
            UnknownCodeError: No such account, or not one that the author administers.
            InvalidInputError: It is the author's own.
            DatabaseError: The database cannot serve now.
        """
        with self._base.writing() as session:
            ligne = self._of(session, identifiant, auteur)
            ligne.desactive_le = ligne.desactive_le or self._horloge()
            drop_sessions(session, identifiant)
            self._note(session, ligne, "compte_desactive", auteur)

    def reactivate(self, identifiant: str, *, auteur: Conseiller | None = None) -> None:
        """Open a closed account again, and one that waits after failures.

        Raises:
            UnknownCodeError: No such account, or not one that the author administers.
            InvalidInputError: It is the author's own.
            DatabaseError: The database cannot serve now.
        """
        with self._base.writing() as session:
            ligne = self._of(session, identifiant, auteur)
            ligne.desactive_le, ligne.echecs, ligne.bloque_jusqu = None, 0, None
            self._note(session, ligne, "compte_reactive", auteur)

    def change_role(self, identifiant: str, role: str, *, auteur: Conseiller | None = None) -> None:
        """Give an account another role; its sessions end, so that what is open follows it.

        Raises:
            UnknownCodeError: No such account, or not one that the author administers.
            InvalidInputError: There is no such role, or it is the author's own account.
            DatabaseError: The database cannot serve now.
        """
        _check_role(role)
        with self._base.writing() as session:
            ligne = self._of(session, identifiant, auteur)
            ligne.role = role
            drop_sessions(session, identifiant)
            self._note(session, ligne, "role_change", auteur)

    def reset(self, identifiant: str, *, auteur: Conseiller | None = None) -> str:
        """Give a provisional password, which ends every session; it cannot be shown again.

        Raises:
            UnknownCodeError: No such account, or not one that the author administers.
            InvalidInputError: It is the author's own.
            DatabaseError: The database cannot serve now.
        """
        clair = draw_password()
        empreinte = hash_secret(clair)
        with self._base.writing() as session:
            ligne = self._of(session, identifiant, auteur)
            ligne.empreinte, ligne.provisoire_jusqu = empreinte, self._horloge() + PROVISOIRE
            ligne.echecs, ligne.bloque_jusqu = 0, None
            drop_sessions(session, identifiant)
            self._note(session, ligne, "mot_de_passe_provisoire", auteur)
        return clair

    def remove_totp(self, identifiant: str, *, auteur: Conseiller | None = None) -> None:
        """Take away the second factor of someone who lost it, and end their sessions.

        Raises:
            UnknownCodeError: No such account, or not one that the author administers.
            InvalidInputError: It is the author's own.
            DatabaseError: The database cannot serve now.
        """
        with self._base.writing() as session:
            ligne = self._of(session, identifiant, auteur)
            forget_factor(ligne)
            drop_sessions(session, identifiant)
            self._note(session, ligne, "second_facteur_retire", auteur)

    def _of(self, session: Session, identifiant: str, auteur: Conseiller | None) -> LigneConseiller:
        """An account to change; one's own is changed with its password, whoever one is."""
        if auteur is not None and auteur.identifiant == identifiant:
            raise InvalidInputError(
                "on n'administre pas son propre compte : voyez « Mon compte », ou une autre personne qui administre.",
                champ="identifiant",
            )
        ligne = get_account(session, identifiant.replace("\0", ""), ecriture=True)
        if ligne is None or (auteur is not None and ligne.structure != auteur.structure.identifiant):
            raise UnknownCodeError("compte", identifiant[:64])
        return ligne

    def _note(self, session: Session, ligne: LigneConseiller, action: str, auteur: Conseiller | None) -> None:
        qui = None if auteur is None else auteur.identifiant
        record(session, Acces(self._horloge(), qui, ligne.structure, action, ligne.identifiant, "fait"))

    def _to_domain(self, ligne: LigneConseiller) -> Compte:
        return Compte(
            to_conseiller(ligne),
            ligne.connexion,
            ligne.cree_le,
            ligne.desactive_le,
            provisoire=ligne.provisoire_jusqu is not None,
            totp=ligne.totp is not None,
            externe=ligne.sujet_oidc is not None,
            bloque=is_locked(ligne, self._horloge()),
        )


def _check_role(role: str) -> None:
    if role not in ROLES:
        raise InvalidInputError(f"rôles possibles : {', '.join(ROLES)}.", champ="role")


def _check_name(nom: str) -> str:
    if not nom.strip() or len(nom) > 200 or not nom.isprintable():
        raise InvalidInputError("le nom a de 1 à 200 caractères.", champ="nom")
    return nom.strip()

"""Partners: who may ask for tokens, from which pages, with secrets that are kept hashed."""

import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, get_args
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, selectinload

from api.acces.hachage import hash_secret, matches
from api.persistence.base import BaseDonnees
from api.persistence.tables import LignePartenaire, LigneSecret
from referentiels.errors import InvalidInputError, UnknownCodeError

Portee = Literal["lecture", "recommandation", "export"]
PORTEES: tuple[Portee, ...] = get_args(Portee)
_IDENTIFIANT = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
_HOTE = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_SECRET_MAX = 200
_LONGUEUR_PREFIXE = len("azm_") + 8


@dataclass(frozen=True, slots=True)
class Secret:
    """What may be shown of a secret."""

    prefixe: str
    cree_le: datetime
    expire_le: datetime | None
    revoque_le: datetime | None

    def holds(self, instant: datetime) -> bool:
        """Whether it opens anything at that moment."""
        return self.revoque_le is None and (self.expire_le is None or instant < self.expire_le)


@dataclass(frozen=True, slots=True)
class Partenaire:
    """A partner as it is known to the service; `quota` None is that of the settings."""

    identifiant: str
    nom: str
    origines: tuple[str, ...]
    portees: tuple[str, ...]
    quota: int | None
    cree_le: datetime
    revoque_le: datetime | None
    secrets: tuple[Secret, ...]

    @property
    def actif(self) -> bool:
        """Whether it was not revoked."""
        return self.revoque_le is None


@dataclass(frozen=True, slots=True)
class Reconnu:
    """A partner recognised by one of its secrets."""

    partenaire: Partenaire
    prefixe: str


def create_partenaire(
    base: BaseDonnees,
    identifiant: str,
    nom: str,
    *,
    origines: Iterable[str] = (),
    portees: Iterable[str] = PORTEES[:2],
    quota: int | None = None,
) -> str:
    """Enter a partner.

    Returns:
        Its first secret, which is kept hashed and cannot be shown again.

    Raises:
        InvalidInputError: A value is refused, or the identifier is taken.
        DatabaseError: The database cannot serve now.
    """
    if not _IDENTIFIANT.fullmatch(identifiant):
        raise InvalidInputError(
            "l'identifiant a 64 caractères au plus : lettres minuscules, chiffres, tirets.", champ="identifiant"
        )
    ligne = LignePartenaire(
        identifiant=identifiant,
        nom=_check_name(nom),
        origines=[check_origine(o) for o in dict.fromkeys(origines)],
        portees=_check_scopes(portees),
        quota=_check_quota(quota),
        cree_le=datetime.now(UTC),
        revoque_le=None,
    )
    clair, secret = _make_secret(identifiant)
    try:
        with base.writing() as session:
            session.add_all((ligne, secret))
    except IntegrityError:
        raise InvalidInputError(f"le partenaire « {identifiant} » existe déjà.", champ="identifiant") from None
    return clair


def list_partenaires(base: BaseDonnees) -> tuple[Partenaire, ...]:
    """Every partner, revoked ones included, by identifier.

    Raises:
        DatabaseError: The database cannot serve now.
    """
    question = select(LignePartenaire).options(selectinload(LignePartenaire.secrets))
    with base.reading() as session:
        return tuple(_to_domain(ligne) for ligne in session.scalars(question.order_by(LignePartenaire.identifiant)))


def rotate_secret(base: BaseDonnees, identifiant: str, grace: timedelta) -> str:
    """Give a partner a new secret; those it has go on for a while.

    Args:
        base: The database.
        identifiant: The partner.
        grace: How long the present secrets hold; none at all replaces them at once.

    Returns:
        The new secret, which cannot be shown again.

    Raises:
        UnknownCodeError: No such partner.
        InvalidInputError: It was revoked.
        DatabaseError: The database cannot serve now.
    """
    clair, nouveau = _make_secret(identifiant)
    with base.writing() as session:
        ligne = _find(session, identifiant)
        if ligne.revoque_le is not None:
            raise InvalidInputError(f"le partenaire « {identifiant} » est révoqué.", champ="identifiant")
        fin = datetime.now(UTC) + grace
        for secret in ligne.secrets:
            secret.expire_le = min(fin, secret.expire_le or fin)
        session.add(nouveau)
    return clair


def revoke(base: BaseDonnees, identifiant: str, prefixe: str | None = None) -> None:
    """Refuse a partner from now on, with its tokens; or one of its secrets, with the tokens it gave.

    Raises:
        UnknownCodeError: No such partner, or no such secret.
        DatabaseError: The database cannot serve now.
    """
    maintenant = datetime.now(UTC)
    with base.writing() as session:
        ligne = _find(session, identifiant)
        vises = [s for s in ligne.secrets if prefixe in {None, s.prefixe}]
        if prefixe is not None and not vises:
            raise UnknownCodeError("secret", prefixe, [s.prefixe for s in ligne.secrets])
        for secret in vises:
            secret.revoque_le = secret.revoque_le or maintenant
        if prefixe is None:
            ligne.revoque_le = ligne.revoque_le or maintenant


def update_partenaire(
    base: BaseDonnees,
    identifiant: str,
    *,
    nom: str | None = None,
    origines: Iterable[str] | None = None,
    portees: Iterable[str] | None = None,
    quota: int | None = None,
    quota_commun: bool = False,
) -> None:
    """Change what is given of a partner, and leave the rest.

    Raises:
        UnknownCodeError: No such partner.
        InvalidInputError: A value is refused.
        DatabaseError: The database cannot serve now.
    """
    with base.writing() as session:
        ligne = _find(session, identifiant)
        if nom is not None:
            ligne.nom = _check_name(nom)
        if origines is not None:
            ligne.origines = [check_origine(o) for o in dict.fromkeys(origines)]
        if portees is not None:
            ligne.portees = _check_scopes(portees)
        if quota is not None or quota_commun:
            ligne.quota = _check_quota(quota)


def check_secret(base: BaseDonnees, identifiant: str, secret: str) -> Reconnu | None:
    """The partner that a secret opens, None when it opens none; one hash is computed whatever the case.

    Raises:
        DatabaseError: The database cannot serve now.
    """
    with base.reading() as session:
        question = select(LignePartenaire).options(selectinload(LignePartenaire.secrets))
        ligne = session.scalar(question.where(LignePartenaire.identifiant == identifiant[:64].replace("\0", "")))
        partenaire = None if ligne is None else _to_domain(ligne)
        empreintes = {} if ligne is None else {s.prefixe: s.empreinte for s in ligne.secrets}
    maintenant = datetime.now(UTC)
    prefixe = secret[:_LONGUEUR_PREFIXE]
    vivant = partenaire is not None and any(s.prefixe == prefixe and s.holds(maintenant) for s in partenaire.secrets)
    juste = matches(empreintes.get(prefixe), secret[:_SECRET_MAX])
    if partenaire is None or not (juste and vivant and partenaire.actif):
        return None
    return Reconnu(partenaire, prefixe)


def check_origine(texte: str) -> str:
    """An origin as browsers write it: scheme, host and port, nothing else.

    Raises:
        InvalidInputError: It is not an origin, or it is neither https nor of this machine.
    """
    faute = InvalidInputError(
        f"origine refusée : « {texte[:100]} » ; écrivez-la comme https://portail.exemple.fr.", champ="origine"
    )
    try:
        parties = urlsplit(texte.strip())
        port = parties.port
        hote = (parties.hostname or "").encode("idna").decode("ascii").lower()
    except (ValueError, UnicodeError):
        raise faute from None
    local = hote in {"localhost", "127.0.0.1"}
    if parties.scheme not in ({"http", "https"} if local else {"https"}) or not _HOTE.fullmatch(hote):
        raise faute
    if parties.username or parties.password or parties.path not in {"", "/"} or parties.query or parties.fragment:
        raise faute
    usuel = {"http": 80, "https": 443}[parties.scheme]
    return f"{parties.scheme}://{hote}" + (f":{port}" if port is not None and port != usuel else "")


def _make_secret(identifiant: str) -> tuple[str, LigneSecret]:
    prefixe = "azm_" + secrets.token_hex(4)
    clair = f"{prefixe}_{secrets.token_urlsafe(32)}"
    return clair, LigneSecret(
        prefixe=prefixe,
        identifiant=identifiant,
        empreinte=hash_secret(clair),
        cree_le=datetime.now(UTC),
        expire_le=None,
        revoque_le=None,
    )


def _find(session: Session, identifiant: str) -> LignePartenaire:
    ligne = session.get(LignePartenaire, identifiant)
    if ligne is None:
        raise UnknownCodeError("partenaire", identifiant)
    return ligne


def _to_domain(ligne: LignePartenaire) -> Partenaire:
    tenus = tuple(Secret(s.prefixe, s.cree_le, s.expire_le, s.revoque_le) for s in ligne.secrets)
    return Partenaire(
        ligne.identifiant,
        ligne.nom,
        tuple(ligne.origines),
        tuple(ligne.portees),
        ligne.quota,
        ligne.cree_le,
        ligne.revoque_le,
        tenus,
    )


def _check_name(nom: str) -> str:
    if not nom.strip() or len(nom) > 200 or not nom.isprintable():
        raise InvalidInputError("le nom a de 1 à 200 caractères.", champ="nom")
    return nom.strip()


def _check_scopes(portees: Iterable[str]) -> list[str]:
    voulues = list(dict.fromkeys(portees))
    if not voulues or not set(voulues) <= set(PORTEES):
        raise InvalidInputError(f"portées possibles : {', '.join(PORTEES)}.", champ="portee")
    return voulues


def _check_quota(quota: int | None) -> int | None:
    if quota is not None and not 1 <= quota <= 10_000_000:
        raise InvalidInputError("le quota est d'au moins 1 requête par fenêtre.", champ="quota")
    return quota

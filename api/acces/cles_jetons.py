"""The keys that sign tokens: those of the settings, or those that the database keeps."""

import secrets
from datetime import UTC, datetime, timedelta

from joserfc.jwk import KeySet, OctKey
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from api.persistence.base import BaseDonnees
from api.persistence.tables import LigneCle

ALGORITHME = "HS256"


def read_keys(texte: str) -> KeySet:
    """The keys of a setting: the first signs, the others still verify.

    Args:
        texte: Keys separated by spaces.
    """
    return KeySet([_named(OctKey.import_key(cle.encode()), None) for cle in texte.split()])


def load_keys(session: Session) -> KeySet:
    """The keys of the database that still verify, the one that signs first; none when none was made yet."""
    lignes = session.scalars(select(LigneCle).order_by(LigneCle.expire_le.is_not(None), LigneCle.cree_le.desc()))
    maintenant = datetime.now(UTC)
    vivantes = [ligne for ligne in lignes if ligne.expire_le is None or maintenant < ligne.expire_le]
    return KeySet([_named(OctKey.import_key(ligne.valeur), ligne.kid) for ligne in vivantes])


def ensure_keys(base: BaseDonnees) -> KeySet:
    """The keys of the database, one being made when none signs.

    Raises:
        DatabaseError: The database cannot serve now.
    """
    with base.reading() as session:
        cles = load_keys(session)
    if cles.keys:
        return cles
    with base.writing() as session:
        if not session.scalars(select(LigneCle.kid).where(LigneCle.expire_le.is_(None))).first():
            session.add(_make_key())
            session.flush()
        return load_keys(session)


def rotate_key(base: BaseDonnees, grace: timedelta) -> str:
    """Sign with a new key from now on.

    Args:
        base: The database.
        grace: How long the former keys still verify: the life of a token, or nothing when they leaked.

    Returns:
        The name (`kid`) of the new key.

    Raises:
        DatabaseError: The database cannot serve now.
    """
    maintenant = datetime.now(UTC)
    nouvelle = _make_key()
    with base.writing() as session:
        session.execute(delete(LigneCle).where(LigneCle.expire_le < maintenant))
        for ligne in session.scalars(select(LigneCle)):
            ligne.expire_le = min(maintenant + grace, ligne.expire_le or maintenant + grace)
        session.add(nouvelle)
    return nouvelle.kid


def _make_key() -> LigneCle:
    return LigneCle(kid=secrets.token_hex(8), valeur=secrets.token_bytes(32), cree_le=datetime.now(UTC), expire_le=None)


def _named(cle: OctKey, kid: str | None) -> OctKey:
    return OctKey.import_key(cle.raw_value, {"kid": kid or cle.thumbprint()[:16], "alg": ALGORITHME, "use": "sig"})

"""How secrets are hashed, those of partners and of conseillers alike."""

import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

# What OWASP asks at least for passwords: 20 ms of a core. It is more than the 256 random bits of partners need.
_HACHEUR = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_LEURRE = _HACHEUR.hash(secrets.token_urlsafe(32))


def hash_secret(clair: str) -> str:
    """The hash of a secret, with its own salt."""
    return _HACHEUR.hash(clair)


def matches(empreinte: str | None, secret: str) -> bool:
    """Whether a secret is the one hashed; without a hash, never, at the same cost."""
    try:
        return _HACHEUR.verify(empreinte or _LEURRE, secret) and empreinte is not None
    except (VerifyMismatchError, InvalidHashError):
        return False

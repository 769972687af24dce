"""The second factor: codes of thirty seconds (RFC 6238), never taken twice, and codes kept for a bad day."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from hmac import compare_digest

import pyotp

EMETTEUR = "Azimut"
PAS = 30
"""Seconds that a code lasts."""
_AVANCE = (0, -1, 1)
"""Steps around the present one whose code is taken: clocks differ, and typing takes time."""
_NOMBRE_SECOURS = 10
_LETTRES_SECOURS = "abcdefghjkmnpqrstuvwxyz23456789"


def draw_secret() -> str:
    """A secret for an application of codes: 160 random bits, in base 32."""
    return pyotp.random_base32()


def uri_of(secret: str, connexion: str) -> str:
    """What the application reads in the QR code."""
    return pyotp.TOTP(secret, interval=PAS).provisioning_uri(name=connexion, issuer_name=EMETTEUR)


def read_code(secret: str, code: str, instant: datetime, dernier: int | None) -> int | None:
    """The step whose code was given, None when it is wrong or was already taken.

    Args:
        secret: In base 32.
        code: As typed; spaces do not matter.
        instant: Now.
        dernier: The last step taken, None when none was.
    """
    lu = "".join(code.split())
    present = int(instant.timestamp()) // PAS
    generateur = pyotp.TOTP(secret, interval=PAS)
    for pas in (present + avance for avance in _AVANCE):
        if (dernier is None or pas > dernier) and compare_digest(generateur.generate_otp(pas).encode(), lu.encode()):
            return pas
    return None


def draw_codes() -> tuple[str, ...]:
    """Codes for a bad day: each opens once; eighty random bits."""
    return tuple("-".join(_draw(4) for _ in range(4)) for _ in range(_NOMBRE_SECOURS))


def hash_code(code: str, sel: str) -> str:
    """What is kept of such a code: it is drawn at random, so that a quick hash is enough.

    Args:
        code: As typed; neither case nor dashes matter.
        sel: The identifier of the account, drawn at random as well.
    """
    lu = "".join(c for c in code.lower() if c.isalnum())
    return sha256(f"{sel}:{lu}".encode()).hexdigest()


def use_code(empreintes: Sequence[str], code: str, sel: str) -> list[str] | None:
    """The hashes that are left once a code is used, None when it is none of them."""
    empreinte = hash_code(code, sel)
    restantes = [e for e in empreintes if not compare_digest(e, empreinte)]
    return restantes if len(restantes) < len(empreintes) else None


def _draw(longueur: int) -> str:
    return "".join(secrets.choice(_LETTRES_SECOURS) for _ in range(longueur))

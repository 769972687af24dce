"""What a password must be, and the ones that the service gives for a first time."""

import re
import secrets
import unicodedata
from collections.abc import Iterable

from zxcvbn import zxcvbn

from referentiels.errors import InvalidInputError

LONGUEUR_MIN = 12
LONGUEUR_MAX = 128
_FORCE_MIN = 3
"""Of the 0 to 4 of zxcvbn: more than a hundred million tries."""
_LU_MAX = 72
"""Characters that are weighed: the time that it takes grows faster than their number."""
_COURANTS = (
    "azimut", "conseiller", "conseillere", "orientation", "mission locale", "motdepasse", "mot de passe", "bonjour",
    "soleil", "doudou", "azertyuiop", "qsdfghjklm", "wxcvbn", "azerty", "france", "region", "emploi", "formation",
)  # fmt: skip
_LETTRES = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without those that are taken for one another when they are read aloud or copied."""


def normalise(mot_de_passe: str) -> str:
    """The same characters whatever the keyboard that made them."""
    return unicodedata.normalize("NFC", mot_de_passe)


def check_password(mot_de_passe: str, proches: Iterable[str]) -> str:
    """The password, ready to be hashed.

    Args:
        mot_de_passe: As it was typed; any character is accepted, spaces included.
        proches: Words that anyone would try first: the name of the person, of the structure.

    Raises:
        InvalidInputError: Too short, too long, or too easy to guess.
    """
    lu = normalise(mot_de_passe)
    if not LONGUEUR_MIN <= len(lu) <= LONGUEUR_MAX:
        raise InvalidInputError(
            f"le mot de passe a de {LONGUEUR_MIN} à {LONGUEUR_MAX} caractères : une phrase de quatre mots convient.",
            champ="nouveau",
        )
    connus = {mot for proche in proches for mot in (proche, *_pieces(proche))}
    entrees = [*_COURANTS, *sorted(mot for mot in connus if len(mot) > 2)]
    # Spaces hide a word that is only said twice.
    force = min(zxcvbn(forme[:_LU_MAX], user_inputs=entrees)["score"] for forme in {lu, "".join(lu.split()) or " "})
    if force < _FORCE_MIN:
        raise InvalidInputError(
            "ce mot de passe se devine trop vite : prenez quatre mots sans lien entre eux, ou davantage de caractères.",
            champ="nouveau",
        )
    return lu


def _pieces(proche: str) -> list[str]:
    """The words of a name, and all of them at once: `lea.martin@cio.fr` → lea, martin, cio, fr, leamartin."""
    return [*re.findall(r"\w+", proche), re.sub(r"\W", "", proche.partition("@")[0])]


def draw_password() -> str:
    """A provisional password, easy to read out: eighty random bits in four groups."""
    return "-".join("".join(secrets.choice(_LETTRES) for _ in range(4)) for _ in range(4))

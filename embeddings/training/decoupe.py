"""What the encoder never sees: some appellations, and every text of some métiers."""

import hashlib
from collections.abc import Iterable

from referentiels.types import Appellation

PART_APPELLATIONS = 10
"""One appellation in so many is held out, the principal one of each métier excepted."""
PART_METIERS = 20
"""One métier in so many is held out whole."""


def is_held_out_metier(code_rome: str) -> bool:
    """Whether no text of this métier serves training."""
    return _number(f"metier {code_rome}") % PART_METIERS == 0


def is_held_out(appellation: Appellation) -> bool:
    """Whether this appellation serves the measure, not the training: by its own draw, or by that of its métier."""
    if appellation.principale:
        return False
    return is_held_out_metier(appellation.code_rome) or (
        _number(f"appellation {appellation.code_ogr}") % PART_APPELLATIONS == 0
    )


def held_out(appellations: Iterable[Appellation]) -> tuple[Appellation, ...]:
    """The appellations of the measure, in the order given."""
    return tuple(a for a in appellations if is_held_out(a))


def _number(cle: str) -> int:
    """The same number on every machine and in every version of the référentiels."""
    return int.from_bytes(hashlib.blake2b(cle.encode(), digest_size=4).digest(), "big")

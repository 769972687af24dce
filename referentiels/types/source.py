"""Where the rows of a catalogue come from."""

from dataclasses import dataclass
from typing import Literal

Famille = Literal["rome", "certifications", "territoires", "passerelles", "indicateurs", "formations"]
Origine = Literal["officiel", "socle"]


@dataclass(frozen=True, slots=True)
class SourceChargee:
    """One source as it was read into a catalogue."""

    cle: str
    titre: str
    famille: Famille
    origine: Origine
    producteur: str
    licence: str
    millesime: str
    fichiers: tuple[str, ...]
    empreinte: str
    """SHA-256 over the digests of its files."""
    lignes: int
    rejets: int
    demonstration: bool
    """True when its rows are invented, to be marked as such wherever they are shown."""

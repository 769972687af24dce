"""ROME 4.0: the official tables of France Travail."""

from referentiels.rome.loader import load_rome
from referentiels.rome.tables import TEMOIN

__all__ = ["TEMOIN", "load_rome"]

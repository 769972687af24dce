"""The small référentiel that Azimut carries, so that it runs anywhere; its prose is our own."""

from referentiels.socle.loader import FAMILLES_SOCLE, load_socle

__all__ = ["FAMILLES_SOCLE", "load_socle"]

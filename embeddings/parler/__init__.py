"""What people say of each métier: other titles, everyday words, descriptions; written for Azimut, not official."""

from embeddings.parler.lecture import Parler, load_parler

__all__ = ["Parler", "load_parler"]

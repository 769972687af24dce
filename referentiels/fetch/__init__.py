"""Fetching the newest official files: the only network access of the lower rooms."""

from referentiels.fetch.bilan import Bilan, Progress, Resultat
from referentiels.fetch.collecte import download, download_all, find_newest
from referentiels.fetch.plan import Fichier
from referentiels.fetch.reseau import Politique

__all__ = [
    "Bilan",
    "Fichier",
    "Politique",
    "Progress",
    "Resultat",
    "download",
    "download_all",
    "find_newest",
]

"""The engine as a process holds it: loaded once, never changed."""

from dataclasses import dataclass
from typing import Protocol, get_args

from api.settings import Settings
from embeddings.search import Recherche
from embeddings.types import Chercheur, Nature
from recommender.config import load_config
from recommender.pipeline import Recommender
from recommender.types import Profil, Recommandation
from referentiels.catalogue import Catalogue


class Recommandeur(Protocol):
    """What the service asks of an engine."""

    def recommend(self, profil: Profil, limite: int, /) -> Recommandation:
        """Métiers to explore, with their reasons."""


@dataclass(frozen=True, slots=True)
class Service:
    """The loaded engine; safe between threads."""

    catalogue: Catalogue
    recherche: Chercheur
    recommender: Recommandeur

    @property
    def version(self) -> str:
        """Changes whenever an answer about the catalogue may change."""
        return f"{self.catalogue.version}-{self.recherche.version}"

    def warm(self) -> None:
        """Prepare now what would otherwise be prepared at the first request: words, places, figures."""
        self.recherche.search("boulanger", get_args(Nature), 1)
        self.catalogue.lieux.search("Paris", 1)
        self.catalogue.indicateurs(next(iter(self.catalogue.metiers)))


def load_service(settings: Settings) -> Service:
    """Open the catalogue and index in service and prepare the engine.

    Raises:
        CatalogueError: Nothing was built, or what was built cannot be used.
    """
    catalogue = Catalogue.load(settings.dossier_catalogue)
    recherche = Recherche.load(catalogue, settings.dossier_index)
    return Service(catalogue, recherche, Recommender(catalogue, recherche, load_config(settings.config)))

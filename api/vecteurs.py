"""Where vectors are kept: with the rest of the index, in the process, or in PostgreSQL for those of formations."""

from dataclasses import dataclass

from api.persistence.vecteurs import BaseVecteurs
from api.settings import Settings
from embeddings.embarque import open_encodeur
from embeddings.search import Recherche
from embeddings.types import Nature
from referentiels.catalogue import Catalogue
from referentiels.errors import InvalidInputError

NATURE: Nature = "formation"
"""The nature that grows with each region; the others are those of the référentiels, and stay in the process."""


@dataclass(frozen=True, slots=True)
class Chargement:
    """What was loaded."""

    version: str
    """Of the index."""
    vecteurs: int
    """How many."""
    nouveau: bool
    """False when they were there already."""


def open_elsewhere(settings: Settings) -> dict[Nature, BaseVecteurs]:
    """Who keeps the vectors of formations."""
    return {NATURE: BaseVecteurs(settings.url_base, settings.fils)}


def load_index(settings: Settings) -> Chargement:
    """Load in PostgreSQL the vectors of the index in service.

    Raises:
        InvalidInputError: The database is no PostgreSQL, or there is no vector to load.
        CatalogueError: There is no catalogue in service.
        SearchIndexError: There is no index of that catalogue.
        DatabaseError: The database cannot serve now.
    """
    base = BaseVecteurs(settings.url_base, 1)
    catalogue = Catalogue.load(settings.dossier_catalogue)
    recherche = Recherche.load(catalogue, settings.dossier_index, encodeur=open_encodeur(settings.encodeur))
    tableaux = recherche.dense_arrays(NATURE)
    if tableaux is None:
        raise InvalidInputError("cet index cherche par les mots seuls : il n'a pas de vecteur.", champ="encodeur")
    nouveau = base.load(NATURE, recherche.version, tableaux)
    return Chargement(recherche.version, len(tableaux["fiche"]), nouveau)

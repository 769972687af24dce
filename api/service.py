"""The engine as a process holds it: loaded once, never changed."""

import asyncio
import ctypes
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from threading import Lock
from typing import Generic, TypeVar, get_args

from api.moteur import open_engine
from api.settings import Settings
from embeddings.dense import Ailleurs
from embeddings.embarque import open_encodeur
from embeddings.extraction import Extracteur
from embeddings.search import Recherche
from embeddings.suggestion import Suggestions
from embeddings.types import Nature, Repondeur
from recommender.config import load_config
from recommender.parcours import Guide
from recommender.pipeline import Recommender
from recommender.tables import Lues
from referentiels.catalogue import Catalogue

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Service:
    """The loaded engine; safe between threads."""

    catalogue: Catalogue
    recherche: Repondeur
    recommender: Recommender
    garde: Lues | None = None
    """What was prepared at the build; made anew when None."""
    extracteur: Extracteur = field(init=False)
    _suggestions: "_Atelier[Suggestions]" = field(init=False)
    _guide: "_Atelier[Guide]" = field(init=False)

    def __post_init__(self) -> None:
        """Prepare what is quick to make."""
        generales = {str(c.code_ogr) for c in self.catalogue.competences.values() if c.macro}
        object.__setattr__(self, "extracteur", Extracteur(self.recherche, generales))
        object.__setattr__(self, "_suggestions", _Atelier(self._make_suggestions))
        vecteurs = getattr(self.recherche, "vectors", None)
        guide = partial(Guide, self.recommender, vecteurs, garde=self.garde)
        object.__setattr__(self, "_guide", _Atelier(guide))

    def _make_suggestions(self) -> Suggestions:
        """Those of the index, mapped; made anew for a search that holds none."""
        lues: Suggestions | None = getattr(self.recherche, "suggestions", lambda: None)()
        return lues or Suggestions.of(self.catalogue)

    @property
    def version(self) -> str:
        """Changes whenever an answer about the catalogue may change."""
        return f"{self.catalogue.version}-{self.recherche.version}"

    @property
    def suggestions(self) -> Suggestions:
        """The autocompletion; waits for it in the first seconds of a process."""
        return self._suggestions.begin().result()

    async def completion(self) -> Suggestions:
        """The autocompletion, awaited without holding up other requests."""
        faites = self._suggestions.begin()
        return faites.result() if faites.done() else await asyncio.wrap_future(faites)

    @property
    def guide(self) -> Guide:
        """Formations, blocs and paths; waits for them in the first seconds of a process."""
        return self._guide.begin().result()

    @property
    def ready(self) -> bool:
        """Whether every answer comes without waiting for something to be made."""
        return self._guide.done and self._suggestions.done

    def warm(self) -> None:
        """Prepare now what would otherwise be prepared at the first request: words, places, figures.

        What is slow to make is begun last and goes on beside the first answers.
        """
        self.recherche.search("boulanger", get_args(Nature), 1)
        _ = self.catalogue.competences, self.catalogue.savoirs
        self.catalogue.lieux.search("Paris", 1)
        self.catalogue.indicateurs(next(iter(self.catalogue.metiers)))
        self._guide.begin()
        self._suggestions.begin()

    def prepare(self) -> None:
        """Prepare everything, and leave no thread or open file behind: what a process must do before it forks."""
        self.warm()
        for atelier in (self._guide, self._suggestions):
            atelier.begin().result()
            atelier.close()
        getattr(self.recherche, "rest", lambda: None)()
        self.catalogue.store.close()


class _Atelier(Generic[T]):
    """The making of something slow in a thread of its own, begun once."""

    def __init__(self, fabriquer: Callable[[], T]) -> None:
        self._fabriquer = fabriquer
        self._verrou = Lock()
        self._fil = ThreadPoolExecutor(max_workers=1)
        self._fabrication: Future[T] | None = None

    @property
    def done(self) -> bool:
        """Whether it is made."""
        return self._fabrication is not None and self._fabrication.done()

    def begin(self) -> "Future[T]":
        """Begin if nobody did."""
        with self._verrou:
            if self._fabrication is None:
                self._fabrication = self._fil.submit(self._make)
                self._fil.shutdown(wait=False)
            return self._fabrication

    def close(self) -> None:
        """Wait for the thread to be gone."""
        self._fil.shutdown()

    def _make(self) -> T:
        fait = self._fabriquer()
        _trim()
        return fait


def _trim() -> None:
    """Give back to the system what making things left unused."""
    with suppress(OSError, AttributeError):  # only the C library of Linux knows how
        ctypes.CDLL(None).malloc_trim(0)


def _open_elsewhere(settings: Settings) -> Mapping[Nature, Ailleurs]:
    from api.vecteurs import open_elsewhere  # noqa: PLC0415 (a database and its driver)

    return open_elsewhere(settings)


def load_service(settings: Settings) -> Service:
    """Open the catalogue and index in service and prepare the engine.

    Raises:
        CatalogueError: Nothing was built, or what was built cannot be used.
    """
    encodeur = open_encodeur(settings.encodeur)
    with ThreadPoolExecutor(max_workers=1) as fil:
        if encodeur is not None:
            # Its graph is made outside the interpreter's lock: the rest is read meanwhile. What fails here fails again,
            # and is told, at the first question.
            fil.submit(encodeur.encode_query, ("métier",))
        catalogue = Catalogue.load(settings.dossier_catalogue)
        ailleurs = _open_elsewhere(settings) if settings.index == "pgvector" else None
        recherche = Recherche.load(catalogue, settings.dossier_index, encodeur=encodeur, ailleurs=ailleurs)
        moteur, garde = open_engine(catalogue, recherche, load_config(settings.config), settings.dossier_moteur)
        return Service(catalogue, recherche, moteur, garde)

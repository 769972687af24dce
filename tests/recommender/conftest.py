"""The engine over three catalogues: the small one, the socle, and the official data."""

from pathlib import Path

import pytest

from embeddings.search import Recherche
from recommender.config import load_config
from recommender.pipeline import Recommender
from referentiels.catalogue import Catalogue
from referentiels.construction import build_catalogue
from referentiels.sources import SOURCES
from tests.recommender.exemples import build_essai, build_recommender


@pytest.fixture(scope="session")
def essai(tmp_path_factory: pytest.TempPathFactory) -> Recommender:
    """The small invented catalogue, with a search by shared words."""
    return build_recommender(build_essai(tmp_path_factory.mktemp("essai")))


@pytest.fixture(scope="session")
def socle(tmp_path_factory: pytest.TempPathFactory) -> Recommender:
    """The embedded référentiel, with the real search."""
    return _build(None, tmp_path_factory.mktemp("socle"))


@pytest.fixture(scope="session")
def officiel(donnees: Path, tmp_path_factory: pytest.TempPathFactory) -> Recommender:
    """The official référentiels that the engine reads, with the real search."""
    return _build(donnees, tmp_path_factory.mktemp("officiel"))


def _build(donnees: Path | None, dossier: Path) -> Recommender:
    inutiles = [s.cle for s in SOURCES if s.famille in {"formations", "indicateurs"}]
    catalogue = Catalogue.open(build_catalogue(donnees, dossier / "catalogue", sans=inutiles).dossier)
    recherche = Recherche.build(catalogue, dossier / "index")
    recherche.warm()
    return Recommender(catalogue, recherche, load_config())

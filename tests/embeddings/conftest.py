"""Searches over the socle and over the official référentiels."""

from pathlib import Path

import pytest

from embeddings.search import Recherche
from referentiels.catalogue import Catalogue
from referentiels.construction import build_catalogue
from referentiels.sources import SOURCES


@pytest.fixture(scope="session")
def recherche_socle(catalogue_socle: Catalogue, tmp_path_factory: pytest.TempPathFactory) -> Recherche:
    return Recherche.build(catalogue_socle, tmp_path_factory.mktemp("index_socle"))


@pytest.fixture(scope="session")
def catalogue_officiel(donnees: Path, tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    """ROME and certifications of the official data: what a search reads."""
    inutiles = [s.cle for s in SOURCES if s.famille not in {"rome", "certifications"}]
    construction = build_catalogue(donnees, tmp_path_factory.mktemp("catalogue_officiel"), sans=inutiles)
    return Catalogue.open(construction.dossier)


@pytest.fixture(scope="session")
def recherche_officielle(catalogue_officiel: Catalogue, tmp_path_factory: pytest.TempPathFactory) -> Recherche:
    return Recherche.build(catalogue_officiel, tmp_path_factory.mktemp("index_officiel"))

"""Fixtures shared by all rooms, and the account of what was skipped."""

import os
from collections import Counter
from pathlib import Path

import pytest

from referentiels.catalogue import Catalogue
from referentiels.construction import build_catalogue

# Encoding even the socle takes half a minute: words alone serve the tests that do not measure meaning.
os.environ.setdefault("AZIMUT_ENCODEUR", "aucun")


@pytest.fixture(scope="session")
def donnees() -> Path:
    """The folder of official data, or a skip that says how to have it."""
    dossier = os.environ.get("AZIMUT_DONNEES", "")
    if not dossier or not Path(dossier).is_dir():
        pytest.skip("données officielles absentes : définissez AZIMUT_DONNEES ou lancez « azimut donnees telecharger »")
    return Path(dossier)


@pytest.fixture(scope="session")
def catalogue_socle(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    """The catalogue of the embedded référentiel alone."""
    return Catalogue.open(build_catalogue(None, tmp_path_factory.mktemp("catalogue_socle")).dossier)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say why tests were skipped, one line a reason rather than one a test."""
    sautes = terminalreporter.stats.get("skipped", [])
    motifs = Counter(str(r.longrepr[2]).removeprefix("Skipped: ") for r in sautes if isinstance(r.longrepr, tuple))
    for motif, nombre in motifs.most_common():
        terminalreporter.write_line(f"{nombre} sauté{'s' if nombre > 1 else ''} : {motif}")

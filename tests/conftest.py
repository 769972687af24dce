"""Fixtures shared by all rooms."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def donnees() -> Path:
    """The folder of official data, or a skip that says how to have it."""
    dossier = os.environ.get("AZIMUT_DONNEES", "")
    if not dossier or not Path(dossier).is_dir():
        pytest.skip("données officielles absentes : définissez AZIMUT_DONNEES ou lancez « azimut donnees telecharger »")
    return Path(dossier)

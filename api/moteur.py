"""The engine, made of what was kept at the build, or made anew where that does not fit."""

import hashlib
import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from api.exploitation.ramassage import without_collector
from embeddings.manifest import open_arrays, write_arrays
from embeddings.search import Recherche
from recommender import garde
from recommender.config import Config
from recommender.pipeline import Recommender
from recommender.tables import Lues, within
from referentiels.catalogue import Catalogue
from referentiels.errors import SearchIndexError

_journal = logging.getLogger("azimut.moteur")


def open_engine(
    catalogue: Catalogue, recherche: Recherche, config: Config, dossier: Path
) -> tuple[Recommender, Lues | None]:
    """The engine of a catalogue and its index, and what was kept for it.

    What was not kept, or is not of this very catalogue, index, configuration and code, is made anew: answers are the
    same, and come some seconds later.
    """
    tables = _open(catalogue, recherche, config, dossier)
    matrices = None
    if tables is not None:
        matrices = garde.read_matrices(tables)
        catalogue.use_places(within(tables, "lieux"))
    moteur = Recommender(catalogue, recherche, config, recherche.neighbours(), recherche.gestures(), matrices)
    return moteur, tables


def keep_engine(catalogue: Catalogue, recherche: Recherche, config: Config, dossier: Path) -> None:
    """Keep what an engine is made of, for the processes to come; nothing when it is kept already."""
    if _open(catalogue, recherche, config, dossier, dire=False) is not None:
        return
    with without_collector(freeze=False):
        tables = garde.build_tables(catalogue, config, recherche.neighbours(), recherche.gestures(), recherche.vectors)
    identite = garde.identity(catalogue.version, recherche.version, config)
    write_arrays(dossier, _version(identite), tables, identite)


def _open(
    catalogue: Catalogue, recherche: Recherche, config: Config, dossier: Path, *, dire: bool = True
) -> Lues | None:
    identite = garde.identity(catalogue.version, recherche.version, config)
    try:
        return open_arrays(dossier, _version(identite), identite)
    except (SearchIndexError, OSError):  # an unreadable folder is one more thing that does not fit
        if dire:
            _journal.warning(
                "rien de préparé pour ce catalogue et ces réglages : le démarrage prend quelques secondes de plus ; "
                "« azimut construire --si-besoin » l'évite aux suivants."
            )
        return None


def _version(identite: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(identite, sort_keys=True).encode()).hexdigest()[:16]

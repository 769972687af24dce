"""Building what the service reads: catalogue, then index, then both in service at once."""

import time
from collections.abc import Callable, Collection
from pathlib import Path

from api.moteur import keep_engine
from api.settings import Settings
from embeddings.embarque import open_encodeur
from embeddings.search import Recherche
from recommender.config import load_config
from referentiels.catalogue import Catalogue
from referentiels.construction import Construction, build_catalogue, fingerprint, is_current, publish
from referentiels.errors import InvalidInputError, SearchIndexError

Progress = Callable[[str], None]


def prepare(
    settings: Settings, progress: Progress, *, sans: Collection[str] = (), si_besoin: bool = False
) -> Construction | None:
    """Build the catalogue and its index, then put them in service.

    Args:
        settings: Where the files and the artefacts are.
        progress: Called with a French sentence at each step.
        sans: Keys of sources to leave out.
        si_besoin: Build nothing when the one in service comes from these very files.

    Returns:
        What was built; None when nothing had to be.

    Raises:
        InvalidInputError: The data folder was named and is not there.
        SourceError: A raw file cannot be read; the previous catalogue stays in service.
        CatalogueError: The rows do not make a coherent whole; likewise.
    """
    donnees = _data_folder(settings)
    encodeur, config = open_encodeur(settings.encodeur), load_config(settings.config)
    entrees = fingerprint(donnees, sans)
    if si_besoin and is_current(settings.dossier_catalogue, entrees):
        catalogue = Catalogue.load(settings.dossier_catalogue, verify=False)
        try:
            recherche = Recherche.load(catalogue, settings.dossier_index, encodeur=encodeur)
        except SearchIndexError:
            recherche = Recherche.build(catalogue, settings.dossier_index, progress, encodeur=encodeur)
        keep_engine(catalogue, recherche, config, settings.dossier_moteur)
        return None
    debut = time.monotonic()
    construction = build_catalogue(donnees, settings.dossier_catalogue, sans=sans, progress=progress)
    progress("Index de recherche")
    catalogue = Catalogue.open(construction.dossier)
    recherche = Recherche.build(catalogue, settings.dossier_index, progress, encodeur=encodeur)
    progress("Moteur")
    keep_engine(catalogue, recherche, config, settings.dossier_moteur)
    publish(construction, settings.dossier_catalogue, entrees)
    progress(f"En service : catalogue {construction.version} ({time.monotonic() - debut:.0f} s)")
    return construction


def _data_folder(settings: Settings) -> Path | None:
    """The folder of official files; None when there is none and nobody named one."""
    if settings.donnees.is_dir():
        return settings.donnees
    if "donnees" in settings.model_fields_set:
        raise InvalidInputError(
            f"AZIMUT_DONNEES : « {settings.donnees} » n'est pas un dossier. Corrigez le chemin, ou retirez ce réglage "
            "pour construire sur le socle embarqué.",
            champ="donnees",
        )
    return None

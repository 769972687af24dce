"""What the engine is made of, as arrays made once at the build: every process maps them instead of making them."""

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from embeddings.gestes import Gestes
from embeddings.voisinage import Voisinage
from recommender import (
    acces,
    blocs,
    chemins,
    colonnes_blocs,
    colonnes_chemins,
    gestes,
    matrices,
    offre,
    parentes,
    tables,
)
from recommender.colonnes_blocs import Vecteurs
from recommender.config import Config
from recommender.matrices import Matrices
from recommender.parentes import digest
from recommender.tables import Lues, Tables, under, within
from referentiels import cellules, fiches, index_lieux, lieu, lieux, lieux_lus, noms_lieux, schema, store
from referentiels.catalogue import Catalogue

_CODE = (
    acces, blocs, chemins, colonnes_blocs, colonnes_chemins, gestes, matrices, offre, parentes, tables,
    cellules, fiches, index_lieux, lieu, lieux, lieux_lus, noms_lieux, schema, store,
)  # fmt: skip
"""What the arrays are made by: another version of any of it makes them anew."""


def identity(catalogue: str, index: str, config: Config) -> dict[str, Any]:
    """All that the arrays depend on.

    Args:
        catalogue: Its version.
        index: Its version.
        config: Weights of the demands.
    """
    utiles = [config.demande.model_dump(), config.mobilite.model_dump(), config.acquis.proximite_minimum]
    utiles += [config.parente.pente, config.parente.carrefour, digest()]
    return {"catalogue": catalogue, "index": index, "config": utiles, "code": _code()}


def build_tables(
    catalogue: Catalogue,
    config: Config,
    voisinage: Voisinage | None = None,
    gestes_items: Gestes | None = None,
    vecteurs: Vecteurs | None = None,
) -> Tables:
    """The arrays of an engine and of its `Guide`; about two seconds for the full référentiels.

    Args:
        catalogue: The référentiels.
        config: Weights of the demands.
        voisinage: See `Recommender`, like the next one.
        gestes_items: Gestures of compétences and savoirs.
        vecteurs: See `Guide`.
    """
    familles: dict[str, Tables] = {
        "matrices": matrices.build_matrices(catalogue, config, voisinage, gestes_items).write(),
        "blocs": colonnes_blocs.build_tables(catalogue, vecteurs),
        "chemins": colonnes_chemins.build_tables(catalogue),
        "lieux": catalogue.lieux.write(),
        "offre": offre.build_columns(catalogue.store).write(),
    }
    return {nom: t for prefixe, famille in familles.items() for nom, t in under(famille, prefixe).items()}


def read_matrices(garde: Lues) -> Matrices:
    """The matrices among the arrays of an engine."""
    return Matrices.read(within(garde, "matrices"))


@cache
def _code() -> str:
    octets = b"".join(Path(module.__file__ or "").read_bytes() for module in _CODE)
    return hashlib.sha256(octets).hexdigest()[:16]

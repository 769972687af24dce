"""Encoders side by side: quality by meaning alone, size, speed; whole or with their leading dimensions only."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from embeddings.embarque import open_encodeur
from embeddings.encodeur import Encodeur, Vecteurs
from embeddings.fusion import DENSE, ETIQUETTE
from embeddings.search import assemble
from embeddings.texts import entities
from evaluation.appellations import held_out_requests, without_texts
from evaluation.memoire import EncodeurMemoire
from evaluation.requetes import measure, read_requests
from referentiels.catalogue import Catalogue
from referentiels.errors import InvalidInputError

_MO = 1024 * 1024
_ESSAIS = 200
_LOT = 2048


def study_encoders(
    catalogue: Catalogue, noms: Sequence[str], dimensions: Sequence[int], fichier: Path
) -> list[dict[str, Any]]:
    """Each encoder at each size, by meaning alone, over the same texts and requests.

    Args:
        catalogue: The métiers.
        noms: Folders or names of encoders.
        dimensions: Leading dimensions tried; those above an encoder's own are left out.
        fichier: Everyday requests, see `requetes.read_requests`.

    Returns:
        A row each: `encodeur`, `dimension`, `mo` (weights on disk, None for a distant one), `ms_par_requete` (median,
        one text at a time), `textes_par_seconde` (documents, every core), `requetes` and `appellations` (measures).
    """
    cachees = held_out_requests(catalogue)
    fiches = without_texts(entities(catalogue, "metier"), (r.texte for r in cachees))
    requetes = [r for r in read_requests(fichier) if r.acceptes]
    lignes = []
    for nom in noms:
        encodeur = open_encodeur(nom)
        if encodeur is None:
            raise InvalidInputError("il faut le dossier ou le nom d'un encodeur, pas « aucun ».")
        essais = [nom_metier.texte for fiche in fiches for nom_metier in fiche.noms]
        vitesse = {
            "mo": _weight(Path(nom)),
            "ms_par_requete": _latency(encodeur, essais[:_ESSAIS]),
            "textes_par_seconde": _throughput(encodeur, essais[:_LOT]),
        }
        memoire: dict[str, Vecteurs] = {}
        for dimension in sorted({d for d in dimensions if d <= encodeur.dimension} or {encodeur.dimension}):
            coupe = EncodeurMemoire(encodeur, memoire, dimension)
            recherche = assemble({"metier": fiches}, coupe, fusions={ETIQUETTE: DENSE})
            lignes.append(
                {"encodeur": nom, "dimension": dimension, **vitesse}
                | {"requetes": measure(requetes, recherche, intervalles=False)}
                | {"appellations": measure(cachees, recherche, intervalles=False)}
            )
    return lignes


def _weight(dossier: Path) -> float | None:
    return round(sum(f.stat().st_size for f in dossier.rglob("*.safetensors")) / _MO, 1) if dossier.is_dir() else None


def _latency(encodeur: Encodeur, textes: Sequence[str]) -> float:
    encodeur.encode_query(textes[:1])
    durees = []
    for texte in textes:
        debut = time.perf_counter()
        encodeur.encode_query((texte,))
        durees.append(time.perf_counter() - debut)
    return round(float(np.median(durees)) * 1000, 2)


def _throughput(encodeur: Encodeur, textes: Sequence[str]) -> int:
    debut = time.perf_counter()
    encodeur.encode_document(textes)
    return round(len(textes) / (time.perf_counter() - debut))

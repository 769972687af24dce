"""A folder of arrays and its manifest: written whole or not at all, mapped read-only, refused when it does not fit."""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from referentiels.errors import CorruptIndexError, MissingIndexError, StaleIndexError

MANIFESTE = "manifeste.json"
SCHEMA = 2
"""Raised when the arrays change: an index of another schema refuses to load."""
GARDES = 3
_RELANCE = "lancez « azimut construire »."


def write_arrays(
    racine: Path, version: str, tableaux: Mapping[str, npt.NDArray[Any]], identite: Mapping[str, Any]
) -> Path:
    """Write arrays and their manifest under `racine/version` in one atomic step, then drop all but the last three.

    Args:
        racine: Where the versions are kept; those in service are not touched.
        version: Name of the folder.
        tableaux: Arrays by name; « metier/poids » makes `metier/poids.npy`.
        identite: What the arrays were made from; read back by `open_arrays`.
    """
    racine.mkdir(parents=True, exist_ok=True)
    provisoire = Path(tempfile.mkdtemp(prefix=".index-", dir=racine))
    try:
        fichiers: dict[str, dict[str, Any]] = {}
        for nom, tableau in tableaux.items():
            chemin = provisoire / f"{nom}.npy"
            chemin.parent.mkdir(parents=True, exist_ok=True)
            with chemin.open("wb") as flux:
                np.save(flux, tableau, allow_pickle=False)
                flux.flush()
                os.fsync(flux.fileno())
            fichiers[nom] = {"octets": chemin.stat().st_size, "empreinte": _digest(chemin)}
        manifeste = {"schema": SCHEMA, "identite": dict(identite), "fichiers": fichiers}
        with (provisoire / MANIFESTE).open("w", encoding="utf-8") as flux_texte:
            json.dump(manifeste, flux_texte, ensure_ascii=False, indent=1)
            flux_texte.flush()
            os.fsync(flux_texte.fileno())
        provisoire.chmod(0o755)
        dossier = racine / version
        _replace(provisoire, dossier)
        _prune(racine, dossier)
    finally:
        shutil.rmtree(provisoire, ignore_errors=True)
    return dossier


def open_arrays(
    racine: Path, version: str, identite: Mapping[str, Any], *, verify: bool = True
) -> dict[str, npt.NDArray[Any]]:
    """Map the arrays of one version, read-only.

    Args:
        racine: Where the versions are kept.
        version: The one wanted.
        identite: What it must have been made from.
        verify: Compare the bytes with the manifest first (about 0.1 s for 100 MB).

    Raises:
        MissingIndexError: Nothing was built there.
        StaleIndexError: Built from another catalogue, other templates, other settings or another schema.
        CorruptIndexError: The bytes differ from the manifest.
    """
    dossier = racine / version
    if not dossier.is_dir():
        if racine.is_dir() and any((d / MANIFESTE).is_file() for d in racine.iterdir()):
            raise StaleIndexError(
                f"l'index de recherche de « {racine} » a été fait pour un autre catalogue ou d'autres réglages "
                f"(attendu : {version}) ; {_RELANCE}"
            )
        raise MissingIndexError(f"aucun index de recherche dans « {racine} » : {_RELANCE}")
    fichiers = _read_manifest(dossier, identite)
    return {nom: _open_array(dossier / f"{nom}.npy", attendu, verify=verify) for nom, attendu in fichiers.items()}


def pack(textes: Iterable[str]) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """Texts as one run of UTF-8 bytes and the bounds of each."""
    octets = [texte.encode("utf-8") for texte in textes]
    bornes = np.zeros(len(octets) + 1, dtype=np.int64)
    np.cumsum([len(o) for o in octets], out=bornes[1:])
    return np.frombuffer(b"".join(octets), dtype=np.uint8), bornes


def unpack(octets: npt.NDArray[np.uint8], bornes: npt.NDArray[np.int64], rang: int) -> str:
    """One text of what `pack` made."""
    return octets[int(bornes[rang]) : int(bornes[rang + 1])].tobytes().decode("utf-8")


def _read_manifest(dossier: Path, identite: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    try:
        manifeste = json.loads((dossier / MANIFESTE).read_text(encoding="utf-8"))
        schema, faite_de, fichiers = manifeste["schema"], manifeste["identite"], dict(manifeste["fichiers"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CorruptIndexError(f"manifeste de l'index « {dossier.name} » illisible ({error}) ; {_RELANCE}") from error
    if schema != SCHEMA:
        raise StaleIndexError(
            f"l'index « {dossier.name} » suit le schéma {schema}, cette version d'Azimut le schéma {SCHEMA} ; "
            f"{_RELANCE}"
        )
    ecarts = [cle for cle in sorted({*identite, *faite_de}) if faite_de.get(cle) != identite.get(cle)]
    if ecarts:
        details = ", ".join(f"{c} {faite_de.get(c)!r} au lieu de {identite.get(c)!r}" for c in ecarts)
        raise StaleIndexError(f"l'index « {dossier.name} » ne va pas avec ce catalogue ({details}) ; {_RELANCE}")
    return fichiers


def _open_array(chemin: Path, attendu: Mapping[str, Any], *, verify: bool) -> npt.NDArray[Any]:
    abime = CorruptIndexError(
        f"l'index « {chemin.parent.name}/{chemin.name} » est abîmé (octets différents de son manifeste) ; {_RELANCE}"
    )
    try:
        if chemin.stat().st_size != attendu["octets"] or (verify and _digest(chemin) != attendu["empreinte"]):
            raise abime
        # An empty array cannot be mapped; a plain view is far quicker to slice than a memmap.
        tableau: npt.NDArray[Any] = np.load(chemin, mmap_mode="r", allow_pickle=False).view(np.ndarray)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise abime from error
    return tableau


def _digest(chemin: Path) -> str:
    with chemin.open("rb") as flux:
        return hashlib.file_digest(flux, "sha256").hexdigest()


def _replace(provisoire: Path, dossier: Path) -> None:
    """Put a finished folder in its place; one that stands there already is moved away first."""
    if dossier.exists():
        ancien = Path(tempfile.mkdtemp(prefix=".ancien-", dir=dossier.parent))
        dossier.replace(ancien / dossier.name)
        provisoire.replace(dossier)
        shutil.rmtree(ancien, ignore_errors=True)
    else:
        provisoire.replace(dossier)


def _prune(racine: Path, gardee: Path) -> None:
    dossiers = [d for d in racine.iterdir() if (d / MANIFESTE).is_file() and d != gardee]
    for dossier in sorted(dossiers, key=lambda d: d.stat().st_mtime_ns, reverse=True)[GARDES - 1 :]:
        shutil.rmtree(dossier, ignore_errors=True)

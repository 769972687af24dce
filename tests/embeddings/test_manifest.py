"""An index is written whole, mapped read-only, and refused when it does not fit."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from embeddings import manifest
from embeddings.manifest import MANIFESTE, open_arrays, pack, unpack, write_arrays
from referentiels.errors import AzimutError, CorruptIndexError, MissingIndexError, SearchIndexError, StaleIndexError

IDENTITE = {"catalogue": "abc", "config": {"seuil": 0.2}}
TABLEAUX: dict[str, npt.NDArray[Any]] = {
    "metier/poids": np.arange(1000, dtype=np.float32),
    "metier/vide": np.empty(0, dtype=np.int32),
    "savoir/octets": np.frombuffer(b"azimut", dtype=np.uint8),
}


@pytest.fixture
def racine(tmp_path: Path) -> Path:
    write_arrays(tmp_path / "index", "v1", TABLEAUX, IDENTITE)
    return tmp_path / "index"


def test_arrays_come_back_mapped_and_read_only(racine: Path) -> None:
    lus = open_arrays(racine, "v1", IDENTITE)
    assert lus.keys() == TABLEAUX.keys()
    for nom, tableau in TABLEAUX.items():
        assert lus[nom].dtype == tableau.dtype
        np.testing.assert_array_equal(lus[nom], tableau)
    assert not lus["metier/poids"].flags.writeable
    with pytest.raises(ValueError, match="read-only"):
        lus["metier/poids"][0] = 1


def test_texts_come_back_whole() -> None:
    textes = ["", "Boulangère", "🙂", "a\x00b"]
    octets, bornes = pack(textes)
    assert [unpack(octets, bornes, rang) for rang in range(4)] == textes


def test_nothing_built_is_said(tmp_path: Path) -> None:
    with pytest.raises(MissingIndexError, match="azimut construire"):
        open_arrays(tmp_path / "ailleurs", "v1", IDENTITE)


def test_another_version_is_stale(racine: Path) -> None:
    with pytest.raises(StaleIndexError, match="autre catalogue"):
        open_arrays(racine, "v2", IDENTITE)


@pytest.mark.parametrize(
    "identite", [{**IDENTITE, "catalogue": "xyz"}, {**IDENTITE, "config": {}}, {**IDENTITE, "plus": 1}, {}]
)
def test_another_identity_is_stale(racine: Path, identite: dict[str, Any]) -> None:
    with pytest.raises(StaleIndexError, match="ne va pas avec ce catalogue"):
        open_arrays(racine, "v1", identite)


def test_another_schema_is_stale(racine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manifest, "SCHEMA", manifest.SCHEMA + 1)
    with pytest.raises(StaleIndexError, match="schéma"):
        open_arrays(racine, "v1", IDENTITE)


def _flip(chemin: Path) -> None:
    octets = bytearray(chemin.read_bytes())
    octets[-1] ^= 1
    chemin.write_bytes(octets)


def _cut(chemin: Path) -> None:
    chemin.write_bytes(chemin.read_bytes()[:-4])


@pytest.mark.parametrize("damage", [_flip, _cut, Path.unlink, lambda c: c.write_bytes(b"")])
def test_damaged_bytes_are_refused(racine: Path, damage: Callable[[Path], Any]) -> None:
    damage(racine / "v1" / "metier" / "poids.npy")
    with pytest.raises(CorruptIndexError, match="abîmé"):
        open_arrays(racine, "v1", IDENTITE)


@pytest.mark.parametrize("contenu", ["", "{", "[]", '{"schema": 1}', '{"schema": 1, "identite": {}, "fichiers": 3}'])
def test_an_unreadable_manifest_is_refused(racine: Path, contenu: str) -> None:
    (racine / "v1" / MANIFESTE).write_text(contenu, encoding="utf-8")
    with pytest.raises(SearchIndexError):
        open_arrays(racine, "v1", IDENTITE)


def test_objects_are_never_unpickled(racine: Path) -> None:
    """Even when a forged manifest vouches for them."""
    chemin = racine / "v1" / MANIFESTE
    contenu = json.loads(chemin.read_text(encoding="utf-8"))
    np.save(racine / "v1" / "objets.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    fichier = racine / "v1" / "objets.npy"
    contenu["fichiers"]["objets"] = {"octets": fichier.stat().st_size, "empreinte": manifest._digest(fichier)}
    chemin.write_text(json.dumps(contenu), encoding="utf-8")
    with pytest.raises(AzimutError, match="abîmé"):
        open_arrays(racine, "v1", IDENTITE)


def test_a_failed_write_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise OSError("disque plein")

    monkeypatch.setattr(np, "save", fail)
    with pytest.raises(OSError, match="disque plein"):
        write_arrays(tmp_path, "v1", TABLEAUX, IDENTITE)
    assert not list(tmp_path.iterdir())


def test_writing_again_mends_and_keeps_open_readers(racine: Path) -> None:
    ouverts = open_arrays(racine, "v1", IDENTITE)
    _flip(racine / "v1" / "savoir" / "octets.npy")
    write_arrays(racine, "v1", TABLEAUX, IDENTITE)
    assert open_arrays(racine, "v1", IDENTITE).keys() == TABLEAUX.keys()
    np.testing.assert_array_equal(ouverts["metier/poids"], TABLEAUX["metier/poids"])
    assert [d.name for d in racine.iterdir()] == ["v1"]


def test_old_versions_are_dropped(racine: Path) -> None:
    for numero in range(2, 7):
        write_arrays(racine, f"v{numero}", TABLEAUX, IDENTITE)
    assert len(list(racine.iterdir())) == manifest.GARDES
    assert open_arrays(racine, "v6", IDENTITE)

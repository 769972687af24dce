"""Nothing is encoded twice, and a damaged cache costs time, never answers."""

from pathlib import Path

import numpy as np

from embeddings.cache import CacheVecteurs
from tests.embeddings.factice import DIMENSION, EncodeurFactice

TEXTES = [f"métier numéro {rang}" for rang in range(200)]


def test_only_what_changed_is_encoded(tmp_path: Path) -> None:
    encodeur = EncodeurFactice()
    premier = CacheVecteurs(tmp_path, encodeur).vectors(TEXTES)
    cache = CacheVecteurs(tmp_path, encodeur)
    modifies = ["un autre métier", "encore un autre", *TEXTES[2:]]
    second = cache.vectors(modifies)
    assert cache.encodes == 2
    assert np.array_equal(premier[2:], second[2:])
    assert not np.array_equal(premier[:2], second[:2])


def test_texts_of_one_canonical_form_are_encoded_once(tmp_path: Path) -> None:
    encodeur = EncodeurFactice()
    vecteurs = CacheVecteurs(tmp_path, encodeur).vectors(["Électricien", "electricien", "ÉLECTRICIEN"])
    assert encodeur.encodes == ["electricien"]
    assert np.array_equal(vecteurs[0], vecteurs[2])


def test_another_encoder_shares_nothing(tmp_path: Path) -> None:
    CacheVecteurs(tmp_path, EncodeurFactice("un")).vectors(TEXTES)
    autre = CacheVecteurs(tmp_path, EncodeurFactice("deux"))
    autre.vectors(TEXTES)
    assert autre.encodes == len(TEXTES)


def test_a_damaged_cache_is_made_again(tmp_path: Path) -> None:
    encodeur = EncodeurFactice()
    attendu = CacheVecteurs(tmp_path, encodeur).vectors(TEXTES)
    fichier = next(tmp_path.glob("vecteurs-*.npz"))
    for abime in (b"", b"PK\x03\x04 tronque", fichier.read_bytes()[:-4000]):
        fichier.write_bytes(abime)
        assert np.array_equal(CacheVecteurs(tmp_path, encodeur).vectors(TEXTES), attendu)


def test_without_a_folder_nothing_is_kept() -> None:
    cache = CacheVecteurs(None, EncodeurFactice())
    assert cache.vectors(TEXTES).shape == (len(TEXTES), DIMENSION)
    assert cache.vectors([]).shape == (0, DIMENSION)

"""Vectors of entities: exactness, kinds, several texts, and the switch to an inverted file."""

import numpy as np
import pytest

from embeddings.dense import IndexDense, Tableau, texts_of
from embeddings.texts import Fiche, Nom


def _unit(lignes: Tableau) -> Tableau:
    unitaires: Tableau = (lignes / np.linalg.norm(lignes, axis=1, keepdims=True)).astype(np.float16)
    return unitaires


@pytest.fixture(scope="module")
def nuage() -> Tableau:
    """Vectors in clusters, as texts of one field are."""
    alea = np.random.default_rng(0)
    centres = alea.normal(size=(300, 32))
    return _unit(centres[alea.integers(0, 300, 12_000)] + 0.5 * alea.normal(size=(12_000, 32)))


def _index(vecteurs: Tableau, exact_max: int) -> IndexDense:
    return IndexDense(
        {"vecteurs": vecteurs, "fiche": np.arange(len(vecteurs)), "sorte": np.zeros(len(vecteurs), np.uint8)}, exact_max
    )


def test_the_nearest_are_those_of_the_full_product(nuage: Tableau) -> None:
    index = _index(nuage, 10**6)
    vecteurs = nuage.astype(np.float32)
    for question in vecteurs[::1500]:
        trouves = index.near(question, 10)
        assert set(trouves.fiches) == set(np.argsort(-(vecteurs @ question), kind="stable")[:10])


def test_an_inverted_file_finds_nearly_all_of_them(nuage: Tableau) -> None:
    exact, approche = _index(nuage, 10**6), _index(nuage, 1000)
    communs = [
        len(set(exact.near(question, 10).fiches) & set(approche.near(question, 10).fiches))
        for question in nuage[::40].astype(np.float32)
    ]
    assert np.mean(communs) / 10 >= 0.99


def test_an_entity_is_as_near_as_its_best_text_of_each_kind() -> None:
    vecteurs = np.eye(4, dtype=np.float16)
    index = IndexDense(
        {"vecteurs": vecteurs, "fiche": np.array([0, 0, 1, 1]), "sorte": np.array([0, 1, 0, 2], dtype=np.uint8)}
    )
    question = np.array([0.1, 0.8, 0.5, 0.2], dtype=np.float32)
    trouves = index.near(question)
    assert trouves.fiches.tolist() == [0, 1]
    assert trouves.plancher == pytest.approx(0.1, abs=1e-3)
    assert trouves.par_sorte.tolist() == [
        pytest.approx([0.1, 0.8, 0.1], abs=1e-3),
        pytest.approx([0.5, 0.1, 0.2], abs=1e-3),
    ]
    assert trouves.moyenne.tolist() == pytest.approx([(0.8 + 0.1 + 0.1) / 3, (0.5 + 0.2 + 0.1) / 3], abs=1e-3)
    assert trouves.textes.tolist() == [1, 2]


def test_an_empty_index_finds_nothing() -> None:
    index = IndexDense(
        {"vecteurs": np.zeros((0, 8), np.float16), "fiche": np.zeros(0, int), "sorte": np.zeros(0, np.uint8)}
    )
    assert len(index.near(np.ones(8, dtype=np.float32)).fiches) == 0


def test_texts_keep_their_entity_and_their_kind() -> None:
    fiches = (
        Fiche("A", "un", (Nom("un"), Nom("premier")), dits=("le un", "le un"), phrases=("Premier des deux.",)),
        Fiche("B", "deux", (Nom("deux"),)),
    )
    textes, numeros, sortes = texts_of(fiches)
    assert textes == ["un", "premier", "le un", "Premier des deux.", "deux"]
    assert numeros.tolist() == [0, 0, 0, 0, 1]
    assert sortes.tolist() == [0, 0, 1, 2, 0]

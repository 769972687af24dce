"""What any index of vectors answers, in this process or in a database: one set of tests for all."""

from collections.abc import Callable

import numpy as np
import pytest

from embeddings.dense import IndexVecteurs, Tableau

Ouvrir = Callable[[dict[str, Tableau], int], IndexVecteurs]
"""Opens an index over arrays; the number is that of vectors above which it may be approximate."""
EXACT = 10**6


def cloud(nombre: int = 6_000, dimension: int = 32) -> Tableau:
    """Unit vectors in clusters, as texts of one field are."""
    alea = np.random.default_rng(0)
    centres = alea.normal(size=(nombre // 40, dimension))
    lignes = centres[alea.integers(0, len(centres), nombre)] + 0.5 * alea.normal(size=(nombre, dimension))
    unitaires: Tableau = (lignes / np.linalg.norm(lignes, axis=1, keepdims=True)).astype(np.float16)
    return unitaires


def alone(vecteurs: Tableau) -> dict[str, Tableau]:
    """Arrays where each vector is an entity of its own."""
    return {"vecteurs": vecteurs, "fiche": np.arange(len(vecteurs)), "sorte": np.zeros(len(vecteurs), np.uint8)}


class ContratIndexVecteurs:
    """Inherited by the tests of each index, which give the fixture `ouvrir`."""

    def test_the_nearest_are_those_of_the_full_product(self, ouvrir: Ouvrir) -> None:
        nuage = cloud()
        index = ouvrir(alone(nuage), EXACT)
        assert len(index) == len(nuage)
        vecteurs = nuage.astype(np.float32)
        for question in vecteurs[::1500]:
            produits = vecteurs @ question
            trouves = index.near(question, 10)
            assert set(trouves.fiches) == set(np.argsort(-produits, kind="stable")[:10])
            assert trouves.par_sorte[:, 0] == pytest.approx(produits[trouves.fiches], abs=1e-5)

    def test_beyond_a_size_nearly_all_of_them_are_found(self, ouvrir: Ouvrir) -> None:
        nuage = cloud()
        approche, vecteurs = ouvrir(alone(nuage), 1000), nuage.astype(np.float32)
        communs = [
            len(set(np.argsort(-(vecteurs @ question))[:10]) & set(approche.near(question, 10).fiches))
            for question in vecteurs[::40]
        ]
        assert np.mean(communs) / 10 >= 0.99

    def test_an_entity_is_as_near_as_its_best_text_of_each_kind(self, ouvrir: Ouvrir) -> None:
        tableaux = {
            "vecteurs": np.eye(4, dtype=np.float16),
            "fiche": np.array([0, 0, 1, 1]),
            "sorte": np.array([0, 1, 0, 2], dtype=np.uint8),
        }
        trouves = ouvrir(tableaux, EXACT).near(np.array([0.1, 0.8, 0.5, 0.2], dtype=np.float32))
        assert trouves.fiches.tolist() == [0, 1]
        assert trouves.plancher == pytest.approx(0.1, abs=1e-3)
        assert trouves.par_sorte.tolist() == [
            pytest.approx([0.1, 0.8, 0.1], abs=1e-3),
            pytest.approx([0.5, 0.1, 0.2], abs=1e-3),
        ]
        assert trouves.moyenne.tolist() == pytest.approx([(0.8 + 0.1 + 0.1) / 3, (0.5 + 0.2 + 0.1) / 3], abs=1e-3)
        assert trouves.textes.tolist() == [1, 2]

    def test_an_empty_index_finds_nothing(self, ouvrir: Ouvrir) -> None:
        trouves = ouvrir(alone(np.zeros((0, 8), np.float16)), EXACT).near(np.ones(8, dtype=np.float32))
        assert len(trouves.fiches) == len(trouves.textes) == 0
        assert trouves.plancher == 0

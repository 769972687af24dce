"""Vectors of entities in FAISS: exactness, kinds, several texts, and the first pass over many."""

import numpy as np
import pytest

from embeddings.dense import IndexDense, texts_of
from embeddings.survol import build_codes
from embeddings.texts import Fiche, Nom
from tests.embeddings.contrat_dense import ContratIndexVecteurs, Ouvrir, alone, cloud


class TestFaiss(ContratIndexVecteurs):
    @pytest.fixture
    def ouvrir(self) -> Ouvrir:
        return IndexDense


def test_a_first_pass_that_was_written_answers_as_one_made_at_the_opening() -> None:
    tableaux = alone(cloud())
    codes = build_codes(tableaux["vecteurs"], 400)
    assert codes is not None
    ecrite = IndexDense({**tableaux, "survol": codes})
    faite = IndexDense(tableaux, exact_max=1000)
    for question in tableaux["vecteurs"][::1500].astype(np.float32):
        un, deux = ecrite.near(question), faite.near(question)
        assert un.fiches.tolist() == deux.fiches.tolist()
        np.testing.assert_array_equal(un.par_sorte, deux.par_sorte)


def test_the_codes_of_a_first_pass_owe_nothing_to_chance() -> None:
    nuage = cloud(1000)
    un, deux = build_codes(nuage, 50), build_codes(nuage.copy(), 50)
    assert un is not None
    assert deux is not None
    np.testing.assert_array_equal(un, deux)


def test_vectors_that_a_first_pass_would_lose_are_all_compared() -> None:
    alea = np.random.default_rng(1)
    rares = np.zeros((9_000, 64), dtype=np.float16)  # a few dimensions each: nothing like a normal variable
    rares[np.arange(9_000)[:, None], alea.integers(0, 64, (9_000, 4))] = 0.5
    assert build_codes(rares, 400) is None
    question = rares[0].astype(np.float32)
    produits = rares.astype(np.float32) @ question
    assert IndexDense(alone(rares)).near(question).par_sorte.max() == produits.max()


def test_texts_keep_their_entity_and_their_kind() -> None:
    fiches = (
        Fiche("A", "un", (Nom("un"), Nom("premier")), dits=("le un", "le un"), phrases=("Premier des deux.",)),
        Fiche("B", "deux", (Nom("deux"),)),
    )
    textes, numeros, sortes = texts_of(fiches)
    assert textes == ["un", "premier", "le un", "Premier des deux.", "deux"]
    assert numeros.tolist() == [0, 0, 0, 0, 1]
    assert sortes.tolist() == [0, 0, 1, 2, 0]

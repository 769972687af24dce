"""Vectors of entities in FAISS: exactness, kinds, several texts, and the switch to an inverted file."""

import pytest

from embeddings.dense import IndexDense, texts_of
from embeddings.texts import Fiche, Nom
from tests.embeddings.contrat_dense import ContratIndexVecteurs, Ouvrir


class TestFaiss(ContratIndexVecteurs):
    @pytest.fixture
    def ouvrir(self) -> Ouvrir:
        return IndexDense


def test_texts_keep_their_entity_and_their_kind() -> None:
    fiches = (
        Fiche("A", "un", (Nom("un"), Nom("premier")), dits=("le un", "le un"), phrases=("Premier des deux.",)),
        Fiche("B", "deux", (Nom("deux"),)),
    )
    textes, numeros, sortes = texts_of(fiches)
    assert textes == ["un", "premier", "le un", "Premier des deux.", "deux"]
    assert numeros.tolist() == [0, 0, 0, 0, 1]
    assert sortes.tolist() == [0, 0, 1, 2, 0]

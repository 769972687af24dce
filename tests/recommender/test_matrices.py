"""The arrays: shapes, weights, groups and links say what the catalogue says."""

import numpy as np
import pytest

from recommender.matrices import RIASEC, Matrices, build_matrices
from recommender.pipeline import Recommender
from tests.recommender.exemples import FICHES, SAVOIRS


@pytest.fixture(scope="session")
def matrices(essai: Recommender) -> Matrices:
    return essai.matrices


def test_one_row_a_metier_one_column_an_item(matrices: Matrices) -> None:
    assert matrices.codes == tuple(sorted(f.code for f in FICHES))
    assert matrices.demandes.shape == (len(FICHES), len(matrices.items))
    assert matrices.demandes.nnz == sum(len(f.competences) + len(f.savoirs) for f in FICHES)
    assert [matrices.rang_item[i] for i in matrices.items] == list(range(len(matrices.items)))
    assert set(SAVOIRS) <= set(matrices.items)


def test_parts_of_a_metier_sum_to_one(matrices: Matrices) -> None:
    np.testing.assert_allclose(np.asarray(matrices.parts.sum(axis=1)).ravel(), 1.0)


def test_a_rare_item_weighs_more_than_a_common_one_and_the_core_more_than_the_rest(matrices: Matrices) -> None:
    couture, plan, consignes = (matrices.rang_item[c] for c in (1, 4, 90))
    ligne = matrices.demandes[matrices.rang["H2101"]].toarray().ravel()
    assert matrices.gain[matrices.rang_item[3]] > matrices.gain[couture], "two métiers ask for 3, three for 1"
    assert ligne[couture] > ligne[plan] > ligne[consignes] > 0
    assert ligne[couture] == pytest.approx(matrices.gain[couture] * 1.5)


def test_transversal_items_are_those_of_the_referentiel(matrices: Matrices) -> None:
    assert {matrices.items[r] for r in np.flatnonzero(matrices.transversal)} == {90, 91, 92}
    assert {matrices.items[r] for r in np.flatnonzero(matrices.attestation)} == {304}


def test_a_macro_competence_and_its_children_are_one_group(matrices: Matrices) -> None:
    assert matrices.groupe_de[1] == matrices.groupe_de[2] == matrices.groupe_de[7] == matrices.groupe_de[100]
    assert matrices.groupe_de[8] != matrices.groupe_de[1]
    assert 3 not in matrices.groupe_de
    assert matrices.groupe[matrices.rang_item[3]] == -1


def test_riasec_letters_are_ranks_and_a_missing_minor_is_told(matrices: Matrices) -> None:
    rang = matrices.rang["M1101"]
    assert RIASEC[matrices.riasec_majeur[rang]] == "C"
    assert matrices.riasec_mineur[rang] == -1


def test_the_first_mobility_is_worth_one_and_the_last_less(matrices: Matrices, essai: Recommender) -> None:
    ligne = matrices.mobilites[matrices.rang["H2101"]].toarray().ravel()
    valeurs = [ligne[matrices.rang[c]] for c in ("H2102", "B1101", "D1101")]
    assert valeurs == pytest.approx([1.0, 0.9, 0.8])
    assert matrices.mobilites[matrices.rang["M1101"]].toarray().ravel()[matrices.rang["K1101"]] == 1.0
    assert matrices.mobilites[matrices.rang["N1101"]].nnz == 0


def test_the_same_catalogue_gives_the_same_arrays(essai: Recommender, matrices: Matrices) -> None:
    encore = build_matrices(essai.catalogue, essai.config)
    assert (encore.demandes != matrices.demandes).nnz == 0
    np.testing.assert_array_equal(encore.gain, matrices.gain)
    assert encore.interets == matrices.interets


def test_a_metier_without_anything_has_an_empty_row_and_no_warning(matrices: Matrices) -> None:
    assert np.isfinite(matrices.parts.data).all()
    assert np.isfinite(matrices.normes).all()


def test_the_socle_has_no_empty_metier(socle: Recommender) -> None:
    m = socle.matrices
    assert len(m.codes) >= 400
    assert (m.normes > 0).all()
    assert m.transversal.any()


@pytest.mark.officiel
def test_the_official_arrays_are_whole(officiel: Recommender) -> None:
    m = officiel.matrices
    assert len(m.codes) > 1_500
    assert m.mobilites.nnz > 14_000
    assert (m.normes > 0).all()
    assert 0 < m.transversal.mean() < 0.2
    assert 1_000 < m.attestation.sum() < 6_000

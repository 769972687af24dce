"""Working conditions: those wished for are a criterion, those avoided lower the whole index."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.pipeline import Recommender
from recommender.profil_compris import ProfilCompris
from recommender.signals.conditions import attenuation, signal_conditions
from tests.recommender.exemples import CONTEXTES
from tests.recommender.signals.conformite import check_signal

CODES = st.sets(st.sampled_from(sorted(CONTEXTES)))


def _compris(**lots: set[int]) -> ProfilCompris:
    return ProfilCompris(contextes={mode: {c: CONTEXTES[c] for c in lot} for mode, lot in lots.items()})  # type: ignore[misc]


@settings(max_examples=40, deadline=None)
@given(CODES)
def test_conforms_for_any_wish(essai: Recommender, souhaitees: set[int]) -> None:
    check_signal(signal_conditions(essai.matrices, _compris(souhaiter=souhaitees)), essai.matrices)


def test_the_value_is_the_share_of_the_wishes_found(essai: Recommender) -> None:
    signal = signal_conditions(essai.matrices, _compris(souhaiter={400, 401}))
    assert signal.valeurs[essai.matrices.rang["A1101"]] == pytest.approx(1.0)
    assert signal.valeurs[essai.matrices.rang["A1102"]] == pytest.approx(0.5)
    preuve = signal.prouver(essai.matrices.rang["A1102"])
    assert preuve.phrase == "On y trouve ce que vous cherchez : « En extérieur »."


def test_not_having_what_one_avoids_is_no_reason(essai: Recommender) -> None:
    assert not signal_conditions(essai.matrices, _compris(eviter={401})).valeurs.any()


@settings(max_examples=40, deadline=None)
@given(CODES, CODES)
def test_the_factor_lowers_and_never_removes(essai: Recommender, evitees: set[int], exclues: set[int]) -> None:
    facteur = attenuation(essai.matrices, _compris(eviter=evitees, exclure=exclues), essai.config)
    assert (facteur > 0).all()
    assert (facteur <= 1).all()
    refusees = evitees | exclues
    ont = {rang for c in refusees for rang in essai.matrices.contextes.get(c, np.array([], dtype=np.int64)).tolist()}
    assert {r for r, f in enumerate(facteur) if f < 1} == ont


def test_a_condition_that_no_metier_has_changes_nothing(essai: Recommender) -> None:
    compris = ProfilCompris(contextes={"eviter": {999: "En apesanteur"}, "souhaiter": {999: "En apesanteur"}})
    assert (attenuation(essai.matrices, compris, essai.config) == 1).all()
    assert not signal_conditions(essai.matrices, compris).valeurs.any()

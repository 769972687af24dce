"""What the person likes: RIASEC letters and centres d'intérêt."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.pipeline import Recommender
from recommender.profil_compris import ProfilCompris
from recommender.signals.base import Signal
from recommender.signals.interets import MOTS_RIASEC, signal_interets
from tests.recommender.exemples import CENTRES
from tests.recommender.signals.conformite import check_signal


def _signal(moteur: Recommender, riasec: dict[str, float], centres: tuple[str, ...] = ()) -> Signal:
    compris = ProfilCompris(riasec=riasec, gouts=[(CENTRES[c], c, ()) for c in centres])
    return signal_interets(moteur.matrices, compris, moteur.config)


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(st.sampled_from("RIASEC"), st.floats(0.01, 1.0), max_size=6),
    st.sets(st.sampled_from(sorted(CENTRES))).map(sorted).map(tuple),
)
def test_conforms_for_any_taste(essai: Recommender, riasec: dict[str, float], centres: tuple[str, ...]) -> None:
    if riasec or centres:
        check_signal(_signal(essai, riasec, centres), essai.matrices)


def test_both_letters_are_worth_more_than_one(essai: Recommender) -> None:
    rang = essai.matrices.rang["H2101"]
    deux, majeure, mineure = (_signal(essai, dict.fromkeys(r, 1.0)).valeurs[rang] for r in ("RC", "R", "C"))
    assert deux == 1.0
    assert deux > majeure > mineure > 0


def test_a_metier_with_one_letter_is_not_held_back(essai: Recommender) -> None:
    assert _signal(essai, {"C": 0.4}).valeurs[essai.matrices.rang["M1101"]] == 1.0


def test_only_the_shape_of_the_tastes_counts(essai: Recommender) -> None:
    un, deux = _signal(essai, {"R": 1.0, "S": 0.5}), _signal(essai, {"R": 0.2, "S": 0.1})
    assert un.valeurs == pytest.approx(deux.valeurs)


def test_centres_and_letters_are_averaged_and_both_named(essai: Recommender) -> None:
    signal = _signal(essai, {"R": 1.0, "A": 1.0}, ("1",))
    rang = essai.matrices.rang["B1101"]
    assert signal.valeurs[rang] == pytest.approx(1.0)
    assert signal.prouver(rang).phrase == (
        "Côté goûts : il répond à « J'aime le travail manuel » ; il demande d'aimer créer et s'exprimer, "
        "mais aussi le concret et le travail manuel."
    )


def test_nothing_liked_is_worth_nothing(essai: Recommender) -> None:
    assert _signal(essai, {"E": 1.0}).valeurs[essai.matrices.rang["J1101"]] == 0.0


def test_every_letter_has_words() -> None:
    assert list(MOTS_RIASEC) == list("RIASEC")


def test_conforms_on_the_socle(socle: Recommender) -> None:
    for lettre in "RIASEC":
        check_signal(_signal(socle, {lettre: 1.0}), socle.matrices)

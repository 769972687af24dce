"""Official mobilities: one step, two steps, told as such."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.pipeline import Recommender
from recommender.profil_compris import ProfilCompris, Tenue
from recommender.signals.base import Signal
from recommender.signals.mobilites import signal_mobilites
from recommender.types import Diplome, Profil
from referentiels.types import CodeRome
from tests.recommender.exemples import FICHES
from tests.recommender.signals.conformite import check_signal


def _signal(moteur: Recommender, metiers: dict[str, float]) -> Signal:
    compris = ProfilCompris(metiers={CodeRome(c): Tenue(f, "vécu") for c, f in metiers.items()})
    rien = np.zeros(len(moteur.matrices.codes))
    return signal_mobilites(moteur.matrices, compris, rien, (), moteur.catalogue, moteur.config)


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(st.sampled_from([f.code for f in FICHES]), st.floats(0.1, 1.0), min_size=1, max_size=6))
def test_conforms_from_anywhere(essai: Recommender, metiers: dict[str, float]) -> None:
    signal = _signal(essai, metiers)
    check_signal(signal, essai.matrices)
    assert not signal.valeurs[[essai.matrices.rang[c] for c in metiers]].any(), "where one is already, one does not go"


def test_one_step_is_worth_its_rank_times_the_experience(essai: Recommender) -> None:
    valeurs = _signal(essai, {"H2101": 0.5}).valeurs
    assert valeurs[essai.matrices.rang["H2102"]] == 0.5
    assert valeurs[essai.matrices.rang["D1101"]] == pytest.approx(0.4)


def test_two_steps_are_worth_less_and_name_the_step_between(essai: Recommender) -> None:
    signal = _signal(essai, {"K1101": 1.0})
    rang = essai.matrices.rang["J1101"]
    assert signal.valeurs[rang] == essai.config.mobilite.second_pas
    preuve = signal.prouver(rang)
    assert preuve.faits == ("Aide à domicile", "Aide-soignant / Aide-soignante")
    assert preuve.phrase == (
        "Le ROME y mène en deux étapes : « Aide à domicile », puis « Aide-soignant / Aide-soignante »."
    )


def test_one_step_names_its_start(essai: Recommender) -> None:
    preuve = _signal(essai, {"A1101": 1.0}).prouver(essai.matrices.rang["A1102"])
    assert preuve.faits == ("Bûcheron / Bûcheronne",)


def test_the_better_of_two_ways_is_kept_whatever_the_order(essai: Recommender) -> None:
    un, deux = {"B1101": 0.2, "H2101": 1.0}, {"H2101": 1.0, "B1101": 0.2}
    rang = essai.matrices.rang["D1101"]
    assert _signal(essai, un).valeurs.tolist() == _signal(essai, deux).valeurs.tolist()
    assert _signal(essai, un).prouver(rang) == _signal(essai, deux).prouver(rang)
    assert _signal(essai, un).prouver(rang).faits == ("Couturier / Couturière d'atelier",)


def test_no_mobility_is_invented(essai: Recommender) -> None:
    assert not _signal(essai, {"N1101": 1.0}).valeurs.any()


@pytest.mark.officiel
def test_conforms_on_official_mobilities(officiel: Recommender) -> None:
    for code in officiel.matrices.codes[::97]:
        signal = _signal(officiel, {code: 1.0})
        check_signal(signal, officiel.matrices)


def test_who_only_tells_a_diploma_starts_from_where_it_leads(essai: Recommender) -> None:
    metiers = essai.recommend(Profil(diplomes=(Diplome(code="RNCP10"),)), 20).metiers
    menes = {m.code_rome for m in metiers if any(e.critere == "diplomes" for e in m.explications)}
    assert menes == {"H2101", "D1101"}
    suite = next(m for m in metiers if m.code_rome == "H2102")
    assert "où mène votre diplôme" in suite.explications[0].phrase

"""What the written cases lead to: what stands out counts, with what leads there."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from recommender.config import CasConfig
from recommender.pipeline import Recommender
from recommender.signals.base import Signal
from recommender.signals.cas import signal_cas
from recommender.types import Experience, Profil
from tests.recommender.exemples import ConseilEssai
from tests.recommender.signals.conformite import check_signal

PROFIL = Profil(souhait="couturier d'atelier", experiences=(Experience(texte="brodeur"),))


def _signal(moteur: Recommender, ecarts: list[float], *champs: str) -> Signal:
    conseil = ConseilEssai(np.array(ecarts, dtype=np.float32), champs)
    return signal_cas(moteur.matrices, conseil, moteur.catalogue, moteur.config)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_conforms_whatever_the_cases_say(essai: Recommender, data: st.DataObject) -> None:
    nombre = len(essai.matrices.codes)
    ecarts = data.draw(st.lists(st.floats(-9, 9, width=32), min_size=nombre, max_size=nombre))
    check_signal(_signal(essai, ecarts, "souhait"), essai.matrices)


@pytest.mark.parametrize(
    ("champs", "phrase"),
    [
        (("diplomes",), "Dans nos cas d'école, ce métier est à explorer pour vos études."),
        (
            ("competences", "souhait", "experiences"),
            "Dans nos cas d'école, ce métier est à explorer pour ce que vous savez faire et ce que vous "
            "cherchez ou aimez.",
        ),
    ],
)
def test_what_leads_there_is_told(essai: Recommender, champs: tuple[str, ...], phrase: str) -> None:
    ecarts = [0.0] * len(essai.matrices.codes)
    ecarts[3] = 1.0
    preuve = _signal(essai, ecarts, *champs).prouver(3)
    assert preuve.phrase == phrase
    assert len(preuve.faits) == min(len(champs), 2)
    assert all(fait in phrase for fait in preuve.faits)


def test_a_metier_that_nothing_leads_to_is_named(essai: Recommender) -> None:
    """Where every field leads away from it, and it still stands out."""
    intitule = essai.catalogue.metiers[essai.matrices.codes[0]].intitule
    assert _signal(essai, [-1.0] * len(essai.matrices.codes)).prouver(0).faits == (intitule,)


def test_it_counts_in_the_index_and_can_be_switched_off(essai: Recommender) -> None:
    premier = essai.recommend(PROFIL).metiers[0]
    raison = next(e for e in premier.explications if e.critere == "cas")
    assert raison.axe == "attrait"
    assert raison.contribution > 0
    assert raison.preuves == ("ce que vous cherchez ou aimez", "ce que vous avez fait")
    sans = essai.recommend(replace(PROFIL, ponderation={"cas": 0.0}))
    assert not any(e.critere == "cas" for m in sans.metiers for e in m.explications)


def test_a_ceiling_below_the_threshold_is_refused() -> None:
    with pytest.raises(ValidationError):
        CasConfig(seuil=2.0, plafond=1.0)

"""What texts say by themselves: métiers they describe, the field they are about, what is near when none is named."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embeddings.types import Resultat
from recommender.config import load_config
from recommender.pipeline import Recommender
from recommender.profil_compris import ProfilCompris
from recommender.signals.base import Signal
from recommender.signals.competences import gather_acquis, reach
from recommender.signals.mobilites import signal_mobilites
from recommender.signals.paroles import signal_paroles
from recommender.signals.souhait import signal_souhait
from recommender.types import CompetenceDeclaree, Experience, Profil
from tests.recommender.exemples import FICHES
from tests.recommender.signals.conformite import check_signal

CODES = [f.code for f in FICHES]
PARTS = load_config().parole.model_dump()
Paroles = list[tuple[str, tuple[Resultat, ...]]]


def _says(code: str, score: float, nom: str = "") -> Resultat:
    return Resultat("metier", code, f"Métier {code}", nom or f"Nom {code}", score)


def _signal(moteur: Recommender, paroles: Paroles) -> Signal:
    return signal_paroles(moteur.matrices, ProfilCompris(paroles=paroles), moteur.config)


def _value(moteur: Recommender, paroles: Paroles, code: str) -> float:
    return float(_signal(moteur, paroles).valeurs[moteur.matrices.rang[code]])


_RESULTATS = st.lists(st.tuples(st.sampled_from(CODES), st.floats(0, 1)), max_size=6, unique_by=lambda r: r[0])
_PAROLES = st.lists(st.tuples(st.sampled_from(["experiences", "competences"]), _RESULTATS), min_size=1, max_size=5).map(
    lambda lots: [(champ, tuple(_says(c, s) for c, s in lot)) for champ, lot in lots]
)


@settings(max_examples=60, deadline=None)
@given(_PAROLES)
def test_conforms_for_any_text(essai: Recommender, paroles: Paroles) -> None:
    check_signal(_signal(essai, paroles), essai.matrices)


@settings(max_examples=40, deadline=None)
@given(_PAROLES, _PAROLES)
def test_one_more_text_lowers_nothing(essai: Recommender, paroles: Paroles, plus: Paroles) -> None:
    avant, apres = _signal(essai, paroles).valeurs, _signal(essai, [*paroles, *plus]).valeurs
    assert (apres >= avant - 1e-12).all()


@settings(max_examples=40, deadline=None)
@given(_PAROLES)
def test_the_order_of_texts_is_irrelevant(essai: Recommender, paroles: Paroles) -> None:
    un, deux = _signal(essai, paroles), _signal(essai, paroles[::-1])
    np.testing.assert_allclose(un.valeurs, deux.valeurs, atol=1e-12)
    for rang in np.flatnonzero(un.valeurs > 0).tolist():
        assert un.prouver(rang) == deux.prouver(rang)


@pytest.mark.parametrize("champ", ["experiences", "competences"])
def test_each_text_is_a_chance_of_its_own(essai: Recommender, champ: str) -> None:
    part = PARTS[champ.removesuffix("s")]
    un: Paroles = [(champ, (_says("H2101", 0.6),))]
    assert _value(essai, un, "H2101") == pytest.approx(0.6 * part)
    deux: Paroles = [*un, (champ, (_says("H2101", 0.5),))]
    assert _value(essai, deux, "H2101") == pytest.approx(1 - (1 - 0.6 * part) * (1 - 0.5 * part))
    assert _value(essai, deux, "H2102") == 0.0


def test_a_text_alone_is_never_a_certainty(essai: Recommender) -> None:
    assert all(0 < part < 1 for part in PARTS.values())
    assert _value(essai, [("experiences", (_says("H2101", 1.0),))], "H2101") < 1.0


def test_the_proof_names_each_name_once_the_likeliest_first(essai: Recommender) -> None:
    paroles: Paroles = [
        ("competences", (_says("H2101", 0.4, "Couseur"),)),
        ("experiences", (_says("H2101", 0.9, "Couturière"), _says("H2102", 0.5, "Coupeuse"))),
        ("competences", (_says("H2101", 0.3, "Couturière"),)),
    ]
    preuve = _signal(essai, paroles).prouver(essai.matrices.rang["H2101"])
    assert preuve.faits == ("Couturière", "Couseur")
    assert "« Couturière » et « Couseur »" in preuve.phrase
    seul = _signal(essai, paroles[:1]).prouver(essai.matrices.rang["H2101"])
    assert seul.phrase == "Vos mots sont proches de « Couseur », qui dit ou décrit ce métier."


def test_several_names_take_the_plural(essai: Recommender) -> None:
    paroles: Paroles = [("experiences", (_says("H2101", 0.9, "A"),)), ("experiences", (_says("H2101", 0.8, "B"),))]
    assert "qui disent ou décrivent" in _signal(essai, paroles).prouver(essai.matrices.rang["H2101"]).phrase


@pytest.mark.parametrize(
    ("elle", "lui"),
    [("infirmière", "infirmier"), ("boulangère", "boulanger"), ("aide-soignante", "aide-soignant"),
     ("agente d'entretien", "agent d'entretien")],
)  # fmt: skip
def test_gender_changes_neither_value_nor_reason(socle: Recommender, elle: str, lui: str) -> None:
    etats = [socle.assess(Profil(experiences=(Experience(texte=mot),))) for mot in (elle, lui)]
    (un,), (deux,) = ([s for s in e.signals if s.critere == "paroles"] for e in etats)
    assert un.valeurs.any()
    assert un.valeurs.tolist() == deux.valeurs.tolist()
    for rang in np.flatnonzero(un.valeurs > 0).tolist():
        assert un.prouver(rang) == deux.prouver(rang)


def test_a_text_is_heard_even_when_no_competence_is_recognised(essai: Recommender) -> None:
    etat = essai.assess(Profil(competences=(CompetenceDeclaree(texte="cariste"),)))
    assert not etat.compris.items
    assert "paroles" in [s.critere for s in etat.signals]
    assert [
        m.code_rome for m in essai.recommend(Profil(competences=(CompetenceDeclaree(texte="cariste"),))).metiers
    ] == ["N1101"]


def _near(moteur: Recommender, apport: dict[str, float]) -> Signal:
    m = moteur.matrices
    vecteur = np.array([apport.get(c, 0.0) for c in m.codes])
    return signal_mobilites(m, ProfilCompris(), vecteur, (), moteur.catalogue, moteur.config)


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(st.sampled_from(CODES), st.floats(0, 5), max_size=12))
def test_who_named_no_metier_starts_from_what_is_near(essai: Recommender, apport: dict[str, float]) -> None:
    signal = _near(essai, apport)
    check_signal(signal, essai.matrices)
    departs = {c for c, v in apport.items() if v > 0}
    atteints = {c for f in FICHES if f.code in departs for c in f.mobilites}
    touches = {c for c, v in zip(essai.matrices.codes, signal.valeurs, strict=True) if v > 0}
    assert touches <= atteints


def test_the_nearest_start_counts_most_and_is_named(essai: Recommender) -> None:
    rang = essai.matrices.rang
    signal = _near(essai, {"H2102": 3.0, "D1101": 1.0, "A1101": 0.5})
    assert signal.prouver(rang["H2101"]).faits == ("Coupeur / Coupeuse",)
    assert signal.valeurs[rang["H2101"]] > signal.valeurs[rang["A1102"]] > 0
    plus = _near(essai, {"H2102": 3.0, "D1101": 1.0, "A1101": 2.0})
    assert plus.valeurs[rang["A1102"]] > signal.valeurs[rang["A1102"]]


def test_only_so_many_starts_serve_and_the_scale_of_what_is_held_is_irrelevant(essai: Recommender) -> None:
    apport = {code: 1.0 + n / 100 for n, code in enumerate(CODES)}
    un, deux = _near(essai, apport), _near(essai, {c: 10 * v for c, v in apport.items()})
    np.testing.assert_allclose(un.valeurs, deux.valeurs)
    mobilite = essai.config.mobilite.model_copy(update={"proches": 1})
    config = essai.config.model_copy(update={"mobilite": mobilite})
    m = essai.matrices
    vecteur = np.array([float(c in {"H2101", "N1101"}) + (c == "H2101") for c in m.codes])
    seul = signal_mobilites(m, ProfilCompris(), vecteur, (), essai.catalogue, config)
    assert {c for c, v in zip(m.codes, seul.valeurs, strict=True) if v} == {"H2102", "B1101", "D1101"}


def test_conforms_for_what_people_of_the_socle_can_do(socle: Recommender) -> None:
    for texte in ("faire du pain", "réparer un moteur", "tenir une caisse"):
        profil = Profil(competences=(CompetenceDeclaree(texte=texte),))
        etat = socle.assess(profil)
        acquis = gather_acquis(socle.matrices, etat.compris, socle.config)
        apport = reach(socle.matrices, acquis.forces)
        check_signal(
            signal_mobilites(socle.matrices, etat.compris, apport, (), socle.catalogue, socle.config), socle.matrices
        )


def _wish(moteur: Recommender, *resultats: Resultat) -> Signal:
    compris = ProfilCompris(souhaits=[resultats])
    return signal_souhait(moteur.matrices, compris, moteur.catalogue, moteur.config)


def test_a_field_is_wished_for_when_no_name_answers_clearly(essai: Recommender) -> None:
    rang, domaine = essai.matrices.rang, essai.config.souhait.domaine
    signal = _wish(essai, _says("J1101", 0.6), _says("J1102", 0.4), _says("N1101", 0.3))
    check_signal(signal, essai.matrices)
    assert {c for c in CODES if signal.valeurs[rang[c]] > 0} == {"J1101", "J1102", "N1101"}
    assert "par son nom, « Nom J1102 »" in signal.prouver(rang["J1102"]).phrase
    seul = _wish(essai, _says("H2101", 0.6))
    autres = {c: float(seul.valeurs[rang[c]]) for c in ("H2601", "N1101")}
    assert autres["H2601"] == pytest.approx(0.6 * domaine)
    assert autres["N1101"] == 0.0
    assert "il est du domaine" in seul.prouver(rang["H2601"]).phrase


def test_a_name_said_clearly_is_no_wish_for_a_field(essai: Recommender) -> None:
    signal = _wish(essai, _says("H2101", 0.8), _says("H2102", 0.4))
    assert signal.valeurs[essai.matrices.rang["H2601"]] == 0.0


def test_a_field_that_few_names_answer_is_not_what_the_wish_is_about(essai: Recommender) -> None:
    signal = _wish(essai, _says("J1101", 0.7), _says("J1102", 0.7), _says("H2101", 0.5))
    assert signal.valeurs[essai.matrices.rang["H2601"]] == 0.0
    assert signal.valeurs[essai.matrices.rang["J1102"]] > 0.5

"""What the person can do: weighted by rarity and core, only rising, never led by what every métier asks for."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embeddings.voisinage import Voisinage
from recommender.pipeline import Recommender
from recommender.profil_compris import ProfilCompris, Tenue
from recommender.signals.base import Signal
from recommender.signals.competences import Acquis, gather_acquis, signal_competences
from referentiels.types import CodeRome
from tests.recommender.exemples import COMPETENCES, FICHES, SAVOIRS
from tests.recommender.signals.conformite import check_signal

ITEMS = sorted({c for f in FICHES for c in (*f.competences, *f.savoirs)} | {100, 101})
Tenues = dict[int, float]


def _acquis(moteur: Recommender, items: Tenues, metiers: dict[str, float] | None = None) -> Acquis:
    compris = ProfilCompris(
        items={code: Tenue(force, "déclaré") for code, force in items.items()},
        metiers={CodeRome(code): Tenue(force, "vécu") for code, force in (metiers or {}).items()},
    )
    return gather_acquis(moteur.matrices, compris, moteur.config)


def _signal(moteur: Recommender, items: Tenues, metiers: dict[str, float] | None = None) -> Signal:
    return signal_competences(moteur.matrices, _acquis(moteur, items, metiers), moteur.catalogue, moteur.config)


def _value(moteur: Recommender, items: Tenues, code: str) -> float:
    return float(_signal(moteur, items).valeurs[moteur.matrices.rang[code]])


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.sampled_from(ITEMS), st.floats(0.05, 1.0), max_size=12))
def test_conforms_for_any_holdings(essai: Recommender, items: Tenues) -> None:
    check_signal(_signal(essai, items), essai.matrices)


@settings(max_examples=60, deadline=None)
@given(st.sets(st.sampled_from(ITEMS), min_size=1, max_size=10), st.sampled_from(ITEMS))
def test_one_more_competence_lowers_nothing(essai: Recommender, items: set[int], plus: int) -> None:
    avant = _signal(essai, dict.fromkeys(items, 0.8)).valeurs
    apres = _signal(essai, dict.fromkeys(items | {plus}, 0.8)).valeurs
    assert (apres >= avant - 1e-12).all()


def test_nothing_held_is_worth_nothing(essai: Recommender) -> None:
    assert not _signal(essai, {}).valeurs.any()


def test_a_core_rare_competence_is_worth_more_than_a_side_one(essai: Recommender) -> None:
    assert _value(essai, {10: 0.8}, "J1101") > _value(essai, {11: 0.8}, "J1101") > 0


def test_a_transversal_competence_alone_never_dominates(essai: Recommender) -> None:
    technique = max(_value(essai, {c: 0.8}, "H2101") for c in (1, 2, 3, 4))
    for transversale in (90, 91):
        assert 0 < _value(essai, {transversale: 1.0}, "H2101") < technique / 3


def test_the_technical_ones_are_named_before_the_transversal_ones(essai: Recommender) -> None:
    signal = _signal(essai, {1: 0.8, 90: 1.0, 91: 1.0})
    preuve = signal.prouver(essai.matrices.rang["H2101"])
    assert preuve.faits == ("Coudre à la machine",)
    assert preuve.phrase == "Vous avez 3 compétences et savoirs en commun avec ce métier, dont « Coudre à la machine »."


def test_one_thing_in_common_is_said_in_the_singular(essai: Recommender) -> None:
    preuve = _signal(essai, {12: 0.8}).prouver(essai.matrices.rang["K1101"])
    assert preuve.phrase == "Vous avez un point commun avec ce métier : « Aider à la toilette »."


def test_all_named_is_not_told_as_a_part(essai: Recommender) -> None:
    preuve = _signal(essai, {12: 0.8, 13: 0.8}).prouver(essai.matrices.rang["K1101"])
    assert "métier : « " in preuve.phrase
    assert set(preuve.faits) == {"Aider à la toilette", "Entretenir un logement"}


def test_a_sister_of_the_same_macro_is_transferable_and_says_so(essai: Recommender) -> None:
    """Somebody who embroiders (7) holds no sewing (1), but both are of the same macro-compétence."""
    signal = _signal(essai, {7: 0.8})
    rang = essai.matrices.rang["H2101"]
    assert 0 < signal.valeurs[rang] < _value(essai, {1: 0.8}, "H2101")
    preuve = signal.prouver(rang)
    assert preuve.phrase == (
        "Ce que vous savez faire est proche de « Coudre à la machine » et « Reprendre un ourlet »."
    )
    assert set(preuve.faits) == {"Coudre à la machine", "Reprendre un ourlet"}


def test_what_is_near_by_meaning_is_transferable_and_says_from_what(essai: Recommender) -> None:
    """Neither code nor macro-compétence tells that toileting (12) is near sewing (1); a neighbourhood does."""
    codes = np.array([1, 12], dtype=np.int64)
    voisinage = Voisinage(
        codes, np.array([0, 1, 2]), np.array([1, 0], dtype=np.int32), np.array([0.9, 0.9], np.float32)
    )
    proche = Recommender(essai.catalogue, essai.chercheur, essai.config, voisinage)
    loin = essai.matrices.rang["H2101"]
    assert _signal(essai, {12: 0.8}).valeurs[loin] == 0
    assert 0 < _signal(proche, {12: 0.8}).valeurs[loin] < _value(essai, {1: 0.8}, "H2101")
    acquis = _acquis(proche, {12: 0.8})
    rang = proche.matrices.rang_item[1]
    assert acquis.sources[rang] == 12
    reglages = proche.config.acquis
    part = (0.9 - reglages.proximite_minimum) / (1 - reglages.proximite_minimum)
    assert acquis.transferts[rang] == pytest.approx(0.8 * reglages.transferable_sens * part)


def test_a_macro_competence_reaches_its_children(essai: Recommender) -> None:
    assert _value(essai, {101: 0.8}, "H2601") > 0


def test_an_experience_gives_what_its_metier_asks_for(essai: Recommender) -> None:
    acquis = _acquis(essai, {}, {"H2101": 1.0})
    tenus = {essai.matrices.items[r]: f for r, f in enumerate(acquis.forces) if f > 0}
    assert set(tenus) == {1, 2, 3, 4, 90, 91, 300, 301}
    assert tenus[1] == 1.0
    assert tenus[2] == essai.config.acquis.hors_coeur
    assert acquis.origines[essai.matrices.rang_item[1]] == "vécu"


def test_exercising_a_metier_is_no_proof_of_a_certificate(essai: Recommender) -> None:
    rang = essai.matrices.rang_item[304]
    assert _acquis(essai, {}, {"N1101": 1.0}).forces[rang] == 0.0
    assert _acquis(essai, {304: 0.8}).forces[rang] == 0.8


def test_a_declared_competence_stronger_than_the_experience_wins(essai: Recommender) -> None:
    acquis = _acquis(essai, {2: 1.0}, {"H2101": 0.5})
    assert acquis.forces[essai.matrices.rang_item[2]] == 1.0
    assert acquis.origines[essai.matrices.rang_item[2]] == "déclaré"


def test_what_is_held_is_not_transferable_too(essai: Recommender) -> None:
    acquis = _acquis(essai, {1: 0.8, 2: 0.6})
    assert not (acquis.transferts[acquis.forces > 0]).any()
    assert not acquis.transferts[essai.matrices.transversal].any()


def test_taking_away_what_is_named_lowers_the_value(essai: Recommender) -> None:
    """Faithfulness: the facts named are those that make the value."""
    noms = {v: k for k, v in (COMPETENCES | SAVOIRS).items()}
    tenues = dict.fromkeys([1, 2, 4, 5, 11, 21, 91, 300], 0.8)
    signal = _signal(essai, tenues)
    for rang in np.flatnonzero(signal.valeurs > 0).tolist():
        cites = {noms[fait] for fait in signal.prouver(rang).faits}
        sans = _signal(essai, {c: f for c, f in tenues.items() if c not in cites})
        assert sans.valeurs[rang] < signal.valeurs[rang], essai.matrices.codes[rang]


def test_conforms_on_the_socle_for_every_metier_as_experience(socle: Recommender) -> None:
    codes = socle.matrices.codes
    for code in codes[:: max(len(codes) // 12, 1)]:
        check_signal(_signal(socle, {}, {code: 1.0}), socle.matrices)


@pytest.mark.officiel
def test_a_transversal_competence_alone_never_dominates_officially(officiel: Recommender) -> None:
    m = officiel.matrices
    etre = [int(c) for c, x in officiel.catalogue.competences.items() if x.categorie == "Savoir-être"]
    plafond = max(_signal(officiel, {c: 1.0}).valeurs.max() for c in etre)
    techniques = [m.items[r] for r in np.flatnonzero(~m.transversal)[:: len(m.items) // 40]]
    plancher = np.median([_signal(officiel, {c: 0.8}).valeurs.max() for c in techniques])
    assert plafond < plancher / 5


def test_what_is_refused_is_held_by_nobody(essai: Recommender) -> None:
    """Declared, called for by an experience or near something held: a refused item counts for nothing."""
    compris = ProfilCompris(
        items={8: Tenue(1.0, "déclaré")},
        metiers={CodeRome(FICHES[0].code): Tenue(1.0, "vécu")},
        refusees=frozenset({8, FICHES[0].competences[0], 987_654}),
    )
    acquis = gather_acquis(essai.matrices, compris, essai.config)
    for code in compris.refusees - {987_654}:
        rang = essai.matrices.rang_item[code]
        assert acquis.forces[rang] == acquis.transferts[rang] == 0
        assert rang not in acquis.origines
    assert acquis.forces.any()

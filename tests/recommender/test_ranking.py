"""The open index, the order, the exclusions and the reserved places."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.config import load_config
from recommender.etat import Etat, Indice
from recommender.openings import Ouvertures
from recommender.pipeline import Recommender
from recommender.profil_compris import ProfilCompris, Tenue
from recommender.ranking import combine, rank_metiers
from recommender.signals.base import Preuve, Signal
from recommender.signals.competences import Acquis, gather_acquis
from referentiels.types import CodeRome
from tests.recommender.exemples import CONTEXTES

Poids = dict[str, float]
NOMS = ("competences", "souhait", "interets")


def _signal(nom: str, valeurs: list[float]) -> Signal:
    return Signal(nom, np.array(valeurs), lambda rang: Preuve(f"{rang}.", (str(rang),)))


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.lists(st.floats(0, 1), min_size=5, max_size=5), min_size=3, max_size=3),
    st.lists(st.floats(0, 10), min_size=3, max_size=3),
    st.floats(0, 5),
)
def test_contributions_sum_to_the_index_which_stays_in_its_bounds(
    valeurs: list[list[float]], poids: list[float], reste: float
) -> None:
    signals = [_signal(nom, v) for nom, v in zip(NOMS, valeurs, strict=True)]
    ponderation = dict(zip(NOMS, poids, strict=True))
    total = sum(poids) + reste + 1e-6
    indice = combine(signals, ponderation, total, np.full(5, 0.7))
    np.testing.assert_allclose(sum(indice.contributions.values()), indice.valeurs, atol=1e-12)
    assert (indice.valeurs >= 0).all()
    assert (indice.valeurs <= 0.7 + 1e-9).all()


def test_a_reason_taken_away_lowers_the_index_by_what_it_brought() -> None:
    signals = [_signal("competences", [0.4, 0.9]), _signal("souhait", [1.0, 0.0])]
    poids = {"competences": 1.0, "souhait": 0.9}
    avec = combine(signals, poids, 3.0)
    sans = combine(signals, {**poids, "souhait": 0.0}, 3.0)
    np.testing.assert_allclose(avec.valeurs - sans.valeurs, avec.contributions["souhait"])


def test_no_signal_gives_no_index() -> None:
    assert combine([], {}, 1.0).valeurs.size == 0


class _Banc:
    """One ranking over the small catalogue, from an index written by hand."""

    def __init__(self, essai: Recommender, compris: ProfilCompris, valeurs: dict[str, float]) -> None:
        self.moteur, self.compris = essai, compris
        self.acquis: Acquis = gather_acquis(essai.matrices, compris, essai.config)
        vecteur = np.array([valeurs.get(c, 0.0) for c in essai.matrices.codes])
        self.indice = Indice(vecteur, {"competences": vecteur})

    def openings(self) -> Ouvertures:
        etat = Etat(self.compris, {}, 1.0, self.acquis, (), self.indice, ())
        return Ouvertures(self.moteur.matrices, etat, self.moteur.config)

    def rank(self, limite: int = 100) -> tuple[list[str], list[str]]:
        m = self.moteur.matrices
        rangs, notes = rank_metiers(m, self.indice, self.compris, self.openings(), self.moteur.config, limite)
        return [m.codes[r] for r in rangs], notes


def _all_equal(valeur: float) -> dict[str, float]:
    codes = "A1101 A1102 B1101 D1101 H2101 H2102 H2601 J1101 J1102 K1101 M1101 N1101"
    return dict.fromkeys(codes.split(), valeur)


def test_best_first_and_nothing_without_value(essai: Recommender) -> None:
    codes, notes = _Banc(essai, ProfilCompris(), {"N1101": 0.1, "A1102": 0.9, "J1101": 0.4}).rank()
    assert codes == ["A1102", "J1101", "N1101"]
    assert notes == []


def test_equal_metiers_take_turns_by_domaine_then_code(essai: Recommender) -> None:
    codes, _ = _Banc(essai, ProfilCompris(), {"A1101": 0.5, "A1102": 0.5, "H2101": 0.5, "H2102": 0.5}).rank()
    assert codes == ["A1101", "H2101", "A1102", "H2102"]


def test_the_limit_cuts(essai: Recommender) -> None:
    assert len(_Banc(essai, ProfilCompris(), _all_equal(0.5)).rank(3)[0]) == 3


def test_exclusions_by_prefix_remove(essai: Recommender) -> None:
    codes, notes = _Banc(essai, ProfilCompris(exclusions=("H2", "N1101")), _all_equal(0.5)).rank()
    assert not any(c.startswith("H2") or c == "N1101" for c in codes)
    assert len(codes) == 8
    assert notes == []


def test_exclusions_that_remove_everything_are_lifted_and_told(essai: Recommender) -> None:
    codes, notes = _Banc(essai, ProfilCompris(exclusions=tuple("ABDHJKMN")), _all_equal(0.5)).rank()
    assert len(codes) == 12
    assert notes == ["Vos exclusions écartent tous les métiers : elles ont été levées pour cette liste."]


def test_an_excluded_condition_removes_and_an_avoided_one_does_not(essai: Recommender) -> None:
    contextes = {"exclure": {401: CONTEXTES[401]}, "eviter": {402: CONTEXTES[402]}}
    codes, notes = _Banc(essai, ProfilCompris(contextes=contextes), _all_equal(0.5)).rank()  # type: ignore[arg-type]
    assert set(codes) == {"A1102", "B1101", "D1101", "H2101", "H2102", "H2601", "M1101"}
    assert notes == []


def test_an_excluded_condition_that_empties_the_list_is_relaxed_and_named(essai: Recommender) -> None:
    contextes = {"exclure": {404: CONTEXTES[404]}}
    codes, notes = _Banc(essai, ProfilCompris(contextes=contextes), {"J1101": 0.5, "J1102": 0.2}).rank()  # type: ignore[arg-type]
    assert codes == ["J1101", "J1102"]
    assert notes == [
        "Aucun métier ne reste sans « Travail de nuit » : exclusion levée, les métiers concernés le disent."
    ]


def test_the_metier_exercised_stays_out(essai: Recommender) -> None:
    compris = ProfilCompris(metiers={CodeRome("H2101"): Tenue(1.0, "vécu")}, exerces={CodeRome("H2101"): None})
    assert "H2101" not in _Banc(essai, compris, _all_equal(0.5)).rank()[0]
    voulu = replace(compris, voulus={"H2101"})
    assert "H2101" in _Banc(essai, voulu, _all_equal(0.5)).rank()[0], "a wish that names it wants it"
    benevole = replace(compris, exerces={})
    assert "H2101" in _Banc(essai, benevole, _all_equal(0.5)).rank()[0], "what was done unpaid is a métier to discover"


def test_places_are_reserved_for_other_domains_that_share_competences(essai: Recommender) -> None:
    """Only B1101 and D1101 share two technical items with sewing: they come up though they are last.

    The one that shares rarer compétences opens more, whatever the index says.
    """
    config = load_config()
    liste = config.liste.model_copy(update={"ouverture_parmi": 4})
    moteur = Recommender(essai.catalogue, essai.chercheur, config.model_copy(update={"liste": liste}))
    compris = ProfilCompris(metiers={CodeRome("H2101"): Tenue(1.0, "vécu")}, exerces={CodeRome("H2101"): None})
    valeurs = _all_equal(0.5) | {"B1101": 0.02, "D1101": 0.01}
    codes, _ = _Banc(moteur, compris, valeurs).rank()
    assert codes[2:4] == ["D1101", "B1101"]
    assert sorted(codes) == sorted(c for c in _all_equal(0) if c != "H2101"), "nothing is lost, nothing stands twice"
    banc = _Banc(moteur, compris, valeurs)
    rangs = moteur.matrices.rang
    ouvertures = banc.openings()
    assert ouvertures.other_field(rangs["B1101"])
    assert not ouvertures.other_field(rangs["J1101"]), "nothing real is shared"


def test_openings_already_there_move_nothing(essai: Recommender) -> None:
    compris = ProfilCompris(metiers={CodeRome("H2101"): Tenue(1.0, "vécu")}, exerces={CodeRome("H2101"): None})
    codes, _ = _Banc(essai, compris, _all_equal(0.1) | {"D1101": 0.9, "H2102": 0.8, "B1101": 0.7}).rank()
    assert codes[:3] == ["D1101", "H2102", "B1101"]


def test_without_a_metier_named_no_place_is_reserved(essai: Recommender) -> None:
    valeurs = _all_equal(0.5) | {"B1101": 0.02, "D1101": 0.01}
    assert _Banc(essai, ProfilCompris(), valeurs).rank()[0][-2:] == ["B1101", "D1101"]


@pytest.mark.parametrize("limite", [1, 2, 5])
def test_a_short_list_is_the_beginning_of_the_long_one(essai: Recommender, limite: int) -> None:
    compris = ProfilCompris(metiers={CodeRome("H2101"): Tenue(1.0, "vécu")}, exerces={CodeRome("H2101"): None})
    banc = _Banc(essai, compris, _all_equal(0.5) | {"B1101": 0.02})
    assert banc.rank(limite)[0] == banc.rank()[0][:limite]

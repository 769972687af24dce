"""The weights in force: the person's own, told back with a formula that anyone can check by hand."""

import re
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.config import load_config
from recommender.pipeline import Recommender
from recommender.ponderation import axis_shares, divisor, formula, weigh
from recommender.signals.base import AXES
from recommender.types import CompetenceDeclaree, Contrainte, Diplome, Experience, Interets, Profil
from referentiels.errors import InvalidInputError

CONFIG = load_config()
DEFAUT: dict[str, float] = CONFIG.ponderation.model_dump()
POIDS = st.dictionaries(st.sampled_from(sorted(DEFAUT)), st.floats(0, 10), max_size=len(DEFAUT))
RICHE = Profil(
    souhait="textile",
    experiences=(Experience(texte="couturière d'atelier", annees=6), Experience(code_rome="K1101", annees=2)),
    competences=(CompetenceDeclaree(code=8), CompetenceDeclaree(texte="broder un motif")),
    interets=Interets({"R": 1.0, "A": 0.5}, ("1",)),
    diplomes=(Diplome(code="RNCP10"),),
    contraintes=(Contrainte("souhaiter", code=403), Contrainte("eviter", code=401)),
)


def _figures(texte: str) -> list[float]:
    return [float(x.replace(",", ".")) for x in re.findall(r"\d+(?:,\d+)?(?:e-?\d+)?", texte)]


def test_every_criterion_has_an_axis_and_a_weight() -> None:
    assert set(DEFAUT) == set(AXES)


def test_nobody_pays_for_the_market_without_asking(essai: Recommender) -> None:
    assert DEFAUT["marche"] == 0.0
    assert weigh(CONFIG, {"souhait": 2.0})["marche"] == 0.0
    etat = essai.assess(RICHE)
    assert etat.indice is not None
    assert "marche" not in etat.indice.contributions
    assert "marche" not in {s.critere for s in etat.signals}


def test_the_person_s_own_weights_replace_the_others_one_by_one() -> None:
    assert weigh(CONFIG, {}) == DEFAUT
    assert weigh(CONFIG, {"souhait": 0, "marche": 10}) == {**DEFAUT, "souhait": 0.0, "marche": 10.0}
    assert CONFIG.ponderation.model_dump() == DEFAUT, "the configuration is nobody's to change"
    with pytest.raises(TypeError):
        weigh(CONFIG, {})["souhait"] = 3.0  # type: ignore[index]


@pytest.mark.parametrize(
    ("propres", "message"),
    [
        ({"chance": 1.0}, "critère inconnu : « chance »"),
        ({"souhait": -0.01}, "de 0 à 10"),
        ({"souhait": 10.01}, "de 0 à 10"),
        ({"souhait": float("nan")}, "de 0 à 10"),
        ({"souhait": float("inf")}, "de 0 à 10"),
    ],
)
def test_a_bad_weight_is_refused_by_name(propres: dict[str, float], message: str) -> None:
    with pytest.raises(InvalidInputError, match=re.escape(message)) as erreur:
        weigh(CONFIG, propres)
    assert erreur.value.champ == "ponderation"
    assert not message.startswith("critère") or all(nom in str(erreur.value) for nom in DEFAUT)


@settings(max_examples=100, deadline=None)
@given(POIDS)
def test_the_divisor_is_never_less_than_the_weights(propres: dict[str, float]) -> None:
    ponderation = weigh(CONFIG, propres)
    total = divisor(CONFIG, ponderation)
    assert total >= sum(ponderation.values()) - 1e-9
    assert total >= divisor(CONFIG, DEFAUT) - 1e-9
    parts = axis_shares(ponderation, total)
    assert set(parts) == {"attrait", "portee"}
    assert sum(parts.values()) == pytest.approx(sum(ponderation.values()) / total)
    assert max(parts.values()) <= 1 + 1e-9


def test_a_criterion_switched_off_leaves_the_divisor_as_it_was() -> None:
    for critere in DEFAUT:
        assert divisor(CONFIG, weigh(CONFIG, {critere: 0.0})) == divisor(CONFIG, DEFAUT)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(set(DEFAUT) - {"marche"})), st.sampled_from([0.0, 0.3, 1.0, 4.0])))
def test_the_formula_told_gives_the_index_shown(essai: Recommender, propres: Mapping[str, float]) -> None:
    reponse = essai.recommend(replace(RICHE, ponderation=propres), 50)
    debut, _, suite = reponse.formule.partition(". ")
    attrait, portee, total = _figures(debut)
    for metier in reponse.metiers:
        assert (attrait * metier.attrait + portee * metier.portee) / total == pytest.approx(metier.indice, abs=1e-5)
    detail = suite[suite.index("(") + 1 : suite.index(")")]
    for critere, poids in reponse.ponderation.items():
        assert f"{critere} {f'{poids:.6g}'.replace('.', ',')}" in detail.split(", ")
    assert attrait == pytest.approx(sum(p for c, p in reponse.ponderation.items() if AXES[c] == "attrait"))
    assert portee == pytest.approx(sum(p for c, p in reponse.ponderation.items() if AXES[c] == "portee"))


def test_the_formula_is_in_french_figures() -> None:
    texte = formula(weigh(CONFIG, {"interets": 0.25}), 4.5)
    assert "interets 0,25" in texte
    assert "÷ 4,5." in texte
    assert not re.search(r"\d\.\d", texte)


def test_parts_add_up_to_the_index_and_axes_stay_in_bounds(essai: Recommender) -> None:
    for propres in ({}, {"souhait": 10.0}, dict.fromkeys(DEFAUT, 1.0) | {"marche": 0.0}):
        profil = replace(RICHE, ponderation=propres)
        etat = essai.assess(profil)
        assert etat.indice is not None
        np.testing.assert_allclose(sum(etat.indice.contributions.values()), etat.indice.valeurs, rtol=0, atol=1e-9)
        for metier in essai.recommend(profil, 50).metiers:
            assert abs(sum(e.contribution for e in metier.explications) - metier.indice) <= 1e-9
            assert metier.indice == pytest.approx(etat.indice.valeurs[essai.matrices.rang[metier.code_rome]], abs=1e-9)
            assert 0 <= metier.attrait <= 1
            assert 0 <= metier.portee <= 1


def test_every_reason_taken_away_lowers_the_index_by_what_it_brought(essai: Recommender) -> None:
    """Not the first one only, nor the first métiers only."""
    avant = essai.assess(RICHE).indice
    assert avant is not None
    for critere, apport in avant.contributions.items():
        apres = essai.assess(replace(RICHE, ponderation={critere: 0.0})).indice
        assert apres is not None
        np.testing.assert_allclose(avant.valeurs - apres.valeurs, apport, atol=1e-12)
        assert (apres.valeurs[apport > 0] < avant.valeurs[apport > 0]).all()


def test_a_weight_raised_never_lowers_the_share_of_its_criterion(essai: Recommender) -> None:
    for critere in set(DEFAUT) - {"marche"}:
        parts = []
        for poids in (0.0, 0.5, 2.0, 10.0):
            indice = essai.assess(replace(RICHE, ponderation={critere: poids})).indice
            assert indice is not None
            siens = indice.contributions.get(critere, np.zeros(1))
            parts.append(float(siens.sum() / indice.valeurs.sum()))
        assert parts == sorted(parts)
        assert parts[0] == 0 < parts[-1]

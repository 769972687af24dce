"""The whole recommendation: additive, faithful, the same for the same, helpful when little is said."""

import time
from dataclasses import replace
from itertools import permutations
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.config import load_config
from recommender.pipeline import LIMITE_MAX, Recommender
from recommender.types import (
    CompetenceDeclaree,
    Contrainte,
    Diplome,
    Experience,
    Interets,
    Profil,
    Territoire,
)
from referentiels.errors import InvalidInputError
from referentiels.types import MetierCompetence
from tests.recommender.exemples import COMPETENCES, CONTEXTES, FICHES, codes_of, index_of

CRITERES = tuple(critere for critere in load_config().ponderation.model_dump() if critere != "marche")
COMPLET = Profil(
    souhait="textile, travail manuel",
    experiences=(
        Experience(texte="couturière d'atelier", annees=6),
        Experience(code_rome="N1101", annees=1, nature="stage"),
        Experience(code_rome="K1101", annees=2, nature="benevolat"),
    ),
    competences=(CompetenceDeclaree(code=8, niveau=2), CompetenceDeclaree(texte="broder un motif comme un brodeur")),
    interets=Interets(MappingProxyType({"R": 1.0, "A": 0.5}), ("1",)),
    diplomes=(Diplome(code="RNCP10"),),
    territoire=Territoire("Rennes"),
    contraintes=(Contrainte("souhaiter", code=403), Contrainte("eviter", code=401)),
)


def _profiles() -> st.SearchStrategy[Profil]:
    codes = st.sampled_from([f.code for f in FICHES])
    experience = st.builds(
        Experience,
        code_rome=codes,
        annees=st.none() | st.floats(0, 40),
        nature=st.sampled_from(["emploi", "stage", "benevolat", "vie_personnelle"]),
    )
    competence = st.builds(
        CompetenceDeclaree, code=st.sampled_from(sorted(COMPETENCES)), niveau=st.none() | st.integers(1, 4)
    )
    contrainte = st.builds(
        Contrainte, st.sampled_from(["eviter", "exclure", "souhaiter"]), code=st.sampled_from(sorted(CONTEXTES))
    )
    return st.builds(
        Profil,
        souhait=st.sampled_from(["", "textile", "soigner, en extérieur", "cariste", "xyzzy"]),
        experiences=st.lists(experience, max_size=3).map(tuple),
        competences=st.lists(competence, max_size=5).map(tuple),
        interets=st.builds(
            Interets,
            st.dictionaries(st.sampled_from("RIASEC"), st.floats(0.1, 1), max_size=3),
            st.lists(st.sampled_from(["1", "2", "3"]), max_size=2).map(tuple),
        ),
        diplomes=st.sampled_from([(), (Diplome(code="RNCP10"),), (Diplome(texte="CAP couture"),)]),
        contraintes=st.lists(contrainte, max_size=3).map(tuple),
        exclusions=st.sampled_from([(), ("H",), ("A", "N1101")]),
        ponderation=st.dictionaries(st.sampled_from(CRITERES), st.sampled_from([0.0, 0.5, 2.0]), max_size=3),
    )


@settings(max_examples=150, deadline=None)
@given(_profiles())
def test_every_answer_is_additive_proven_and_ordered(essai: Recommender, profil: Profil) -> None:
    reponse = essai.recommend(profil, 2_000)
    assert len({m.code_rome for m in reponse.metiers}) == len(reponse.metiers)
    for metier in reponse.metiers:
        assert 0 < metier.indice <= 1 + 1e-9
        assert abs(sum(e.contribution for e in metier.explications) - metier.indice) <= 1e-9
        assert [e.contribution for e in metier.explications] == sorted(
            (e.contribution for e in metier.explications), reverse=True
        )
        assert all(e.phrase and e.preuves and e.contribution > 0 for e in metier.explications)
        assert len({e.critere for e in metier.explications}) == len(metier.explications)
        assert sum(c.importance for c in (*metier.acquises, *metier.transferables, *metier.manquantes)) == (
            pytest.approx(1.0)
        )
    if reponse.metiers == ():
        assert reponse.avertissements, "an empty list always says why and what to do"


@settings(max_examples=60, deadline=None)
@given(_profiles())
def test_the_same_profile_gives_the_same_answer(essai: Recommender, profil: Profil) -> None:
    assert essai.recommend(profil) == essai.recommend(profil)


@settings(max_examples=100, deadline=None)
@given(_profiles())
def test_switching_off_the_first_reason_lowers_the_index_by_it(essai: Recommender, profil: Profil) -> None:
    sans_poids = replace(profil, ponderation={})
    for metier in essai.recommend(sans_poids, 5).metiers:
        premiere = metier.explications[0]
        sans = replace(profil, ponderation={premiere.critere: 0.0})
        apres = index_of(essai, sans, metier.code_rome)
        assert apres == pytest.approx(metier.indice - premiere.contribution, abs=1e-9)


def test_the_order_of_what_is_said_is_irrelevant(essai: Recommender) -> None:
    attendu = essai.recommend(COMPLET, 50)
    for ordre in permutations(COMPLET.experiences):
        reponse = essai.recommend(replace(COMPLET, experiences=ordre, competences=COMPLET.competences[::-1]), 50)
        assert reponse.metiers == attendu.metiers


def test_a_complete_profile_uses_every_criterion(essai: Recommender) -> None:
    reponse = essai.recommend(COMPLET, 50)
    assert {e.critere for m in reponse.metiers for e in m.explications} == set(CRITERES)
    assert set(reponse.deja_exerces) == {"H2101"}, "an emploi; neither a stage nor what was done unpaid"
    assert not set(codes_of(reponse)) & set(reponse.deja_exerces)
    assert reponse.nombre_evalues == len(FICHES)
    assert reponse.config == essai.config.empreinte


@pytest.mark.parametrize("critere", CRITERES)
def test_a_weight_of_zero_switches_a_criterion_off(essai: Recommender, critere: str) -> None:
    reponse = essai.recommend(replace(COMPLET, ponderation={critere: 0.0}), 50)
    assert reponse.ponderation[critere] == 0.0
    assert all(e.critere != critere for m in reponse.metiers for e in m.explications)


@pytest.mark.parametrize("critere", CRITERES)
def test_a_heavier_weight_gives_its_criterion_a_larger_share(essai: Recommender, critere: str) -> None:
    def share(poids: dict[str, float]) -> float:
        metiers = essai.recommend(replace(COMPLET, ponderation=poids), 50).metiers
        parts = [e.contribution for m in metiers for e in m.explications if e.critere == critere]
        return sum(parts) / sum(m.indice for m in metiers)

    assert share({critere: 5.0}) > share({})


def test_all_weights_at_zero_is_said_and_no_list_is_made_up(essai: Recommender) -> None:
    reponse = essai.recommend(replace(COMPLET, ponderation=dict.fromkeys(CRITERES, 0.0)))
    assert reponse.metiers == ()
    assert any("ne désigne un métier" in note for note in reponse.avertissements)


@pytest.mark.parametrize("poids", [{"chance": 1.0}, {"souhait": -0.1}, {"souhait": 10.5}, {"souhait": float("nan")}])
def test_a_bad_weight_is_refused_in_french(essai: Recommender, poids: dict[str, float]) -> None:
    with pytest.raises(InvalidInputError, match=r"critère inconnu|doit aller de 0 à 10"):
        essai.recommend(replace(COMPLET, ponderation=poids))


@pytest.mark.parametrize("limite", [0, -1, LIMITE_MAX + 1])
def test_a_limit_out_of_range_is_refused(essai: Recommender, limite: int) -> None:
    with pytest.raises(InvalidInputError, match=r"de 1 à 2000\."):
        essai.recommend(COMPLET, limite)


def test_the_limit_cuts_the_same_list(essai: Recommender) -> None:
    tout = essai.recommend(COMPLET, LIMITE_MAX)
    assert essai.recommend(COMPLET, 3).metiers == tout.metiers[:3]


def test_an_empty_profile_gets_a_start_not_an_error(essai: Recommender) -> None:
    reponse = essai.recommend(Profil())
    assert reponse.metiers == ()
    assert reponse.avertissements[0].startswith("Pour commencer")


def test_nothing_understood_says_what_and_how_to_start(essai: Recommender) -> None:
    reponse = essai.recommend(Profil(souhait="xyzzy", experiences=(Experience(code_rome="Z9999"),)))
    assert reponse.metiers == ()
    assert len(reponse.avertissements) == 3
    assert reponse.avertissements[-1].startswith("Pour commencer")


def test_only_constraints_are_no_profile(essai: Recommender) -> None:
    reponse = essai.recommend(Profil(contraintes=(Contrainte("eviter", code=401),)))
    assert reponse.metiers == ()
    assert reponse.avertissements


def test_interests_alone_are_told_to_be_thin(essai: Recommender) -> None:
    reponse = essai.recommend(Profil(interets=Interets({"R": 1.0})))
    assert reponse.metiers
    assert any(note.startswith("Vos goûts seuls") for note in reponse.avertissements)


def test_a_lone_savoir_etre_is_told_to_be_everywhere(essai: Recommender) -> None:
    reponse = essai.recommend(Profil(competences=(CompetenceDeclaree(code=91),)))
    assert any("presque tous les métiers" in note for note in reponse.avertissements)
    assert max(m.indice for m in reponse.metiers) < 0.05


def test_a_transversal_competence_more_changes_little_a_technical_one_much(essai: Recommender) -> None:
    base = Profil(experiences=(Experience(code_rome="H2101", annees=3),))

    def effect(code: int) -> float:
        plus = replace(base, competences=(CompetenceDeclaree(code=code, niveau=4),))
        codes = [f.code for f in FICHES if f.code != "H2101"]
        return max(index_of(essai, plus, c) - index_of(essai, base, c) for c in codes)

    assert effect(8) > 5 * max(effect(92), effect(91), 0.001)


def test_exclusions_and_conditions_say_what_they_did(essai: Recommender) -> None:
    exclus = essai.recommend(replace(COMPLET, exclusions=("B", "D11")), 50)
    assert all(m.code_rome[0] not in "BD" for m in exclus.metiers)
    evite = essai.recommend(COMPLET, 50)
    averti = next(m for m in evite.metiers if m.code_rome == "J1102")
    assert averti.alertes == ("Vous préférez éviter « Port de charges lourdes » : le ROME le signale pour ce métier.",)
    assert next(m for m in evite.metiers if m.code_rome == "B1101").alertes == ()
    retire = essai.recommend(replace(COMPLET, contraintes=(Contrainte("exclure", code=401),)), 50)
    assert "J1102" not in codes_of(retire)
    assert index_of(essai, replace(COMPLET, contraintes=COMPLET.contraintes[:1]), "J1102") > averti.indice


def test_two_avoided_conditions_take_the_plural(essai: Recommender) -> None:
    contraintes = (Contrainte("eviter", code=401), Contrainte("eviter", code=404))
    profil = Profil(souhait="aide-soignant", contraintes=contraintes)
    assert essai.recommend(profil).metiers[0].alertes == (
        "Vous préférez éviter « Port de charges lourdes » et « Travail de nuit » : le ROME les signale pour ce métier.",
    )


def test_the_metier_exercised_comes_back_only_when_the_wish_names_it(essai: Recommender) -> None:
    passe = (Experience(code_rome="N1101"),)
    assert "N1101" not in codes_of(essai.recommend(Profil(souhait="en atelier", experiences=passe), 50))
    assert codes_of(essai.recommend(Profil(souhait="cariste", experiences=passe), 50))[0] == "N1101"


def test_an_opening_comes_from_another_domain_and_shares_real_competences(essai: Recommender) -> None:
    reponse = essai.recommend(Profil(experiences=(Experience(code_rome="H2101", annees=9),)), 50)
    ouvertures = {m.code_rome for m in reponse.metiers if m.ouverture}
    assert ouvertures == {"B1101", "D1101"}
    for metier in reponse.metiers:
        if metier.ouverture:
            assert sum(not c.transversale for c in metier.acquises) >= essai.config.liste.partagees_minimum


def test_where_a_diploma_leads_is_no_opening(essai: Recommender) -> None:
    profil = Profil(experiences=(Experience(code_rome="H2101", annees=9),), diplomes=(Diplome(code="RNCP10"),))
    assert {m.code_rome for m in essai.recommend(profil, 50).metiers if m.ouverture} == {"B1101"}


def test_held_transferable_and_missing_say_where_they_come_from(essai: Recommender) -> None:
    profil = Profil(competences=(CompetenceDeclaree(code=7), CompetenceDeclaree(code=5)))
    metier = next(m for m in essai.recommend(profil, 50).metiers if m.code_rome == "H2601")
    assert [(c.libelle, c.origine) for c in metier.acquises] == [
        ("Assembler de petites pièces", "ce que vous avez dit savoir faire")
    ]
    assert {c.libelle for c in metier.manquantes} == {
        "Souder un composant", "Lire un plan", "Schémas électriques", "Faire preuve de rigueur et de précision",
    }  # fmt: skip
    assert metier.manquantes[0].libelle == "Souder un composant", "the core of the métier comes first"
    couture = next(m for m in essai.recommend(profil, 50).metiers if m.code_rome == "H2101")
    assert {(c.libelle, c.origine) for c in couture.transferables} == {
        ("Coudre à la machine", "proche de « Broder un motif »"),
        ("Reprendre un ourlet", "proche de « Broder un motif »"),
    }


def test_only_active_certifications_are_offered(essai: Recommender) -> None:
    metier = essai.recommend(Profil(souhait="couturier d'atelier")).metiers[0]
    assert metier.certifications == ("RNCP10",)


@pytest.mark.parametrize(
    ("elle", "lui"),
    [("infirmière", "infirmier"), ("aide-soignante", "aide-soignant"), ("couturière d'atelier", "couturier d'atelier")],
)
def test_gender_changes_nothing(essai: Recommender, elle: str, lui: str) -> None:
    for champs in ({"souhait": "{}"}, {"experience": "{}"}):
        profils = [_gendered(champs, mot) for mot in (elle, lui)]
        reponses = [essai.recommend(p, 50) for p in profils]
        assert reponses[0].metiers == reponses[1].metiers
        assert reponses[0].metiers


def _gendered(champs: dict[str, str], mot: str) -> Profil:
    if "souhait" in champs:
        return Profil(souhait=mot)
    return Profil(experiences=(Experience(texte=mot, annees=4),))


PAIRES = (
    ("infirmière", "infirmier"), ("boulangère", "boulanger"), ("maçonne", "maçon"), ("ingénieure", "ingénieur"),
    ("coiffeuse", "coiffeur"), ("assistante sociale", "assistant social"), ("conductrice de bus", "conducteur de bus"),
)  # fmt: skip


@pytest.mark.parametrize(("elle", "lui"), PAIRES)
def test_gender_changes_nothing_on_the_socle(socle: Recommender, elle: str, lui: str) -> None:
    _check_gender(socle, elle, lui)


@pytest.mark.officiel
@pytest.mark.parametrize(("elle", "lui"), PAIRES)
def test_gender_changes_nothing_officially(officiel: Recommender, elle: str, lui: str) -> None:
    _check_gender(officiel, elle, lui)


def _check_gender(moteur: Recommender, elle: str, lui: str) -> None:
    for champs in ({"souhait": "{}"}, {"experience": "{}"}):
        reponses = [moteur.recommend(_gendered(champs, mot), 50) for mot in (elle, lui)]
        assert reponses[0].metiers, reponses[0].avertissements
        assert reponses[0].metiers == reponses[1].metiers


def test_five_hundred_competences_are_answered_fast(socle: Recommender) -> None:
    liens = socle.catalogue.all(MetierCompetence)
    codes = list(dict.fromkeys(int(lien.code_ogr) for lien in liens))[:500]
    assert len(codes) == 500
    profil = Profil(competences=tuple(CompetenceDeclaree(code=c) for c in codes))
    socle.recommend(profil)
    durees = []
    for _ in range(5):
        debut = time.thread_time()
        reponse = socle.recommend(profil)
        durees.append(time.thread_time() - debut)
    assert len(reponse.metiers) == 20
    assert min(durees) < 0.1


def test_nothing_said_is_ever_changed(essai: Recommender) -> None:
    avant: Any = repr(COMPLET)
    essai.recommend(COMPLET)
    assert repr(COMPLET) == avant

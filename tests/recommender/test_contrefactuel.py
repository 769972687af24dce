"""« Pourquoi pas X ? » and what changes the answer: asked of the engine again, told by facts."""

from dataclasses import replace

import pytest

from recommender.config import load_config
from recommender.contrefactuel import _NOMS, measure_effects, why_not
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
from referentiels.errors import InvalidInputError, UnknownCodeError
from tests.recommender.exemples import codes_of

COUTURE = Profil(experiences=(Experience(code_rome="H2101", annees=6),))
RICHE = Profil(
    souhait="prendre soin des autres",
    experiences=(Experience(texte="jardinier", annees=3), Experience(texte="xyzzy")),
    competences=(CompetenceDeclaree(texte="conduire un chariot"), CompetenceDeclaree(texte="xyzzy")),
    interets=Interets({"R": 1.0}, ("J'aime le travail manuel",)),
    diplomes=(Diplome(texte="CAP couture"),),
    contraintes=(Contrainte("eviter", texte="port de charges lourdes"),),
)


BOULANGE = Profil(souhait="boulanger", experiences=(Experience(texte="vendeur en boulangerie", annees=4),))


def test_the_place_is_that_of_the_list(socle: Recommender) -> None:
    metiers = socle.recommend(BOULANGE, LIMITE_MAX).metiers
    for place in (1, 2, 10, 11, 15, 60, len(metiers)):
        dit = why_not(socle, BOULANGE, metiers[place - 1].code_rome)
        assert dit.rang == place
        assert dit.metier == metiers[place - 1]
        assert dit.phrases[0] == f"Ce métier est au rang {place} de votre liste."
        assert bool(dit.ecarts) == (place > 10)


def test_gaps_are_true_and_the_widest_comes_first(socle: Recommender) -> None:
    metiers = socle.recommend(BOULANGE, LIMITE_MAX).metiers
    for place in (12, 40, 200):
        dit = why_not(socle, BOULANGE, metiers[place - 1].code_rome)
        assert sum(e.contribution for e in dit.ecarts) == pytest.approx(metiers[place - 1].indice, abs=1e-9)
        dixieme = sorted((m.indice for m in metiers), reverse=True)[9]
        assert sum(e.contribution_dixieme for e in dit.ecarts) == pytest.approx(dixieme, abs=1e-9)
        ecarts = [e.contribution_dixieme - e.contribution for e in dit.ecarts]
        assert ecarts == sorted(ecarts, reverse=True)
        manques = [e for e in dit.ecarts if e.contribution < e.contribution_dixieme]
        compare = [p for p in dit.phrases if p.startswith("Les premiers métiers")]
        assert len(compare) == bool(manques)
        assert all(_NOMS[e.critere] in compare[0] for e in manques[:2])


def test_what_was_done_already_is_told_so(socle: Recommender) -> None:
    fait = "D1106"
    assert socle.recommend(BOULANGE).deja_exerces == (fait,)
    dit = why_not(socle, BOULANGE, fait)
    assert dit.rang is None
    assert dit.phrases[0] == "Vous l'avez déjà exercé : il n'est proposé que si votre souhait le nomme."
    assert why_not(socle, replace(BOULANGE, souhait="vendeuse en épicerie"), fait).rang == 1


def test_what_was_set_aside_is_told_so_even_by_its_field(essai: Recommender) -> None:
    for exclusion in ("H2102", "H"):
        dit = why_not(essai, replace(COUTURE, exclusions=(exclusion,)), "H2102")
        assert dit.rang is None
        assert dit.metier is not None
        assert dit.phrases[0] == "Vous avez demandé de l'écarter."
    assert why_not(essai, replace(COUTURE, exclusions=("B",)), "H2102").rang is not None


def test_an_excluded_condition_is_told_so_and_named(essai: Recommender) -> None:
    profil = replace(COUTURE, contraintes=(Contrainte("exclure", code=402),))
    dit = why_not(essai, profil, "H2102")
    assert dit.rang is None
    assert dit.phrases[0] == "Une condition de travail que vous excluez en fait partie."
    assert any("« En atelier »" in p for p in dit.phrases)


def test_what_nothing_leads_to_says_what_to_add(essai: Recommender) -> None:
    dit = why_not(essai, Profil(souhait="cariste"), "K1101")
    assert (dit.rang, dit.metier, dit.ecarts) == (None, None, ())
    assert dit.phrases == (
        "Rien de ce que vous avez dit n'y mène : ajoutez un souhait, un goût ou une expérience proche.",
    )


def test_without_a_profile_the_start_is_given(essai: Recommender) -> None:
    dit = why_not(essai, Profil(), "J1101")
    assert (dit.code_rome, dit.intitule) == ("J1101", "Infirmier / Infirmière")
    assert (dit.rang, dit.metier, dit.ecarts) == (None, None, ())
    assert dit.phrases[0].startswith("Pour commencer")


def test_an_unknown_metier_and_a_bad_weight_are_refused(essai: Recommender) -> None:
    with pytest.raises(UnknownCodeError, match="Z9999"):
        why_not(essai, COUTURE, "Z9999")
    assert why_not(essai, COUTURE, " h2102 ").code_rome == "H2102"
    faux = replace(COUTURE, ponderation={"chance": 1.0})
    for demande in (lambda: why_not(essai, faux, "H2102"), lambda: measure_effects(essai, faux)):
        with pytest.raises(InvalidInputError, match="critère inconnu"):
            demande()


def test_what_is_missing_most_is_named(essai: Recommender) -> None:
    dit = why_not(essai, COUTURE, "H2601")
    assert dit.metier is not None
    assert dit.phrases[-1] == f"Pour l'exercer, il vous manque surtout « {dit.metier.manquantes[0].libelle} »."


@pytest.mark.parametrize(("elle", "lui"), [("infirmière", "infirmier"), ("boulangère", "boulanger")])
def test_gender_changes_no_answer(socle: Recommender, elle: str, lui: str) -> None:
    profils = [Profil(experiences=(Experience(texte=mot, annees=4),), souhait="cuisine") for mot in (elle, lui)]
    code = socle.recommend(profils[0]).metiers[14].code_rome
    un, deux = (why_not(socle, p, code) for p in profils)
    assert un == deux
    effets = [measure_effects(socle, p) for p in profils]
    assert [(e.champ, e.restes, e.entrants) for e in effets[0]] == [(e.champ, e.restes, e.entrants) for e in effets[1]]


def test_effects_are_those_of_asking_again(essai: Recommender) -> None:
    avant = set(codes_of(essai.recommend(RICHE, 10)))
    effets = {e.champ: e for e in measure_effects(essai, RICHE)}
    assert set(effets) == {
        "souhait", "experiences[0]", "experiences[1]", "competences[0]", "competences[1]", "interets.riasec",
        "interets.centres[0]", "diplomes[0]", "contraintes[0]",
    }  # fmt: skip
    sans = {
        "souhait": replace(RICHE, souhait=""),
        "experiences[0]": replace(RICHE, experiences=RICHE.experiences[1:]),
        "competences[0]": replace(RICHE, competences=RICHE.competences[1:]),
        "interets.riasec": replace(RICHE, interets=Interets(centres=RICHE.interets.centres)),
        "interets.centres[0]": replace(RICHE, interets=Interets(RICHE.interets.riasec)),
        "diplomes[0]": replace(RICHE, diplomes=()),
        "contraintes[0]": replace(RICHE, contraintes=()),
    }
    for champ, profil in sans.items():
        apres = codes_of(essai.recommend(profil, 10))
        assert effets[champ].restes == len(avant & set(apres)), champ
        assert [code for code, _ in effets[champ].entrants] == [c for c in apres if c not in avant], champ
    for muet in ("experiences[1]", "competences[1]"):
        assert (effets[muet].restes, effets[muet].entrants) == (len(avant), ())
        assert effets[muet].phrase == f"Sans « xyzzy », les {len(avant)} premiers métiers resteraient les mêmes."


def test_the_largest_effect_comes_first_and_the_same_twice(socle: Recommender) -> None:
    profil = replace(BOULANGE, interets=Interets({"S": 0.5}), competences=(CompetenceDeclaree(texte="xyzzy"),))
    effets = measure_effects(socle, profil)
    assert [e.restes for e in effets] == sorted(e.restes for e in effets)
    assert effets[0].restes < 10
    assert f"{10 - effets[0].restes} des 10 premiers métiers chang" in effets[0].phrase
    assert len(effets[0].entrants) == 10 - effets[0].restes
    assert {e.champ: e.restes for e in effets}["competences[0]"] == 10
    assert measure_effects(socle, profil) == effets


def test_nothing_told_has_no_effect_and_forty_things_are_enough(essai: Recommender) -> None:
    assert measure_effects(essai, Profil()) == ()
    assert measure_effects(essai, Profil(territoire=Territoire("Rennes"))) == ()
    beaucoup = Profil(competences=tuple(CompetenceDeclaree(texte="xyzzy") for _ in range(60)), souhait="cariste")
    effets = measure_effects(essai, beaucoup)
    assert len(effets) == 40
    assert effets[0].champ == "souhait"


def test_what_the_first_ones_answer_better_is_told_in_french() -> None:
    assert all(nom.startswith(("à ", "aux ")) and not nom.startswith(("à les ", "à le ")) for nom in _NOMS.values())
    assert set(_NOMS) == set(load_config().ponderation.model_dump()), "every criterion has its words"


def test_the_gaps_explain_why_it_is_not_among_the_first(socle: Recommender) -> None:
    for passe in ("H3302", "H2802", "H2911"):
        profil = Profil(experiences=(Experience(code_rome=passe, annees=8),))
        metiers = socle.recommend(profil, LIMITE_MAX).metiers
        dixieme = sorted((m.indice for m in metiers), reverse=True)[9]
        for metier in metiers[10:30]:
            ecarts = why_not(socle, profil, metier.code_rome).ecarts
            manque = sum(e.contribution_dixieme - e.contribution for e in ecarts)
            assert manque == pytest.approx(max(dixieme - metier.indice, 0.0), abs=1e-9), (passe, metier.code_rome)


@pytest.mark.parametrize(
    "profil",
    [
        COUTURE,
        Profil(experiences=(Experience(),), souhait="cariste"),
        Profil(diplomes=(Diplome(niveau=3),), souhait="cariste"),
        Profil(competences=(CompetenceDeclaree(code=1),)),
        Profil(interets=Interets(centres=("1",))),
    ],
)
def test_what_was_told_is_named_in_words(essai: Recommender, profil: Profil) -> None:
    for effet in measure_effects(essai, profil):
        assert effet.libelle.strip() not in {"", "None"}
        assert not effet.libelle.isdigit() and effet.libelle not in essai.matrices.rang


def test_no_list_is_not_told_to_stay_the_same(essai: Recommender) -> None:
    profil = Profil(contraintes=(Contrainte("eviter", texte="port de charges lourdes"),))
    assert not any("les 0 premiers" in e.phrase for e in measure_effects(essai, profil))


def test_who_did_it_lacks_nothing_to_do_it(essai: Recommender) -> None:
    dit = why_not(essai, Profil(experiences=(Experience(code_rome="N1101", annees=9),)), "N1101")
    assert not any("il vous manque" in p for p in dit.phrases)


def test_a_place_kept_by_kinship_is_told_so(socle: Recommender) -> None:
    metiers = socle.recommend(BOULANGE, 20).metiers
    parents = [m for m in metiers if m.proche_de]
    assert parents, "otherwise nothing was tried"
    for metier in metiers:
        dites = [p for p in why_not(socle, BOULANGE, metier.code_rome).phrases if "parenté" in p]
        assert len(dites) == bool(metier.proche_de)
        assert all(f"« {intitule} »" in dites[0] for _, intitule in metier.proche_de)

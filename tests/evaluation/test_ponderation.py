"""Weights fitted on judged people: they follow what is judged, and are tried on people left out."""

from dataclasses import replace
from typing import Any

import pytest

from evaluation.ponderation import _PLIS, fit_weights
from evaluation.profils import CasProfil, measure
from recommender.pipeline import Recommender
from recommender.types import Contrainte, Experience, Interets, Profil
from referentiels.errors import InvalidInputError
from tests.recommender.exemples import FICHES, build_essai, build_recommender

CRITERES = (
    "souhait", "ensemble", "cas", "interets", "conditions", "competences", "paroles", "mobilites", "diplomes", "marche",
)  # fmt: skip


@pytest.fixture(scope="module")
def moteur(tmp_path_factory: pytest.TempPathFactory) -> Recommender:
    return build_recommender(build_essai(tmp_path_factory.mktemp("essai")))


def _cases(*, par_souhait: bool) -> tuple[CasProfil, ...]:
    """People whose wish and past point to different métiers; the judge follows one of them."""
    paires = (("jardinier", "H2102"), ("cariste", "J1102"), ("secrétaire", "H2601"), ("aide à domicile", "A1101"),
              ("brodeur", "J1102"), ("câbleur", "K1101"), ("infirmier", "H2102"), ("coupeur", "A1101"))  # fmt: skip
    noms = {f.intitule.split(" / ")[0].lower(): f.code for f in FICHES}
    cas = []
    for souhait, passe in paires:
        suites = next(f.mobilites for f in FICHES if f.code == passe)
        attendus = (noms[souhait],) if par_souhait else suites
        profil = Profil(souhait=souhait, experiences=(Experience(code_rome=passe, annees=4),))
        cas.append(CasProfil(f"{souhait} {passe}", profil, attendus))
    return tuple(cas)


@pytest.fixture(scope="module")
def souhaits(moteur: Recommender) -> dict[str, Any]:
    """Fitted on a judge who follows wishes."""
    return fit_weights(moteur, _cases(par_souhait=True))


@pytest.fixture(scope="module")
def passes(moteur: Recommender) -> dict[str, Any]:
    """Fitted on a judge who follows official mobilities from the past."""
    return fit_weights(moteur, _cases(par_souhait=False))


def test_the_weights_follow_the_judge(souhaits: dict[str, Any], passes: dict[str, Any]) -> None:
    souhait, passe = souhaits["poids"], passes["poids"]
    assert souhait["souhait"] == 1.0 > max(souhait["mobilites"], souhait["competences"])
    assert passe["mobilites"] == 1.0 > passe["souhait"]


def test_no_criterion_counts_against_a_metier_and_the_largest_weight_is_one(
    souhaits: dict[str, Any], passes: dict[str, Any]
) -> None:
    for resultat in (souhaits, passes):
        poids = resultat["poids"]
        assert tuple(poids) == CRITERES
        assert max(poids.values()) == 1.0
        assert min(poids.values()) >= 0.0
        assert poids["marche"] == 0.0, "nobody asked for it: nothing may be learnt of it"


def test_the_figures_are_those_of_the_measure(moteur: Recommender, souhaits: dict[str, Any]) -> None:
    cas, resultat = _cases(par_souhait=True), souhaits
    assert resultat["n"] == len(cas)
    assert resultat["en_vigueur"] == moteur.config.ponderation.model_dump()
    attendu = measure(cas, moteur, moteur.matrices.codes)
    assert resultat["mesure_en_vigueur"] == {nom: attendu[nom] for nom in ("rappel", "ndcg_10")}
    for mesures in (resultat["mesure"], resultat["validation_croisee"]):
        assert set(mesures) == {"rappel", "ndcg_10"}
        assert all(0 <= v <= 1 for v in mesures.values())
    assert resultat["mesure"]["ndcg_10"] >= resultat["mesure_en_vigueur"]["ndcg_10"] - 0.05


def test_fitted_weights_are_legal_weights(moteur: Recommender, souhaits: dict[str, Any]) -> None:
    cas, poids = _cases(par_souhait=True), souhaits["poids"]
    reponse = moteur.recommend(replace(cas[0].profil, ponderation=poids))
    assert dict(reponse.ponderation) == dict(poids)
    assert reponse.metiers[0].code_rome == cas[0].attendus[0]


def test_the_same_cases_give_the_same_weights_in_any_order(moteur: Recommender, passes: dict[str, Any]) -> None:
    cas = _cases(par_souhait=False)
    assert fit_weights(moteur, cas) == passes
    assert fit_weights(moteur, cas[::-1])["poids"] == pytest.approx(passes["poids"], abs=0.02)


def test_people_not_understood_or_beyond_judging_are_left_out(moteur: Recommender, souhaits: dict[str, Any]) -> None:
    cas = _cases(par_souhait=True)
    muets: list[Any] = [
        CasProfil("vide", Profil(), ("H21",)),
        CasProfil("inconnu", Profil(souhait="xyzzy"), ("H21",)),
        CasProfil("sans réponse", Profil(souhait="cariste"), ("Z99",)),
        CasProfil("y est déjà", Profil(experiences=(Experience(code_rome="M1101"),)), ("M1101",)),
    ]
    resultat = fit_weights(moteur, (*cas, *muets))
    assert resultat == souhaits


def test_too_few_people_are_refused(moteur: Recommender) -> None:
    with pytest.raises(InvalidInputError, match=f"au moins {_PLIS} profils") as erreur:
        fit_weights(moteur, _cases(par_souhait=True)[: _PLIS - 1])
    assert erreur.value.champ == "fichier"
    with pytest.raises(InvalidInputError):
        fit_weights(moteur, ())


def test_what_a_person_weighs_themselves_is_kept(moteur: Recommender, souhaits: dict[str, Any]) -> None:
    """A case that switches a criterion off must not be measured with it on."""
    eteints = {"souhait": 0.0, "ensemble": 0.0, "cas": 0.0}  # all that hear the wish
    cas = [replace(c, profil=replace(c.profil, ponderation=eteints)) for c in _cases(par_souhait=True)]
    resultat = fit_weights(moteur, cas)
    assert resultat["poids"]["souhait"] == 0.0
    assert resultat["mesure"]["rappel"] < souhaits["mesure"]["rappel"]


def test_tastes_and_conditions_are_read_when_told(moteur: Recommender) -> None:
    nuit = (Contrainte("souhaiter", code=404),)
    cas = [
        replace(c, profil=replace(c.profil, interets=Interets({"S": 1.0}), contraintes=nuit), attendus=("J11",))
        for c in _cases(par_souhait=True)
        if c.profil.experiences[0].code_rome != "J1102"
    ]
    poids = fit_weights(moteur, cas)["poids"]
    assert max(poids["interets"], poids["conditions"]) == 1.0

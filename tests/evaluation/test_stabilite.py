"""The measure of stability: changes are those announced, overlaps those of the textbook, false reasons are caught."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import count
from types import MappingProxyType

import numpy as np
import pytest

from evaluation.echantillon import as_bytes, texts_of
from evaluation.profils import CasProfil
from evaluation.raisons import check_reasons, check_sums
from evaluation.stabilite import SANS_EFFET, change, evaluate_stability, rank_biased_overlap
from recommender.pipeline import Recommender
from recommender.types import (
    CompetenceDeclaree,
    Diplome,
    Experience,
    Explication,
    Interets,
    MetierPropose,
    Profil,
    Recommandation,
)
from referentiels.types import CodeRome
from tests.recommender.exemples import build_essai, build_recommender

PROFIL = Profil(
    souhait="travail de la nature",
    experiences=(Experience(texte="couturière d'atelier", annees=2.0), Experience(texte="jardinier", annees=1.0)),
    competences=(
        CompetenceDeclaree(texte="réparer un vêtement", niveau=2),
        CompetenceDeclaree(texte="broder un motif"),
    ),
    interets=Interets(MappingProxyType({"R": 1.0, "S": 0.5}), ("prendre soin des autres",)),
    diplomes=(Diplome(texte="CAP couture"),),
)
CAS = (CasProfil("une couturière", PROFIL, ("H21",)), CasProfil("un jardinier", Profil(souhait="jardinier"), ("A11",)))


@pytest.fixture(scope="module")
def essai(tmp_path_factory: pytest.TempPathFactory) -> Recommender:
    return build_recommender(build_essai(tmp_path_factory.mktemp("essai")))


def propose(code: str, indice: float, raisons: Iterable[tuple[str, float, tuple[str, ...]]]) -> MetierPropose:
    champs = dict.fromkeys(MetierPropose.__dataclass_fields__, ())
    explications = tuple(explain(*raison) for raison in raisons)
    return MetierPropose(
        **{**champs, "code_rome": CodeRome(code), "indice": indice, "explications": explications}  # type: ignore[arg-type]
    )


def explain(critere: str, contribution: float, preuves: tuple[str, ...]) -> Explication:
    champs = dict.fromkeys(Explication.__dataclass_fields__, "")
    return Explication(**{**champs, "critere": critere, "contribution": contribution, "preuves": preuves})  # type: ignore[arg-type]


def answer(metiers: Iterable[MetierPropose]) -> Recommandation:
    champs = dict.fromkeys(Recommandation.__dataclass_fields__, ())
    return Recommandation(**{**champs, "metiers": tuple(metiers)})  # type: ignore[arg-type]


def test_the_overlap_is_that_of_the_paper() -> None:
    lettres = list("abcdefghij")
    assert rank_biased_overlap(lettres, lettres) == pytest.approx(1.0)
    assert rank_biased_overlap(lettres, list("klmnopqrst")) == 0.0
    assert rank_biased_overlap([], []) == 1.0
    assert rank_biased_overlap([], lettres) == 0.0
    assert rank_biased_overlap(["a", "b"], ["b", "a"], 0.5) == pytest.approx(0.25 + 0.25)
    tete, queue = [*"xbcdefghij"], [*"abcdefghix"]
    assert rank_biased_overlap(lettres, tete) < rank_biased_overlap(lettres, queue) < 1


def test_changes_are_those_announced(essai: Recommender) -> None:
    reponse = essai.recommend(PROFIL)
    alea = np.random.default_rng(1)
    changements = {c.sorte: c for _ in range(8) for c in change(PROFIL, reponse, alea)}
    assert set(changements) >= {*SANS_EFFET, "forme", "synonyme", "faute", "moins_une", "niveau_de_plus", "plus_une"}
    assert all(c.profil != PROFIL and c.avant != c.apres for c in changements.values())
    assert "vetement" in changements["accents"].apres
    assert changements["majuscules"].profil.souhait == "TRAVAIL DE LA NATURE"
    assert changements["ordre"].profil.experiences == PROFIL.experiences[::-1]
    assert list(changements["ordre"].profil.interets.riasec) == ["S", "R"]
    assert len(changements["moins_une"].profil.competences) == 1
    assert changements["plus_une"].profil.competences[:2] == PROFIL.competences
    assert changements["niveau_de_plus"].profil.competences != PROFIL.competences
    assert changements["annee_de_plus"].profil.experiences[0].annees == 3.0
    for sorte in ("forme", "synonyme", "faute"):
        textes = zip(texts_of(PROFIL), texts_of(changements[sorte].profil), strict=True)
        assert sum(a != b for a, b in textes) == 1, sorte
    faute = changements["faute"]
    assert abs(len(faute.avant) - len(faute.apres)) <= 1


def test_the_last_thing_said_is_never_taken_away(essai: Recommender) -> None:
    seule = Profil(competences=(CompetenceDeclaree(code=1),))
    for graine in range(5):
        sortes = {c.sorte for c in change(seule, essai.recommend(seule), np.random.default_rng(graine))}
        assert sortes == {"niveau_de_plus", "plus_une"}


def test_the_whole_measure_is_json_and_replays(essai: Recommender) -> None:
    pas: list[str] = []
    mesures = evaluate_stability(
        essai, CAS, reconstruire=lambda: build_recommender(essai.catalogue), suivre=lambda etape, *_: pas.append(etape)
    )
    assert json.loads(json.dumps(mesures)) == mesures
    assert mesures["n"] == 2
    assert mesures["sans_effet"]["n"] == 4
    assert (mesures["sans_effet"]["identiques"], mesures["sans_effet"]["ecarts"]) == (1.0, [])
    assert mesures["additivite"]["n"] > 10
    assert mesures["additivite"]["verifies"] == 1.0
    assert mesures["rejeu"] == {"n": 2, "identiques": 1.0, "ecarts": []}
    for sorte in SANS_EFFET:
        assert mesures["changements"][sorte]["identiques"] == 1.0
        assert mesures["changements"][sorte]["rbo_pire"] == 1.0
    for sorte, x in mesures["changements"].items():
        assert 0 <= x["jaccard_pire"] <= x["jaccard"] <= 1, sorte
        assert x["intervalles"]["rbo"][0] <= x["rbo"] <= x["intervalles"]["rbo"][1], sorte
    assert mesures["pires"] == sorted(mesures["pires"], key=lambda x: (x["rbo"], x["jaccard"]))
    assert mesures["fidelite"]["n"] > 0
    assert mesures["fidelite"]["par_poids"]["verifies"] == 1.0
    assert set(pas) == {"changements", "raisons"}
    sans = evaluate_stability(essai, CAS)
    assert sans["rejeu"] is None
    assert sans["changements"] == mesures["changements"]


class _Menteur:
    """Gives for a reason what does not count: only the wish makes the index."""

    def __init__(self, critere: str, preuves: tuple[str, ...] = ()) -> None:
        self.critere, self.preuves = critere, preuves
        self.profils: list[Profil] = []

    def recommend(self, profil: Profil, limite: int = 20) -> Recommandation:
        self.profils.append(profil)
        indice = 0.5 if profil.souhait else 0.1
        raisons = [(self.critere, 0.4, self.preuves), ("autre", 0.1, ())]
        return answer([propose("A1101", indice, raisons)][:limite])


@pytest.mark.parametrize(("critere", "verifies"), [("souhait", 1.0), ("competences", 0.0), ("inconnu", None)])
def test_a_reason_that_does_not_count_is_caught(critere: str, verifies: float | None) -> None:
    profil = Profil(souhait="un", competences=(CompetenceDeclaree(texte="deux"),))
    mesures = check_reasons(_Menteur(critere), [CasProfil("une personne", profil, ("A11",))])
    assert mesures["n"] == 1
    assert mesures["par_retrait"]["verifies"] == verifies
    assert mesures["par_poids"]["verifies"] == 0.0
    assert mesures["par_poids"]["ecarts"] == [
        {"nom": "une personne", "metier": "A1101 ()", "critere": critere, "indice": 0.5, "apres": 0.5}
    ]


def test_only_the_texts_that_a_reason_quotes_are_taken_away() -> None:
    tenues = tuple(CompetenceDeclaree(texte=t) for t in ("coudre", "broder"))
    profil = Profil(souhait="un", competences=tenues, experiences=(Experience(texte="coudre"),))
    moteur = _Menteur("paroles", ("coudre",))
    check_reasons(moteur, [CasProfil("une personne", profil, ("A11",))])
    assert replace(profil, competences=tenues[1:], experiences=()) in moteur.profils
    assert any(p.ponderation == {"paroles": 0.0} for p in moteur.profils)


@pytest.mark.parametrize(("place_sans", "verifies"), [(2, 1.0), (0, 0.0)])
def test_kinship_is_the_first_reason_of_what_it_brought_up(place_sans: int, verifies: float) -> None:
    un, deux, trois = (propose(code, 0.5, [("souhait", 0.5, ())]) for code in ("A1101", "A1102", "A1103"))
    monte = replace(deux, proche_de=((CodeRome("A1101"), "Un"),))
    suite = [un, trois]
    suite.insert(place_sans, deux)
    cas = [CasProfil("une personne", Profil(souhait="un"), ("A11",))]
    mesures = check_reasons(_Liste([un, monte, trois]), cas, sans_parentes=_Liste(suite))
    assert (mesures["par_parente"]["n"], mesures["par_parente"]["verifies"]) == (1, verifies)
    assert mesures["par_poids"]["n"] == 2, "its index is not what brought it there"


class _Liste:
    """Always the same list."""

    def __init__(self, metiers: list[MetierPropose]) -> None:
        self.metiers = metiers

    def recommend(self, profil: Profil, limite: int = 20) -> Recommandation:
        del profil
        return answer(self.metiers[:limite])


class _Long:
    """A list longer than what is asked first; the métier looked for falls to its end."""

    def __init__(self, apres: Mapping[str, float]) -> None:
        self.apres = apres
        self.limites: list[int] = []

    def recommend(self, profil: Profil, limite: int = 20) -> Recommandation:
        self.limites.append(limite)
        if not profil.ponderation:
            return answer([propose("Z9999", 0.6, [("autre", 0.6, ())])])
        ordre = sorted(self.apres.items(), key=lambda x: -x[1])[:limite]
        return answer([propose(code, indice, [("autre", indice, ())]) for code, indice in ordre])


@pytest.mark.parametrize(
    ("devant", "sien", "verifies", "appels"),
    [(0.55, 0.1, 1.0, 2), (0.7, 0.1, 1.0, 3), (0.7, 0.65, 0.0, 3), (0.7, None, 1.0, 3)],
)
def test_a_metier_beyond_the_first_ones_is_looked_for(
    devant: float, sien: float | None, verifies: float, appels: int
) -> None:
    apres = {f"A{n:04}": devant for n in range(80)} | ({"Z9999": sien} if sien is not None else {})
    moteur = _Long(apres)
    mesures = check_reasons(moteur, [CasProfil("une personne", Profil(souhait="un"), ("A11",))])
    assert mesures["par_poids"]["verifies"] == verifies
    assert len(moteur.limites) == appels


def test_a_sum_that_does_not_hold_is_caught() -> None:
    juste = propose("A1101", 0.5, [("a", 0.25, ()), ("b", 0.25, ())])
    faux = propose("A1102", 0.5, [("a", 0.25, ())])
    mesures = check_sums([answer([juste, juste, juste]), answer([faux])])
    assert mesures == {"n": 4, "ecart_maximum": 0.25, "verifies": 0.75}
    assert check_sums([])["verifies"] is None


def test_an_engine_that_forgets_what_it_said_is_caught() -> None:
    numeros = count()

    class _Oublieux:
        def __init__(self) -> None:
            self.numero = next(numeros)

        def recommend(self, profil: Profil, limite: int = 20) -> Recommandation:
            change_tout = profil.souhait == "jardinier"
            return answer([propose("A1101", 0.5 + 1e-15 * self.numero * change_tout, [])][:limite])

    mesures = evaluate_stability(_Oublieux(), CAS, reconstruire=_Oublieux)
    assert mesures["rejeu"] == {"n": 2, "identiques": 0.5, "ecarts": ["un jardinier"]}


def test_bytes_hold_the_whole_answer(essai: Recommender) -> None:
    reponse = essai.recommend(PROFIL)
    lu = json.loads(as_bytes(reponse))
    assert set(lu) == set(Recommandation.__dataclass_fields__)
    assert lu["metiers"][0]["explications"][0]["phrase"] == reponse.metiers[0].explications[0].phrase
    assert lu["ponderation"] == dict(reponse.ponderation)

"""The measure of fairness: texts change gender as people write, swaps are told apart, and no orphan goes unseen."""

import json
from collections.abc import Iterable, Mapping
from types import MappingProxyType

import numpy as np
import pytest

from evaluation.echantillon import SORTES, Genres, Portraits, map_texts, texts_of
from evaluation.equite import Exposition, compare_genders, compare_shares, evaluate_equity, find_orphans, gini
from evaluation.profils import CasProfil
from recommender.pipeline import Recommender
from recommender.types import (
    CompetenceDeclaree,
    Diplome,
    Experience,
    Interets,
    MetierPropose,
    Profil,
    Recommandation,
    Territoire,
)
from referentiels.catalogue import Catalogue
from referentiels.types import CodeRome
from tests.recommender.exemples import build_essai, build_recommender

NOMS = (
    ("Couturier industriel", "Couturière industrielle"),
    ("Vendeur en magasin", "Vendeuse en magasin"),
    ("Aide-soignant", "Aide-soignante"),
    ("Secrétaire médical", "Secrétaire médicale"),
    ("Opérateur de commande", "Opératrice de commande"),
    ("Facteur", "Factrice"),
    ("Agent d'accueil", "Agente d'accueil"),
)


@pytest.fixture(scope="module")
def essai(tmp_path_factory: pytest.TempPathFactory) -> Recommender:
    return build_recommender(build_essai(tmp_path_factory.mktemp("essai")))


@pytest.fixture(scope="module")
def catalogue(essai: Recommender) -> Catalogue:
    return essai.catalogue


@pytest.mark.parametrize(
    ("champ", "texte", "masculin", "feminin"),
    [
        ("experiences", "couturière industrielle en lingerie", "couturier industriel en lingerie", None),
        ("experiences", "Vendeur", None, "Vendeuse"),
        ("experiences", "VENDEUSES", "VENDEURS", None),
        ("souhait", "devenir un agent d'accueil", None, "devenir une agente d'accueil"),
        ("souhait", "secrétaire médicale ou aides-soignantes", "secrétaire médical ou aides-soignants", None),
        ("souhait", "ranger les lettres du facteur", None, None),
        ("competences", "parler au vendeur", None, None),
        ("competences", "je suis très organisée et précise", "je suis très organisé et précis", None),
        ("competences", "patiente", "patient", None),
        ("competences", "bonne en maths", "bon en maths", None),
        ("competences", "bonne présentation", None, None),
        ("competences", "travail précis", None, None),
        ("centres", "aider comme aide-soignante", "aider comme aide-soignant", None),
    ],
)
def test_what_is_said_of_a_person_changes_gender(
    champ: str, texte: str, masculin: str | None, feminin: str | None
) -> None:
    genres = Genres(NOMS)
    assert genres.rewrite("masculin", champ, texte) == (masculin or texte)
    assert genres.rewrite("feminin", champ, texte) == (feminin or texte)


def test_all_the_words_of_a_profile_are_rewritten_and_nothing_else() -> None:
    profil = Profil(
        souhait="a",
        experiences=(Experience(texte="b", annees=2.0), Experience(code_rome="H2101")),
        competences=(CompetenceDeclaree(texte="c", niveau=2), CompetenceDeclaree(code=3)),
        interets=Interets(MappingProxyType({"R": 1.0}), ("d", "2")),
        diplomes=(Diplome(texte="e"), Diplome(code="RNCP10")),
        territoire=Territoire("Rennes"),
        exclusions=("A11",),
    )
    assert texts_of(profil) == ("a", "b", "c", "d", "e")
    autre = map_texts(profil, lambda champ, t: f"{champ} {t}")
    assert texts_of(autre) == ("souhait a", "experiences b", "competences c", "centres d", "diplomes e")
    assert (autre.territoire, autre.exclusions, autre.interets.centres[1]) == (profil.territoire, ("A11",), "2")
    assert map_texts(profil, lambda _, t: t) == profil


def test_people_are_drawn_around_every_metier(catalogue: Catalogue) -> None:
    portraits = Portraits(catalogue)
    gens = portraits.draw(1)
    assert {p.cible for p in gens} == set(catalogue.metiers)
    assert gens == Portraits(catalogue).draw(1)
    assert gens != portraits.draw(2)
    assert len(portraits.draw(1, 5)) == 5
    tous = portraits.draw(1, 60)
    assert {p.sorte for p in tous} == set(SORTES)
    assert len(tous) == 60
    for p in tous:
        assert p.profil != Profil()
        assert not any(e.code_rome == p.cible for e in p.profil.experiences)


class _Fixe:
    """Answers by the words of a profile; the others get what is left."""

    def __init__(self, reponses: Mapping[str, Iterable[tuple[str, float]]], autres: Iterable[str] = ()) -> None:
        self._reponses = {cle: tuple(v) for cle, v in reponses.items()}
        self._autres = tuple((code, 0.5) for code in autres)
        self.demandes = 0

    def recommend(self, profil: Profil, limite: int = 20) -> Recommandation:
        self.demandes += 1
        trouves = self._reponses.get(" ".join(texts_of(profil)), self._autres)
        return answer(trouves[:limite])


def answer(metiers: Iterable[tuple[str, float]]) -> Recommandation:
    vide = dict.fromkeys(("explications", "acquises", "transferables", "manquantes", "alertes", "certifications"), ())
    autres = {n: vide.get(n, "") for n in MetierPropose.__dataclass_fields__}
    proposes = tuple(MetierPropose(**{**autres, "code_rome": CodeRome(c), "indice": v}) for c, v in metiers)  # type: ignore[arg-type]
    champs = dict.fromkeys(Recommandation.__dataclass_fields__, ())
    return Recommandation(**{**champs, "metiers": proposes})  # type: ignore[arg-type]


def test_swaps_that_differ_are_told_with_their_rank() -> None:
    moteur = _Fixe(
        {
            "vendeur": [("A1101", 0.9), ("B1101", 0.5)],
            "vendeuse": [("A1101", 0.9), ("D1101", 0.5)],
            "agent": [("A1101", 0.9)],
            "agente": [("A1101", 0.9 + 1e-12)],
            "aide": [("A1101", 0.9)],
            "aidant": [("A1101", 0.8)],
            "un": [],
            "une": [("A1101", 0.8)],
        }
    )
    couples = [
        (nom, Profil(souhait=nom), Profil(souhait=autre))
        for nom, autre in (("vendeur", "vendeuse"), ("agent", "agente"), ("aide", "aidant"), ("un", "une"))
    ]
    mesures = compare_genders(moteur, couples)
    assert (mesures["n"], mesures["identiques"]) == (4, 0.25)
    assert [(e["nom"], e["rang"], e["montres"], e["ecart_indice"]) for e in mesures["ecarts"]] == [
        ("vendeur", 2, ["B1101", "D1101"], 0.0),
        ("aide", 1, ["A1101", "A1101"], 0.1),
        ("un", 1, [None, "A1101"], 0.0),
    ]
    assert compare_genders(moteur, [])["identiques"] is None


def test_gini_and_shares_are_those_of_the_textbook() -> None:
    assert gini(np.array([3, 3, 3, 3])) == 0.0
    assert gini(np.array([0, 0, 0, 4])) == 0.75
    assert gini(np.array([1, 3])) == 0.25
    assert gini(np.array([0, 0])) == 0.0
    parts = compare_shares({"a": 3, "b": 1, "c": 1}, {"a": 1, "b": 1})
    assert parts["a"] == {"part_montree": 0.6, "part_catalogue": 0.5, "rapport": 1.2}
    assert parts["b"]["rapport"] == 0.4
    assert parts["c"]["rapport"] is None


def test_a_metier_that_nobody_reaches_is_an_orphan(catalogue: Catalogue) -> None:
    """Every certification of an orphan alone is one too; a métier reached by its name only is told apart."""
    portraits = Portraits(catalogue)
    codes = [str(c) for c in catalogue.metiers]
    caches = ("H2102", "N1101")
    moteur = _Fixe({"Cariste": [("N1101", 0.5)]}, (c for c in codes if c not in caches))
    exposition = Exposition(portraits.codes)
    for personne in portraits.draw(1, 6):
        exposition.add(moteur, personne)
    resultat = find_orphans(moteur, portraits, exposition)
    assert resultat["n_metiers"] == 12
    assert (resultat["n"], resultat["liste"]) == (1, ["H2102 Coupeur / Coupeuse"])
    assert resultat["seulement_nommes"] == {"n": 1, "liste": ["N1101 Cariste"]}
    assert resultat["certifications"] == {"n_liees": 2, "n": 1, "liste": ["RNCP20"], "citees": 0.0}


def test_an_engine_that_always_says_the_same_is_seen(catalogue: Catalogue) -> None:
    portraits = Portraits(catalogue)
    exposition = Exposition(portraits.codes)
    for personne in portraits.draw(1):
        exposition.add(_Fixe({}, ["A1101", "A1102"]), personne)
    resume = exposition.summarize(1)
    assert resume["gini_10"] == pytest.approx(10 / 12, abs=1e-3)
    assert resume["gini_10"] > resume["gini_hasard_10"]
    assert resume["jamais_10"] == pytest.approx(10 / 12, abs=1e-3)
    assert resume["plus_montres"]["A1101"] == len(portraits.codes)


def test_the_whole_measure_is_json_and_replays(essai: Recommender) -> None:
    cas = [
        CasProfil("une couturière", Profil(experiences=(Experience(texte="couturière d'atelier"),)), ("H21",)),
        CasProfil("sans genre", Profil(souhait="textile"), ("H21",)),
    ]
    pas: list[tuple[str, int, int]] = []
    mesures = evaluate_equity(essai, essai.catalogue, cas, paires=6, suivre=lambda *x: pas.append(x))
    assert mesures == evaluate_equity(essai, essai.catalogue, cas, paires=6)
    assert json.loads(json.dumps(mesures)) == mesures
    assert mesures["genres"]["cas"]["n"] == 1
    assert mesures["genres"]["cas"]["identiques"] == 1.0
    assert mesures["genres"]["tires"]["n"] == 6
    assert mesures["orphelins"]["n"] == 0
    assert mesures["exposition"]["n"] == 12
    for groupes in (mesures["grands_domaines"], mesures["quartiles_femmes"]):
        assert sum(g["part_montree"] for g in groupes.values()) == pytest.approx(1.0, abs=1e-3)
        assert sum(g["part_catalogue"] for g in groupes.values()) == pytest.approx(1.0, abs=1e-3)
    assert set(mesures["quartiles_femmes"]) == {"inconnus"}
    assert {etape for etape, *_ in pas} >= {"exposition", "genres des cas", "genres tirés"}
    assert all(0 < fait <= total for _, fait, total in pas)


def test_the_socle_has_people_for_every_metier(catalogue_socle: Catalogue) -> None:
    portraits = Portraits(catalogue_socle)
    assert {p.cible for p in portraits.draw(3)} == set(catalogue_socle.metiers)
    genres = Genres(paire for noms in portraits.noms.values() for paire in noms)
    assert genres.rewrite("feminin", "experiences", "maçon") != "maçon"

"""Autocompletion: by beginnings of words, in any order, typos last, and never slow."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embeddings.noms import NomConnu, names_of
from embeddings.suggestion import LIMITE_MAX, Suggestions
from embeddings.texts import NATURES
from referentiels.catalogue import Catalogue

NOMS = {
    "metier": (
        NomConnu("J1501", "Aide-soignant / Aide-soignante", 0),
        NomConnu("J1506", "Infirmier / Infirmière en soins généraux", 0),
        NomConnu("J1506", "Infirmier / Infirmière de nuit", 3),
        NomConnu("D1202", "Coiffeur / Coiffeuse", 0),
        NomConnu("D1202", "Artisan coiffeur / Artisane coiffeuse", 1),
        NomConnu("M1601", "Chargé / Chargée d'accueil", 0),
        NomConnu("M1601", "Agent / Agente d'accueil", 1),
        NomConnu("K1601", "Agent / Agente d'archives", 0),
        NomConnu("F1604", "Plaquiste", 0),
        NomConnu("A1", "Soigneur / Soigneuse", 3),
        NomConnu("A2", "Soigneur équin / Soigneuse équine", 1),
    ),
    "competence": (NomConnu("118069", "Gérer une caisse", 0), NomConnu("9", "Gérer des soins", 0)),
}
SUGGESTIONS = Suggestions.over(NOMS)  # type: ignore[arg-type]


def codes(debut: str, limite: int = 10) -> list[str]:
    return [s.code for s in SUGGESTIONS.suggest(debut, NATURES, limite)]


def names(debut: str) -> list[str]:
    return [s.trouve for s in SUGGESTIONS.suggest(debut, NATURES)]


@pytest.fixture(scope="module")
def suggestions_socle(catalogue_socle: Catalogue) -> Suggestions:
    return Suggestions.of(catalogue_socle)


@pytest.mark.parametrize(
    "debut", ["aid soig", "soig aid", "AIDE-SOIGNANT", "aide soignante", "aides soignants", "aidé"]
)
def test_words_answer_in_any_order_case_gender_and_number(debut: str) -> None:
    assert codes(debut)[0] == "J1501"


def test_the_typed_gender_is_that_of_the_answer() -> None:
    assert names("infirmièr")[0] == "Infirmière en soins généraux"
    assert names("infirmiere")[0] == "Infirmière en soins généraux"
    assert names("infirmi")[0] == "Infirmier / Infirmière en soins généraux"
    assert names("coiffeur")[0] == "Coiffeur"
    assert names("agente d'acc") == ["Agente d'accueil"]


def test_one_answer_an_entity_with_its_label() -> None:
    (suggestion,) = SUGGESTIONS.suggest("agent accueil")
    assert (suggestion.code, suggestion.libelle) == ("M1601", "Chargé / Chargée d'accueil")
    assert codes("coiff").count("D1202") == 1


def test_names_in_use_come_before_rare_ones() -> None:
    assert codes("soign") == ["A2", "A1", "J1501"]
    assert names("coiff")[0] == "Coiffeur / Coiffeuse"


def test_a_name_that_is_or_begins_as_typed_comes_first() -> None:
    assert codes("agent d'a")[0] == "K1601"
    assert codes("soigneur")[0] == "A1"


def test_typos_are_forgiven_only_when_nothing_begins_so() -> None:
    for debut in ("coifeur", "coiffuer", "plakiste", "plaquitse"):
        (premiere, *_) = SUGGESTIONS.suggest(debut)
        assert premiere.approche
        assert premiere.code in {"D1202", "F1604"}
    assert not any(s.approche for s in SUGGESTIONS.suggest("coiff"))
    assert codes("zzzzzz") == []


def test_only_the_natures_asked_for_answer() -> None:
    assert {s.nature for s in SUGGESTIONS.suggest("soin", NATURES)} == {"metier", "competence"}
    assert {s.nature for s in SUGGESTIONS.suggest("soin", ("competence",))} == {"competence"}
    assert SUGGESTIONS.suggest("soin", ()) == ()
    assert SUGGESTIONS.suggest("soin", ("savoir",)) == ()


def test_limits_hold_and_the_order_is_stable() -> None:
    assert codes("a", 0) == []
    assert codes("a", -3) == []
    tout = codes("a", 100)
    assert len(tout) <= LIMITE_MAX
    assert codes("a", 2) == tout[:2]
    melange = {nature: tuple(reversed(noms)) for nature, noms in NOMS.items()}
    autre = Suggestions.over(melange)  # type: ignore[arg-type]
    assert [s.code for s in autre.suggest("soign", NATURES)] == codes("soign")


def test_nothing_to_complete() -> None:
    vide = Suggestions.over({})
    assert len(vide) == 0
    assert vide.suggest("infirmier", NATURES) == ()


def test_every_nature_of_the_socle_answers_by_its_label(
    suggestions_socle: Suggestions, catalogue_socle: Catalogue
) -> None:
    for nature, noms in names_of(catalogue_socle).items():
        if not noms:
            continue
        trouves = suggestions_socle.suggest(noms[0].nom, (nature,), 20)
        assert noms[0].code in {s.code for s in trouves}, nature


def test_threads_share_it(suggestions_socle: Suggestions) -> None:
    debuts = ["boul", "coifeur", "infirmièr", "a", "gérer un", "electriscien"] * 20
    seul = [suggestions_socle.suggest(d, NATURES) for d in debuts]
    with ThreadPoolExecutor(4) as fils:
        assert list(fils.map(lambda d: suggestions_socle.suggest(d, NATURES), debuts)) == seul


@pytest.mark.parametrize(
    "debut",
    ["", "  ", "\x00" * 5000, "😀" * 3000, "你好" * 3000, "a " * 5000, "<" * 10_000, "x" * 10_000, "é̂" * 3000,
     "\ud800a", "( [ *", "a b c d e f g h i j k l", "infirmier " * 500, "qwrtzx fghjkl poiuyt mlkjhg wxcvbn"],
)  # fmt: skip
def test_mad_beginnings_are_answered_quickly(suggestions_socle: Suggestions, debut: str) -> None:
    depart = time.thread_time()
    suggestions_socle.suggest(debut, NATURES)
    assert time.thread_time() - depart < 0.2


@settings(max_examples=100, deadline=None)
@given(debut=st.text(max_size=60))
def test_any_text_gives_at_most_the_limit(debut: str) -> None:
    assert len(SUGGESTIONS.suggest(debut, NATURES, 3)) <= 3


@pytest.mark.officiel
def test_official_catalogue_is_completed_in_milliseconds(catalogue_officiel: Catalogue) -> None:
    depart = time.thread_time()
    suggestions = Suggestions.of(catalogue_officiel)
    assert time.thread_time() - depart < 10
    assert len(suggestions) > 80_000
    noms = [n.nom for siens in names_of(catalogue_officiel).values() for n in siens][::200]
    durees = []
    for rang, nom in enumerate(noms):
        debut = nom[: 1 + rang % 20]
        depart = time.thread_time()
        assert suggestions.suggest(debut, NATURES)
        durees.append(time.thread_time() - depart)
    assert sorted(durees)[int(0.95 * len(durees))] < 0.015
    assert suggestions.suggest("aid soig")[0].code == "J1501"

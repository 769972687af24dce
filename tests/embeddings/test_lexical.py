"""Soft matching over a handful of invented fiches."""

from dataclasses import replace

import pytest

from embeddings.indexation import build_tables
from embeddings.lexical import MOTS_FAIBLES, ConfigLexical, IndexLexical
from embeddings.normalisation import words
from embeddings.texts import Fiche, Nom

FICHES = (
    Fiche(
        "A1",
        "Souffleur / Souffleuse de lune",
        (
            Nom("Souffleur / Souffleuse de lune", ("Souffleur de lune", "Souffleuse de lune")),
            Nom("Lunatier / Lunatière"),
        ),
        ((1.0, words("Façonne le verre opalin au chalumeau")),),
    ),
    Fiche("A2", "Souffleur / Souffleuse de nuages", (Nom("Souffleur / Souffleuse de nuages"),)),
    Fiche("B1", "Gardien / Gardienne de phare", (Nom("Gardien / Gardienne de phare"), Nom("Gardien / Gardienne"))),
    Fiche(
        "B2",
        "Steward / Hôtesse de phare",
        (Nom("Steward / Hôtesse de phare", ("Steward de phare", "Hôtesse de phare")),),
    ),
    Fiche("C1", "Gardien ancien", (Nom("Gardien"),), rang=1),
    Fiche("C2", "Gardien actif", (Nom("Gardien"),)),
)
CONFIG = ConfigLexical()


def _index(fiches: tuple[Fiche, ...] = FICHES, config: ConfigLexical = CONFIG) -> IndexLexical:
    return IndexLexical(build_tables(fiches, config.puissance_idf), config)


def _codes(requete: str, limite: int = 10) -> list[str]:
    index = _index()
    return [index.code(t.fiche) for t in index.rank(requete, limite)]


def test_a_name_scores_one_whatever_its_gender_case_and_accents() -> None:
    index = _index()
    for requete in ("Souffleur / Souffleuse de lune", "souffleuse de LUNE", "lunatiere", "LUNATIER·ÈRE"):
        premier = index.rank(requete, 1)[0]
        assert (index.code(premier.fiche), premier.score) == ("A1", 1.0)


def test_only_names_score_one() -> None:
    index = _index()
    for requete in ("souffleur", "lune souffleur", "souffleur de lune de nuages", "je suis lunatier", "lunatie"):
        assert 0 < max(t.score for t in index.rank(requete, 10)) < 1


def test_the_text_that_matched_is_told() -> None:
    index = _index()
    assert index.rank("lunatière", 1)[0].texte == "Lunatier / Lunatière"
    assert index.rank("souffleuse lune", 1)[0].texte == "Souffleur / Souffleuse de lune"


def test_two_roots_of_one_pair_find_the_same() -> None:
    index = _index()
    assert index.rank("steward de phare", 5) == index.rank("hôtesse de phare", 5)
    assert index.rank("steward de phare", 5)[0].score == 1


def test_equal_scores_go_by_rank_then_code() -> None:
    assert _codes("gardien")[:3] == ["B1", "C2", "C1"]


def test_scores_go_down() -> None:
    scores = [t.score for t in _index().rank("souffleuse de nuage au phare", 10)]
    assert len(scores) >= 3
    assert scores == sorted(scores, reverse=True)
    assert all(0 < s <= 1 for s in scores)


def test_the_rare_word_decides() -> None:
    assert _codes("gardien de lune")[0] == "A1"


def test_conversation_hardly_counts() -> None:
    index = _index()
    seul = index.rank("lunatier", 1)[0]
    entoure = index.rank("bonjour, je suis ancien lunatier et je cherche un poste", 1)[0]
    assert entoure.fiche == seul.fiche
    assert entoure.score > 0.5
    assert {"sui", "ancien", "post"} <= MOTS_FAIBLES


def test_surroundings_help_without_beating_names() -> None:
    sans = replace(CONFIG, poids_contexte=0.0)
    requete = "souffleur de verre opalin"
    assert [_index(config=sans).code(t.fiche) for t in _index(config=sans).rank(requete, 1)] != []
    avec = {t.fiche: t.score for t in _index().rank(requete, 10)}
    assert avec[0] > avec[1]
    assert _codes("souffleur de nuages")[0] == "A2"


def test_the_limit_keeps_the_best() -> None:
    assert _codes("gardien", 2) == _codes("gardien", 10)[:2]


@pytest.mark.parametrize("requete", ["", "de la", "zzzz", "🙂", "\x00", "— … ?", "9", "ж" * 50])
def test_noise_finds_nothing(requete: str) -> None:
    assert not _codes(requete)


def test_an_empty_nature_answers_nothing() -> None:
    index = _index(())
    assert len(index) == 0
    assert not index.rank("boulanger", 10)
    assert not list(index.names())


def test_a_label_without_words_does_no_harm() -> None:
    index = _index((Fiche("A", "—", (Nom("—"),)), Fiche("B", "Lune", (Nom("Lune"),))))
    assert [index.code(t.fiche) for t in index.rank("lune", 5)] == ["B"]
    assert not index.rank("—", 5)


def test_names_of_an_entity_are_kept_once() -> None:
    index = _index((Fiche("A", "Lunatier / Lunatière", (Nom("Lunatier / Lunatière"), Nom("LUNATIER"), Nom("Luneur"))),))
    assert list(index.names()) == [("A", "Lunatier / Lunatière"), ("A", "Luneur")]


def test_the_config_round_trips() -> None:
    config = replace(CONFIG, seuil=0.5, autres_noms=2)
    assert ConfigLexical(**config.as_dict()) == config
    assert _index(config=replace(CONFIG, seuil=0.99)).rank("souffleur", 10) == ()

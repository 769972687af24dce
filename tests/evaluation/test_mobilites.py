"""The measure on official mobilities: baselines in the same run, nothing leaks, a perfect ranking gets 1."""

from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from evaluation.mobilites import _by_engine, _gather, _SansTexte, _without, evaluate_mobilities, measure
from recommender.config import load_config
from referentiels.catalogue import Catalogue
from referentiels.construction import build_catalogue
from referentiels.errors import InvalidInputError
from referentiels.schema import TABLES
from referentiels.sources import SOURCES
from referentiels.store import Store, write_store
from referentiels.types import CodeRome, Mobilite
from tests.recommender.exemples import build_essai, rows

REFERENCES = {"hasard", "popularite", "jaccard", "cosinus_tfidf"}


@pytest.fixture(scope="module")
def socle(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    return Catalogue.open(build_catalogue(None, tmp_path_factory.mktemp("socle")).dossier)


def test_a_perfect_ranking_gets_one_and_an_empty_one_zero() -> None:
    cibles = {0: frozenset({1, 2}), 3: frozenset(range(4, 34))}
    parfait = measure({0: cibles[0]}, [0], lambda _: [1, 2, 5])
    assert parfait == {"rappel_10": 1.0, "rappel_20": 1.0, "ndcg_20": 1.0}
    assert measure(cibles, [3], lambda _: list(range(4, 34)))["ndcg_20"] == 1.0
    assert measure(cibles, [0, 3], lambda _: []) == {"rappel_10": 0.0, "rappel_20": 0.0, "ndcg_20": 0.0}


def test_the_earlier_the_better() -> None:
    cibles = {0: frozenset({1})}
    tot = measure(cibles, [0], lambda _: [1, 2, 3])["ndcg_20"]
    tard = measure(cibles, [0], lambda _: [2, 3, 1])["ndcg_20"]
    assert tot == 1.0
    assert tard == 0.5
    assert measure(cibles, [0], lambda _: [*range(2, 22), 1])["rappel_20"] == 0.0


def test_the_socle_is_measured_beside_its_baselines(socle: Catalogue) -> None:
    resultat = evaluate_mobilities(socle, load_config())
    assert resultat["n"] > 350
    assert set(resultat["references"]) == REFERENCES
    for mesures in (resultat, *resultat["references"].values()):
        assert 0 <= mesures["rappel_10"] <= mesures["rappel_20"] <= 1
        assert 0 <= mesures["ndcg_20"] <= 1
    hasard = resultat["references"]["hasard"]["ndcg_20"]
    assert resultat["ndcg_20"] > 5 * hasard
    assert resultat["ndcg_20"] > resultat["references"]["popularite"]["ndcg_20"]
    meilleure = max(r["ndcg_20"] for r in resultat["references"].values())
    assert resultat["rapport_ndcg_20"] == pytest.approx(resultat["ndcg_20"] / meilleure, abs=1e-3)


def test_the_same_run_gives_the_same_figures(socle: Catalogue) -> None:
    assert evaluate_mobilities(socle, load_config(), un_sur=9) == evaluate_mobilities(socle, load_config(), un_sur=9)


def test_the_mobilities_of_the_metier_tried_are_hidden_both_ways() -> None:
    """The métier tried is the nearest to its own compétences: what leaves it or leads to it would give the answer."""
    mobilites = csr_matrix(np.array([[0, 1, 1, 0], [1, 0, 0, 0], [0, 1, 0, 1], [1, 0, 0, 0]], dtype=float))
    caches = _without(mobilites, 0).toarray()
    assert not caches[0].any()
    assert not caches[:, 0].any()
    assert caches[2].tolist() == [0, 1, 0, 1], "those of the others stay"


def test_the_engine_never_reads_the_mobilities_that_are_to_be_found(tmp_path: Path) -> None:
    """The targets of one métier change, the list for its compétences does not."""
    listes = []
    for numero, cible in enumerate(("B1101", "N1101")):
        tables = rows()
        tables[Mobilite] = [m for m in tables[Mobilite] if m.code_rome != "H2101"]
        tables[Mobilite].append(Mobilite(CodeRome("H2101"), CodeRome(cible), 1))
        chemin = tmp_path / f"{numero}.sqlite"
        write_store(chemin, [(table, tables.get(table.nature, [])) for table in TABLES])
        catalogue = Catalogue(Store(chemin), "essai")
        classement = _by_engine(catalogue, load_config(), None, _gather(catalogue))
        listes.append(list(classement(list(catalogue.metiers).index(CodeRome("H2101")))))
    assert listes[0] == listes[1]


def test_the_measure_reads_no_words() -> None:
    with pytest.raises(InvalidInputError, match="ne lit pas de texte"):
        _SansTexte().search("boulanger")


def test_one_out_of_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="au moins un métier"):
        evaluate_mobilities(build_essai(tmp_path), load_config(), un_sur=0)


def test_without_mobilities_it_says_so(tmp_path: Path) -> None:
    chemin, tables = tmp_path / "catalogue.sqlite", rows() | {Mobilite: []}
    write_store(chemin, [(table, tables.get(table.nature, [])) for table in TABLES])
    with pytest.raises(InvalidInputError, match="aucun métier"):
        evaluate_mobilities(Catalogue(Store(chemin), "essai"), load_config())


@pytest.mark.officiel
def test_ours_is_above_every_baseline_officially(donnees: Path, tmp_path: Path) -> None:
    autres = [s.cle for s in SOURCES if s.famille != "rome"]
    catalogue = Catalogue.open(build_catalogue(donnees, tmp_path, sans=autres).dossier)
    resultat = evaluate_mobilities(catalogue, load_config(), un_sur=3)
    assert resultat["n"] > 500
    assert resultat["rapport_ndcg_20"] > 1.0

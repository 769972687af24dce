"""Benchmarks: read whole or refused, measured as they say."""

import json
from pathlib import Path

import numpy as np
import pytest

from embeddings.etiquettes import Etiquettes
from embeddings.normalisation import words
from embeddings.search import Recherche, assemble
from embeddings.texts import entities
from evaluation.appellations import (
    evaluate_ablation,
    evaluate_appellations,
    evaluate_certifications,
    evaluate_genders,
    evaluate_offers,
    held_out_requests,
    without_texts,
)
from evaluation.melo import evaluate_bench, read_bench
from evaluation.requetes import Requete, evaluate_requests, read_requests
from referentiels.catalogue import Catalogue
from referentiels.errors import InvalidInputError, MalformedError
from tests.embeddings.factice import EncodeurFactice

JEUX = Path("evaluation/jeux")


@pytest.fixture
def banc(tmp_path: Path) -> Path:
    (tmp_path / "queries.tsv").write_text("Q1\tBoulanger / Boulangère\nQ2\tsoudeuse\nQ3\tmage\n", encoding="utf-8")
    (tmp_path / "corpus_elements.tsv").write_text(
        "C1\tboulanger/boulangère\nC2\tsoudeur\nC3\tsoudeur\nC4\tfleuriste\n", encoding="utf-8"
    )
    (tmp_path / "annotations.tsv").write_text("Q1\t0\tC1\t1\nQ2\t0\tC3\t1\nQ3\t0\tC4\t1\n", encoding="utf-8")
    return tmp_path


def test_a_bench_is_measured_on_every_element(banc: Path) -> None:
    mesures = evaluate_bench(read_bench(banc), EncodeurFactice())
    assert (mesures["n"], mesures["n_elements"]) == (3, 4)
    # The twin that comes first in the file is ranked first: « soudeuse » finds its own at the second place.
    assert mesures["a1"] == pytest.approx(1 / 3, abs=1e-4) or mesures["a1"] == pytest.approx(2 / 3, abs=1e-4)
    assert mesures["a5"] == 1
    assert mesures["mrr"] <= (1 + 0.5 + 1) / 3 + 1e-4
    formes = "sans regrouper les formes d'un nom"
    assert mesures["references"].keys() == {formes, "lexicale", "dense", "hasard", "mots_bm25", "caracteres_tfidf"}
    assert mesures["intervalles"].keys() == {"mrr", "a1", "a5", "a10"}


@pytest.mark.parametrize("encodeur", [None, EncodeurFactice()])
def test_each_name_is_listed_once_before_its_other_spellings(encodeur: EncodeurFactice | None) -> None:
    textes = ["soudeur", "soudeuse", "soudeur de tubes", "fleuriste", "soudeur"]
    if encodeur is not None:
        textes[1] = "SOUDEUR"  # the factitious encoder folds letters, not genders
    (groupes,) = Etiquettes(textes, encodeur).hybrid(["soudeur"])
    (entiers,) = Etiquettes(textes, encodeur).hybrid(["soudeur"], grouper=False)
    assert groupes[0] == groupes[4] == entiers[0]
    assert groupes[1] < groupes[3] < groupes[2] < groupes[0]
    assert np.allclose(groupes[[0, 2, 3, 4]], entiers[[0, 2, 3, 4]])


def test_a_damaged_bench_is_refused(banc: Path) -> None:
    (banc / "annotations.tsv").write_text("Q1\t0\tC1\t1\nQ9\t0\tC1\t1\n", encoding="utf-8")
    with pytest.raises(MalformedError, match=r"annotations\.tsv, ligne 2"):
        read_bench(banc)
    (banc / "queries.tsv").write_text("Q1\n", encoding="utf-8")
    with pytest.raises(MalformedError, match=r"queries\.tsv, ligne 1"):
        read_bench(banc)
    (banc / "queries.tsv").unlink()
    with pytest.raises(InvalidInputError, match="illisible"):
        read_bench(banc)


def test_held_out_appellations_are_not_in_the_index(catalogue_socle: Catalogue) -> None:
    requetes = held_out_requests(catalogue_socle)
    fiches = without_texts(entities(catalogue_socle, "metier"), (r.texte for r in requetes))
    recherche = assemble({"metier": fiches}, None)
    libelles = {words(m.intitule) for m in catalogue_socle.metiers.values()}
    assert requetes
    for requete in requetes[:100]:
        trouves = recherche.search(requete.texte, limite=1)
        assert words(requete.texte) in libelles or not trouves or trouves[0].score < 1, requete.texte


def test_held_out_appellations_are_measured_apart(catalogue_socle: Catalogue) -> None:
    mesures = evaluate_appellations(catalogue_socle, EncodeurFactice())
    assert mesures["genres"].keys() == {"appellation", "metier"}
    assert sum(g["n"] for g in mesures["genres"].values()) == mesures["n"] > 100
    assert mesures["succes_1"] <= mesures["succes_5"]
    assert mesures["succes_5"] > mesures["references"]["hasard"]["succes_5"] + 0.3
    assert {"lexicale", "dense"} < mesures["references"].keys()


def test_an_ablation_takes_one_part_away_at_a_time(catalogue_socle: Catalogue) -> None:
    tableau = evaluate_ablation(catalogue_socle, EncodeurFactice())
    assert "tout" in tableau
    assert len(tableau) == 6
    assert tableau["le libellé seul"]["succes_5"] < tableau["tout"]["succes_5"]


def test_what_is_out_of_scope_is_counted_apart(tmp_path: Path, catalogue_socle: Catalogue) -> None:
    fichier = tmp_path / "r.tsv"
    fichier.write_text("boulangère\tD1102\tun_genre\nquel temps demain\t-\thors_sujet\n", encoding="utf-8")
    assert read_requests(fichier)[1] == Requete("quel temps demain", (), "hors_sujet")
    recherche = assemble({"metier": entities(catalogue_socle, "metier")}, EncodeurFactice())
    mesures = evaluate_requests(recherche, fichier)
    assert mesures["n"] == 1
    assert mesures["genres"]["un_genre"]["succes_1"] == 1
    assert mesures["abstention"]["n_hors_sujet"] == 1
    assert mesures["abstention"]["exactitude_sure"] == 1


def test_certifications_offers_and_genders_are_measured(tmp_path: Path, catalogue_socle: Catalogue) -> None:
    recherche = Recherche.build(catalogue_socle, tmp_path)
    certifications = evaluate_certifications(catalogue_socle, recherche, 30)
    assert certifications["n"] == 30
    assert certifications["succes_5"] > certifications["references"]["hasard"]["succes_5"]
    genres = evaluate_genders(catalogue_socle, recherche, 5)
    assert genres["n"] > 50
    assert genres["part"] == 1
    offres = tmp_path / "offres.jsonl"
    offres.write_text(json.dumps({"intitule": "Boulanger H/F", "code_rome": "D1102"}) + "\n", encoding="utf-8")
    assert evaluate_offers(recherche, offres)["intitule"]["succes_1"] == 1
    offres.write_text("{}\n", encoding="utf-8")
    with pytest.raises(MalformedError, match="ligne 1"):
        evaluate_offers(recherche, offres)


@pytest.mark.parametrize("nom", ["requetes_reglage.tsv", "requetes_controle.tsv"])
def test_our_own_requests_are_whole(nom: str) -> None:
    requetes = read_requests(JEUX / nom)
    assert len(requetes) >= 300
    assert len({r.texte for r in requetes}) == len(requetes)
    assert {"faute", "courant", "un_genre", "description", "vague", "hors_sujet"} <= {r.genre for r in requetes}
    assert sum(not r.acceptes for r in requetes) >= 8

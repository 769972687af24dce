"""Vectors moved a little: always alike for one draw, near to what they were, and only those of questions."""

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from embeddings.embarque import EncodeurEmbarque
from embeddings.search import Recherche
from evaluation.commands import Moteur, evaluer
from evaluation.tremblement import EncodeurTremblant, repeat
from recommender.config import load_config
from recommender.types import Profil
from referentiels.catalogue import Catalogue
from referentiels.errors import InvalidInputError

TEXTES = ["boulanger", "réparer des vélos", "un métier du soin"]


def test_a_draw_is_always_the_same_and_no_other() -> None:
    encodeur = EncodeurEmbarque()
    un, encore, deux = (EncodeurTremblant(encodeur, n).encode_query(TEXTES) for n in (1, 1, 2))
    assert np.array_equal(un, encore)
    assert not np.array_equal(un, deux)
    droits = encodeur.encode_query(TEXTES)
    assert np.allclose((un * droits).sum(axis=1), 0.999, atol=2e-4)
    assert np.allclose(np.linalg.norm(un, axis=1), 1.0)


def test_two_spellings_of_one_text_move_alike() -> None:
    encodeur = EncodeurTremblant(EncodeurEmbarque(), 1)
    un, autre = encodeur.encode_query(["boulanger", "Boulangère"])
    assert np.array_equal(un, autre)


def test_what_the_referentiels_say_does_not_move() -> None:
    encodeur = EncodeurEmbarque()
    assert np.array_equal(EncodeurTremblant(encodeur, 3).encode_document(TEXTES), encodeur.encode_document(TEXTES))
    assert EncodeurTremblant(encodeur, 3).empreinte == encodeur.empreinte


def test_draws_are_summed_up() -> None:
    resume = repeat(lambda tirage: {"rappel": 0.5 + 0.1 * tirage, "ndcg_10": 0.4}, 3)
    assert resume["tirages"] == 3
    assert resume["rappel"] == {"moyenne": 0.7, "minimum": 0.6, "maximum": pytest.approx(0.8)}
    assert resume["ndcg_10"]["moyenne"] == 0.4


def test_without_an_encoder_there_is_nothing_to_move(catalogue_socle: Catalogue, tmp_path: Path) -> None:
    recherche = Recherche.build(catalogue_socle, tmp_path / "index")
    moteur = Moteur(
        catalogue_socle, lambda: recherche, load_config(), None, lambda _: (Profil(souhait="boulanger"), ())
    )
    fichier = tmp_path / "un.jsonl"
    fichier.write_text('{"nom": "un", "profil": {}, "attendus": ["D11"], "k": 10}', encoding="utf-8")
    resultat = CliRunner().invoke(evaluer, ["profils", "--fichier", str(fichier), "--tirages", "2"], obj=lambda: moteur)
    assert isinstance(resultat.exception, InvalidInputError)
    assert "sans encodeur" in str(resultat.exception)

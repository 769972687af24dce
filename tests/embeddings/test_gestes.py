"""Gestures: told apart by their phrases, by meaning alone, absent from an index of words."""

import hashlib
from collections import Counter
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

import embeddings.gestes as module
from embeddings.gestes import build_gestures, gestes_digest, gesture_texts, load_gestes, read_gestures
from embeddings.search import assemble
from embeddings.texts import entities
from referentiels.catalogue import Catalogue
from referentiels.cellules import fold
from tests.embeddings.factice import EncodeurFactice

GESTES = load_gestes()


def _unit(lignes: np.ndarray) -> np.ndarray:
    return np.asarray(lignes / np.linalg.norm(lignes, axis=1, keepdims=True))


def _closeness(vecteurs: np.ndarray, phrases: np.ndarray) -> np.ndarray:
    codes = [str(n) for n in range(len(vecteurs))]
    return build_gestures(codes, vecteurs, phrases)["gestes/proximites"].astype(np.float64)


def test_gestures_are_told_apart() -> None:
    assert len({g.nom for g in GESTES}) == len(GESTES) > 20
    assert all(len(g.phrases) >= 2 for g in GESTES), "one phrase alone would be one compétence, not a gesture"
    for nom, comptes in (("phrase", Counter(gesture_texts())), ("mot", Counter(m for g in GESTES for m in g.mots))):
        assert not [x for x, n in comptes.items() if n > 1], f"{nom} dans deux gestes"


def test_words_are_folded_and_every_gesture_has_some() -> None:
    for geste in GESTES:
        assert geste.mots, geste.nom
        assert all(fold(mot) == mot for mot in geste.mots)


def test_no_gesture_speaks_of_a_gender() -> None:
    """A gesture is what is done: no noun of a person, in either gender, may lead to it."""
    suffixes = ("euse", "trice", "iere", "ienne", "eur", "teur")
    noms = {"moteur", "hauteur", "valeur", "chaleur", "monteur", "interieur", "exterieur"}
    mots = {m for t in (*gesture_texts(), *(x for g in GESTES for x in g.mots)) for m in fold(t).split()}
    adjectifs = {"juste", "minutieux", "defectueux"}
    assert not {m for m in mots if m.endswith(suffixes)} - noms - adjectifs


def test_texts_follow_the_gestures_and_the_digest_the_file() -> None:
    assert gesture_texts() == [phrase for geste in GESTES for phrase in geste.phrases]
    contenu = Path(module.__file__).with_name("gestes.toml").read_bytes()
    assert gestes_digest() == hashlib.sha256(contenu).hexdigest()[:16]


def test_closeness_is_the_cosine_of_what_is_not_common() -> None:
    """Against the definition, written out one pair at a time."""
    alea = np.random.default_rng(5)
    vecteurs, phrases = _unit(alea.normal(size=(30, 12))), _unit(alea.normal(size=(len(gesture_texts()), 12)))
    bornes = np.cumsum([0, *(len(g.phrases) for g in GESTES)])
    moyennes = np.array([phrases[a:b].mean(axis=0) for a, b in pairwise(bornes.tolist())])
    obtenu = _closeness(vecteurs, phrases)
    assert obtenu.shape == (30, len(GESTES))
    for item in (0, 11, 29):
        for geste in (0, 7, len(GESTES) - 1):
            u, v = vecteurs[item] - vecteurs.mean(axis=0), moyennes[geste] - moyennes.mean(axis=0)
            assert obtenu[item, geste] == pytest.approx(u @ v / np.linalg.norm(u) / np.linalg.norm(v), abs=2e-3)
    assert np.abs(obtenu).max() <= 1.0


def test_what_is_common_to_all_changes_nothing() -> None:
    alea = np.random.default_rng(6)
    vecteurs, phrases = alea.normal(size=(20, 10)), alea.normal(size=(len(gesture_texts()), 10))
    decalage = 3.0 * alea.normal(size=10)
    autres = _closeness(vecteurs + decalage, phrases - decalage)
    np.testing.assert_allclose(autres, _closeness(vecteurs, phrases), atol=3e-3)


def test_an_item_said_like_a_gesture_is_nearest_to_it() -> None:
    rangs = np.repeat(np.arange(len(GESTES)), [len(g.phrases) for g in GESTES])
    proximites = _closeness(np.eye(len(GESTES))[::-1], np.eye(len(GESTES))[rangs])
    assert proximites.argmax(axis=1).tolist() == list(range(len(GESTES)))[::-1]


def test_arrays_come_back_as_they_went_and_words_alone_have_none() -> None:
    alea = np.random.default_rng(7)
    tableaux = build_gestures(["17", "401"], alea.normal(size=(2, 8)), alea.normal(size=(len(gesture_texts()), 8)))
    assert all(nom.startswith("gestes/") for nom in tableaux)
    lus = read_gestures(tableaux)
    assert lus is not None
    assert lus.codes.tolist() == [17, 401]
    assert lus.proximites.dtype == np.float32
    assert read_gestures({"metier/vecteurs": np.zeros(1)}) is None


def test_the_index_of_a_catalogue_carries_its_gestures(catalogue_socle: Catalogue) -> None:
    fiches = {nature: entities(catalogue_socle, nature)[:200] for nature in ("competence", "savoir")}
    gestes = assemble(fiches, EncodeurFactice()).gestures()  # type: ignore[arg-type]  # natures by name
    assert gestes is not None
    assert gestes.codes.tolist() == [int(f.code) for nature in ("competence", "savoir") for f in fiches[nature]]
    assert gestes.proximites.shape == (len(gestes.codes), len(GESTES))
    assert np.isfinite(gestes.proximites).all()
    assert assemble(fiches, None).gestures() is None  # type: ignore[arg-type]  # the same

"""The wish: by name, taste, secteur, condition, compétence or neighbour; several wishes are averaged."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.comprehension import Lecteur
from recommender.pipeline import Recommender
from recommender.profil_compris import ProfilCompris
from recommender.signals.base import Signal
from recommender.signals.souhait import signal_souhait
from recommender.types import Profil
from tests.recommender.exemples import CENTRES, COMPETENCES, CONTEXTES, FICHES, SECTEURS
from tests.recommender.signals.conformite import check_signal

MOTS = sorted(
    {*COMPETENCES.values(), *CONTEXTES.values(), *CENTRES.values(), *SECTEURS.values(), *(f.intitule for f in FICHES)}
)


def _signal(moteur: Recommender, souhait: str) -> Signal:
    compris = Lecteur(moteur.catalogue, moteur.chercheur, moteur.config).read(Profil(souhait=souhait))
    return signal_souhait(moteur.matrices, compris, moteur.catalogue, moteur.config)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(MOTS), min_size=1, max_size=4))
def test_conforms_for_any_wish(essai: Recommender, mots: list[str]) -> None:
    check_signal(_signal(essai, " ; ".join(mots)), essai.matrices)


@pytest.mark.parametrize(
    ("souhait", "code", "phrase"),
    [
        ("cariste", "N1101", "Il rejoint votre souhait : par son nom, « Cariste »."),
        ("le textile", "H2101", "Il rejoint votre souhait : on l'exerce dans « Textile »."),
        ("en plein air", "A1101", "Il rejoint votre souhait : on y trouve « En extérieur »."),
        ("contact de la nature", "A1102",
         "Il rejoint votre souhait : il répond à « J'aime être au contact de la nature »."),
        ("tenir un agenda", "M1101", "Il rejoint votre souhait : on y demande « Tenir un agenda »."),
        ("bûcheron", "A1102", "Il rejoint votre souhait : le ROME le dit accessible depuis « Bûcheron / Bûcheronne »."),
    ],
)  # fmt: skip
def test_every_way_says_its_name(essai: Recommender, souhait: str, code: str, phrase: str) -> None:
    signal = _signal(essai, souhait)
    rang = essai.matrices.rang[code]
    assert signal.valeurs[rang] > 0
    assert signal.prouver(rang).phrase == phrase


def test_the_name_is_worth_one_and_the_neighbour_less(essai: Recommender) -> None:
    valeurs = _signal(essai, "bûcheronne").valeurs
    assert valeurs[essai.matrices.rang["A1101"]] == 1.0
    assert 0 < valeurs[essai.matrices.rang["A1102"]] < 1.0


def test_answering_both_wishes_is_worth_more_than_one(essai: Recommender) -> None:
    valeurs = _signal(essai, "en atelier, être au contact de la nature et en extérieur").valeurs
    deux = _signal(essai, "être en extérieur, au contact de la nature").valeurs
    assert deux[essai.matrices.rang["A1101"]] > deux[essai.matrices.rang["H2101"]]
    assert valeurs[essai.matrices.rang["A1101"]] > valeurs[essai.matrices.rang["H2102"]] > 0


def test_two_wishes_answered_the_same_way_are_told_together(essai: Recommender) -> None:
    preuve = _signal(essai, "en extérieur, port de charges lourdes").prouver(essai.matrices.rang["A1101"])
    assert preuve.phrase == "Il rejoint votre souhait : on y trouve « En extérieur » et « Port de charges lourdes »."


def test_a_transversal_competence_wished_for_designates_no_metier(essai: Recommender) -> None:
    assert not _signal(essai, "respecter les consignes de sécurité").valeurs.any()


def test_no_wish_is_worth_nothing(essai: Recommender) -> None:
    signal = signal_souhait(essai.matrices, ProfilCompris(), essai.catalogue, essai.config)
    assert not signal.valeurs.any()


@pytest.mark.parametrize(
    "souhait", ["travailler avec les animaux et dehors", "prendre soin des autres", "informatique"]
)
def test_conforms_on_the_socle(socle: Recommender, souhait: str) -> None:
    signal = _signal(socle, souhait)
    assert signal.valeurs.any()
    check_signal(signal, socle.matrices)

"""Gestures of métiers and of a person: alike where the hands do the same, silent where nothing was told."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embeddings.gestes import Gestes, load_gestes
from recommender.comprehension import Lecteur
from recommender.config import load_config
from recommender.gestes import GestesMetiers, build_gestures
from recommender.pipeline import Recommender
from recommender.profil_compris import ProfilCompris
from recommender.signals.paroles import signal_paroles
from recommender.souhaits import strip_opening
from recommender.types import CompetenceDeclaree, Experience, Profil
from tests.recommender.exemples import codes_of
from tests.recommender.signals.conformite import check_signal

NOMS = [g.nom for g in load_gestes()]
DEXTERITE, EFFORT, SOIN = (
    NOMS.index(n) for n in ("la dextérité sur de petites pièces", "l'effort physique", "le soin du corps")
)
PROCHES = {DEXTERITE: (1, 2, 5, 7, 8), SOIN: (10, 11, 12), EFFORT: (20, 21, 22, 30)}


def gestures() -> Gestes:
    """Closeness written by hand; the last code is none of the small catalogue."""
    codes = sorted({c for lot in PROCHES.values() for c in lot} | {3, 4, 6, 13, 31, 32, 99_999})
    proximites = np.zeros((len(codes), len(NOMS)), dtype=np.float32)
    for rang, lot in PROCHES.items():
        proximites[[codes.index(c) for c in lot], rang] = 0.8
    proximites[-1] = 1.0
    return Gestes(np.array(codes, dtype=np.int64), proximites)


@pytest.fixture(scope="module")
def moteur(essai: Recommender) -> Recommender:
    """The small catalogue with gestures."""
    return Recommender(essai.catalogue, essai.chercheur, essai.config, gestes=gestures())


@pytest.fixture(scope="module")
def gestes(moteur: Recommender) -> GestesMetiers:
    assert moteur.matrices.gestes is not None
    return moteur.matrices.gestes


def _forces(moteur: Recommender, *codes: int) -> np.ndarray:
    forces = np.zeros(len(moteur.matrices.items))
    forces[[moteur.matrices.rang_item[c] for c in codes]] = 0.8
    return forces


def test_rows_are_unit_and_never_negative(gestes: GestesMetiers) -> None:
    normes = np.linalg.norm(gestes.metiers, axis=1)
    assert ((np.abs(normes - 1.0) < 1e-9) | (normes == 0.0)).all()
    assert (gestes.metiers >= 0).all()
    assert (gestes.metiers == 0).any(axis=1).all(), "no métier has more than most of every gesture"


def test_a_metier_has_the_gesture_of_its_demands(moteur: Recommender, gestes: GestesMetiers) -> None:
    rang = moteur.matrices.rang
    for geste, oui, non in ((DEXTERITE, "D1101", "J1101"), (SOIN, "J1102", "N1101"), (EFFORT, "A1101", "B1101")):
        assert gestes.metiers[rang[oui], geste] > 0.3
        assert gestes.metiers[rang[non], geste] == 0.0


def test_items_without_vectors_have_no_gesture_and_foreign_codes_are_ignored(
    moteur: Recommender, gestes: GestesMetiers
) -> None:
    assert gestes.items.shape == (len(moteur.matrices.items), len(NOMS))
    assert not gestes.items[moteur.matrices.rang_item[300]].any()
    assert (gestes.items < 1.0).all()


def test_the_order_of_the_items_of_an_index_is_irrelevant(moteur: Recommender, gestes: GestesMetiers) -> None:
    siens = gestures()
    envers = Gestes(siens.codes[::-1], siens.proximites[::-1])
    m = moteur.matrices
    np.testing.assert_allclose(build_gestures(envers, m.demandes, m.rang_item).metiers, gestes.metiers)


def test_nothing_told_is_no_gesture(moteur: Recommender, gestes: GestesMetiers) -> None:
    assert not gestes.of_person(_forces(moteur), {}).any()
    assert gestes.shared(gestes.of_person(_forces(moteur), {}), 0) == ()


def test_what_is_held_tells_the_gesture(moteur: Recommender, gestes: GestesMetiers) -> None:
    personne = gestes.of_person(_forces(moteur, 1, 2, 7), {})
    assert int(personne.argmax()) == DEXTERITE
    assert np.linalg.norm(personne) == pytest.approx(1.0)
    ressemblance = dict(zip(moteur.matrices.codes, gestes.metiers @ personne, strict=True))
    assert ressemblance["D1101"] > max(ressemblance[c] for c in ("A1101", "J1101", "J1102", "N1101"))


def test_naming_a_gesture_alone_is_enough_to_have_it(moteur: Recommender, gestes: GestesMetiers) -> None:
    personne = gestes.of_person(_forces(moteur), {SOIN: 0.4})
    assert personne.tolist() == [float(n == SOIN) for n in range(len(NOMS))]


@settings(max_examples=50, deadline=None)
@given(st.sets(st.sampled_from([1, 2, 7, 10, 11, 20, 31]), max_size=5), st.integers(0, len(NOMS) - 1))
def test_naming_a_gesture_brings_nearer_to_it(
    moteur: Recommender, gestes: GestesMetiers, codes: set[int], geste: int
) -> None:
    forces = _forces(moteur, *codes)
    sans, avec = gestes.of_person(forces, {}), gestes.of_person(forces, {geste: 0.8})
    assert avec[geste] >= sans[geste]
    assert avec[geste] > 0
    assert np.linalg.norm(avec) == pytest.approx(1.0)


def test_the_gestures_named_are_those_that_both_have(moteur: Recommender, gestes: GestesMetiers) -> None:
    personne = gestes.of_person(_forces(moteur, 1, 2, 7), {})
    for metier in range(len(moteur.matrices.codes)):
        produits = personne * gestes.metiers[metier]
        noms = gestes.shared(personne, metier)
        valeurs = [float(produits[NOMS.index(n)]) for n in noms]
        assert len(noms) <= 3
        assert valeurs == sorted(valeurs, reverse=True)
        assert all(v > 0 and v > 0.5 * produits.max() for v in valeurs)
    assert gestes.shared(personne, moteur.matrices.rang["D1101"])[0] == NOMS[DEXTERITE]


def test_at_most_three_gestures_are_named_each_at_least_half_of_the_first() -> None:
    unis = np.zeros((1, len(NOMS)))
    unis[0, :6] = (0.3, 0.5, 0.4, 0.45, 0.2, 0.0)
    gestes = GestesMetiers(np.zeros((0, len(NOMS)), dtype=np.float32), unis)
    assert gestes.shared(np.ones(len(NOMS)), 0) == (NOMS[1], NOMS[3], NOMS[2])
    seuls = np.eye(1, len(NOMS)) + 0.4 * np.eye(1, len(NOMS), 2)
    assert gestes.shared(seuls[0], 0) == (NOMS[0], NOMS[2])
    assert gestes.shared(np.eye(1, len(NOMS), 4)[0] + np.eye(1, len(NOMS), 1)[0], 0) == (NOMS[1],)


def test_a_gesture_is_read_as_such_only_by_an_index_of_meaning(essai: Recommender, moteur: Recommender) -> None:
    profil = Profil(competences=(CompetenceDeclaree(texte="J'ai de la dextérité"),))
    lu = Lecteur(essai.catalogue, essai.chercheur, essai.config, gestes=True).read(profil)
    assert list(lu.gestes) == [DEXTERITE]
    assert [(c.nature, c.libelle) for c in lu.compris] == [("geste", NOMS[DEXTERITE])]
    assert not Lecteur(essai.catalogue, essai.chercheur, essai.config).read(profil).gestes
    assert moteur.assess(profil).compris.gestes == lu.gestes


def test_the_strongest_saying_of_a_gesture_counts(essai: Recommender) -> None:
    lecteur = Lecteur(essai.catalogue, essai.chercheur, essai.config, gestes=True)
    faible, forte = (CompetenceDeclaree(texte="dextérité", niveau=n) for n in (1, 4))
    for lot in ((faible, forte), (forte, faible)):
        assert lecteur.read(Profil(competences=lot)).gestes == {DEXTERITE: 1.0}


def test_gestures_move_the_order_of_openings_and_no_index(essai: Recommender, moteur: Recommender) -> None:
    profil = Profil(experiences=(Experience(code_rome="H2101", annees=5),))
    avec, sans = moteur.recommend(profil, 50), essai.recommend(profil, 50)
    assert {m.code_rome: m.indice for m in avec.metiers} == {m.code_rome: m.indice for m in sans.metiers}
    assert any(m.gestes for m in avec.metiers)
    assert not any(m.gestes for m in sans.metiers)
    assert all(set(m.gestes) <= set(NOMS) for m in avec.metiers)
    assert moteur.recommend(profil, 50) == avec


@settings(max_examples=30, deadline=None)
@given(st.dictionaries(st.integers(0, len(NOMS) - 1), st.floats(0.1, 1.0), min_size=1, max_size=4))
def test_a_gesture_named_speaks_for_the_metiers_that_have_it(moteur: Recommender, dits: dict[int, float]) -> None:
    signal = signal_paroles(moteur.matrices, ProfilCompris(gestes=dits), moteur.config)
    check_signal(signal, moteur.matrices)
    assert moteur.matrices.gestes is not None
    touches = (moteur.matrices.gestes.metiers[:, list(dits)] > 0).any(axis=1)
    assert ((signal.valeurs > 0) == touches).all()
    for metier in np.flatnonzero(touches).tolist():
        assert set(signal.prouver(metier).faits) <= {NOMS[rang] for rang in dits}


@pytest.mark.parametrize("texte", ["souder", "dextérité", "conduire"])
def test_naming_a_gesture_is_never_an_empty_profile(moteur: Recommender, texte: str) -> None:
    reponse = moteur.recommend(Profil(competences=(CompetenceDeclaree(texte=texte),)), 20)
    assert reponse.metiers


def test_a_gesture_that_is_a_competence_too_still_holds_it(essai: Recommender, moteur: Recommender) -> None:
    profil = Profil(competences=(CompetenceDeclaree(texte="souder"),))
    for un in (essai, moteur):
        assert set(un.assess(profil).compris.items) == {8}
        assert "H2601" in codes_of(un.recommend(profil, 2))


def test_every_word_of_a_gesture_can_be_heard() -> None:
    qualites = load_config().qualites
    mots = [mot for geste in load_gestes() for mot in geste.mots]
    assert not [mot for mot in mots if strip_opening(mot) != mot or mot in qualites]


def test_a_metier_that_asks_for_nothing_does_not_break_the_others(moteur: Recommender) -> None:
    m = moteur.matrices
    demandes = m.demandes.copy()
    debut, fin = demandes.indptr[:2]
    demandes.data[debut:fin] = 0.0
    demandes.eliminate_zeros()
    nus = build_gestures(gestures(), demandes, m.rang_item)
    assert np.isfinite(nus.metiers).all()
    assert not (nus.metiers[0] > 0)[[DEXTERITE, SOIN, EFFORT]].any(), "nothing asked, nothing shared"
    assert nus.metiers[m.rang["D1101"], DEXTERITE] > 0.3

"""Labour demand: silent unless asked for, each figure at its nearest scale, told with its source."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.config import load_config
from recommender.pipeline import Recommender
from recommender.signals.base import Signal
from recommender.signals.marche import INDICATEUR, signal_marche
from recommender.types import Experience, Interets, Profil, Territoire
from referentiels import types as t
from referentiels.catalogue import Catalogue
from referentiels.marche import Marche
from referentiels.schema import TABLES
from referentiels.store import Store, write_store
from tests.recommender.exemples import FICHES, ChercheurEssai, codes_of, rows
from tests.recommender.signals.conformite import check_signal

CODES = [f.code for f in FICHES]
COUTURE = Profil(experiences=(Experience(code_rome="H2101", annees=6),))
DEMANDE = replace(COUTURE, ponderation={"marche": 2.0})
MESURES = (
    ("H2102", "national", "FR", 2.0, "publie"),
    ("H2102", "departement", "35", 5.0, "publie"),
    ("D1101", "national", "FR", 5.0, "publie"),
    ("D1101", "region", "53", None, "secret"),
    ("B1101", "national", "FR", 1.0, "publie"),
    ("H2601", "departement", "75", 5.0, "publie"),
    ("N1101", "national", "FR", 5.0, "publie"),
)


def _series(cle: str, millesime: str, indicateur: str = INDICATEUR) -> t.Serie:
    return t.Serie(cle, indicateur, "Tension", "classe", "métier", "rome_v4", millesime, "dares", "Dares", "LO")


def _catalogue(
    dossier: Path, mesures: Sequence[tuple[Any, ...]], vieilles: Sequence[tuple[Any, ...]] = ()
) -> Catalogue:
    tables: dict[type[Any], list[Any]] = rows()
    tables[t.Serie] = [_series("neuf", "2024"), _series("vieux", "2019"), _series("autre", "2024", "projets")]
    tables[t.Mesure] = [
        *(t.Mesure("neuf", objet, maille, lieu, valeur, statut, "") for objet, maille, lieu, valeur, statut in mesures),
        *(
            t.Mesure("vieux", objet, maille, lieu, valeur, statut, "")
            for objet, maille, lieu, valeur, statut in vieilles
        ),
        t.Mesure("autre", "M1101", "national", "FR", 5.0, "publie", ""),
    ]
    chemin = dossier / "catalogue.sqlite"
    write_store(chemin, [(table, tables.get(table.nature, [])) for table in TABLES])
    return Catalogue(Store(chemin, TABLES), "essai")


@pytest.fixture(scope="module")
def moteur(tmp_path_factory: pytest.TempPathFactory) -> Recommender:
    vieilles = [("B1101", "national", "FR", 5.0, "publie"), ("A1101", "national", "FR", 3.0, "publie")]
    catalogue = _catalogue(tmp_path_factory.mktemp("marche"), MESURES, vieilles)
    return Recommender(catalogue, ChercheurEssai(catalogue), load_config())


@pytest.fixture(scope="module")
def marche(moteur: Recommender) -> Marche:
    return moteur.catalogue.marche


@pytest.fixture(scope="module")
def rennes(moteur: Recommender) -> t.Commune:
    return moteur.catalogue.select(t.Commune, code="35238")[0]


def _figure(marche: Marche, valeur: float | None, **autres: Any) -> t.Indicateur:
    modele = marche.across(INDICATEUR)[t.CodeRome("H2102")][0]
    return replace(modele, valeur=valeur, **autres)


def _signal(moteur: Recommender, classes: dict[str, list[float | None]]) -> Signal:
    figures = {
        t.CodeRome(code): tuple(_figure(moteur.catalogue.marche, v) for v in valeurs)
        for code, valeurs in classes.items()
    }
    return signal_marche(moteur.matrices, figures)


def test_without_a_place_the_country_speaks_and_the_newest_counts(marche: Marche) -> None:
    figures = {
        code: [(f.valeur, f.maille, f.millesime) for f in lot] for code, lot in marche.across(INDICATEUR).items()
    }
    assert figures == {
        "A1101": [(3.0, "national", "2019")],
        "B1101": [(1.0, "national", "2024")],
        "D1101": [(5.0, "national", "2024")],
        "H2102": [(2.0, "national", "2024")],
        "N1101": [(5.0, "national", "2024")],
    }


def test_the_nearest_published_scale_is_taken_and_declared(marche: Marche, rennes: t.Commune) -> None:
    figures = {code: lot[0] for code, lot in marche.across(INDICATEUR, rennes).items()}
    proche, large = figures[t.CodeRome("H2102")], figures[t.CodeRome("D1101")]
    assert (proche.valeur, proche.maille, proche.herite) == (5.0, "departement", True), "wider than a commune"
    assert (large.valeur, large.maille, large.herite) == (5.0, "national", True), "a secret cell gives way"
    assert "H2601" not in figures, "what is published elsewhere says nothing here"


def test_across_says_what_each_metier_says(marche: Marche, moteur: Recommender, rennes: t.Commune) -> None:
    for commune in (None, rennes):
        toutes = marche.across(INDICATEUR, commune)
        for code, metier in moteur.catalogue.metiers.items():
            siennes = [f for f in marche.indicateurs(metier, commune) if f.indicateur == INDICATEUR and f.valeur]
            assert list(toutes.get(code, ())) == siennes, code
    assert marche.across("inconnu") == {}
    assert set(marche.across("projets")) == {"M1101"}


@settings(max_examples=40, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(CODES), st.lists(st.sampled_from([1.0, 2.0, 3.0, 4.0, 5.0]), min_size=1, max_size=3)
    )
)
def test_conforms_for_any_figures(moteur: Recommender, classes: dict[str, list[float | None]]) -> None:
    check_signal(_signal(moteur, classes), moteur.matrices)


@pytest.mark.parametrize(("classe", "valeur"), [(1.0, 0.0), (2.0, 0.25), (3.0, 0.5), (5.0, 1.0), (None, 0.0)])
def test_classes_go_from_nothing_to_one(moteur: Recommender, classe: float | None, valeur: float) -> None:
    assert _signal(moteur, {"H2102": [classe]}).valeurs[moteur.matrices.rang["H2102"]] == valeur
    assert not _signal(moteur, {}).valeurs.any()


def test_the_proof_names_the_figure_its_place_and_its_source(moteur: Recommender, marche: Marche) -> None:
    rang = moteur.matrices.rang["H2102"]
    signal = signal_marche(moteur.matrices, marche.across(INDICATEUR))
    assert signal.prouver(rang).phrase == (
        "Vous avez demandé de compter le marché : tension 2 sur 5, France (Dares, 2024)."
    )
    herite = {t.CodeRome("H2102"): (_figure(marche, 4.0, herite=True, libelle_objet="Ouvriers du textile"),)}
    assert "tension 4 sur 5 pour « Ouvriers du textile »" in signal_marche(moteur.matrices, herite).prouver(rang).phrase
    assert signal.prouver(rang).faits == ("tension national FR H2102",)


def test_tension_moves_nobody_who_did_not_ask(moteur: Recommender, essai: Recommender) -> None:
    """With figures or without: the same list, the same values, the same words."""
    for profil in (COUTURE, Profil(souhait="textile"), replace(COUTURE, ponderation={"marche": 0.0})):
        avec, sans = moteur.recommend(profil, 50), essai.recommend(profil, 50)
        assert avec.metiers == sans.metiers
        assert avec.ponderation["marche"] == 0.0
        assert all(e.critere != "marche" for m in avec.metiers for e in m.explications)


def test_who_asks_gets_it_told_added_and_nothing_else_changed(moteur: Recommender) -> None:
    sans = {m.code_rome: m for m in moteur.recommend(COUTURE, 50).metiers}
    reponse = moteur.recommend(DEMANDE, 50)
    assert reponse.ponderation["marche"] == 2.0
    montes = {m.code_rome for m in reponse.metiers if any(e.critere == "marche" for e in m.explications)}
    assert montes == {"A1101", "D1101", "H2102", "N1101"}, "class 1 adds nothing"
    facteur = {
        m.code_rome: sum(e.contribution for e in m.explications if e.critere != "marche") for m in reponse.metiers
    }
    rapports = {round(facteur[c] / m.indice, 9) for c, m in sans.items()}
    assert len(rapports) == 1, "the other reasons keep their proportions"
    assert all(abs(sum(e.contribution for e in m.explications) - m.indice) <= 1e-9 for m in reponse.metiers)


def test_the_place_of_the_person_is_the_one_that_counts(moteur: Recommender) -> None:
    ici = moteur.recommend(replace(DEMANDE, territoire=Territoire("Rennes")), 50)
    (raison,) = [e for m in ici.metiers if m.code_rome == "H2102" for e in m.explications if e.critere == "marche"]
    assert "tension 5 sur 5" in raison.phrase
    assert "Ille-et-Vilaine" in raison.phrase
    perdu = moteur.recommend(replace(DEMANDE, territoire=Territoire("Xyzzyville")), 50)
    assert perdu.metiers == moteur.recommend(DEMANDE, 50).metiers
    assert moteur.recommend(DEMANDE, 50) == moteur.recommend(DEMANDE, 50)


def test_asking_for_the_market_alone_is_no_profile(moteur: Recommender) -> None:
    reponse = moteur.recommend(Profil(ponderation={"marche": 10.0}), 50)
    assert reponse.metiers == ()
    assert reponse.avertissements[0].startswith("Pour commencer")


def test_the_metier_exercised_does_not_come_back_by_the_market(moteur: Recommender) -> None:
    profil = Profil(experiences=(Experience(code_rome="N1101"),), ponderation={"marche": 10.0})
    assert "N1101" not in codes_of(moteur.recommend(profil, 50))


def test_the_proof_says_all_that_makes_the_value(moteur: Recommender) -> None:
    signal = _signal(moteur, {"H2102": [1.0, 5.0]})
    rang = moteur.matrices.rang["H2102"]
    assert signal.valeurs[rang] == 0.5
    assert "tension 1 sur 5" not in signal.prouver(rang).phrase or "5 sur 5" in signal.prouver(rang).phrase


def test_a_figure_without_value_does_not_break_the_proof(moteur: Recommender) -> None:
    signal = _signal(moteur, {"H2102": [None, 5.0]})
    check_signal(signal, moteur.matrices)


def test_tastes_alone_stay_thin_with_the_market(moteur: Recommender) -> None:
    profil = Profil(interets=Interets({"R": 1.0}), ponderation={"marche": 1.0})
    assert any(note.startswith("Vos goûts seuls") for note in moteur.recommend(profil).avertissements)


def test_the_signal_is_bounded_whatever_is_published(moteur: Recommender) -> None:
    valeurs = _signal(moteur, {"H2102": [9.0], "D1101": [0.0]}).valeurs
    assert (np.isfinite(valeurs) & (valeurs >= 0) & (valeurs <= 1)).all()

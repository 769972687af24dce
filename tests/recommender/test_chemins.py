"""Paths from métier to métier, and what comes after a certification."""

from pathlib import Path
from typing import Any

import pytest

from recommender.chemins import Chemins
from referentiels import types as t
from referentiels.catalogue import Catalogue
from referentiels.errors import InvalidInputError, UnknownCodeError
from referentiels.schema import TABLES
from referentiels.store import Store, write_store
from tests.recommender.exemples import ANCIEN, BAC, CAP, COMPETENCES, FICHES, rows

BRODEUR, RETOUCHEUR, COUTURIER = t.CodeRome("B1101"), t.CodeRome("D1101"), t.CodeRome("H2101")
COUPEUR, CABLEUR, CARISTE = t.CodeRome("H2102"), t.CodeRome("H2601"), t.CodeRome("N1101")


def _open(dossier: Path, tables: dict[type[Any], list[Any]]) -> Catalogue:
    chemin = dossier / "catalogue.sqlite"
    write_store(chemin, [(table, tables.get(table.nature, [])) for table in TABLES])
    return Catalogue(Store(chemin), "essai")


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    tables = rows()
    tables[t.ContinuiteCertification] = [t.ContinuiteCertification(ANCIEN, CAP, "essai")]
    tables[t.CertificationRome].append(t.CertificationRome(BAC, COUTURIER, "H2101", "essai", estime=True))
    return _open(tmp_path_factory.mktemp("chemins"), tables)


@pytest.fixture(scope="module")
def chemins(catalogue: Catalogue) -> Chemins:
    return Chemins(catalogue)


def items_of(code: str) -> set[int]:
    return next({*f.competences, *f.savoirs} for f in FICHES if f.code == code)


def test_a_direct_official_mobility_comes_first(chemins: Chemins) -> None:
    premier = chemins.find({COUTURIER: 3.0}, (), COUPEUR)[0]
    assert (premier.depart, premier.depart_dit) == (COUTURIER, True)
    (etape,) = premier.etapes
    assert (etape.code_rome, etape.lien, etape.phrase) == (COUPEUR, "mobilite", "mobilité officielle du ROME")
    assert etape.apprend == ()


def test_steps_are_linked_learn_for_the_target_and_never_loop(chemins: Chemins) -> None:
    trouves = chemins.find({BRODEUR: 1.0}, items_of("B1101"), COUPEUR)
    assert trouves
    assert [c.cout for c in trouves] == sorted(c.cout for c in trouves)
    officielles = {(f.code, cible) for f in FICHES for cible in f.mobilites}
    for chemin in trouves:
        codes = [chemin.depart, *(e.code_rome for e in chemin.etapes)]
        assert len(codes) == len(set(codes)) <= 4
        assert codes[-1] == COUPEUR
        appris: set[int] = set()
        for avant, etape in zip(codes, chemin.etapes, strict=False):
            assert (etape.lien == "mobilite") == ((avant, etape.code_rome) in officielles)
            neufs = {code for code, _ in etape.apprend}
            assert neufs <= (items_of("H2102") & items_of(etape.code_rome)) - items_of("B1101") - appris
            appris |= neufs
    par_couturier = next(c for c in trouves if [e.code_rome for e in c.etapes] == [COUTURIER, COUPEUR])
    assert (3, COMPETENCES[3]) in par_couturier.etapes[0].apprend


def test_paths_are_by_different_metiers(chemins: Chemins) -> None:
    trouves = chemins.find({BRODEUR: 1.0}, (), CABLEUR, nombre=5)
    milieux = [e.code_rome for c in trouves for e in c.etapes[:-1]]
    assert len(milieux) == len(set(milieux))
    assert sum(len(c.etapes) == 1 for c in trouves) <= 1


def test_fewer_steps_may_be_asked(chemins: Chemins) -> None:
    for etapes in (1, 2, 3):
        assert all(len(c.etapes) <= etapes for c in chemins.find({BRODEUR: 1.0}, (), COUPEUR, etapes_max=etapes))
    with pytest.raises(InvalidInputError):
        chemins.find({BRODEUR: 1.0}, (), COUPEUR, etapes_max=4)


def test_without_departure_the_nearest_metiers_serve(chemins: Chemins) -> None:
    trouves = chemins.find({}, items_of("H2101"), COUPEUR)
    assert trouves[0].depart == COUTURIER
    assert not trouves[0].depart_dit
    assert chemins.find({}, (), COUPEUR) == ()


def test_nothing_to_walk(chemins: Chemins) -> None:
    assert chemins.find({COUPEUR: 1.0}, (), COUPEUR) == ()
    assert chemins.find({CARISTE: 1.0}, (), COUTURIER) == (), "nothing but a rule of safety is shared"
    with pytest.raises(UnknownCodeError):
        chemins.find({t.CodeRome("Z1"): 1.0}, (), COUPEUR)
    with pytest.raises(UnknownCodeError):
        chemins.find({}, (1,), t.CodeRome("Z1"))


def test_unknown_items_change_nothing_and_answers_repeat(catalogue: Catalogue, chemins: Chemins) -> None:
    attendu = chemins.find({BRODEUR: 1.0, RETOUCHEUR: 2.0}, (1, 5), CABLEUR)
    assert attendu == Chemins(catalogue).find({RETOUCHEUR: 2.0, BRODEUR: 1.0}, (5, 123_456, 1), CABLEUR)


def test_a_regulated_metier_is_no_stepping_stone(tmp_path: Path) -> None:
    tables = rows()
    champs = type(tables[t.Metier][0]).__slots__
    tables[t.Metier] = [
        t.Metier(**{**{nom: getattr(m, nom) for nom in champs}, "emploi_reglemente": m.code_rome == COUTURIER})
        for m in tables[t.Metier]
    ]
    catalogue = _open(tmp_path, tables)
    cout, libre = (
        {tuple(e.code_rome for e in c.etapes): c.cout for c in chemins.find({BRODEUR: 1.0}, (), COUPEUR)}
        for chemins in (Chemins(catalogue), Chemins(catalogue, barriere=0.0))
    )
    assert cout[COUTURIER, COUPEUR] == pytest.approx(libre[COUTURIER, COUPEUR] + 1.0)


def test_a_certification_opens_metiers_by_its_successor_too(chemins: Chemins) -> None:
    ouverts = {m.code_rome: (m.par, m.estime) for m in chemins.after_certification("rncp 30")}
    assert ouverts == {COUTURIER: (ANCIEN, False), RETOUCHEUR: (CAP, False)}
    with pytest.raises(UnknownCodeError):
        chemins.after_certification("RNCP999")


def test_after_a_formation_higher_levels_of_the_same_metiers(chemins: Chemins) -> None:
    apres = chemins.after_formation("10")
    assert [(s.numero, s.niveau, s.communs) for s in apres.suites] == [(BAC, 4, (COUTURIER,))]
    assert {m.code_rome for m in apres.metiers} == {COUTURIER, RETOUCHEUR}
    assert chemins.after_formation("10", 4).suites == ()
    assert chemins.after_formation("RNCP20").suites == (), "nothing here is above the bac"


def test_the_socle_has_paths(catalogue_socle: Catalogue) -> None:
    chemins = Chemins(catalogue_socle)
    mobilites = catalogue_socle.all(t.Mobilite)
    assert mobilites
    for m in mobilites[:20]:
        trouves = chemins.find({m.code_rome: 1.0}, (), m.code_rome_cible)
        assert any(len(c.etapes) == 1 and c.etapes[0].lien == "mobilite" for c in trouves), m

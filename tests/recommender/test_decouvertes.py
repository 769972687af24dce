"""Places for métiers that the first ones call to mind: their promises, then real people of the embedded référentiel."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from embeddings.types import Resultat
from recommender.config import load_config
from recommender.decouvertes import recall_metiers
from recommender.matrices import Matrices
from recommender.parentes import FICHIER, build_kinship, digest
from recommender.pipeline import Recommender
from recommender.profil_compris import ProfilCompris, Tenue
from recommender.types import Experience, Profil
from referentiels.errors import InvalidInputError, MalformedError
from referentiels.types import CodeRome
from tests.recommender.exemples import codes_of
from tests.recommender.test_openings import TETE, _list

CONFIG = load_config()
LISTE = CONFIG.liste
LIBRES = TETE - LISTE.decouvertes


def test_what_was_written_covers_the_rome_and_names_no_metier_twice(officiel: Recommender) -> None:
    codes = set(officiel.matrices.codes)
    lignes = [ligne.split("\t") for ligne in FICHIER.read_text(encoding="utf-8").splitlines()]
    assert {code for code, *_ in lignes} == codes
    for code, *listes in lignes:
        for liste in listes:
            autres = liste.split()
            assert 6 <= len(autres) <= 12
            assert len(set(autres)) == len(autres)
            assert set(autres) <= codes - {code}


def test_every_metier_is_called_by_some_other_in_most_cases(officiel: Recommender) -> None:
    """Kinship must not be the few telling of the few."""
    m = officiel.matrices
    appeles = np.asarray((m.voisins + m.suites).sum(axis=0)).ravel() > 0
    assert appeles.mean() > 0.9


def test_the_first_of_a_line_counts_most_and_unknown_codes_are_left_out(tmp_path: Path) -> None:
    fichier = tmp_path / "parentes.tsv"
    fichier.write_text("A\tB X C\tC\nX\tA\tB\n", encoding="utf-8")
    voisins, suites = build_kinship({"A": 0, "B": 1, "C": 2}, 0.4, 9, fichier)
    assert voisins.toarray().tolist() == [[0, 1, 0.6], [0, 0, 0], [0, 0, 0]]
    assert suites.toarray().tolist() == [[0, 0, 1], [0, 0, 0], [0, 0, 0]]


def test_what_nearly_all_lead_to_counts_less(tmp_path: Path) -> None:
    fichier = tmp_path / "parentes.tsv"
    fichier.write_text("A\tC\tB\nB\tC\tA\n", encoding="utf-8")
    voisins, suites = build_kinship({"A": 0, "B": 1, "C": 2}, 0.4, 1, fichier)
    assert voisins.toarray()[:, 2].tolist() == [0.5, 0.5, 0]
    assert suites.toarray()[0].tolist() == [0, 1, 0]


def test_a_line_cut_short_is_refused_by_name(tmp_path: Path) -> None:
    fichier = tmp_path / "parentes.tsv"
    fichier.write_text("A\tB\tC\nB\tA\n", encoding="utf-8")
    with pytest.raises(MalformedError, match=r"parentes\.tsv.*2"):
        build_kinship({"A": 0, "B": 1, "C": 2}, 0.4, 9, fichier)


def test_an_answer_tells_which_kinship_it_came_from(tmp_path: Path) -> None:
    autre = tmp_path / "parentes.tsv"
    autre.write_text("A\tB\tC\n", encoding="utf-8")
    assert digest(autre) != digest()
    assert len(digest()) == 16


def test_a_list_without_a_place_for_the_index_is_refused(tmp_path: Path) -> None:
    fichier = tmp_path / "config.toml"
    texte = (Path(FICHIER).parent / "config.toml").read_text(encoding="utf-8")
    fichier.write_text(texte.replace("\ndecouvertes = ", f"\ndecouvertes = {TETE} # "), encoding="utf-8")
    with pytest.raises(InvalidInputError, match="liste"):
        load_config(fichier)


@pytest.fixture
def parents(essai: Recommender) -> Matrices:
    """H2101 calls B1101 then D1101, and having done it leads to J1101."""
    rang, n = essai.matrices.rang, len(essai.matrices.codes)
    voisins = csr_matrix(([1.0, 0.6], ([rang["H2101"]] * 2, [rang["B1101"], rang["D1101"]])), shape=(n, n))
    suites = csr_matrix(([1.0], ([rang["H2101"]], [rang["J1101"]])), shape=(n, n))
    return replace(essai.matrices, voisins=voisins, suites=suites)


def test_metiers_call_by_their_index_and_say_who_called(parents: Matrices) -> None:
    rang = parents.rang
    indice = np.zeros(len(parents.codes))
    indice[[rang["H2101"], rang["K1101"]]] = 0.6, 0.2
    premiers = [rang["H2101"], rang["K1101"]]
    voisins = recall_metiers(parents, premiers, indice, ProfilCompris(), CONFIG, suites=False)
    assert voisins.valeurs[rang["B1101"]] == pytest.approx(0.75)
    assert voisins.valeurs[rang["D1101"]] == pytest.approx(0.75 * 0.6)
    assert voisins.valeurs[rang["J1101"]] == 0
    assert voisins.sources(rang["B1101"]) == (rang["H2101"],)
    assert voisins.sources(rang["K1101"]) == ()
    avec = recall_metiers(parents, premiers, indice, ProfilCompris(), CONFIG, suites=True)
    assert avec.valeurs[rang["J1101"]] == pytest.approx(0.75)


def test_what_was_exercised_leads_on_too(parents: Matrices) -> None:
    compris = ProfilCompris(metiers={CodeRome("H2101"): Tenue(1.0, "vécu")})
    rappel = recall_metiers(parents, [], np.zeros(len(parents.codes)), compris, CONFIG, suites=True)
    assert rappel.valeurs[parents.rang["J1101"]] == pytest.approx(CONFIG.parente.exerce)
    assert rappel.sources(parents.rang["J1101"]) == (parents.rang["H2101"],)


def test_more_experiences_or_a_short_one_do_not_weigh_more(parents: Matrices) -> None:
    peu = ProfilCompris(metiers={CodeRome("H2101"): Tenue(0.1, "vécu"), CodeRome("K1101"): Tenue(1.0, "vécu")})
    rappel = recall_metiers(parents, [], np.zeros(len(parents.codes)), peu, CONFIG, suites=True)
    assert rappel.valeurs[parents.rang["J1101"]] == pytest.approx(CONFIG.parente.exerce * 0.1 / 2)


def test_nothing_is_called_that_the_person_refuses(parents: Matrices) -> None:
    indice = np.zeros(len(parents.codes))
    indice[parents.rang["H2101"]] = 0.6
    refus = Resultat("metier", "B1101", "refusé", "refusé", 0.9)
    compris = ProfilCompris(refus=[(refus,)])
    rappel = recall_metiers(parents, [parents.rang["H2101"]], indice, compris, CONFIG, suites=True)
    assert rappel.valeurs[parents.rang["B1101"]] == 0
    assert rappel.valeurs[parents.rang["D1101"]] > 0


def test_kinship_without_index_or_index_without_kinship_goes_last(parents: Matrices) -> None:
    rang = parents.rang
    indice = np.zeros(len(parents.codes))
    indice[[rang["H2101"], rang["D1101"], rang["K1101"]]] = 0.6, 0.3, 0.5
    rappel = recall_metiers(parents, [rang["H2101"]], indice, ProfilCompris(), CONFIG, suites=False)
    assert rappel.nearest([rang["K1101"], rang["B1101"], rang["D1101"]], indice, 0.5) == [rang["D1101"], rang["B1101"]]


def test_the_last_of_the_first_places_go_to_those_that_the_first_call() -> None:
    codes = [f"A11{n:02}" for n in range(30)]
    appeles = {14: 1.0, 16: 1.0, 20: 1.0, 25: 1.0, 29: 0.01}
    faux = replace(_list(codes, [0.0] * 30), appeles=appeles)
    assert faux.run()[:TETE] == [*range(LIBRES), *list(appeles)[: LISTE.decouvertes]]
    assert faux.notes[14] == (0,)


def test_only_those_that_came_up_owe_their_place_to_kinship() -> None:
    codes = [f"A11{n:02}" for n in range(30)]
    faux = replace(_list(codes, [0.0] * 30), appeles={LIBRES: 1.0, 20: 1.0})
    assert faux.run()[: LIBRES + 2] == [*range(LIBRES + 1), 20]
    assert set(faux.notes) == {20}


def test_without_discoveries_only_openings_come_up() -> None:
    liste = LISTE.model_copy(update={"decouvertes": 0, "decouvertes_suite": 0})
    codes = [f"A11{n:02}" for n in range(20)] + ["B1101", "C1101"]
    faux = replace(_list(codes, [0.5] * 20 + [0.2, 0.9]), appeles={15: 1.0, 16: 1.0, 20: 1.0})
    faux.config = CONFIG.model_copy(update={"liste": liste})
    assert faux.run()[:TETE] == [*range(TETE - 2), 21, 20]
    assert faux.notes == {}


def test_an_opening_that_is_called_comes_before_one_that_opens_more() -> None:
    codes = [f"A11{n:02}" for n in range(20)] + ["B1101", "C1101", "D1101"]
    faux = replace(_list(codes, [0.5] * 20 + [0.2, 0.9, 0.1]), appeles={22: 1.0})
    assert faux.run()[:TETE] == [*range(TETE - 2), 22, 21]


def test_who_exercised_nothing_discovers_more_of_the_second_ten() -> None:
    codes = [f"A11{n:02}" for n in range(60)]
    appeles = dict.fromkeys(range(40, 60), 1.0)
    sans = replace(_list(codes, [0.0] * 60), appeles=appeles, exercised=False).run()
    avec = replace(_list(codes, [0.0] * 60), appeles=appeles).run()
    parmi = LISTE.decouvertes_parmi
    assert [m >= 40 for m in sans[:parmi]].count(True) == LISTE.decouvertes + LISTE.decouvertes_suite
    assert [m >= 40 for m in avec[:parmi]].count(True) == LISTE.decouvertes + parmi - LISTE.domaines_parmi


@settings(max_examples=100, deadline=None)
@given(st.lists(st.floats(0, 1), max_size=40), st.booleans())
def test_discoveries_lose_nothing_and_keep_the_best(parentes: list[float], exerce: bool) -> None:
    codes = [f"A{11 + n // 6}{n:02}" for n in range(len(parentes))]
    faux = replace(_list(codes, [0.0] * len(codes)), appeles=dict(enumerate(parentes)), exercised=exerce)
    apres = faux.run()
    assert sorted(apres) == list(range(len(codes)))
    assert apres[:LIBRES] == list(range(len(codes)))[:LIBRES]
    assert faux.run() == apres


def test_a_discovery_of_the_socle_names_metiers_above_it_or_exercised(socle: Recommender) -> None:
    vus = 0
    for code in socle.matrices.codes[5::80]:
        reponse = socle.recommend(Profil(experiences=(Experience(code_rome=code, annees=5),)), 20)
        codes = codes_of(reponse)
        for rang, metier in enumerate(reponse.metiers):
            assert not metier.proche_de or rang >= LIBRES
            for source, intitule in metier.proche_de:
                assert source == code or source in codes[:TETE]
                assert intitule == socle.catalogue.metiers[source].intitule
                vus += 1
    assert vus > 10, "otherwise nothing was tried"

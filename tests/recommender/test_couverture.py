"""Blocs that cover a gap: links told by their proof, smallest sets checked by brute force, ways in."""

from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.blocs import Bloc, Blocs, BlocsMetier
from recommender.couverture import VOIES, certifications_for, cover, premiere_marche, voies_possibles
from referentiels import types as t
from referentiels.catalogue import Catalogue
from referentiels.errors import InvalidInputError, UnknownCodeError
from referentiels.schema import TABLES
from referentiels.store import Store, write_store
from tests.recommender.exemples import ANCIEN, BAC, CAP, rows


def _bloc(code: str, intitule: str, numero: str) -> t.BlocCompetences:
    return t.BlocCompetences(t.CodeBloc(code), t.NumeroFiche(numero), intitule, None, "essai")


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    """The small catalogue with blocs; RNCP30 leads to B1101 and was replaced by RNCP10."""
    tables: dict[type[Any], list[Any]] = rows()
    tables[t.BlocCompetences] = [
        _bloc("RNCP10BC01", "COUDRE À LA MACHINE", CAP),
        _bloc("RNCP10BC02", "Tracer le patron d'un vêtement", CAP),
        _bloc("RNCP10BC03", "Certification présentée sans blocs", CAP),
        _bloc("RNCP20BC01", "Néant", BAC),
        _bloc("RNCP30BC01", "Broder un motif", ANCIEN),
    ]
    tables[t.CertificationRome].append(t.CertificationRome(ANCIEN, t.CodeRome("B1101"), "B1101", "essai", estime=True))
    tables[t.ContinuiteCertification] = [t.ContinuiteCertification(ANCIEN, CAP, "essai")]
    tables[t.CertificationVoie] = [
        t.CertificationVoie(CAP, "vae", True, "essai"),
        t.CertificationVoie(CAP, "apprentissage", True, "essai"),
        t.CertificationVoie(CAP, "scolaire", False, "essai"),
    ]
    chemin = tmp_path_factory.mktemp("blocs") / "catalogue.sqlite"
    write_store(chemin, [(table, tables.get(table.nature, [])) for table in TABLES])
    return Catalogue(Store(chemin), "essai")


def metier(probabilites: list[list[float]], numeros: list[str]) -> BlocsMetier:
    """A métier whose items are 1, 2, 3…"""
    valeurs = np.array(probabilites, dtype=np.float64).reshape(len(numeros), -1)
    blocs = tuple(
        Bloc(t.CodeBloc(f"B{n}"), f"bloc {n}", t.NumeroFiche(numero), numero, 4, general=False)
        for n, numero in enumerate(numeros)
    )
    items = tuple(range(1, valeurs.shape[1] + 1))
    return BlocsMetier(t.CodeRome("A1101"), blocs, items, valeurs, valeurs == 1.0, "sens", (), frozenset())


def worth(blocs: BlocsMetier, poids: dict[int, float], choisis: tuple[int, ...]) -> float:
    """What a set of blocs covers, item by item."""
    return sum(
        poids.get(item, 0.0) * max((blocs.probabilites[b, n] for b in choisis), default=0.0)
        for n, item in enumerate(blocs.items)
    )


def test_same_label_is_a_link_and_likeness_is_said(catalogue: Catalogue) -> None:
    connus = Blocs(catalogue).for_metier("h2101")
    assert [b.code for b in connus.blocs] == ["RNCP10BC01", "RNCP10BC02"], "a row that says « sans blocs » is no bloc"
    liens = {
        (str(b.code), item): (connus.par(i, n), connus.probabilites[i, n])
        for i, b in enumerate(connus.blocs)
        for n, item in enumerate(connus.items)
        if connus.probabilites[i, n]
    }
    assert liens["RNCP10BC01", 1] == ("libelle", 1.0)
    assert liens["RNCP10BC02", 3][0] == "mots"
    assert 0.6 <= liens["RNCP10BC02", 3][1] < 1.0


def test_meaning_needs_vectors_and_spares_characters(catalogue: Catalogue) -> None:
    blocs = ["RNCP10BC01", "RNCP10BC02"]
    competences = [str(c) for c in catalogue.competences]
    savoirs = [str(s) for s in catalogue.savoirs]
    tirage = np.random.default_rng(0)
    # Compétence 2 (« Reprendre un ourlet ») and 91 (a savoir-être) mean exactly what the second bloc means.
    lots = {
        n: tirage.normal(size=(len(c), 64))
        for n, c in (("bloc", blocs), ("competence", competences), ("savoir", savoirs))
    }
    for code in ("2", "91"):
        lots["competence"][competences.index(code)] = lots["bloc"][1]
    unitaires = {n: (v / np.linalg.norm(v, axis=1, keepdims=True)).astype(np.float16) for n, v in lots.items()}
    noms = {"bloc": blocs, "competence": competences, "savoir": savoirs}
    connus = Blocs(catalogue, lambda nature: (noms[nature], unitaires[nature])).for_metier("H2101")
    colonne = {item: n for n, item in enumerate(connus.items)}
    assert connus.par(1, colonne[2]) == "sens"
    assert connus.probabilites[1, colonne[2]] >= 0.6
    assert connus.probabilites[1, colonne[91]] == 0.0, "no bloc certifies a character"
    assert connus.probabilites[0, colonne[2]] == 0.0
    assert Blocs(catalogue, lambda _: None).for_metier("H2101").approche == "mots"


def test_old_certifications_lead_to_the_new_ones(catalogue: Catalogue) -> None:
    connus = Blocs(catalogue).for_metier("B1101")
    assert {b.numero for b in connus.blocs} == {CAP}, "the old fiche is closed: its own blocs cannot be earned"
    assert connus.estimes == {CAP}


def test_certifications_without_blocs_are_told_apart(catalogue: Catalogue) -> None:
    connus = Blocs(catalogue).for_metier("H2102")
    assert not connus.blocs
    assert [c.numero for c in connus.sans_bloc] == [BAC]
    couverture = cover({3: 1.0, 4: 2.0}, connus)
    assert (couverture.blocs, couverture.part, couverture.non_couverts) == ((), 0.0, (4, 3))
    assert [(c.numero, c.blocs) for c in certifications_for(catalogue, couverture, connus.sans_bloc)] == [(BAC, ())]


def test_unknown_metier_is_refused_and_the_cache_is_bounded(catalogue: Catalogue) -> None:
    blocs = Blocs(catalogue, cache=1)
    with pytest.raises(UnknownCodeError):
        blocs.for_metier("Z9999")
    premier = blocs.for_metier("H2101")
    assert blocs.for_metier("H2101") is premier
    blocs.for_metier("H2102")
    assert blocs.for_metier("H2101") is not premier


def test_general_education_covers_only_its_own_label(tmp_path: Path) -> None:
    tables: dict[type[Any], list[Any]] = rows()
    modele = tables[t.Certification][0]
    numeros = [t.NumeroFiche(f"RNCP{n}") for n in range(101, 109)]
    champs = {nom: getattr(modele, nom) for nom in type(modele).__slots__}
    tables[t.Certification] += [t.Certification(**{**champs, "numero": n}) for n in numeros]
    tables[t.BlocCompetences] = [_bloc(f"{n}BC01", "Tracer un patron en français", n) for n in numeros]
    metiers = ["A1101", "B1101", "D1101", "H2101", "J1101", "K1101", "M1101", "N1101"]
    tables[t.CertificationRome] = [
        t.CertificationRome(n, t.CodeRome(m), m, "essai") for n, m in zip(numeros, metiers, strict=True)
    ]
    chemin = tmp_path / "catalogue.sqlite"
    write_store(chemin, [(table, tables.get(table.nature, [])) for table in TABLES])
    connus = Blocs(Catalogue(Store(chemin), "essai")).for_metier("H2101")
    assert connus.blocs[0].general
    assert not connus.probabilites.any()


def test_the_smallest_set_beats_the_greedy_one() -> None:
    # The greedy choice takes the third bloc first and then needs both others.
    connus = metier([[1, 1, 1, 0, 0, 0], [0, 0, 0, 1, 1, 1], [0, 1, 1, 1, 1, 0]], ["C1", "C2", "C3"])
    couverture = cover(dict.fromkeys(range(1, 7), 1.0), connus, part=1.0)
    assert [b.code for b in couverture.blocs] == ["B0", "B1"]
    assert couverture.exact
    assert couverture.borne == 1.0
    assert couverture.part == pytest.approx(1.0)


def test_among_equal_sets_fewer_certifications_then_codes() -> None:
    connus = metier([[1, 0], [0, 1], [0, 1], [1, 0]], ["C1", "C2", "C3", "C3"])
    assert [b.code for b in cover({1: 1.0, 2: 1.0}, connus, part=1.0).blocs] == ["B2", "B3"]
    egaux = metier([[1, 0], [1, 0], [0, 1]], ["C1", "C2", "C3"])
    assert {b.code for b in cover({1: 1.0, 2: 1.0}, egaux, part=1.0).blocs} == {"B0", "B2"}


def test_each_bloc_says_what_it_covers_and_what_it_adds() -> None:
    connus = metier([[1, 0.6, 0], [0, 0.7, 0]], ["C1", "C2"])
    couverture = cover({1: 3.0, 2: 1.0, 3: 2.0, 77: 5.0}, connus, part=1.0)
    premier, second = couverture.blocs
    assert [(lien.code, lien.par, lien.probabilite) for lien in premier.items] == [
        (1, "libelle", 1.0),
        (2, "sens", 0.6),
    ]
    assert [lien.code for lien in second.items] == [2]
    assert premier.part + second.part == pytest.approx(couverture.part) == pytest.approx(1.0)
    assert couverture.non_couverts == (77, 3)
    assert couverture.part_totale == pytest.approx(3.7 / 11.0)
    court = cover({1: 3.0, 2: 1.0}, connus, part=1.0, blocs_max=1)
    assert [b.code for b in court.blocs] == ["B0"]
    assert not court.atteinte
    assert not court.exact


def test_levels_narrow_the_choice() -> None:
    connus = metier([[1.0]], ["C1"])
    assert len(connus.within(3, 4).blocs) == 1
    assert not connus.within(5).blocs
    assert connus.rank_certifications({1: 1.0}) == (("C1", 1.0),)
    assert connus.rank_certifications({}) == ()


@pytest.mark.parametrize(
    ("manquantes", "part"), [({1: -1.0}, 0.9), ({1: float("nan")}, 0.9), ({1: 1.0}, 0.0), ({1: 1.0}, 1.1)]
)
def test_bad_input_is_refused(manquantes: dict[int, float], part: float) -> None:
    with pytest.raises(InvalidInputError):
        cover(manquantes, metier([[1.0]], ["C1"]), part=part)


@given(
    st.lists(st.lists(st.sampled_from([0.0, 0.0, 0.6, 1.0]), min_size=5, max_size=5), min_size=1, max_size=7),
    st.lists(st.floats(0.1, 5.0), min_size=5, max_size=5),
    st.sampled_from([0.5, 0.9, 1.0]),
)
def test_no_smaller_set_exists_and_bounds_hold(lignes: list[list[float]], valeurs: list[float], part: float) -> None:
    connus = metier(lignes, [f"C{n % 3}" for n in range(len(lignes))])
    poids = dict(enumerate(valeurs, start=1))
    cible = part * worth(connus, poids, tuple(range(len(lignes)))) - 1e-6
    minimum = next(
        taille
        for taille in range(len(lignes) + 1)
        if any(worth(connus, poids, choix) >= cible for choix in combinations(range(len(lignes)), taille))
    )
    exact = cover(poids, connus, part=part)
    assert len(exact.blocs) == minimum
    assert exact.exact
    glouton = cover(poids, connus, part=part, exact_max=0, essais_max=0)
    rangs = tuple(int(b.code[1:]) for b in glouton.blocs)
    assert worth(connus, poids, rangs) >= cible
    assert len(rangs) <= glouton.borne * minimum + 1e-9
    assert not glouton.exact or len(rangs) == minimum


def test_certifications_say_their_open_ways(catalogue: Catalogue) -> None:
    couverture = cover({1: 1.0, 3: 1.0}, Blocs(catalogue).for_metier("H2101"))
    (utile,) = certifications_for(catalogue, couverture)
    assert (utile.numero, utile.voies, utile.blocs_en_tout) == (CAP, ("apprentissage", "vae"), 3)
    assert set(utile.blocs) == {"RNCP10BC01", "RNCP10BC02"}


def test_no_way_in_is_left_out_or_ranked() -> None:
    sans, avec = voies_possibles(VOIES), voies_possibles(frozenset(VOIES), 0.2)
    assert [v.voie for v in sans] == [v.voie for v in avec] == list(VOIES)
    assert [v.libelle for v in sans] == sorted(v.libelle for v in sans)
    assert all(v.phrase and len(v.phrase) < 220 and "devez" not in v.phrase for v in (*sans, *avec))
    vae, vae_avec = sans[-1], avec[-1]
    assert vae.phrase != vae_avec.phrase
    assert "aucune durée minimale" in vae_avec.phrase
    assert "2022-1598" in str(vae.reference)
    assert "29 ans" in sans[0].phrase
    assert "2019" in str(sans[0].reference)
    assert voies_possibles([VOIES[4]])[0].voie == "scolaire"


def test_first_step_is_offered_not_imposed() -> None:
    phrase = premiere_marche(4, ())
    assert phrase is not None
    assert "CléA" in phrase
    assert "si vous le souhaitez" in phrase
    assert premiere_marche(4, (None,)) is None, "a diploma of unknown level is a diploma"
    assert premiere_marche(2, ()) is None
    assert premiere_marche(None, ()) is None

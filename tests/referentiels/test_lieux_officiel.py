"""Places of the whole country: first answers, completeness, speed."""

import random
import statistics
import time
from pathlib import Path

import pytest

from referentiels.depot import Depot
from referentiels.journal import Journal
from referentiels.lieux import Lieux
from referentiels.territoires import load_territoires
from referentiels.types import Commune, CommuneAncienne, Departement, Region


@pytest.fixture(scope="module")
def france(donnees: Path) -> Lieux:
    lot = load_territoires(Depot(donnees / "territoires"), Journal("territoires"))
    lieux = Lieux(lot.get(Commune), lot.get(Departement), lot.get(Region), lot.get(CommuneAncienne))
    lieux.warm_up()
    return lieux


@pytest.mark.officiel
@pytest.mark.parametrize(
    ("texte", "code"),
    [
        ("Bordeaux", "33063"),
        ("bord", "33063"),
        ("bordaux", "33063"),
        ("Marsielle", "13055"),
        ("Mulouse", "68224"),
        ("L'Haÿ les roses", "94038"),
        ("Saint-Denis (Réunion)", "97411"),
        ("Saint-Denis 93", "93066"),
        ("Montreuil Seine-Saint-Denis", "93048"),
        ("Aulnay s/s Bois", "93005"),
        ("Mont St Michel", "50353"),
        ("Clermond ferand", "63113"),
        ("75011", "75111"),
        ("Bastia 2B", "2B033"),
        ("Val de Marne", "94"),
        ("ile de france", "11"),
    ],
)
def test_official_first_answer(france: Lieux, texte: str, code: str) -> None:
    assert france.search(texte)[0].code == code


@pytest.mark.officiel
def test_official_every_commune_is_found_by_name_and_department(france: Lieux, donnees: Path) -> None:
    lot = load_territoires(Depot(donnees / "territoires"), Journal("territoires"))
    for une in random.Random(7).sample(lot.get(Commune), 2_000):
        trouves = france.search(f"{une.nom} ({une.code_departement})", 100)
        assert une.code in {lieu.code for lieu in trouves}, une
        assert une.code in {lieu.code for lieu in france.search(une.code)}, une
        assert france.commune(une.code) == une


@pytest.mark.officiel
def test_official_neighbours(france: Lieux) -> None:
    assert france.distance("75056", "13055") == pytest.approx(660, abs=5)
    voisines = france.around("33063", 30)
    assert 150 <= len(voisines) <= 220
    assert "33281" in {c.code for c, _ in voisines}
    assert france.nearest(44.84, -0.58, 1)[0][0].code == "33063"
    assert france.sans_coordonnees == 81


@pytest.mark.officiel
def test_official_search_is_fast(france: Lieux, donnees: Path) -> None:
    """95 queries in 100 answer within 10 ms over the whole country (about 3 ms measured)."""
    lot = load_territoires(Depot(donnees / "territoires"), Journal("territoires"))
    hasard = random.Random(1)
    requetes = ["s", "sa", "75", "7"]
    for _ in range(150):
        nom = hasard.choice(lot.get(Commune)).nom
        coupe = hasard.randrange(len(nom))
        requetes += [nom, nom[: coupe + 1], nom[:coupe] + nom[coupe + 1 :], f"{nom} 33", f"{nom} (Réunion)", nom[::-1]]
    durees = []
    for requete in requetes:
        debut = time.thread_time()
        france.search(requete)
        durees.append(time.thread_time() - debut)
    assert statistics.quantiles(durees, n=20)[-1] < 0.010

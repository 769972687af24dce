"""Neighbours: order, distances, bad input."""

import math

import pytest

from referentiels.errors import InvalidInputError, UnknownCodeError
from referentiels.lieux import Lieux
from tests.referentiels.lieux_exemples import ANCIENNES, COMMUNES, DEPARTEMENTS, REGIONS, commune


@pytest.fixture(scope="module")
def lieux() -> Lieux:
    return Lieux(COMMUNES, DEPARTEMENTS, REGIONS, ANCIENNES)


def test_around_is_sorted_and_begins_with_itself(lieux: Lieux) -> None:
    voisines = lieux.around("86194", 100)
    assert [(c.code, round(km, 1)) for c, km in voisines] == [("86194", 0.0), ("16206", 78.8)]
    assert lieux.around("86194", 0) == ((voisines[0][0], 0.0),)
    tout = lieux.around("86194", 20_000)
    assert [km for _, km in tout] == sorted(km for _, km in tout)
    assert len(tout) == len(COMMUNES) - lieux.sans_coordonnees


def test_arrondissements_stand_at_their_commune(lieux: Lieux) -> None:
    assert [c.code for c, _ in lieux.around("75111", 1)] == ["75056", "75101", "75111"]
    placees = sum(c.latitude is not None or c.code_commune_mere is not None for c in COMMUNES)
    assert lieux.sans_coordonnees == len(COMMUNES) - placees


def test_around_a_former_code_is_around_the_current_commune(lieux: Lieux) -> None:
    assert lieux.around("93059", 1)[0][0].code == "93066"


def test_distance_agrees_with_the_tree_and_the_globe(lieux: Lieux) -> None:
    assert lieux.distance("75056", "97411") == pytest.approx(9_380, abs=40)
    assert lieux.distance("75056", "75056") == 0
    assert lieux.distance("75056", "86194") == lieux.distance("86194", "75056")
    for voisine, km in lieux.around("75056", 20_000):
        assert km == pytest.approx(lieux.distance("75056", voisine.code), abs=1e-6)


def test_one_degre_of_meridian() -> None:
    lieux = Lieux([commune("90001", "Sud", point=(45.0, 3.0)), commune("90002", "Nord", point=(46.0, 3.0))])
    assert lieux.distance("90001", "90002") == pytest.approx(6371.0088 * math.pi / 180)


def test_nearest(lieux: Lieux) -> None:
    (plus_proche, km), (seconde, _) = lieux.nearest(46.2, -1.1, 2)
    assert (plus_proche.code, seconde.code) == ("17300", "16206")
    assert km < 10
    assert len(lieux.nearest(46.2, -1.1, 10_000)) == len(COMMUNES) - lieux.sans_coordonnees


def test_neighbours_bad_input(lieux: Lieux) -> None:
    with pytest.raises(InvalidInputError, match=r"position de Saint-Pierre \(97502\) n'est donnée par aucune source"):
        lieux.around("97502", 10)
    with pytest.raises(InvalidInputError, match="position de Saint-Pierre"):
        lieux.distance("75056", "97502")
    with pytest.raises(UnknownCodeError):
        lieux.around("00000", 10)
    for rayon in (-1.0, math.nan, math.inf, 1e9):
        with pytest.raises(InvalidInputError, match="rayon"):
            lieux.around("75056", rayon)
    for latitude, longitude in ((91.0, 0.0), (0.0, 181.0), (math.nan, 0.0)):
        with pytest.raises(InvalidInputError, match="hors du globe"):
            lieux.nearest(latitude, longitude, 1)
    with pytest.raises(InvalidInputError, match="au moins 1"):
        lieux.nearest(48.0, 2.0, 0)

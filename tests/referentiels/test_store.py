"""Entities come back from the store as they went in, whatever their fields."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import NamedTuple

import pytest

from referentiels.errors import CorruptCatalogueError
from referentiels.store import Store, TableStore, columns_of, write_store


@dataclass(frozen=True, slots=True)
class Phare:
    code: str
    hauteur: float | None
    allume: bool | None
    construit: date | None
    feux: tuple[str, ...]


class Eclat(NamedTuple):
    phare: str
    couleur: str
    duree: float | None


PHARES = (
    Phare("b", 12.5, True, date(1904, 3, 1), ("rouge", "vert")),
    Phare("a", None, None, None, ()),
    Phare("c", 0.0, False, date(2024, 2, 29), ("blanc",)),
)
ECLATS = (Eclat("b", "rouge", 1.0), Eclat("a", "vert", None), Eclat("b", "vert", 0.5), Eclat("b", "rouge", 1.0))
TABLES = (
    TableStore(Phare, ("code",), (("hauteur",),)),
    TableStore(Eclat, (), (("phare",),), dictionnaires=("couleur",), trie=False),
)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    comptes = write_store(tmp_path / "s.sqlite", [(TABLES[0], PHARES), (TABLES[1], ECLATS)])
    assert comptes == {"Phare": 3, "Eclat": 4}
    return Store(tmp_path / "s.sqlite", TABLES)


def test_entities_come_back_equal_and_in_key_order(store: Store) -> None:
    assert store.all(Phare) == tuple(sorted(PHARES, key=lambda p: p.code))
    assert store.all(Eclat) == ECLATS
    assert store.count(Eclat) == 4
    assert columns_of(Eclat) == ("phare", "couleur", "duree")


def test_select_by_value_by_values_and_by_nothing_known(store: Store) -> None:
    assert store.select(Phare, code="b") == (PHARES[0],)
    assert {p.code for p in store.select(Phare, code=["a", "c", "zz"])} == {"a", "c"}
    assert store.select(Phare, code=[]) == ()
    assert store.select(Eclat, phare="b", duree=0.5) == (ECLATS[2],)
    with pytest.raises(ValueError, match="no column"):
        store.select(Phare, taille=3)
    with pytest.raises(ValueError, match="no column"):
        store.select(Eclat, couleur="rouge")


def test_more_values_than_one_query_holds(tmp_path: Path) -> None:
    phares = [Phare(f"{n:05d}", float(n), None, None, ()) for n in range(1_500)]
    write_store(tmp_path / "s.sqlite", [(TABLES[0], phares)])
    assert len(Store(tmp_path / "s.sqlite").select(Phare, code=[p.code for p in phares])) == 1_500


def test_the_same_rows_in_another_order_give_the_same_bytes(tmp_path: Path) -> None:
    write_store(tmp_path / "a.sqlite", [(TABLES[0], PHARES)])
    write_store(tmp_path / "b.sqlite", [(TABLES[0], reversed(PHARES))])
    assert (tmp_path / "a.sqlite").read_bytes() == (tmp_path / "b.sqlite").read_bytes()


def test_a_repeated_key_is_refused(tmp_path: Path) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        write_store(tmp_path / "s.sqlite", [(TABLES[0], (PHARES[0], PHARES[0]))])


def test_reading_writes_nothing_and_holds_from_many_threads(store: Store) -> None:
    avant = store.chemin.read_bytes()
    with ThreadPoolExecutor(8) as fils:
        reponses = list(fils.map(lambda _: store.all(Phare), range(64)))
    assert len({len(r) for r in reponses}) == 1
    assert store.chemin.read_bytes() == avant
    assert [p.name for p in store.chemin.parent.iterdir()] == ["s.sqlite"]


def test_a_file_that_is_no_store_is_told_in_french(tmp_path: Path) -> None:
    (tmp_path / "s.sqlite").write_bytes(b"rien de tel" * 1_000)
    with pytest.raises(CorruptCatalogueError, match="azimut construire"):
        Store(tmp_path / "s.sqlite").all(Phare)

"""The store: what is written comes back, the same rows give the same bytes, damage is told."""

import sqlite3
import threading
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal, NamedTuple, NewType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referentiels.errors import CorruptCatalogueError
from referentiels.schema import TABLES
from referentiels.store import SEPARATEUR, Store, TableStore, columns_of, write_store

Code = NewType("Code", str)


@dataclass(frozen=True, slots=True)
class Caillou:
    code: Code
    poids: float | None
    rang: int
    poli: bool | None
    trouve: date | None
    noms: tuple[str, ...]
    forme: Literal["rond", "plat"] = "rond"


class Pesee(NamedTuple):
    caillou: str
    valeur: float | None
    unite: str


@dataclass(frozen=True, slots=True)
class Note:
    caillou: Code | None
    texte: str


CAILLOUX = (
    Caillou(Code("c"), 1.5, 3, True, date(2024, 2, 29), ("galet", "pierre, dure"), "plat"),
    Caillou(Code("a"), None, -1, None, None, ()),
    Caillou(Code("b'; DROP TABLE Caillou"), 0.0, 0, False, date(1900, 1, 1), ("é\u00a0œ\U0001f5ff",)),
)
PESEES = (Pesee("c", 2.0, "kg"), Pesee("a", None, "kg"), Pesee("c", 1.0, "g"))
NOTES = (Note(Code("b"), "z"), Note(None, "y"), Note(Code("a"), "x"))
SCHEMA = (
    TableStore(Caillou, ("code",), (("rang",),)),
    TableStore(Pesee, ("caillou", "unite"), (("caillou",),), dictionnaires=("unite",), trie=False),
    TableStore(Note, ()),
)


def write(chemin: Path, cailloux: tuple[Caillou, ...] = CAILLOUX) -> Path:
    assert write_store(chemin, zip(SCHEMA, (cailloux, PESEES, NOTES), strict=True)) == {
        "Caillou": len(cailloux),
        "Pesee": 3,
        "Note": 3,
    }
    return chemin


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(write(tmp_path / "essai.sqlite"), SCHEMA)


def test_rows_come_back_in_key_order(store: Store) -> None:
    assert store.all(Caillou) == tuple(sorted(CAILLOUX, key=lambda c: c.code))
    assert all(type(c.poli) in {bool, type(None)} for c in store.all(Caillou))


def test_a_table_without_key_is_sorted_whole(store: Store) -> None:
    assert [n.texte for n in store.all(Note)] == ["y", "x", "z"]


def test_a_large_table_keeps_its_order_and_its_dictionary(store: Store) -> None:
    assert store.all(Pesee) == PESEES
    assert store.select(Pesee, caillou="c") == (PESEES[0], PESEES[2])


def test_raw_columns(store: Store) -> None:
    assert list(store.rows(Caillou, ("rang", "noms"))) == [
        (-1, ""),
        (0, "é\u00a0œ\U0001f5ff"),
        (3, f"galet{SEPARATEUR}pierre, dure"),
    ]
    assert store.count(Caillou) == 3


def test_selection(store: Store) -> None:
    assert store.select(Caillou, rang=3, forme="plat") == (CAILLOUX[0],)
    assert store.select(Caillou, code=CAILLOUX[2].code) == (CAILLOUX[2],), "values are never read as SQL"
    assert {c.code for c in store.select(Caillou, rang=[3, -1, 3, 99])} == {"a", "c"}
    assert store.select(Caillou, rang={3, 0}, poli=True) == (CAILLOUX[0],)
    assert store.select(Caillou, rang=()) == store.select(Caillou, code="z") == ()


def test_more_values_than_a_query_takes(store: Store) -> None:
    assert len(store.select(Caillou, rang=range(-5000, 5000))) == 3


def test_senseless_selections_are_programming_errors(store: Store) -> None:
    """They are told as such, never as a damaged catalogue."""
    with pytest.raises(ValueError, match="Caillou has no column"):
        store.select(Caillou, couleur="gris")
    with pytest.raises(ValueError, match="Pesee has no column"):
        store.select(Pesee, unite="kg")
    with pytest.raises(ValueError, match="at least one criterion"):
        store.select(Caillou)
    with pytest.raises(ValueError, match="at most one of several values"):
        store.select(Caillou, rang=[1, 2], code=["a"])


def test_the_same_rows_give_the_same_bytes(tmp_path: Path) -> None:
    un, deux = write(tmp_path / "un.sqlite"), write(tmp_path / "deux.sqlite", tuple(reversed(CAILLOUX)))
    assert un.read_bytes() == deux.read_bytes()
    autre = write(tmp_path / "autre.sqlite", CAILLOUX[:2])
    assert autre.read_bytes() != un.read_bytes()


def test_two_rows_with_one_key_are_never_written(tmp_path: Path) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        write(tmp_path / "double.sqlite", (*CAILLOUX, CAILLOUX[0]))


def test_a_store_cannot_be_changed(store: Store) -> None:
    for ordre in ("DELETE FROM Caillou", "CREATE TABLE x (y)"):
        with pytest.raises(CorruptCatalogueError, match=r"readonly|read-only"):
            list(store._query(ordre, ()))


def test_threads_read_together(store: Store) -> None:
    vus: list[int] = []

    def read() -> None:
        vus.extend(len(store.all(Caillou)) + len(store.select(Pesee, caillou=["a", "c"])) for _ in range(50))

    fils = [threading.Thread(target=read) for _ in range(8)]
    for fil in fils:
        fil.start()
    for fil in fils:
        fil.join()
    assert vus == [6] * 400


@pytest.mark.parametrize("debut", [0, 100])
def test_damage_is_told_at_the_first_read(tmp_path: Path, debut: int) -> None:
    chemin = write(tmp_path / "essai.sqlite")
    brut = bytearray(chemin.read_bytes())
    brut[debut : debut + 4000] = b"\xff" * 4000
    chemin.write_bytes(bytes(brut))
    with pytest.raises(CorruptCatalogueError, match=r"est illisible .*azimut construire"):
        Store(chemin, SCHEMA).all(Caillou)


def test_damage_far_in_a_table_is_told_too(tmp_path: Path) -> None:
    """SQLite answers the first rows and meets the damaged page later, while they are fetched."""
    cailloux = tuple(Caillou(Code(f"{i:05}"), 1.0, i, True, None, ("nom",) * 20) for i in range(5000))
    chemin = write(tmp_path / "essai.sqlite", cailloux)
    brut = bytearray(chemin.read_bytes())
    page = brut.index(b"02500") // 8192 * 8192
    brut[page : page + 8192] = b"\xff" * 8192
    chemin.write_bytes(bytes(brut))
    store = Store(chemin, SCHEMA)
    with pytest.raises(CorruptCatalogueError, match="illisible"):
        store.all(Caillou)
    with pytest.raises(CorruptCatalogueError, match="illisible"):
        list(store.rows(Caillou, ("code", "noms")))


def test_a_store_that_left(tmp_path: Path) -> None:
    with pytest.raises(CorruptCatalogueError, match="illisible"):
        Store(tmp_path / "absent.sqlite", SCHEMA).all(Caillou)


_TEXTE = st.text(st.characters(codec="utf-8", exclude_characters=SEPARATEUR))
_CAILLOU = st.builds(
    Caillou,
    _TEXTE.map(Code),
    st.none() | st.floats(allow_nan=False),
    st.integers(-(2**63), 2**63 - 1),
    st.none() | st.booleans(),
    st.none() | st.dates(),
    st.lists(_TEXTE.filter(bool), max_size=3).map(tuple),
    st.sampled_from(["rond", "plat"]),
)


@given(st.lists(_CAILLOU, max_size=5, unique_by=lambda c: c.code))
def test_any_value_comes_back(tmp_path_factory: pytest.TempPathFactory, cailloux: list[Caillou]) -> None:
    chemin = tmp_path_factory.mktemp("store") / "essai.sqlite"
    write_store(chemin, [(SCHEMA[0], cailloux)])
    relus = Store(chemin, SCHEMA[:1]).all(Caillou)
    assert {c.code: c for c in relus} == {c.code: c for c in cailloux}


@pytest.mark.parametrize("table", TABLES, ids=lambda t: t.nom)
def test_the_schema_names_real_columns(table: TableStore) -> None:
    noms = set(columns_of(table.nature))
    assert {*table.cle, *table.dictionnaires, *(nom for groupe in table.index for nom in groupe)} <= noms


def test_each_type_has_one_table() -> None:
    assert len({t.nom for t in TABLES}) == len(TABLES)


def test_a_store_outlives_its_file(tmp_path: Path) -> None:
    """Later publications remove it, while a service may still read it from a thread that it never used before."""
    chemin = write(tmp_path / "gardien.sqlite")
    store = Store(chemin, SCHEMA)
    assert store.count(Caillou) == 3
    chemin.unlink()
    lus: list[int] = []
    ensemble = threading.Barrier(12)

    def read() -> None:
        ensemble.wait()
        lus.extend(store.count(Caillou) for _ in range(50))

    fils = [threading.Thread(target=read) for _ in range(12)]
    for fil in fils:
        fil.start()
    for fil in fils:
        fil.join()
    assert lus == [3] * 600


def test_a_store_opens_no_more_connections_than_questions_at_once(tmp_path: Path) -> None:
    store = Store(write(tmp_path / "sobre.sqlite"), SCHEMA)
    for _ in range(40):
        fil = threading.Thread(target=lambda: store.count(Caillou))
        fil.start()
        fil.join()
    ouverts = [f for f in Path("/proc/self/fd").iterdir() if f.is_symlink() and "sobre.sqlite" in str(f.readlink())]
    assert len(ouverts) <= 4
    store.close()
    assert store.count(Caillou) == 3

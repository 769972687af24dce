"""Cells: text and its quirks, numbers, dates, flags, and the column named when one is bad."""

import re
import unicodedata
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referentiels.cellules import Ligne, clean_text, fold, read_date
from referentiels.errors import CellError

FORME = re.compile(r"[A-N]\d{4}")


def ligne(valeur: str) -> Ligne:
    return Ligne([valeur], {"colonne": 0}, 7)


@pytest.mark.parametrize(
    ("brut", "propre"),
    [
        ("  trop   d'espaces\u00a0ici ", "trop d'espaces ici"),
        ("l''eau et l''air", "l'eau et l'air"),
        ("deux\r\nlignes", "deux lignes"),
        (unicodedata.normalize("NFD", "Émergé"), "Émergé"),
        ("Agent / Agente", "Agent / Agente"),
        ("", ""),
        (" \t\n", ""),
    ],
)
def test_text_is_mended(brut: str, propre: str) -> None:
    assert clean_text(brut) == propre


@pytest.mark.parametrize(
    ("texte", "plie"),
    [
        ("Œuvre d'Élévation", "oeuvre d elevation"),
        ("SAINT-ÉTIENNE", "saint etienne"),
        ("L'Haÿ-les-Roses", "l hay les roses"),
        ("C++ / C#", "c++ c#"),
        ("Straße, ﬁn", "strasse fin"),
        ("…", ""),
    ],
)
def test_folding_forgets_case_accents_and_punctuation(texte: str, plie: str) -> None:
    assert fold(texte) == plie


@given(st.text())
def test_folding_twice_changes_nothing(texte: str) -> None:
    assert fold(fold(texte)) == fold(texte)


@given(st.text())
def test_cleaning_twice_changes_nothing_but_apostrophes(texte: str) -> None:
    propre = clean_text(texte)
    assert clean_text(propre).replace("'", "") == propre.replace("'", "")
    assert propre == propre.strip()


def test_a_short_row_and_an_absent_column_read_as_empty() -> None:
    x = Ligne(["un"], {"a": 0, "b": 1}, 2)
    assert (x.brut("a"), x.brut("b"), x.brut("c")) == ("un", "", "")
    assert x.texte_ou_rien("b") is None


@pytest.mark.parametrize(
    ("lire", "brut", "valeur"),
    [
        (lambda x: x.texte("colonne"), " a ", "a"),
        (lambda x: x.texte_ou_rien("colonne"), "  ", None),
        (lambda x: x.code("colonne", FORME), " A1101 ", "A1101"),
        (lambda x: x.entier("colonne"), " 12 ", 12),
        (lambda x: x.entier("colonne"), "-3", -3),
        (lambda x: x.entier_ou_rien("colonne"), "", None),
        (lambda x: x.nombre_ou_rien("colonne"), "3,5", 3.5),
        (lambda x: x.nombre_ou_rien("colonne"), "12\u202f345.5", 12345.5),
        (lambda x: x.nombre_ou_rien("colonne"), "1\u00a0000", 1000.0),
        (lambda x: x.nombre_ou_rien("colonne"), "-1e3", -1000.0),
        (lambda x: x.nombre_ou_rien("colonne"), " ", None),
        (lambda x: x.drapeau("colonne"), "O", True),
        (lambda x: x.drapeau("colonne"), " Non ", False),
        (lambda x: x.drapeau("colonne"), "", None),
        (lambda x: x.jour_ou_rien("colonne"), "2024-02-29", date(2024, 2, 29)),
        (lambda x: x.jour_ou_rien("colonne"), "2024-01-17T08:30:00", date(2024, 1, 17)),
        (lambda x: x.jour_ou_rien("colonne"), "1/9/2024", date(2024, 9, 1)),
        (lambda x: x.jour_ou_rien("colonne"), "17/01/2024 08:30", date(2024, 1, 17)),
        (lambda x: x.jour_ou_rien("colonne"), "", None),
    ],
)
def test_good_cells(lire: Callable[[Ligne], Any], brut: str, valeur: object) -> None:
    assert lire(ligne(brut)) == valeur


@pytest.mark.parametrize(
    ("lire", "brut", "motif"),
    [
        (lambda x: x.texte("colonne"), " ", "cellule vide"),
        (lambda x: x.code("colonne", FORME), "A1101X", "code mal formé"),
        (lambda x: x.code("colonne", FORME), "a1101", "code mal formé"),
        (lambda x: x.entier("colonne"), "", "nombre entier attendu"),
        (lambda x: x.entier("colonne"), "12.0", "nombre entier attendu"),
        (lambda x: x.entier("colonne"), "1_000", "nombre entier attendu"),
        (lambda x: x.entier("colonne"), "9" * 30, "nombre entier attendu"),
        (lambda x: x.nombre_ou_rien("colonne"), "douze", "nombre attendu"),
        (lambda x: x.nombre_ou_rien("colonne"), "1_0", "nombre attendu"),
        (lambda x: x.nombre_ou_rien("colonne"), "1,2,3", "nombre attendu"),
        (lambda x: x.nombre_ou_rien("colonne"), "nan", "nombre attendu"),
        (lambda x: x.nombre_ou_rien("colonne"), "1e999", "nombre fini attendu"),
        (lambda x: x.drapeau("colonne"), "peut-être", "oui ou non attendu"),
        (lambda x: x.jour_ou_rien("colonne"), "2024-02-30", "date impossible"),
        (lambda x: x.jour_ou_rien("colonne"), "2024-13-01", "date impossible"),
        (lambda x: x.jour_ou_rien("colonne"), "0024-01-01", "année invraisemblable"),
        (lambda x: x.jour_ou_rien("colonne"), "17-01-2024", "date attendue"),
        (lambda x: x.jour_ou_rien("colonne"), "17/01/24", "date attendue"),
    ],
)
def test_bad_cells_name_their_column(lire: Callable[[Ligne], Any], brut: str, motif: str) -> None:
    with pytest.raises(CellError, match=f"colonne « colonne » : {motif}") as attrape:
        lire(ligne(brut))
    assert (attrape.value.colonne, attrape.value.valeur) == ("colonne", brut.strip())


@given(st.dates(min_value=date(1900, 1, 1), max_value=date(2100, 12, 31)))
def test_both_writings_of_a_date_agree(jour: date) -> None:
    assert read_date("c", jour.isoformat()) == read_date("c", f"{jour:%d/%m/%Y}") == jour


@given(st.text(max_size=20))
def test_any_cell_is_read_or_refused(brut: str) -> None:
    """Whatever a cell holds, a reader gives a value or a CellError, nothing else."""
    x = ligne(brut)
    for lire in (x.entier_ou_rien, x.nombre_ou_rien, x.drapeau, x.jour_ou_rien):
        try:
            lire("colonne")
        except CellError as error:
            assert error.colonne == "colonne"

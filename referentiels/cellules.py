"""Reading one cell: text with its quirks, numbers, dates, flags."""

import math
import re
import unicodedata
from datetime import date

from referentiels.errors import CellError

_VRAI = frozenset({"o", "oui", "1", "true", "vrai", "y", "t"})
_FAUX = frozenset({"n", "non", "0", "false", "faux", "f"})
_DATE_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[T ].*)?")
_DATE_FR = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})(?: .*)?")
_ENTIER = re.compile(r"[+-]?[0-9]{1,18}")  # int() would take 1_000 for a thousand
_NOMBRE = re.compile(r"[+-]?(?:[0-9]+[.,]?[0-9]*|[.,][0-9]+)(?:[eE][+-]?[0-9]+)?")
_ESPACE = re.compile(r"\s")  # thousands are set apart by plain, no-break or thin spaces
_ANNEE = (1900, 2100)
_LIGATURES = {"œ": "oe", "æ": "ae", "ß": "ss"}
_HORS_MOT = re.compile(r"[^a-z0-9+#]")


def clean_text(brut: str) -> str:
    """Cell text in NFC, trimmed, one space between words, doubled apostrophes mended."""
    if "''" in brut:
        brut = brut.replace("''", "'")
    return " ".join(unicodedata.normalize("NFC", brut).split())


class _Plis(dict[int, str]):
    """What each character becomes once folded, found at its first use: a whole text then takes one look a character."""

    def __missing__(self, code: int) -> str:
        ouvert = unicodedata.normalize("NFKD", _LIGATURES.get(chr(code), chr(code)))
        nu = "".join(c for c in ouvert if not unicodedata.combining(c))
        self[code] = _HORS_MOT.sub(" ", nu)
        return self[code]


_plis = _Plis()


def fold(texte: str) -> str:
    """Text for comparison: lower case, no accent, ligatures open, punctuation as single spaces."""
    return " ".join(texte.lower().translate(_plis).split())


class Ligne:
    """One row of a table, read cell by cell; a bad cell raises CellError with its column.

    Args:
        cellules: Raw cells.
        index: Column name → position, shared by all rows of the file.
        numero: Line of the file where the row begins, header = 1.
    """

    __slots__ = ("_cellules", "_index", "numero")

    def __init__(self, cellules: list[str], index: dict[str, int], numero: int) -> None:
        self._cellules = cellules
        self._index = index
        self.numero = numero

    def brut(self, colonne: str) -> str:
        """The raw cell; empty when the column is absent or the row is short."""
        position = self._index.get(colonne, -1)
        return self._cellules[position] if 0 <= position < len(self._cellules) else ""

    def texte(self, colonne: str) -> str:
        """Clean text that must not be empty."""
        valeur = clean_text(self.brut(colonne))
        if not valeur:
            raise CellError(colonne, "cellule vide", "")
        return valeur

    def texte_ou_rien(self, colonne: str) -> str | None:
        """Clean text, or None when the cell is empty."""
        return clean_text(self.brut(colonne)) or None

    def code(self, colonne: str, forme: re.Pattern[str]) -> str:
        """A code that fully matches its official form."""
        valeur = self.texte(colonne)
        if not forme.fullmatch(valeur):
            raise CellError(colonne, "code mal formé", valeur)
        return valeur

    def entier(self, colonne: str) -> int:
        """A whole number."""
        valeur = self.brut(colonne).strip()
        if not _ENTIER.fullmatch(valeur):
            raise CellError(colonne, "nombre entier attendu", valeur)
        return int(valeur)

    def entier_ou_rien(self, colonne: str) -> int | None:
        """A whole number, or None when the cell is empty."""
        return self.entier(colonne) if self.brut(colonne).strip() else None

    def nombre_ou_rien(self, colonne: str) -> float | None:
        """A number (decimal comma or point), or None when the cell is empty."""
        valeur = self.brut(colonne).strip()
        if not valeur:
            return None
        compact = _ESPACE.sub("", valeur)
        if not _NOMBRE.fullmatch(compact):
            raise CellError(colonne, "nombre attendu", valeur)
        nombre = float(compact.replace(",", "."))
        if not math.isfinite(nombre):
            raise CellError(colonne, "nombre fini attendu", valeur)
        return nombre

    def drapeau(self, colonne: str) -> bool | None:
        """A flag (O/N, oui/non, 1/0, true/false), or None when the cell is empty."""
        valeur = self.brut(colonne).strip().lower()
        if not valeur:
            return None
        if valeur in _VRAI:
            return True
        if valeur in _FAUX:
            return False
        raise CellError(colonne, "oui ou non attendu", valeur)

    def jour_ou_rien(self, colonne: str) -> date | None:
        """A date written 2024-01-17 or 17/01/2024 (a time after it is ignored), or None."""
        valeur = self.brut(colonne).strip()
        return read_date(colonne, valeur) if valeur else None


def read_date(colonne: str, valeur: str) -> date:
    """A date written 2024-01-17 or 17/01/2024; CellError names the column otherwise."""
    if trouve := _DATE_ISO.fullmatch(valeur):
        annee, mois, jour = map(int, trouve.groups())
    elif trouve := _DATE_FR.fullmatch(valeur):
        jour, mois, annee = map(int, trouve.groups())
    else:
        raise CellError(colonne, "date attendue (AAAA-MM-JJ ou JJ/MM/AAAA)", valeur)
    if not _ANNEE[0] <= annee <= _ANNEE[1]:
        raise CellError(colonne, "année invraisemblable", valeur)
    try:
        return date(annee, mois, jour)
    except ValueError:
        raise CellError(colonne, "date impossible", valeur) from None

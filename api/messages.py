"""What is wrong with a value that was sent, in French, field by field."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

FAUTES_MAX = 20
_SEGMENT_MAX = 60

_MESSAGES: Mapping[str, str] = {
    "missing": "ce champ est obligatoire.",
    "string_type": "un texte est attendu.",
    "string_unicode": "ce texte contient des caractères illisibles.",
    "string_too_long": "{max_length} caractères au plus.",
    "string_too_short": "{min_length} caractère(s) au moins.",
    "too_long": "{max_length} éléments au plus.",
    "too_short": "{min_length} élément(s) au moins.",
    "list_type": "une liste est attendue.",
    "dict_type": "un objet est attendu.",
    "model_type": "un objet est attendu.",
    "model_attributes_type": "un objet JSON est attendu.",
    "int_type": "un nombre entier est attendu.",
    "int_parsing": "un nombre entier est attendu.",
    "int_parsing_size": "ce nombre est trop grand.",
    "int_from_float": "un nombre entier est attendu.",
    "float_type": "un nombre est attendu.",
    "float_parsing": "un nombre est attendu.",
    "finite_number": "un nombre fini est attendu.",
    "bool_type": "« true » ou « false » est attendu.",
    "bool_parsing": "« true » ou « false » est attendu.",
    "greater_than": "une valeur supérieure à {gt} est attendue.",
    "greater_than_equal": "{ge} au moins.",
    "less_than": "une valeur inférieure à {lt} est attendue.",
    "less_than_equal": "{le} au plus.",
    "literal_error": "valeurs possibles : {expected}.",
}


@dataclass(frozen=True, slots=True)
class Faute:
    """One field at fault: its path (`competences[3].niveau`) and what is wrong, in French."""

    champ: str
    message: str


def describe_errors(erreurs: Iterable[Mapping[str, Any]]) -> tuple[Faute, ...]:
    """The first faults of a validation, without ever repeating the value that was sent.

    Args:
        erreurs: As pydantic lists them (`type`, `loc`, `ctx`…).
    """
    fautes = dict.fromkeys(Faute(_path(erreur["loc"]), _message(erreur)) for erreur in erreurs)
    return tuple(fautes)[:FAUTES_MAX]


def _message(erreur: Mapping[str, Any]) -> str:
    contexte = {cle: str(valeur).replace(" or ", " ou ") for cle, valeur in (erreur.get("ctx") or {}).items()}
    if erreur["type"] == "value_error":
        return contexte.get("error", "valeur non comprise.")
    modele = _MESSAGES.get(erreur["type"])
    return modele.format_map(contexte) if modele else "valeur non comprise."


def _path(lieu: Iterable[str | int]) -> str:
    chemin = ""
    for rang, segment in enumerate(lieu):
        if rang == 0 and segment in {"body", "query", "path"}:
            continue
        if isinstance(segment, int):
            chemin += f"[{segment}]"
        else:
            chemin += f"{'.' if chemin else ''}{clean_text(segment, _SEGMENT_MAX)}"
    return chemin


def clean_text(texte: str, longueur: int) -> str:
    """A text from outside made fit to be written back: lone surrogates and control characters out, cut."""
    lisible = texte.encode("utf-8", "replace").decode("utf-8")
    lisible = "".join(c if c.isprintable() else " " for c in lisible).strip()
    return lisible if len(lisible) <= longueur else f"{lisible[: longueur - 1]}…"

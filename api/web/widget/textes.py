"""The words of the path, in French and in plain French, read from reviewed files."""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal

Langue = Literal["fr", "facile"]
DOSSIER = Path(__file__).parent
_LIANTES = re.compile(r"(?<=\w|») (?=[:?!;](?:[\s\"]|$))")
"""Spaces that French punctuation keeps on its line."""


@cache
def load_texts(langue: Langue) -> Mapping[str, Any]:
    """All the words of a language; plain French says anew only what can be said more simply."""
    mots = _read("textes_fr.toml")
    return _overlay(mots, _read("textes_facile.toml")) if langue == "facile" else mots


@cache
def load_groups() -> tuple[Mapping[str, Any], ...]:
    """The groups of « ce que je sais faire », each with its gestures in plain words."""
    return tuple(_read("gestes.toml")["groupe"])


@cache
def load_families() -> tuple[Mapping[str, Any], ...]:
    """The families under which secteurs are shown."""
    return tuple(_read("secteurs.toml")["famille"])


def _read(nom: str) -> dict[str, Any]:
    texte = (DOSSIER / nom).read_text(encoding="utf-8")
    return tomllib.loads(_LIANTES.sub("\u00a0", texte))


def _overlay(dessous: Mapping[str, Any], dessus: Mapping[str, Any]) -> dict[str, Any]:
    fondu = dict(dessous)
    for cle, valeur in dessus.items():
        base = fondu.get(cle)
        fondu[cle] = _overlay(base, valeur) if isinstance(base, dict) and isinstance(valeur, dict) else valeur
    return fondu

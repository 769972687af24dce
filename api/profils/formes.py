"""The forms of a number, a code or a list in a profile: what is read, told to the contract as it is."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema

from api.profils.lecture import LETTRES, as_list, read_code_text, read_commune, read_decimal, read_number

TEXTE_MAX = 2000
_CHIFFRES = "^[0-9]{1,9}$"

Texte = Annotated[str, Field(max_length=TEXTE_MAX)]
Positif = Annotated[int, Field(ge=0)]
Code = Annotated[
    int,
    Field(ge=0),
    BeforeValidator(read_number, json_schema_input_type=Positif | Annotated[str, Field(pattern=_CHIFFRES)]),
]
"""A code of the ROME, as a number or as its digits."""
NiveauTenu = Annotated[
    int,
    Field(ge=1, le=4),
    BeforeValidator(
        read_number,
        json_schema_input_type=Annotated[int, Field(ge=1, le=4)] | Annotated[str, Field(pattern="^[1-4]$")],
    ),
]
NiveauEuropeen = Annotated[
    int,
    Field(ge=1, le=8),
    BeforeValidator(
        read_number,
        json_schema_input_type=Annotated[int, Field(ge=1, le=8)] | Annotated[str, Field(pattern="^[1-8]$")],
    ),
]
Annees = Annotated[
    float,
    Field(ge=0, le=80, allow_inf_nan=False),
    BeforeValidator(
        read_decimal,
        json_schema_input_type=Annotated[float, Field(ge=0, le=80)]
        | Annotated[str, Field(pattern="^[0-7]?[0-9]([.,][0-9]{1,6})?$")],
    ),
]
Kilometres = Annotated[
    float,
    Field(gt=0, le=1000, allow_inf_nan=False),
    BeforeValidator(
        read_decimal,
        json_schema_input_type=Annotated[float, Field(gt=0, le=1000)]
        | Annotated[str, Field(pattern="^[1-9][0-9]{0,2}([.,][0-9]{1,6})?$")],
    ),
]
CodeTexte = Annotated[Texte, BeforeValidator(read_code_text, json_schema_input_type=Texte | int)]
"""A code or words, as text or as a number."""
CommuneDite = Annotated[Texte, BeforeValidator(read_commune, json_schema_input_type=Texte | int)]
Textes = Annotated[list[Texte], BeforeValidator(as_list, json_schema_input_type=list[Texte] | Texte)]
CodesTextes = Annotated[
    list[CodeTexte], BeforeValidator(as_list, json_schema_input_type=list[Texte | int] | Texte | int)
]
PoidsLettre = Annotated[float, Field(ge=0, allow_inf_nan=False), BeforeValidator(read_decimal)]


def numbers_by_name(noms: tuple[str, ...], maximum: float | None, *, nul: bool) -> WithJsonSchema:
    """How the contract tells an object of numbers under known names."""
    nombre: dict[str, Any] = {"type": "number", "minimum": 0}
    if maximum is not None:
        nombre["maximum"] = maximum
    formes = [nombre, *([{"type": "null"}] if nul else [])]
    return WithJsonSchema(
        {
            "type": "object",
            "properties": {nom: {"anyOf": formes} if nul else nombre for nom in noms},
            "additionalProperties": False,
        }
    )


LettresPesees = Annotated[dict[str, float], numbers_by_name(tuple(LETTRES), None, nul=True)]
SuiteDeLettres = Annotated[str, Field(pattern=f"^[{LETTRES}{LETTRES.lower()} ,;/-]{{0,20}}$")]
ListeDeLettres = list[Annotated[str, Field(pattern=f"^([{LETTRES}{LETTRES.lower()}].*)?$")]]
"""Letters, or words that begin with them."""

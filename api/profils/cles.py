"""Keys as partners write them: accents, capitals and synonyms aside, unknown ones named, none fatal."""

import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import AliasChoices, BaseModel, ConfigDict, GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from api.messages import clean_text

AVERTISSEMENTS_MAX = 20
_CLE_MAX = 60
_DITS = {"title", "description", "default", "examples", "deprecated"}
"""What a schema says of a field, whatever its form."""

CLES_PERSONNELLES = frozenset({
    "sexe", "genre", "civilite", "age", "date_naissance", "date_de_naissance", "naissance", "annee_naissance",
    "lieu_naissance", "nom", "prenom", "nom_famille", "nom_naissance", "nom_usage", "email", "mail", "courriel",
    "telephone", "tel", "adresse", "nationalite", "origine", "ethnie", "religion", "situation_familiale", "enfants",
    "handicap", "rqth", "sante", "photo", "nir", "numero_securite_sociale", "identifiant_france_travail", "ine",
})  # fmt: skip
"""Who a person is: named in the answer when sent, and never read."""


def plain_key(cle: str) -> str:
    """A key without accents, capitals, hyphens or spaces."""
    decomposee = unicodedata.normalize("NFKD", cle)
    nue = "".join(c for c in decomposee if not unicodedata.combining(c)).lower().strip()
    return nue.replace("-", "_").replace(" ", "_")


class Lenient(BaseModel):
    """A part of a profile that forgives: nulls are absent, keys lose their accents, unknown ones are kept aside."""

    model_config = ConfigDict(extra="allow", populate_by_name=True, frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _read_keys(cls, donnees: Any) -> Any:
        if not isinstance(donnees, Mapping):
            return donnees
        connues = cls._known_keys()
        lues: dict[str, Any] = {}
        for brute, valeur in donnees.items():
            if valeur is None:
                continue
            cle = str(brute).encode("utf-8", "replace").decode("utf-8")  # JSON may carry lone surrogates
            nue = plain_key(cle) if len(cle) <= _CLE_MAX else cle
            lues.setdefault(nue if nue in connues and nue not in donnees else cle, valeur)
        return lues

    @classmethod
    def __get_pydantic_json_schema__(cls, noyau: CoreSchema, suite: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Tell the contract that nulls are read as absent."""
        schema = suite(noyau)
        proprietes = suite.resolve_ref_schema(schema).get("properties", {})
        for propriete in proprietes.values():
            dits = {cle: propriete.pop(cle) for cle in _DITS & set(propriete)}
            formes = propriete.pop("anyOf", None) or [dict(propriete)]
            propriete.clear()
            nul = [] if {"type": "null"} in formes else [{"type": "null"}]
            propriete.update(dits, anyOf=[*formes, *nul])
        return schema

    @classmethod
    def _known_keys(cls) -> frozenset[str]:
        cles = set(cls.model_fields)
        for champ in cls.model_fields.values():
            if isinstance(champ.validation_alias, AliasChoices):
                cles.update(alias for alias in champ.validation_alias.choices if isinstance(alias, str))
        return frozenset(cles)

    def unread(self, chemin: str = "") -> Iterator[str]:
        """Sentences about the keys that were not read, here and below."""
        for cle in self.model_extra or ():
            nom = clean_text(f"{chemin}.{cle}" if chemin else cle, _CLE_MAX + 20)
            if plain_key(cle[:_CLE_MAX]) in CLES_PERSONNELLES:
                yield f"Champ « {nom} » : Azimut n'en tient jamais compte."
            else:
                yield f"Champ inconnu « {nom} » : ignoré."
        for champ in type(self).model_fields:
            valeur = getattr(self, champ)
            if isinstance(valeur, Lenient):
                yield from valeur.unread(f"{chemin}.{champ}" if chemin else champ)
            elif isinstance(valeur, list):
                for rang, element in enumerate(valeur):
                    if isinstance(element, Lenient):
                        yield from element.unread(f"{chemin}.{champ}[{rang}]" if chemin else f"{champ}[{rang}]")

    def warnings(self) -> tuple[str, ...]:
        """What was not read, each thing once, and how many more when there is too much to say."""
        phrases = tuple(dict.fromkeys(self.unread()))
        if len(phrases) <= AVERTISSEMENTS_MAX:
            return phrases
        return (*phrases[:AVERTISSEMENTS_MAX], f"{len(phrases) - AVERTISSEMENTS_MAX} autres champs ont été ignorés.")

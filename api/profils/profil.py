"""The whole profile as it is sent, read the same way by the API, the page and the command line."""

import re
from collections.abc import Iterator
from types import MappingProxyType
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field, ValidationError

from api.messages import clean_text, describe_errors
from api.profils.cles import Lenient
from api.profils.formes import Positif, Texte, Textes, numbers_by_name
from api.profils.lecture import (
    as_list,
    read_code_or_text,
    read_contraintes,
    read_decimal,
    read_diplome,
    read_experience,
    read_interets,
    read_territoire,
)
from api.profils.schemas import (
    COMPETENCES_MAX,
    EXPERIENCES_MAX,
    LISTE_MAX,
    CompetenceSchema,
    ConditionDite,
    ContraintesSchema,
    DiplomeSchema,
    ExperienceSchema,
    InteretsSchema,
    TerritoireSchema,
    filled,
)
from recommender.signals.base import AXES
from recommender.types import Profil
from referentiels.errors import InvalidInputError

POIDS_MAX = 10.0
EXEMPLE: dict[str, Any] = {
    "souhait": "travailler dehors et de mes mains",
    "experiences": [{"texte": "vendeuse en boulangerie", "annees": 3, "nature": "emploi"}],
    "competences": ["tenir une caisse", {"texte": "accueillir du public", "niveau": 3, "envie": True}],
    "interets": {"riasec": "RS"},
    "diplomes": ["CAP Cuisine"],
    "territoire": {"commune": "Nantes", "rayon_km": 30},
    "contraintes": {"conditions_evitees": ["travail de nuit"]},
    "exclusions": ["N41"],
    "ponderation": {"interets": 1},
}
_EXCLUSION = re.compile(r"[A-N]\d{0,4}")

UneExperience = Annotated[
    ExperienceSchema, BeforeValidator(read_experience, json_schema_input_type=Texte | ExperienceSchema)
]
UneCompetence = Annotated[
    CompetenceSchema, BeforeValidator(read_code_or_text, json_schema_input_type=Texte | Positif | CompetenceSchema)
]
UnDiplome = Annotated[DiplomeSchema, BeforeValidator(read_diplome, json_schema_input_type=Texte | DiplomeSchema)]


class ProfilSchema(Lenient):
    """Tout ce qu'une personne dit d'elle. Chaque champ est facultatif ; ni identité, ni sexe, ni âge ne sont lus."""

    model_config = ConfigDict(json_schema_extra={"example": EXEMPLE})

    souhait: Texte = Field(default="", description="Ce que la personne aimerait, dans ses mots.")
    experiences: Annotated[
        list[UneExperience],
        BeforeValidator(as_list, json_schema_input_type=list[Texte | ExperienceSchema] | Texte),
    ] = Field(
        default_factory=list,
        max_length=EXPERIENCES_MAX,
        description="Ce qu'elle a fait : emploi, stage, bénévolat, vie personnelle.",
    )
    competences: Annotated[
        list[UneCompetence],
        BeforeValidator(as_list, json_schema_input_type=list[Texte | Positif | CompetenceSchema] | Texte | Positif),
    ] = Field(default_factory=list, max_length=COMPETENCES_MAX, description="Ce qu'elle sait faire.")
    interets: Annotated[
        InteretsSchema,
        BeforeValidator(read_interets, json_schema_input_type=Texte | list[Texte | int] | InteretsSchema),
    ] = Field(default_factory=InteretsSchema, description="Ce qu'elle aime.")
    diplomes: Annotated[
        list[UnDiplome], BeforeValidator(as_list, json_schema_input_type=list[Texte | DiplomeSchema] | Texte)
    ] = Field(default_factory=list, max_length=LISTE_MAX, description="Ses diplômes, titres et certificats.")
    territoire: Annotated[
        TerritoireSchema, BeforeValidator(read_territoire, json_schema_input_type=Texte | int | TerritoireSchema)
    ] = Field(default_factory=TerritoireSchema, description="Là où elle cherche.")
    contraintes: Annotated[
        ContraintesSchema,
        BeforeValidator(
            read_contraintes, json_schema_input_type=ContraintesSchema | list[ConditionDite | Texte | Positif]
        ),
    ] = Field(
        default_factory=ContraintesSchema, description="Les conditions de travail à éviter, exclure ou rechercher."
    )
    exclusions: Textes = Field(
        default_factory=list, max_length=LISTE_MAX, description="Codes ROME, ou leur début, à laisser de côté."
    )
    ponderation: Annotated[
        dict[str, Annotated[float, Field(ge=0, le=POIDS_MAX, allow_inf_nan=False), BeforeValidator(read_decimal)]],
        numbers_by_name(tuple(AXES), POIDS_MAX, nul=False),
    ] = Field(default_factory=dict, max_length=LISTE_MAX, description="Poids de chaque critère ; 0 l'éteint.")

    def to_domain(self) -> Profil:
        """The profile as the engine reads it; what says nothing is left out."""
        return Profil(
            souhait=self.souhait.strip(),
            experiences=tuple(e.to_domain() for e in self.experiences if e.tells_something()),
            competences=tuple(c.to_domain() for c in self.competences if c.tells_something()),
            interets=self.interets.to_domain(),
            diplomes=tuple(d.to_domain() for d in self.diplomes if d.tells_something()),
            territoire=self.territoire.to_domain(),
            contraintes=self.contraintes.to_domain(),
            exclusions=tuple(code for code in self._exclusions() if _EXCLUSION.fullmatch(code)),
            ponderation=MappingProxyType(dict(self.ponderation)),
        )

    def unread(self, chemin: str = "") -> Iterator[str]:
        """As for its parts, and the exclusions that are not codes."""
        yield from super().unread(chemin)
        for code in self._exclusions():
            if not _EXCLUSION.fullmatch(code):
                yield f"Exclusion « {clean_text(code, 40)} » : ignorée, un code ROME ou son début est attendu."

    def _exclusions(self) -> tuple[str, ...]:
        return tuple(code.upper() for code in filled(self.exclusions))


def read_profile(donnees: Any) -> ProfilSchema:
    """A profile from decoded JSON.

    Raises:
        InvalidInputError: Not an object, or a field is beyond reading; names each field at fault.
    """
    try:
        return ProfilSchema.model_validate(donnees)
    except ValidationError as error:
        fautes = describe_errors(error.errors())
        phrase = " ; ".join(f"{faute.champ or 'profil'} : {faute.message}" for faute in fautes)
        raise InvalidInputError(phrase, champ=fautes[0].champ or None) from None

"""The parts of a profile as they are sent (JSON, French keys), each turned into its domain type."""

from collections.abc import Iterable
from types import MappingProxyType
from typing import Annotated

from pydantic import AfterValidator, AliasChoices, BeforeValidator, Field

from api.profils.cles import Lenient
from api.profils.formes import (
    Annees,
    Code,
    CodesTextes,
    CodeTexte,
    CommuneDite,
    Kilometres,
    LettresPesees,
    ListeDeLettres,
    NiveauEuropeen,
    NiveauTenu,
    PoidsLettre,
    Positif,
    SuiteDeLettres,
    Texte,
)
from api.profils.lecture import (
    as_list,
    read_code_or_text,
    read_code_rome,
    read_envie,
    read_nature,
    read_riasec,
    scale_riasec,
)
from recommender.types import (
    CompetenceDeclaree,
    Contrainte,
    Diplome,
    Envie,
    Experience,
    Interets,
    ModeContrainte,
    NatureExperience,
    Territoire,
)

COMPETENCES_MAX = 500
EXPERIENCES_MAX = 50
LISTE_MAX = 100


def filled(textes: Iterable[str]) -> tuple[str, ...]:
    """The texts that say something, trimmed."""
    return tuple(nu for texte in textes if (nu := texte.strip()))


class ExperienceSchema(Lenient):
    """Ce que la personne a fait : un code ROME, une appellation ou ses mots."""

    code_rome: Annotated[str, BeforeValidator(read_code_rome)] | None = Field(default=None, examples=["D1102"])
    code_appellation: Code | None = Field(
        default=None, validation_alias=AliasChoices("code_appellation", "appellation")
    )
    texte: Texte | None = Field(
        default=None,
        validation_alias=AliasChoices("texte", "intitule", "libelle", "metier"),
        examples=["vendeuse en boulangerie"],
    )
    annees: Annees | None = Field(default=None, validation_alias=AliasChoices("annees", "duree_annees"))
    nature: Annotated[NatureExperience, BeforeValidator(read_nature)] = Field(
        default="emploi", validation_alias=AliasChoices("nature", "type")
    )

    def tells_something(self) -> bool:
        """Whether it names anything."""
        return bool(self.code_rome or self.code_appellation is not None or (self.texte or "").strip())

    def to_domain(self) -> Experience:
        """The experience as the engine reads it."""
        return Experience(self.code_rome, self.code_appellation, self.texte, self.annees, self.nature)


class CompetenceSchema(Lenient):
    """Ce que la personne sait faire : un code ROME de compétence, ou ses mots."""

    code: Code | None = Field(default=None, validation_alias=AliasChoices("code", "code_ogr"))
    texte: Texte | None = Field(
        default=None, validation_alias=AliasChoices("texte", "libelle", "intitule"), examples=["tenir une caisse"]
    )
    niveau: NiveauTenu | None = Field(default=None, description="De 1 (débute) à 4 (maîtrise).")
    envie: Annotated[Envie, BeforeValidator(read_envie, json_schema_input_type=Envie | bool)] = Field(
        default="indifferent", description="Souhaite continuer à l'exercer."
    )

    def tells_something(self) -> bool:
        """Whether it names anything."""
        return self.code is not None or bool((self.texte or "").strip())

    def to_domain(self) -> CompetenceDeclaree:
        """The compétence as the engine reads it."""
        return CompetenceDeclaree(self.code, self.texte, self.niveau, self.envie)


class InteretsSchema(Lenient):
    """Ce que la personne aime : lettres RIASEC (la première compte le plus, ou poids de 0 à 1) et centres d'intérêt."""

    riasec: Annotated[
        dict[str, PoidsLettre],
        BeforeValidator(read_riasec, json_schema_input_type=SuiteDeLettres | ListeDeLettres | LettresPesees),
        AfterValidator(scale_riasec),
    ] = Field(default_factory=dict, examples=["RIA"])
    centres: CodesTextes = Field(
        default_factory=list, max_length=LISTE_MAX, validation_alias=AliasChoices("centres", "centres_interet")
    )

    def to_domain(self) -> Interets:
        """The interests as the engine reads them."""
        return Interets(MappingProxyType(self.riasec), filled(self.centres))


class DiplomeSchema(Lenient):
    """Un diplôme obtenu : numéro de fiche RNCP ou RS, ou ses mots."""

    code: CodeTexte | None = Field(
        default=None, validation_alias=AliasChoices("code", "numero", "code_rncp"), examples=["RNCP38565"]
    )
    texte: Texte | None = Field(
        default=None, validation_alias=AliasChoices("texte", "intitule", "libelle"), examples=["CAP Cuisine"]
    )
    niveau: NiveauEuropeen | None = Field(default=None, description="Niveau européen (3 pour un CAP, 4 pour un bac).")

    def tells_something(self) -> bool:
        """Whether it names anything."""
        return bool((self.code or "").strip() or (self.texte or "").strip() or self.niveau)

    def to_domain(self) -> Diplome:
        """The diploma as the engine reads it."""
        return Diplome(self.code, self.texte, self.niveau)


class TerritoireSchema(Lenient):
    """Là où la personne cherche."""

    commune: CommuneDite | None = Field(
        default=None,
        validation_alias=AliasChoices("commune", "code_insee", "code_commune", "code_postal", "ville"),
        examples=["Nantes"],
    )
    rayon_km: Kilometres = Field(default=30.0, validation_alias=AliasChoices("rayon_km", "rayon"))

    def to_domain(self) -> Territoire | None:
        """The place as the engine reads it, None when no commune is told."""
        commune = (self.commune or "").strip()
        return Territoire(commune, self.rayon_km) if commune else None


class ConditionSchema(Lenient):
    """Une condition de travail : code ROME de contexte, ou ses mots."""

    code: Code | None = Field(default=None, validation_alias=AliasChoices("code", "code_ogr"))
    texte: Texte | None = Field(
        default=None, validation_alias=AliasChoices("texte", "libelle"), examples=["travail de nuit"]
    )

    def tells_something(self) -> bool:
        """Whether it names anything."""
        return self.code is not None or bool((self.texte or "").strip())


class ConditionDite(ConditionSchema):
    """Une condition de travail et ce qu'il faut en faire."""

    mode: ModeContrainte | None = None


ConditionBreve = Texte | Positif | ConditionSchema
Condition = Annotated[ConditionSchema, BeforeValidator(read_code_or_text, json_schema_input_type=ConditionBreve)]
Conditions = Annotated[
    list[Condition],
    BeforeValidator(as_list, json_schema_input_type=list[ConditionBreve] | Texte | Positif),
    Field(max_length=LISTE_MAX),
]
_MODES: tuple[tuple[str, ModeContrainte], ...] = (
    ("evitees", "eviter"),
    ("exclues", "exclure"),
    ("souhaitees", "souhaiter"),
)


class ContraintesSchema(Lenient):
    """Les conditions de travail à éviter (le métier descend), à exclure (il sort) ou souhaitées."""

    conditions_evitees: Conditions = Field(default_factory=list)
    conditions_exclues: Conditions = Field(default_factory=list)
    conditions_souhaitees: Conditions = Field(default_factory=list)
    conditions_evitees_texte: Conditions = Field(default_factory=list)
    conditions_exclues_texte: Conditions = Field(default_factory=list)
    conditions_souhaitees_texte: Conditions = Field(default_factory=list)

    def to_domain(self) -> tuple[Contrainte, ...]:
        """The conditions as the engine reads them."""
        listes = ((mode, getattr(self, f"conditions_{nom}{suite}")) for nom, mode in _MODES for suite in ("", "_texte"))
        return tuple(Contrainte(mode, c.code, c.texte) for mode, liste in listes for c in liste if c.tells_something())

"""The shapes of a basket of compétences: JSON-LD as it leaves, and a profile to confirm as it comes back."""

from typing import Any

from pydantic import BaseModel, Field, JsonValue, RootModel

from api.lectures.panier import CONTEXTE, OGR
from api.v1.modeles import Modele
from recommender.types import Envie, NatureExperience

_RESULTAT: dict[str, Any] = {
    "type": "LearningOutcome",
    "rang": 0,
    "title": {"fr": "Accueillir une clientèle"},
    "relatedSkill": [
        {
            "type": "Concept",
            "notation": "101894",
            "prefLabel": {"fr": "Accueillir une clientèle"},
            "inScheme": {"id": OGR, "type": "ConceptScheme"},
        }
    ],
    "niveau": 3,
    "envie": "oui",
    "origine": "declaree",
}
EXEMPLE_PANIER: dict[str, Any] = {
    "@context": dict(CONTEXTE),
    "type": "Person",
    "catalogue": "533c23f4f928063a",
    "hasClaim": [
        {
            "type": "LearningAchievement",
            "title": {"fr": "Compétences"},
            "specifiedBy": {
                "type": "LearningAchievementSpecification",
                "title": {"fr": "Compétences"},
                "learningOutcome": [_RESULTAT],
            },
        }
    ],
}
EXEMPLE_EUROPASS: dict[str, Any] = {
    "@context": "http://data.europa.eu/snb/model/context/edc-ap",
    "type": "LearningOutcome",
    "title": {"fr": "Coudre à la machine"},
    "relatedESCOSkill": [
        {
            "id": "http://data.europa.eu/esco/skill/00000000-0000-0000-0000-000000000000",
            "type": "Concept",
            "prefLabel": {"fr": "utiliser une machine à coudre"},
        }
    ],
}


class ContexteModele(BaseModel):
    """Le contexte JSON-LD du panier : ce que veut dire chacun de ses termes."""

    contexte: dict[str, JsonValue] = Field(alias="@context")


class PanierModele(BaseModel):
    """Un panier en JSON-LD : une personne sans identité, et ce qu'elle affirme savoir, avoir fait et obtenu."""

    contexte: dict[str, JsonValue] = Field(alias="@context", description="Écrit en entier : rien n'est à charger.")
    type: str
    catalogue: str = Field(description="Version du catalogue qui donne les codes et les libellés.")
    has_claim: list[dict[str, JsonValue]] = Field(
        alias="hasClaim", description="« LearningAchievement » (compétences, diplômes) et « LearningActivity »."
    )


class Document(RootModel[dict[str, Any] | list[Any]]):
    """Un document JSON-LD : le nôtre, ou un autre du modèle ELM (Europass)."""


class ExperienceLueModele(Modele):
    """Une expérience, telle que le profil la prend."""

    code_rome: str | None
    code_appellation: int | None
    texte: str | None
    annees: float | None
    nature: NatureExperience


class CompetenceLueModele(Modele):
    """Une compétence, telle que le profil la prend."""

    code: int | None
    texte: str | None
    niveau: int | None
    envie: Envie


class DiplomeLuModele(Modele):
    """Un diplôme, tel que le profil le prend."""

    code: str | None
    texte: str | None
    niveau: int | None


class ProfilLuModele(Modele):
    """La part d'un profil que porte un panier ; elle s'envoie telle quelle à `POST /recommandations`."""

    experiences: list[ExperienceLueModele]
    competences: list[CompetenceLueModele]
    diplomes: list[DiplomeLuModele]


class PropositionModele(Modele):
    """Un code connu qui dit peut-être la même chose."""

    code: str
    libelle: str


class AConfirmerModele(Modele):
    """Ce que la personne doit regarder avant que cela compte."""

    champ: str = Field(description="Où il est dans « profil » : « competences[0] ».")
    texte: str
    raison: str
    propositions: list[PropositionModele] = Field(description="Les plus proches d'abord ; parfois aucune.")


class PanierLuModele(Modele):
    """Un profil à confirmer."""

    profil: ProfilLuModele
    a_confirmer: list[AConfirmerModele]
    avertissements: list[str]
    catalogue: str

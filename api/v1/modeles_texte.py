"""The shapes of answers about words being typed and free text."""

from pydantic import BaseModel, Field

from api.v1.modeles import Modele, ProvenanceModele
from embeddings.types import Nature


class SuggestionModele(Modele):
    """Une entité que la personne écrit peut-être."""

    nature: Nature
    code: str
    libelle: str
    trouve: str = Field(description="Le nom qui commence ainsi, dans le genre écrit quand ses lettres le disent.")
    approche: bool = Field(description="Vrai quand une faute a été pardonnée.")


class SuggestionsModele(Modele):
    """Ce que la personne écrit peut-être, le plus probable d'abord."""

    debut: str
    suggestions: list[SuggestionModele]


class TexteLibre(BaseModel):
    """Un texte dans lequel lire des compétences."""

    texte: str = Field(
        max_length=10_000,
        description="Une phrase, une liste, un bout de CV ; seuls les 4 000 premiers caractères sont lus.",
        examples=["je gérais la caisse, les commandes et je formais les apprentis"],
    )


class AutreCompetenceModele(Modele):
    """Une autre compétence que disent peut-être les mêmes mots."""

    code: int
    libelle: str
    confiance: float


class CompetenceTrouveeModele(Modele):
    """Une compétence que le texte semble dire."""

    debut: int = Field(description="Premier caractère de l'extrait dans le texte envoyé.")
    fin: int = Field(description="Caractère qui suit l'extrait.")
    extrait: str
    action: str = Field(description="L'action telle qu'elle a été cherchée.")
    code: int = Field(description="Code OGR de la compétence.")
    libelle: str
    confiance: float
    autres: list[AutreCompetenceModele]
    a_confirmer: bool


class ExtractionModele(Modele):
    """Les compétences lues dans un texte."""

    competences: list[CompetenceTrouveeModele]
    non_reconnus: list[str] = Field(description="Ce qui dit une action dont aucune compétence n'est proche.")
    caracteres_lus: int
    complet: bool = Field(description="Faux quand la fin du texte n'a pas été lue.")
    provenance: ProvenanceModele

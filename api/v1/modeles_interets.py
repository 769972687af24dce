"""The shapes of the questionnaire about interests."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from api.v1.modeles import Modele
from recommender.questionnaire import Reponse

Lettre = Literal["R", "I", "A", "S", "E", "C"]
Valeur = Literal["oui", "plutot", "bof", "non", "je_ne_sais_pas"]


class ReponseQuestion(BaseModel):
    """Ce que la personne a répondu à une question."""

    model_config = ConfigDict(extra="forbid")

    identifiant: str = Field(max_length=20, description="Celui de la question.", examples=["R01"])
    valeur: Valeur


class Questionnaire(BaseModel):
    """Les réponses données jusqu'ici, dans l'ordre ; aucune pour commencer."""

    model_config = ConfigDict(extra="forbid")

    reponses: list[ReponseQuestion] = Field(default=[], max_length=60)
    graine: str = Field(
        default="",
        max_length=64,
        description="Une suite de signes par session : fait tourner les questions de même apport.",
    )

    def to_domain(self) -> list[Reponse]:
        """As the engine reads them."""
        return [Reponse(r.identifiant, r.valeur) for r in self.reponses]


class QuestionModele(Modele):
    """Une situation de la vie : la personne dit si elle aimerait."""

    identifiant: str
    texte: str


class ChoixModele(Modele):
    """Une réponse possible."""

    valeur: Valeur
    libelle: str


class LettreModele(Modele):
    """Ce que les réponses disent d'une des six lettres."""

    lettre: Lettre
    libelle: str
    poids: float = Field(description="De 0 (« non ») à 1 (« oui »).")
    ecart_type: float = Field(description="L'incertitude de ce poids.")
    reponses: int


class GoutsModele(Modele):
    """Ce que les réponses disent, et rien de plus."""

    lettres: list[LettreModele]
    tete: list[list[Lettre]] = Field(
        description="Les lettres préférées, d'abord la première ; un groupe est à égalité."
    )
    certitude: float | None = Field(description="Probabilité que ce soient bien elles ; absente quand rien ne ressort.")
    phrase: str
    riasec: dict[Lettre, float] = Field(description="À mettre dans `interets.riasec` d'un profil.")
    sans_avis: int


class QuestionnaireModele(Modele):
    """La question suivante, et où l'on en est."""

    consigne: str
    choix: list[ChoixModele]
    question: QuestionModele | None = Field(description="Absente quand on en sait assez, ou après quinze questions.")
    gouts: GoutsModele
    empreinte: str = Field(description="Nomme les questions et les réglages en vigueur.")

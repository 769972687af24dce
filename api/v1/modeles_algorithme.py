"""The shape of the published rules."""

from typing import Literal

from pydantic import Field

from api.v1.modeles import Modele, ProvenanceModele
from recommender.types import Axe

Reglage = float | list[float]


class ReferenceModele(Modele):
    """Un texte, et ce qu'il demande ici."""

    reference: str
    objet: str


class ChampLuModele(Modele):
    """Ce qu'une personne peut dire."""

    champ: str
    sens: str


class DonneesModele(Modele):
    """Ce qui est lu d'une personne, et ce qui ne l'est jamais."""

    lues: list[ChampLuModele]
    jamais_lues: list[str]
    conservees: str


class AxeModele(Modele):
    """Un axe de l'indice."""

    axe: Axe
    sens: str
    part: float = Field(ge=0, le=1, description="Part de l'indice qu'il peut apporter.")


class CritereModele(Modele):
    """Un critère et son poids."""

    critere: str
    axe: Axe
    sens: str
    poids: float = Field(ge=0, description="En vigueur ; la personne peut le changer.")
    poids_publie: float = Field(ge=0, description="Celui qu'Azimut publie.")
    eteint: bool = Field(description="Vrai quand il ne compte que si la personne le demande.")


class ReglageModele(Modele):
    """Une valeur de la configuration."""

    nom: str
    valeur: Reglage
    valeur_publiee: Reglage
    sens: str | None


class SectionModele(Modele):
    """Des réglages qui vont ensemble."""

    section: str
    sens: str | None
    valeurs: list[ReglageModele]


class PhraseModele(Modele):
    """Une règle ou une limite ; `cle` ne change pas."""

    cle: str
    phrase: str


class EvaluationModele(Modele):
    """Où sont les mesures."""

    rapport: Literal["evaluation/RESULTATS.md"] = Field(description="Chemin dans le code source d'Azimut.")


class EmpreintesModele(Modele):
    """De quoi savoir que rien n'a changé."""

    catalogue: str
    index: str
    config: str
    questionnaire: str


class AlgorithmeModele(Modele):
    """Les règles en vigueur, ce dont elles sont faites, ce à quoi elles ne servent pas."""

    finalite: str
    exclusions: list[str]
    cadre: list[ReferenceModele]
    contribution: str
    donnees: DonneesModele
    formule: str
    axes: list[AxeModele]
    criteres: list[CritereModele]
    parametres: list[SectionModele]
    operations: list[PhraseModele]
    limites: list[PhraseModele]
    evaluation: EvaluationModele
    empreintes: EmpreintesModele
    provenance: ProvenanceModele

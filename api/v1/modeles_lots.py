"""The shapes of a batch of profiles, and of its answers, each with its own outcome."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from api.profils.profil import EXEMPLE, ProfilSchema
from api.v1.modeles import (
    ComprehensionModele,
    MetierProposeModele,
    Modele,
    NommeModele,
    ProblemeModele,
    ProvenanceModele,
)

LOT_MAX = 100
LIMITE_MAX = 20
IDENTIFIANT_MAX = 100
EXEMPLE_LOT: dict[str, Any] = {
    "limite": 5,
    "profils": [
        {"identifiant": "a1", "profil": EXEMPLE},
        {"identifiant": "a2", "profil": {"competences": [{"texte": "tenir une caisse", "niveau": 9}]}},
    ],
}


class ElementLot(BaseModel):
    """Un profil du lot."""

    identifiant: str = Field(
        default="",
        max_length=IDENTIFIANT_MAX,
        description="Renvoyé tel quel ; ni lu, ni journalisé. N'y mettez pas d'identité.",
        examples=["a1"],
    )
    profil: ProfilSchema


class Lot(BaseModel):
    """Jusqu'à cent profils, chacun avec l'identifiant qui le fera reconnaître."""

    model_config = ConfigDict(json_schema_extra={"example": EXEMPLE_LOT})

    profils: list[Annotated[ElementLot | Any, Field(union_mode="left_to_right")]] = Field(
        min_length=1, max_length=LOT_MAX, description="Un élément illisible porte son problème, sans gêner les autres."
    )
    limite: int = Field(default=5, ge=1, le=LIMITE_MAX, description="Nombre de métiers par profil.")


class RecommandationDuLotModele(Modele):
    """Des métiers à explorer, avec leurs raisons ; la provenance est celle du lot."""

    metiers: list[MetierProposeModele]
    deja_exerces: list[NommeModele]
    compris: list[ComprehensionModele]
    avertissements: list[str]
    ponderation: dict[str, float]
    formule: str
    nombre_evalues: int


class ResultatDuLotModele(Modele):
    """Ce qu'il est advenu d'un profil : une recommandation, ou un problème."""

    rang: int = Field(description="Place du profil dans le lot, à partir de 0.")
    identifiant: str
    statut: int = Field(description="200, ou le statut du problème.")
    recommandation: RecommandationDuLotModele | None
    probleme: ProblemeModele | None


class LotModele(Modele):
    """Les réponses, dans l'ordre des profils."""

    resultats: list[ResultatDuLotModele]
    reussis: int
    echecs: int
    jour: str = Field(description="Jour du tirage entre formations égales, le même pour tout le lot.")
    provenance: ProvenanceModele

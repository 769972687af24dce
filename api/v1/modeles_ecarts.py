"""The shapes of a gap between a profile and a métier, and of the ways between two métiers."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from api.profils.profil import EXEMPLE, ProfilSchema
from api.v1.modeles import CertificationBreveModele, CompetencesModele, Modele, NommeModele, ProvenanceModele
from api.v1.modeles_parcours import CertificationUtileModele, CouvertureModele
from referentiels.types import Voie


class DemandeEcart(BaseModel):
    """Un profil et le métier auquel le comparer."""

    model_config = ConfigDict(json_schema_extra={"example": {"metier": "D1102", "profil": EXEMPLE, "voies": ["vae"]}})

    metier: str = Field(max_length=40, description="Code ROME du métier visé.", examples=["D1102"])
    profil: ProfilSchema = Field(default_factory=ProfilSchema, description="Ce que la personne dit d'elle.")
    voies: list[Voie] = Field(
        default_factory=list, max_length=10, description="Voies préférées ; aucune autre n'est écartée."
    )


class EcartsModele(Modele):
    """Ce qui est tenu, ce qui manque, et ce qui comble le manque."""

    metier: NommeModele
    portee: float = Field(ge=0, le=1, description="Peut-elle y arriver ? La même que dans une recommandation.")
    competences: CompetencesModele = Field(description="« manquantes » : la plus importante d'abord.")
    couverture: CouvertureModele
    certifications: list[CertificationUtileModele]
    alertes: list[str] = Field(description="Conditions que la personne veut éviter, et que ce métier a.")
    phrases: list[str]
    avertissements: list[str] = Field(description="Ce qui, dans le profil, n'a pas été lu.")
    provenance: ProvenanceModele


class ApprisModele(Modele):
    """Une compétence ou un savoir qu'une étape apprend."""

    code: int
    libelle: str


class EtapeTrajetModele(Modele):
    """Un métier sur le chemin, après le départ."""

    code_rome: str
    intitule: str
    lien: Literal["mobilite", "competences"] = Field(description="Mobilité officielle du ROME, ou ressemblance.")
    phrase: str
    communs: int = Field(description="Compétences et savoirs communs avec l'étape d'avant, hors les plus répandus.")
    proximite: float = Field(ge=0, le=1, description="Ressemblance avec l'étape d'avant, le rare comptant plus.")
    apprend: list[ApprisModele] = Field(description="Ce qui s'y apprend ; d'abord ce que l'arrivée demande aussi.")
    apprend_en_tout: int
    dont_pour_l_arrivee: int
    reglemente: bool = Field(description="Vrai quand un diplôme ou une autorisation est exigé pour exercer.")


class ItineraireModele(Modele):
    """Un chemin ; le plus court a le coût le plus bas."""

    cout: float
    etapes: list[EtapeTrajetModele]


class APorteeModele(NommeModele):
    """Un métier que l'on peut atteindre, et qui partage beaucoup avec l'arrivée."""

    etapes: int = Field(description="Nombre d'étapes pour l'atteindre.")


class TrajetModele(Modele):
    """D'un métier à un autre."""

    depart: NommeModele
    arrivee: NommeModele
    chemins: list[ItineraireModele] = Field(description="Le plus court d'abord, chacun par d'autres métiers.")
    pourquoi: str | None = Field(description="Pourquoi il n'y a aucun chemin ; absent quand il y en a un.")
    plus_long: ItineraireModele | None = Field(description="Le plus court de tous, quand aucun ne tient en « etapes ».")
    a_portee: list[APorteeModele]
    certifications: list[CertificationBreveModele] = Field(description="Celles qui mènent à l'arrivée, sans étape.")
    provenance: ProvenanceModele

"""The shapes of the formation offer as a list, and of one formation with all its sources."""

from pydantic import Field

from api.v1.modeles import CertificationBreveModele, Modele, ProvenanceModele
from recommender.offre import Precision
from referentiels.types import Modalite, Voie


class FormationListeeModele(Modele):
    """Une formation : un organisme, une commune, toutes les sources qui la publient."""

    identifiant: str
    intitule: str
    niveau: int | None = Field(description="Niveau européen de sortie.")
    certifications: list[str] = Field(description="Fiches RNCP ou RS qu'elle prépare, anciennes comprises.")
    organisme: str | None
    code_commune: str | None
    commune: str | None
    code_departement: str | None
    departement: str | None
    voies: list[Voie]
    modalite: Modalite | None
    distance_km: float | None = Field(
        description="À vol d'oiseau ; absente sans commune, à distance, ou quand le lieu est mal connu."
    )
    precision: Precision = Field(description="Ce qui la situe, du plus sûr au plus vague.")
    dans_rayon: bool | None = Field(description="Absent sans commune ; une formation à distance est dans tout rayon.")
    debut: str | None = Field(description="Prochaine session connue.")
    duree_heures: int | None
    url: str | None
    sources: list[str]
    origines: list[str] = Field(description="Identifiants de toutes les formations reconnues pour être celle-ci.")
    demonstration: bool


class FormationsListeModele(Modele):
    """Des formations, chacune une fois ; à égalité, un tirage du jour, neutre entre organismes."""

    total: int = Field(description="Formations qui répondent, toutes pages comprises.")
    au_dela: int = Field(description="Celles qui répondent aussi, hors du rayon ou en un lieu mal connu.")
    tri: str
    relaches: list[str] = Field(description="Les filtres qui vidaient la liste, et qui ont été levés.")
    remarques: list[str]
    commune: str | None = Field(description="La commune comprise.")
    formations: list[FormationListeeModele]
    suivant: str | None = Field(description="À passer dans « curseur » pour la page suivante ; absent à la dernière.")
    jour: str = Field(description="Jour du tirage entre formations égales.")
    provenance: ProvenanceModele


class SessionModele(Modele):
    """Une entrée en formation."""

    identifiant: str
    debut: str | None
    fin: str | None
    etat: str | None


class ActionModele(Modele):
    """Une façon et un lieu de suivre la formation, tels que la source les publie."""

    identifiant: str
    voie: Voie | None
    modalite: Modalite | None
    code_commune: str | None
    lieu: str | None
    places: int | None
    sessions: list[SessionModele]


class OrigineModele(Modele):
    """Ce qu'une source publie de la formation."""

    source: str
    identifiant: str
    intitule: str
    certification: str | None
    objectif: str | None
    url: str | None
    demonstration: bool
    actions: list[ActionModele]


class FormationEntiereModele(Modele):
    """Une formation, source par source."""

    formation: FormationListeeModele
    certifications: list[CertificationBreveModele]
    origines: list[OrigineModele]
    autres_lieux: list[str] = Field(description="La même formation de la même source dans d'autres communes.")
    provenance: ProvenanceModele

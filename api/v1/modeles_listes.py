"""The shapes of whole lists (métiers, certifications) and of the versions that are kept."""

from typing import Literal

from pydantic import Field

from api.v1.modeles import CertificationBreveModele, Modele, NommeModele, ProvenanceModele, SourceModele


class MetierListeModele(NommeModele):
    """Un métier de la liste."""

    domaine: str = Field(description="Code du domaine professionnel.")
    libelle_domaine: str | None
    grand_domaine: str
    emploi_reglemente: bool | None


class MetiersModele(Modele):
    """Tous les métiers, par code."""

    total: int
    metiers: list[MetierListeModele]
    suivant: str | None = Field(description="À passer dans « curseur » pour la page suivante ; absent à la dernière.")
    provenance: ProvenanceModele


class CertificationListeeModele(CertificationBreveModele):
    """Une certification de la liste."""

    repertoire: Literal["RNCP", "RS"]
    active: bool | None = Field(description="Absent quand aucune source datée ne le dit.")


class CertificationsModele(Modele):
    """Toutes les certifications, par numéro."""

    total: int
    certifications: list[CertificationListeeModele]
    suivant: str | None = Field(description="À passer dans « curseur » pour la page suivante ; absent à la dernière.")
    provenance: ProvenanceModele


class VersionModele(Modele):
    """Une version gardée du catalogue, lisible par « version » ou « au »."""

    hash: str
    construit: str | None
    en_service: bool


class VersionsModele(Modele):
    """De quoi les réponses sont faites, et ce qui en est gardé."""

    service: str = Field(description="Version du programme.")
    catalogue: str
    construit: str | None = Field(description="Quand le catalogue en service a été construit.")
    index: str
    modele: str | None = Field(description="Empreinte de l'encodeur ; absente quand on cherche par les mots seuls.")
    config: str = Field(description="Empreinte des poids et des limites.")
    gardees: list[VersionModele]
    sources: list[SourceModele]

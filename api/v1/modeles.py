"""What the API promises to answer: the shapes that OpenAPI publishes and the tests hold every answer to."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from embeddings.types import Nature
from referentiels.lieu import NatureLieu
from referentiels.types import Modalite, Voie


class Modele(BaseModel):
    """What every answer is: nothing that is not said here."""

    model_config = ConfigDict(extra="forbid")


class SourceModele(Modele):
    """Une source et son millésime."""

    cle: str
    titre: str
    producteur: str
    licence: str
    millesime: str
    origine: Literal["officiel", "socle"]
    demonstration: bool = Field(description="Vrai quand les données sont inventées pour la démonstration.")


class ProvenanceModele(Modele):
    """De quoi la réponse est faite ; de quoi la rejouer."""

    catalogue: str
    index: str
    config: str | None = None
    sources: list[SourceModele]


class MetierViseModele(Modele):
    """Un métier auquel mène une certification."""

    code_rome: str
    intitule: str
    estime: bool = Field(description="Vrai quand le lien vient d'une fiche plus ancienne au même intitulé.")


class NommeModele(Modele):
    """Un métier, par son code et son intitulé."""

    code_rome: str
    intitule: str


class CertificationBreveModele(Modele):
    """Une certification, en bref."""

    numero: str
    intitule: str
    niveau: int | None


class CompetenceSitueeModele(Modele):
    """Une compétence du métier, vue depuis la personne."""

    code: int
    libelle: str
    nature: str
    importance: float
    coeur_metier: bool
    transversale: bool
    origine: str | None


class CompetencesModele(Modele):
    """Ce que la personne a déjà, ce qui en est proche, ce qui reste à apprendre."""

    acquises: list[CompetenceSitueeModele]
    transferables: list[CompetenceSitueeModele]
    manquantes: list[CompetenceSitueeModele]


class FormationModele(Modele):
    """Une formation, d'où qu'elle soit publiée."""

    identifiant: str
    intitule: str
    certification: str
    organisme: str | None
    commune: str | None
    departement: str | None
    voie: Voie | None
    modalite: Modalite | None
    distance_km: float | None = Field(description="À vol d'oiseau ; absente à distance, ou quand le lieu est inconnu.")
    distance: str
    precision: str = Field(description="Ce à quoi la distance est mesurée.")
    hors_rayon: bool
    debut: str | None
    url: str | None
    sources: list[str]
    demonstration: bool


class FormationsModele(Modele):
    """Les formations les plus proches ; à égalité, un tirage du jour, neutre entre organismes."""

    total: int
    elargi: bool = Field(description="Vrai quand aucune n'est connue dans le rayon.")
    remarque: str | None
    proches: list[FormationModele]


class ExplicationModele(Modele):
    """Une raison : ce qu'elle ajoute à l'indice, une phrase, ses preuves."""

    critere: str
    axe: Literal["attrait", "portee"]
    contribution: float
    phrase: str
    preuves: list[str]


class MetierNommeModele(Modele):
    """Un métier et son nom."""

    code_rome: str
    intitule: str


class MetierProposeModele(Modele):
    """Un métier à explorer. L'indice ordonne la liste ; il ne dit rien de l'aptitude de la personne."""

    code_rome: str
    intitule: str
    definition: str
    indice: float = Field(ge=0, le=1)
    attrait: float = Field(ge=0, le=1, description="Convient-il à la personne ? Voir « formule ».")
    portee: float = Field(ge=0, le=1, description="Peut-elle y arriver ? Voir « formule ».")
    ouverture: bool = Field(description="Vrai quand le métier vient d'un domaine que la personne n'a pas nommé.")
    gestes: list[str] = Field(description="Gestes partagés, pour un métier d'un autre domaine.")
    proche_de: list[MetierNommeModele] = Field(
        description="Métiers exercés, ou plus haut dans la liste, dont la parenté lui vaut sa place ; vide quand c'est "
        "son indice."
    )
    alertes: list[str]
    competences: CompetencesModele
    explications: list[ExplicationModele]
    certifications: list[CertificationBreveModele]
    formations: FormationsModele | None


class AutreLectureModele(Modele):
    """Une autre façon de comprendre."""

    code: str
    libelle: str


class ComprehensionModele(Modele):
    """Comment un morceau du profil a été compris."""

    champ: str
    texte: str
    nature: str
    code: str
    libelle: str
    confiance: float
    autres: list[AutreLectureModele]


class RecommandationModele(Modele):
    """Des métiers à explorer, avec leurs raisons."""

    metiers: list[MetierProposeModele]
    deja_exerces: list[NommeModele]
    compris: list[ComprehensionModele]
    avertissements: list[str]
    provenance: ProvenanceModele
    ponderation: dict[str, float]
    formule: str
    jour: str | None = Field(description="Jour du tirage entre formations égales ; le même jour, le même ordre.")
    nombre_evalues: int


class ResultatModele(Modele):
    """Une réponse à une recherche."""

    nature: Nature
    code: str
    libelle: str
    trouve: str
    score: float


class RechercheModele(Modele):
    """Les réponses à une recherche, les meilleures d'abord ; vides quand la question est étrangère aux référentiels."""

    requete: str
    sure: bool = Field(description="Faux : aucune réponse n'est assez probable, toutes sont des choix à proposer.")
    confiance: float = Field(description="Probabilité que la première réponse convienne, de 0 à 1.")
    resultats: list[ResultatModele]
    suivant: str | None = Field(description="À passer dans « curseur » pour la page suivante ; absent à la dernière.")
    provenance: ProvenanceModele


class TerritoireModele(Modele):
    """Un lieu."""

    nature: NatureLieu
    code: str
    nom: str
    libelle: str
    code_departement: str | None
    code_region: str | None
    codes_postaux: list[str]
    population: int | None
    remarque: str | None


class TerritoiresModele(Modele):
    """Des lieux, les meilleurs d'abord."""

    requete: str
    territoires: list[TerritoireModele]


class SanteModele(Modele):
    """Le service répond, et avec quoi."""

    etat: Literal["ok"]
    version: str
    catalogue: str
    index: str


class FauteModele(Modele):
    """Un champ à corriger."""

    champ: str
    message: str


class ProblemeModele(Modele):
    """Une erreur (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    conseil: str
    erreurs: list[FauteModele] | None = None
    proches: list[str] | None = None


def problem_response(description: str) -> dict[str, Any]:
    """How OpenAPI tells an error answer."""
    schema = {"$ref": "#/components/schemas/ProblemeModele"}
    return {"description": description, "content": {"application/problem+json": {"schema": schema}}}

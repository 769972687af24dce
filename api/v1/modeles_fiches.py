"""The shapes of cards: a métier, its figures, a certification and its blocs."""

from typing import Literal

from pydantic import Field

from api.v1.modeles import (
    CertificationBreveModele,
    FormationsModele,
    MetierViseModele,
    Modele,
    NommeModele,
    ProvenanceModele,
)
from api.v1.modeles_parcours import VoieModele
from referentiels.types import Maille, Statut, Voie
from referentiels.types.rome import CoeurMetier


class LieuModele(Modele):
    """La commune comprise."""

    code: str
    nom: str


class CertificationDuMetierModele(CertificationBreveModele):
    """Une certification qui mène au métier, et comment l'obtenir."""

    active: bool | None = Field(description="Null quand aucune source datée ne le dit.")
    estime: bool = Field(description="Vrai quand le lien vient d'une fiche plus ancienne au même intitulé.")
    voies: list[Voie] = Field(description="Voies que les sources disent ouvertes ; vide pour une fiche close.")


class LibelleModele(Modele):
    """Un code et son libellé."""

    code: str
    libelle: str


class RiasecModele(Modele):
    """Profil RIASEC d'un métier."""

    majeur: str | None
    mineur: str | None


class AppellationModele(Modele):
    """Un nom du métier."""

    code: int
    libelle: str
    libelle_court: str
    principale: bool


class CompetenceModele(Modele):
    """Une compétence que le métier demande."""

    code: int
    libelle: str
    categorie: str
    sous_categorie: str | None
    coeur_metier: CoeurMetier | None
    transversale: bool


class SavoirModele(Modele):
    """Un savoir que le métier demande."""

    code: int
    libelle: str
    categorie: str
    coeur_metier: CoeurMetier | None


class ContexteTravailModele(Modele):
    """Une condition de travail."""

    code: int
    libelle: str
    type: str


class IndicateurModele(Modele):
    """Un chiffre avec ce qu'il compte, où, quand et qui le publie."""

    indicateur: str
    libelle: str
    valeur: float | None
    statut: Statut
    unite: str
    population: str
    detail: str
    maille: Maille
    territoire: str
    millesime: str
    source: str
    producteur: str
    licence: str
    objet: str
    libelle_objet: str
    libelle_territoire: str
    nomenclature: str
    herite: bool
    estime: bool
    demonstration: bool = False


class ChiffreModele(IndicateurModele):
    """Un chiffre, et la façon de le montrer."""

    affiche: str = Field(description="En français, « non renseigné » ou « secret statistique » faute de chiffre.")
    echelle: str = Field(description="À quelle échelle il est publié.")


class IndicateursModele(Modele):
    """Les chiffres d'un métier, chacun à l'échelle la plus proche qui soit publiée."""

    code_rome: str
    intitule: str
    lieu: LieuModele | None = Field(description="La commune demandée ; null : les chiffres de la France.")
    indicateurs: list[ChiffreModele]
    non_renseignes: list["RubriqueModele"] = Field(description="Rubriques de la carte que personne ne publie ici.")
    carte: str = Field(description="Adresse des mêmes chiffres en image SVG, à intégrer.")
    provenance: ProvenanceModele


class RubriqueModele(Modele):
    """Ce dont une carte parle."""

    indicateur: str
    libelle: str


class MetierModele(Modele):
    """La fiche entière d'un métier ; null là où la source ne dit rien."""

    code_rome: str
    intitule: str
    definition: str
    acces: str
    grand_domaine: LibelleModele | None
    domaine: LibelleModele | None
    riasec: RiasecModele
    transition_ecologique: str | None
    transition_numerique: bool | None
    transition_demographique: bool | None
    emploi_reglemente: bool | None
    emploi_cadre: bool | None
    appellations: list[AppellationModele]
    competences: list[CompetenceModele]
    savoirs: list[SavoirModele]
    contextes: list[ContexteTravailModele]
    centres_interet: list[LibelleModele]
    secteurs: list[LibelleModele]
    thematiques: list[LibelleModele]
    mobilites: list[NommeModele] = Field(description="Métiers vers lesquels le ROME publie une mobilité.")
    mobilites_depuis: list[NommeModele] = Field(description="Métiers d'où le ROME publie une mobilité vers celui-ci.")
    certifications: list[CertificationDuMetierModele]
    voies: list[VoieModele] = Field(description="Voies d'au moins une certification active ; aucune n'est privilégiée.")
    indicateurs: list[IndicateurModele]
    lieu: LieuModele | None = Field(description="La commune demandée, telle qu'elle a été comprise.")
    formations: FormationsModele | None = Field(description="Les plus proches ; null sans commune.")
    jour: str | None = Field(description="Jour du tirage entre formations égales ; null sans commune.")
    provenance: ProvenanceModele


class BlocFicheModele(Modele):
    """Un bloc de compétences."""

    code: str
    intitule: str
    competences: str | None


class CertificateurModele(Modele):
    """Qui délivre la certification."""

    nom: str
    siret: str | None
    role: Literal["certificateur", "partenaire"]


class CertificationModele(Modele):
    """La fiche entière d'une certification ; null là où la source ne dit rien."""

    numero: str
    intitule: str
    abrege: str | None
    repertoire: Literal["RNCP", "RS"]
    niveau: int | None
    niveau_source: str | None
    nomenclature_niveau: Literal["europe_2019", "france_1969"] | None
    active: bool | None
    date_etat: str | None
    fin_enregistrement: str | None
    type_enregistrement: str | None
    source: str
    blocs: list[BlocFicheModele]
    voies: list[Voie]
    metiers: list[MetierViseModele]
    certificateurs: list[CertificateurModele]
    voies_detaillees: list[VoieModele]
    remplace: list[str]
    remplacee_par: list[str]
    continuite: "ContinuiteModele"
    provenance: ProvenanceModele


class CertificationLieeModele(CertificationBreveModele):
    """Une certification qui a précédé ou remplacé celle-ci."""

    active: bool | None
    pas: int = Field(ge=1, description="1 quand le lien est direct, 2 par une certification entre les deux…")


class ContinuiteModele(Modele):
    """Ce qui a précédé une certification et ce qui l'a remplacée, de proche en proche."""

    anciennes: list[CertificationLieeModele]
    nouvelles: list[CertificationLieeModele]


class BlocDetailleModele(Modele):
    """Un bloc de compétences, ligne à ligne."""

    code: str
    intitule: str
    competences: list[str] = Field(description="Telles que publiées ; vide quand la source ne les donne pas.")
    source: str


class BlocsModele(Modele):
    """Les blocs d'une certification."""

    numero: str
    intitule: str
    niveau: int | None
    active: bool | None
    blocs: list[BlocDetailleModele]
    remplacee_par: list[str] = Field(description="Là où chercher des blocs quand la fiche n'a plus cours.")
    provenance: ProvenanceModele

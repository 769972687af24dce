"""The shapes of the ways to a métier: formations, blocs, certifications, steps, reasons for what is not there."""

from typing import Literal

from pydantic import Field

from api.v1.modeles import CertificationBreveModele, MetierProposeModele, Modele, NommeModele, ProvenanceModele
from referentiels.types import Voie


class BlocModele(Modele):
    """Un bloc de compétences qui couvre une part de ce qui manque."""

    code: str
    intitule: str
    certification: CertificationBreveModele
    part: float = Field(ge=0, le=1, description="Part de ce qui est couvrable qu'il ajoute aux précédents.")
    couvre: list["LienModele"]
    lien_estime: bool = Field(description="Vrai quand aucune autorité ne publie que la certification mène au métier.")


class LienModele(Modele):
    """Ce qu'un bloc couvre, et d'où on le tient."""

    code: int
    libelle: str
    par: Literal["libelle", "sens", "mots"] = Field(description="Même libellé, ou ressemblance : une estimation.")
    probabilite: float = Field(ge=0, le=1)


class CouvertureModele(Modele):
    """Le plus petit ensemble de blocs trouvé."""

    blocs: list[BlocModele]
    part: float = Field(ge=0, le=1, description="De ce que des blocs peuvent couvrir.")
    part_totale: float = Field(ge=0, le=1, description="De tout ce qui manque, en importance.")
    exact: bool = Field(description="Vrai quand aucun ensemble plus petit ne couvre autant.")
    borne: float | None = Field(
        ge=1, description="Au plus tant de fois le plus petit nombre de blocs ; absent quand la liste a été coupée."
    )
    non_couverts: int


class VoieModele(Modele):
    """Une façon d'obtenir une certification."""

    voie: Voie
    libelle: str
    phrase: str
    reference: str | None


class CertificationUtileModele(Modele):
    """Une certification qui aide à atteindre le métier."""

    numero: str
    intitule: str
    niveau: int | None
    blocs: list[str]
    blocs_en_tout: int
    voies: list[VoieModele]
    premiere_marche: str | None


class EtapeModele(Modele):
    """Un métier sur le chemin."""

    code_rome: str
    intitule: str
    lien: str
    phrase: str
    apprend: list[str]
    apprend_en_tout: int
    reglemente: bool


class CheminModele(Modele):
    """Des étapes d'un métier à l'autre."""

    depart: NommeModele
    depart_dit: bool
    etapes: list[EtapeModele]


class ParcoursModele(Modele):
    """De la personne au métier : l'écart, et les façons de le combler."""

    metier: MetierProposeModele
    phrases: list[str]
    couverture: CouvertureModele
    certifications: list[CertificationUtileModele]
    chemins: list[CheminModele]
    jour: str
    provenance: ProvenanceModele


class EcartModele(Modele):
    """Un critère, pour ce métier et pour le dixième de la liste."""

    critere: str
    contribution: float
    contribution_dixieme: float


class PourquoiModele(Modele):
    """Où se place un métier, et ce qui l'y tient."""

    code_rome: str
    intitule: str
    rang: int | None
    phrases: list[str]
    ecarts: list[EcartModele]
    metier: MetierProposeModele | None
    provenance: ProvenanceModele


class EffetModele(Modele):
    """Ce qu'apporte une chose dite."""

    champ: str
    libelle: str
    restes: int
    entrants: list[NommeModele]
    phrase: str


class EffetsModele(Modele):
    """Ce qui changerait le plus la liste."""

    effets: list[EffetModele]
    provenance: ProvenanceModele


class SuiteModele(Modele):
    """Une certification qui peut suivre."""

    numero: str
    intitule: str
    niveau: int


class MetierOuvertModele(Modele):
    """Un métier que la certification ouvre."""

    code_rome: str
    intitule: str
    par: str = Field(description="La fiche qui le dit : celle demandée, ou celle qui l'a remplacée.")
    estime: bool


class EtApresModele(Modele):
    """« Et après ? »."""

    metiers: list[MetierOuvertModele]
    suites: list[SuiteModele]
    provenance: ProvenanceModele

"""The settings of Azimut: the only reader of the environment."""

import os
from ipaddress import ip_network
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from api.messages import describe_errors
from embeddings.embarque import DOSSIER_MODELE
from referentiels.errors import InvalidInputError

PROJET = Path(__file__).resolve().parent.parent
PREFIXE = "AZIMUT_"
_METRIQUES = "PROMETHEUS_MULTIPROC_DIR"
CLE_MIN = 32
Niveau = Literal["DEBUG", "INFO", "WARNING", "ERROR"]


class Settings(BaseSettings):
    """What a deployment may choose; each field is read from `AZIMUT_<NAME>`."""

    model_config = SettingsConfigDict(env_prefix=PREFIXE, env_ignore_empty=True, extra="forbid", frozen=True)

    donnees: Path = Field(
        default=PROJET / "donnees",
        description="Dossier des fichiers officiels ; absent, le socle embarqué prend leur place.",
    )
    bancs: Path = Field(
        default=PROJET / "bancs", description="Dossier des bancs d'essai, lu par les mesures seulement."
    )
    var: Path = Field(default=PROJET / "var", description="Dossier de ce qu'Azimut construit : catalogues et index.")
    config: Path | None = Field(
        default=None, description="Fichier TOML des poids et limites ; sans lui, les réglages publiés s'appliquent."
    )
    encodeur: Path | str = Field(
        default=DOSSIER_MODELE,
        description="Encodeur des textes : dossier ou nom d'un modèle ; le nôtre par défaut, « aucun » s'en passe.",
    )
    hote: str = Field(default="127.0.0.1", min_length=1, description="Adresse d'écoute du service.")
    port: int = Field(default=8000, ge=0, le=65535, description="Port d'écoute du service ; 0 en choisit un libre.")
    processus: int = Field(default=1, ge=1, le=64, description="Nombre de processus du service.")
    journal_niveau: Niveau = Field(default="INFO", description="Détail du journal.")
    journal_format: Literal["texte", "json"] = Field(
        default="texte", description="Forme du journal : des lignes à lire, ou un objet JSON par ligne."
    )
    metriques: Literal["local", "tous", "aucun"] = Field(
        default="local", description="Qui lit /metriques : cette machine seule, tous, ou personne."
    )
    hsts: int = Field(
        default=0, ge=0, le=63_072_000, description="Secondes de HTTPS exigé des navigateurs ; 0 quand TLS manque."
    )
    simultanees: int = Field(default=16, ge=1, le=1_000, description="Requêtes servies à la fois par un processus.")
    file_attente: int = Field(
        default=64, ge=0, le=10_000, description="Requêtes qui attendent leur tour ; au-delà, 503."
    )
    delai: float = Field(
        default=30, ge=1, le=600, description="Secondes pour commencer à répondre, attente comprise ; au-delà, 503."
    )
    delai_corps: float = Field(
        default=10, ge=0.1, le=600, description="Secondes pour recevoir le corps entier d'une requête."
    )
    delai_arret: float = Field(
        default=20, ge=0, le=600, description="Secondes laissées aux requêtes en cours quand le service s'arrête."
    )
    fils: int = Field(default=4, ge=1, le=64, description="Fils d'exécution d'un processus.")
    rechargement: float = Field(
        default=30, ge=0, le=86_400, description="Secondes entre deux regards sur un nouveau catalogue ; 0 : jamais."
    )
    corps_max: int = Field(
        default=256 * 1024,
        ge=1024,
        le=16 * 1024 * 1024,
        description="Taille maximale d'une requête, en octets ; d'un lot, le quadruple.",
    )

    base: SecretStr | None = Field(
        default=None,
        description="Adresse de la base (postgresql://…) ; sans elle, un fichier SQLite dans le dossier de travail.",
    )
    index: Literal["faiss", "pgvector"] = Field(
        default="faiss",
        description="Où sont les vecteurs des formations : dans le processus, ou dans la base PostgreSQL.",
    )
    cle_jetons: SecretStr | None = Field(
        default=None,
        description="Clé qui signe les jetons, suivie d'une espace et des anciennes ; sans elle, la base en garde une.",
    )
    cle_dossiers: SecretStr | None = Field(
        default=None,
        description="Clé qui chiffre les dossiers, suivie d'une espace et des anciennes ; sans elle, SQLite en garde "
        "une dans un fichier à côté de la base, et PostgreSQL refuse d'ouvrir un dossier.",
    )
    jeton_duree: int = Field(default=900, ge=60, le=3600, description="Durée d'un jeton, en secondes.")
    quota_fenetre: int = Field(default=60, ge=1, le=86_400, description="Durée d'une fenêtre de quota, en secondes.")
    quota_adresse: int = Field(
        default=300, ge=0, description="Requêtes sans jeton d'une adresse par fenêtre ; 0 : sans limite."
    )
    quota_pages: int = Field(
        default=2000, ge=0, description="Pages lues d'une adresse par fenêtre, complétion comprise ; 0 : sans limite."
    )
    quota_partenaire: int = Field(
        default=6000, ge=0, description="Requêtes d'un partenaire par fenêtre, sauf quota propre ; 0 : sans limite."
    )
    quota_jeton: int = Field(
        default=20, ge=0, description="Demandes de jeton d'une adresse par fenêtre ; 0 : sans limite."
    )
    quota_connexion: int = Field(
        default=60, ge=0, description="Essais de connexion de conseillers d'une adresse par fenêtre ; 0 : sans limite."
    )
    session_inactivite: int = Field(
        default=1800, ge=60, le=14_400, description="Secondes sans rien faire qui ferment la session d'un conseiller."
    )
    session_duree: int = Field(
        default=36_000, ge=300, le=43_200, description="Durée maximale de la session d'un conseiller, en secondes."
    )
    temoin_https: bool = Field(
        default=True,
        description="Réserve à HTTPS le témoin de session des conseillers ; « false » en développement seulement.",
    )
    oidc_emetteur: str | None = Field(
        default=None,
        description="Adresse du fournisseur d'identité (OpenID Connect) des conseillers ; aucun sans elle.",
    )
    oidc_client: str | None = Field(default=None, description="Identifiant d'Azimut chez ce fournisseur.")
    oidc_secret: SecretStr | None = Field(default=None, description="Secret d'Azimut chez ce fournisseur.")
    oidc_retour: str | None = Field(
        default=None,
        validate_default=True,
        description="Adresse où ce fournisseur renvoie : https://…/conseiller/connexion/oidc/retour.",
    )
    oidc_nom: str = Field(
        default="mon compte professionnel", min_length=1, max_length=60, description="Nom de ce fournisseur."
    )
    oidc_connexion: str = Field(
        default="email", description="Revendication de l'identifiant de connexion ; un courriel doit y être vérifié."
    )
    oidc_creation: bool = Field(
        default=False, description="Crée le compte d'une personne que le fournisseur connaît et qu'Azimut ignore."
    )
    oidc_role: str = Field(default="azimut_role", description="Revendication du rôle.")
    oidc_roles: str | None = Field(
        default=None, description="Rôle de chaque valeur de cette revendication : « spro-conseil=conseiller, … »."
    )
    oidc_structure: str = Field(default="azimut_structure", description="Revendication de la structure.")
    oidc_structures: str | None = Field(
        default=None, description="Structure de chaque valeur de cette revendication : « 21440001=cio-nantes, … »."
    )
    lieux_conseil: Path | None = Field(
        default=None,
        description="Fichier CSV des lieux où parler à un conseiller ; sans lui, des lieux de démonstration.",
    )
    integration: Literal["partenaires", "tous", "aucun"] = Field(
        default="partenaires",
        description="Sites qui peuvent montrer le chemin d'orientation dans leurs pages : partenaires, tous, ou aucun.",
    )
    mandataires: str | None = Field(
        default=None,
        description="Adresses ou réseaux des serveurs mandataires dont « X-Forwarded-For » est cru, à virgules.",
    )

    @field_validator("index")
    @classmethod
    def _check_index(cls, valeur: str, autres: ValidationInfo) -> str:
        base: SecretStr | None = autres.data.get("base")
        if valeur == "pgvector" and not (base and base.get_secret_value().startswith("postgres")):
            raise ValueError("« pgvector » demande que la base (AZIMUT_BASE) soit postgresql://….")
        return valeur

    @field_validator("cle_jetons", "cle_dossiers")
    @classmethod
    def _check_keys(cls, valeur: SecretStr | None) -> SecretStr | None:
        if valeur is not None and any(len(cle) < CLE_MIN for cle in valeur.get_secret_value().split()):
            raise ValueError(f"chaque clé a {CLE_MIN} caractères au moins, tirés au hasard.")
        return valeur

    @field_validator("oidc_retour")
    @classmethod
    def _check_provider(cls, valeur: str | None, autres: ValidationInfo) -> str | None:
        emetteur = autres.data.get("oidc_emetteur")
        if emetteur is None:
            return valeur
        if not (valeur and autres.data.get("oidc_client") and autres.data.get("oidc_secret")):
            raise ValueError("un fournisseur d'identité demande aussi AZIMUT_OIDC_CLIENT et AZIMUT_OIDC_SECRET.")
        for adresse in map(urlsplit, (emetteur, valeur)):
            if adresse.scheme != "https" and adresse.hostname not in {"localhost", "127.0.0.1"}:
                raise ValueError("les adresses d'un fournisseur d'identité sont en https.")
        return valeur

    @field_validator("mandataires")
    @classmethod
    def _check_proxies(cls, valeur: str | None) -> str | None:
        for adresse in (valeur or "").split(","):
            if adresse.strip():
                try:
                    ip_network(adresse.strip())
                except ValueError:
                    raise ValueError("des adresses ou des réseaux sont attendus, comme 10.0.0.0/8.") from None
        return valeur

    @property
    def url_base(self) -> str:
        """Where the database is; may hold a password."""
        return self.base.get_secret_value() if self.base else f"sqlite:///{self.var / 'azimut.db'}"

    @property
    def dossier_catalogue(self) -> Path:
        """Where catalogues are built and read."""
        return self.var / "catalogue"

    @property
    def dossier_index(self) -> Path:
        """Where search indexes are built and read."""
        return self.var / "index"

    @property
    def dossier_moteur(self) -> Path:
        """Where what the engine is made of is kept."""
        return self.var / "moteur"


def share_metrics(dossier: Path) -> None:
    """Have the processes to come count together in a folder; to be called before anything counts.

    The library of Prometheus reads its folder in the environment alone, when it is imported.
    """
    os.environ[_METRIQUES] = str(dossier)  # noqa: TID251 (this is api/settings.py)


def metrics_folder() -> Path | None:
    """Where processes count together; None for a process alone."""
    dossier = os.environ.get(_METRIQUES)  # noqa: TID251 (this is api/settings.py)
    return Path(dossier) if dossier else None


def load_settings() -> Settings:
    """Read the environment.

    Raises:
        InvalidInputError: A variable holds a value that cannot be used; names every variable at fault.
    """
    try:
        return Settings()
    except ValidationError as error:
        fautes = describe_errors(error.errors())
        phrases = " ; ".join(f"{PREFIXE}{faute.champ.upper()} : {faute.message}" for faute in fautes)
        raise InvalidInputError(f"réglage inutilisable. {phrases}", champ=fautes[0].champ) from None

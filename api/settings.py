"""The settings of Azimut: the only reader of the environment."""

from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from api.messages import describe_errors
from embeddings.embarque import DOSSIER_MODELE
from referentiels.errors import InvalidInputError

PROJET = Path(__file__).resolve().parent.parent
PREFIXE = "AZIMUT_"
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
    rechargement: float = Field(
        default=30, ge=0, le=86_400, description="Secondes entre deux regards sur un nouveau catalogue ; 0 : jamais."
    )
    corps_max: int = Field(
        default=256 * 1024, ge=1024, le=16 * 1024 * 1024, description="Taille maximale d'une requête, en octets."
    )

    @property
    def dossier_catalogue(self) -> Path:
        """Where catalogues are built and read."""
        return self.var / "catalogue"

    @property
    def dossier_index(self) -> Path:
        """Where search indexes are built and read."""
        return self.var / "index"


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

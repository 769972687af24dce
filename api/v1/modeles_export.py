"""The shapes of the catalogue of open data."""

from pydantic import Field

from api.v1.modeles import Modele, SourceModele


class ColonneModele(Modele):
    """Une colonne ; son nom ne change jamais."""

    nom: str
    sens: str


class SourceEcarteeModele(SourceModele):
    """Une source que sa licence tient hors de l'export."""

    raison: str


class JeuModele(Modele):
    """Un jeu de données ouvert."""

    cle: str
    titre: str
    colonnes: list[ColonneModele]
    csv: str = Field(description="Adresse du fichier CSV (RFC 4180, UTF-8, virgules, en-tête).")
    jsonl: str = Field(description="Adresse du fichier JSON lines (un objet par ligne).")
    sources: list[SourceModele] = Field(description="À citer, chacune sous sa licence.")
    sources_ecartees: list[SourceEcarteeModele]


class ExportModele(Modele):
    """Les données ouvertes du catalogue en service."""

    catalogue: str = Field(description="Version du catalogue ; les fichiers d'une même version sont identiques.")
    jeux: list[JeuModele]
    remarques: list[str]

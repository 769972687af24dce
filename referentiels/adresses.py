"""Where the newest official files are: addresses, expected kinds and places below the data folder."""

from dataclasses import dataclass
from typing import Literal

Nature = Literal["zip", "xlsx", "json", "csv", "xml"]


@dataclass(frozen=True, slots=True)
class Telechargement:
    """How to find the newest official file of a source.

    Args:
        mode: `direct`: the URL is the file; `data_gouv`: the URL is a dataset of data.gouv.fr, whose newest
            resource with a title that begins with `titre` is taken.
        url: Where to ask; `{annee}` is tried from the current year downwards.
        fichier: Place under the data folder (`{titre}` is the resource's own name, `{annee}` the year found).
        nature: First bytes expected: an answer of another kind (an HTML error page) is refused.
        titre: Beginning of the resource's title, for `data_gouv`.
        forme: Format the catalogue announces for the resource (`csv`), where several share a title.
        partie: Which part of the source the file is. All the parts are fetched; within one part, the first
            address that answers is enough.
        deballer: The archive's files are laid beside `fichier`, which is not kept: for sources made of several
            archives, since a source is read from one place.
    """

    mode: Literal["direct", "data_gouv"]
    url: str
    fichier: str
    nature: Nature
    titre: str = ""
    forme: str = ""
    partie: str = ""
    deballer: bool = False


_DATA_GOUV = "https://www.data.gouv.fr/api/1/datasets/"
_ROME = _DATA_GOUV + "repertoire-operationnel-des-metiers-et-des-emplois-rome/"
_RNCP = _DATA_GOUV + "repertoire-national-des-certifications-professionnelles-et-repertoire-specifique/"
_GEO = (
    "https://geo.api.gouv.fr/communes?fields=nom,code,codesPostaux,centre,population,"
    "codeDepartement,codeRegion,codeEpci&format=json"
)
_BMO = (
    "https://www.francetravail.org/files/live/sites/peorg/files/documents/"
    "Statistiques-et-analyses/Open-data/BMO/Base_open_data_BMO_{annee}.xlsx"
)
_DEPP = "https://data.education.gouv.fr/api/explore/v2.1/catalog/datasets/"
# The labelled layout is the one the DEPP documents and the loaders read.
_LIBELLES = "/exports/csv?lang=fr&use_labels=true&delimiter=%3B"
_MESR = "https://data.enseignementsup-recherche.gouv.fr/api/explore/v2.1/catalog/datasets/"
_CDC = "https://opendata.caissedesdepots.fr/api/explore/v2.1/catalog/datasets/"
_ONISEP = "https://api.opendata.onisep.fr/downloads/"


def _inserjeunes(jeu: str) -> Telechargement:
    return Telechargement("direct", f"{_DEPP}{jeu}{_LIBELLES}", f"marche/{jeu}.csv", "csv", partie=jeu)


def _onisep(identifiant: str, fichier: str, nature: Nature) -> Telechargement:
    """A file of opendata.onisep.fr; archives hold one XML under its official dated name."""
    url = f"{_ONISEP}{identifiant}/{identifiant}.{nature}"
    return Telechargement("direct", url, f"onisep/{fichier}", nature, partie=fichier, deballer=nature == "zip")


def _rncp_xml(partie: str) -> Telechargement:
    titre = f"export-fiches-{partie}-v4-1-"
    return Telechargement("data_gouv", _RNCP, "rncp/xml/{titre}.zip", "zip", titre, partie=partie, deballer=True)


ADRESSES: dict[str, tuple[Telechargement, ...]] = {
    "rome": (
        Telechargement(
            "direct",
            "https://api.francetravail.fr/api-nomenclatureemploi/v1/open-data/csv",
            "rome_RefRomeCsv.zip",
            "zip",
        ),
        Telechargement(
            "data_gouv", _ROME, "rome_RefRomeCsv.zip", "zip", titre="Toutes les données du ROME", forme="csv"
        ),
    ),
    "rncp_xml": (_rncp_xml("rncp"), _rncp_xml("rs")),
    "rncp_csv": (Telechargement("data_gouv", _RNCP, "rncp/{titre}.zip", "zip", "export-fiches-csv-"),),
    "territoires": (
        Telechargement("direct", _GEO, "territoires/communes-geo-api.json", "json", partie="communes"),
        Telechargement(
            "direct",
            _GEO + "&type=arrondissement-municipal",
            "territoires/communes-geo-api-arrondissements.json",
            "json",
            partie="arrondissements",
        ),
    ),
    "bmo": (Telechargement("direct", _BMO, "marche/Base_open_data_BMO_{annee}.xlsx", "xlsx"),),
    "inserjeunes": (
        _inserjeunes("fr-en-inserjeunes-lycee_pro-formation-fine"),
        _inserjeunes("fr-en-inserjeunes-cfa-formation_fine"),
        _inserjeunes("fr-en-inserjeunes-cfa"),
    ),
    "parcoursup": (
        Telechargement(
            "direct",
            _MESR + "fr-esr-parcoursup/exports/csv?delimiter=%3B",
            "formations/parcoursup_open_data.csv",
            "csv",
        ),
    ),
    "mon_compte_formation": (
        Telechargement(
            "direct",
            _CDC + "moncompteformation_catalogueformation/exports/csv?delimiter=%3B",
            "formations/moncompteformation_catalogueformation.csv",
            "csv",
        ),
    ),
    "onisep": (
        _onisep("5fe07a9ecc960", "fiches-formations.zip", "zip"),
        _onisep("5fe0808a2da6f", "fiches-metiers.zip", "zip"),
        _onisep("5fa5949243f97", "ideo-metiers_onisep.json", "json"),
        _onisep("5fa58d750a60c", "ideo-domaines_sous-domaines.json", "json"),
        _onisep("5fa591127f501", "ideo-formations_initiales_en_france.csv", "csv"),
        _onisep("605344579a7d7", "ideo-actions_de_formation_superieur.csv", "csv"),
        _onisep("5fa5816ac6a6e", "ideo-structures_secondaire.csv", "csv"),
        _onisep("5fa586da5c4b6", "ideo-structures_superieur.json", "json"),
    ),
}
"""Addresses by key of source; a source that is absent here has no known address and is laid down by hand."""

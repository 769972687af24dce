"""The sources Azimut reads: who publishes them, under which licence, how to recognise and find them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from referentiels.depot import Depot, natural_key
from referentiels.types.source import Famille

LO2 = "Licence Ouverte 2.0"
ODBL = "ODbL"
_DATA_GOUV = "https://www.data.gouv.fr/api/1/datasets/"


@dataclass(frozen=True, slots=True)
class Telechargement:
    """How to find the newest official file of a source.

    Args:
        mode: `direct`: the URL is the file; `data_gouv`: the URL is a dataset of data.gouv.fr, whose newest
            resource with a title that begins with `titre` is taken.
        url: Where to ask.
        fichier: Name under the data folder (`{titre}` is the resource's own name).
        titre: Beginning of the resource's title, for `data_gouv`.
        nature: First bytes expected: an answer of another kind (an HTML error page) is refused.
    """

    mode: Literal["direct", "data_gouv"]
    url: str
    fichier: str
    nature: Literal["zip", "xlsx", "json", "csv", "xml"]
    titre: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """One official source.

    Args:
        cle: Short stable key, used in reports, figures and commands.
        titre: French title shown to people.
        producteur: Public body that publishes it.
        licence: Licence of reuse.
        famille: What it feeds; the socle stands in for a family of which nothing official is there.
        emplacements: Globs below the data folder, each a folder, a zip or a file.
        temoin: Regular expression of a file whose presence shows the source (base name, case-blind).
        telechargements: Where its newest files are; the first that answers is taken.
    """

    cle: str
    titre: str
    producteur: str
    licence: str
    famille: Famille
    emplacements: tuple[str, ...]
    temoin: str
    telechargements: tuple[Telechargement, ...] = ()


SOURCES: tuple[Source, ...] = (
    Source(
        "rome",
        "ROME 4.0, répertoire opérationnel des métiers et des emplois",
        "France Travail",
        LO2,
        "rome",
        ("rome*", "*RefRomeCsv*", "."),
        r"unix_referentiel_code_rome_v\d+_utf8\.csv",
        (
            Telechargement(
                "direct",
                "https://api.francetravail.fr/api-nomenclatureemploi/v1/open-data/csv",
                "rome/RefRomeCsv.zip",
                "zip",
            ),
            Telechargement(
                "data_gouv",
                _DATA_GOUV + "repertoire-operationnel-des-metiers-et-des-emplois-rome/",
                "rome/{titre}.zip",
                "zip",
                "RefRomeCsv",
            ),
        ),
    ),
    Source(
        "rncp_actives",
        "Liste des fiches actives du RNCP et du RS",
        "France compétences",
        LO2,
        "certifications",
        ("rncp/actives*", "rncp", "."),
        r"fiches_actives_\d{4}_\d{2}_\d{2}\.csv",
    ),
    Source(
        "rncp_xml",
        "RNCP et RS, export XML",
        "France compétences",
        LO2,
        "certifications",
        ("rncp/*xml*", "rncp/export*fiches*rncp*", "rncp/export*fiches*rs*"),
        r".*(rncp|rs).*\.xml",
        (
            Telechargement(
                "data_gouv",
                _DATA_GOUV + "repertoire-national-des-certifications-professionnelles-et-repertoire-specifique/",
                "rncp/{titre}.zip",
                "zip",
                "export-fiches-rncp-v4-1-",
            ),
        ),
    ),
    Source(
        "rncp_csv",
        "RNCP et RS, export CSV",
        "France compétences",
        LO2,
        "certifications",
        ("rncp/export[-_]*csv*", "rncp/export_2*", "rncp"),
        r"export_fiches_CSV_(Standard|Blocs_De_Comp.tences)_\d{4}_\d{2}_\d{2}\.csv",
        (
            Telechargement(
                "data_gouv",
                _DATA_GOUV + "repertoire-national-des-certifications-professionnelles-et-repertoire-specifique/",
                "rncp/{titre}.zip",
                "zip",
                "export-fiches-csv-",
            ),
        ),
    ),
    Source(
        "certifinfo",
        "Certif Info",
        "Réseau des Carif-Oref",
        LO2,
        "certifications",
        ("certifinfo", "."),
        r"certif_info\.csv",
    ),
    Source(
        "rncp_apprentissage",
        "Correspondance diplômes CFD et RNCP",
        "France compétences",
        LO2,
        "certifications",
        ("rncp", "."),
        r"Kit_apprentissage_et_RNCP.*\.csv",
    ),
    Source(
        "rncp_kit",
        "RNCP, kit de 2021",
        "France compétences",
        LO2,
        "certifications",
        ("rncp/kit*",),
        r"rncp_info\..*\.csv",
    ),
    Source(
        "territoires",
        "Communes, départements, régions et zonages",
        "Insee, Etalab, La Poste",
        LO2,
        "territoires",
        ("territoires", "."),
        r"communes\.json",
        (
            Telechargement(
                "direct",
                "https://geo.api.gouv.fr/communes?fields=nom,code,codesPostaux,centre,population,"
                "codeDepartement,codeRegion,codeEpci&format=json",
                "territoires/communes.json",
                "json",
            ),
        ),
    ),
    Source(
        "passerelles",
        "Passerelles entre nomenclatures",
        "Dares, France Travail, Onisep",
        LO2,
        "passerelles",
        ("passerelles",),
        r".*\.(csv|xlsx|txt)",
    ),
    Source(
        "bmo",
        "Besoins en main-d'œuvre",
        "France Travail",
        "Licence Ouverte",
        "indicateurs",
        ("marche", "bmo", "."),
        r"Base_open_data_BMO_\d{4}\.xlsx",
        (
            Telechargement(
                "direct",
                "https://www.francetravail.org/files/live/sites/peorg/files/documents/"
                "Statistiques-et-analyses/Open-data/BMO/Base_open_data_BMO_2025.xlsx",
                "bmo/Base_open_data_BMO_2025.xlsx",
                "xlsx",
            ),
        ),
    ),
    Source(
        "dares",
        "Portraits statistiques des métiers et tensions",
        "Dares, Insee",
        LO2,
        "indicateurs",
        ("marche/dares*", "dares*"),
        r"tensions\.csv",
    ),
    Source(
        "tension_ft",
        "Tension par métier et bassin",
        "France Travail",
        LO2,
        "indicateurs",
        ("marche",),
        r"ft_tension_rome_x_bassin_.*\.csv",
    ),
    Source(
        "inserjeunes",
        "InserJeunes",
        "Depp, Dares",
        LO2,
        "indicateurs",
        ("marche", "inserjeunes*"),
        r"(inserjeunes|fr-en-inserjeunes).*\.csv",
        (
            Telechargement(
                "direct",
                "https://data.education.gouv.fr/api/explore/v2.1/catalog/datasets/fr-en-inserjeunes-cfa/exports/csv",
                "inserjeunes/fr-en-inserjeunes-cfa.csv",
                "csv",
            ),
        ),
    ),
    Source(
        "tension_legale",
        "Métiers en tension, liste réglementaire",
        "Ministère du Travail",
        LO2,
        "indicateurs",
        ("marche",),
        r"metiers_en_tension_.*\.csv",
    ),
    Source(
        "chomage",
        "Taux de chômage localisés",
        "Insee",
        LO2,
        "indicateurs",
        ("marche",),
        r"chomage_departemental.*\.csv",
    ),
)

PAR_CLE = {source.cle: source for source in SOURCES}


def locate(source: Source, dossier: Path) -> Depot | None:
    """The newest place below a data folder where the source lies, opened; None when nothing answers.

    Raises:
        SourceError: A place answers but cannot be opened (damaged or hostile archive).
    """
    for emplacement in source.emplacements:
        candidats = [dossier] if emplacement == "." else sorted(dossier.glob(emplacement), key=_newest, reverse=True)
        for candidat in candidats:
            if candidat.is_file() and candidat.suffix.lower() not in {".zip", ".xml", ".xlsx", ".csv", ".json"}:
                continue
            depot = Depot(candidat)
            if depot.find(source.temoin) is not None:
                return depot
            depot.close()
    return None


def _newest(chemin: Path) -> list[tuple[int, str]]:
    return natural_key(chemin.name)

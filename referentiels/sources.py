"""The sources Azimut reads: who publishes them, under which licence, how to recognise and find them."""

from dataclasses import dataclass
from pathlib import Path

from referentiels.adresses import ADRESSES, Telechargement
from referentiels.depot import Depot, natural_key
from referentiels.types.source import Famille

LO2 = "Licence Ouverte 2.0"
ODBL = "ODbL"


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
        telechargements: Where its newest files are; none when they have to be laid down by hand.
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
        ADRESSES["rome"],
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
        ("rncp/xml", "rncp/*xml*", "rncp/export*fiches*rncp*", "rncp/export*fiches*rs*"),
        r".*(rncp|rs).*\.xml",
        ADRESSES["rncp_xml"],
    ),
    Source(
        "rncp_csv",
        "RNCP et RS, export CSV",
        "France compétences",
        LO2,
        "certifications",
        ("rncp/export[-_]*csv*", "rncp/export_2*", "rncp"),
        r"export_fiches_CSV_(Standard|Blocs_De_Comp.{1,3}tences)_\d{4}_\d{2}_\d{2}\.csv",
        ADRESSES["rncp_csv"],
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
        r"communes?[\w.-]*\.json",
        ADRESSES["territoires"],
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
        ADRESSES["bmo"],
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
        ADRESSES["inserjeunes"],
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
    Source(
        "lheo",
        "Offre de formation régionale, flux LHEO",
        "Carif-Oref",
        "Licence de chaque Carif-Oref",
        "formations",
        ("lheo*", "formations/lheo*"),
        r".*\.xml",
    ),
    Source(
        "parcoursup",
        "Parcoursup, formations de l'enseignement supérieur",
        "Ministère de l'Enseignement supérieur et de la Recherche",
        LO2,
        "formations",
        ("formations", "parcoursup*", "."),
        r".*parcoursup.*\.csv",
        ADRESSES["parcoursup"],
    ),
    Source(
        "mon_compte_formation",
        "Mon compte formation, catalogue de l'offre",
        "Caisse des dépôts",
        LO2,
        "formations",
        ("formations", "moncompteformation*", "."),
        r"moncompteformation.*\.csv",
        ADRESSES["mon_compte_formation"],
    ),
    Source(
        "onisep",
        "Idéo, fiches formations et fiches métiers",
        "Onisep",
        ODBL,
        "formations",
        ("onisep*",),
        r"(Onisep_Ideo_Fiches_|ideo-).*\.(xml|csv|json)",
        ADRESSES["onisep"],
    ),
    Source(
        "bcn",
        "Nomenclatures et capacités de la voie scolaire",
        "Ministère de l'Éducation nationale",
        LO2,
        "formations",
        ("formations/bcn*", "bcn*"),
        r"([nv]FormationDiplome_|(BTS_)?attractivite_capacite_\d{4})\.csv",
    ),
    Source(
        "apprentissage",
        "Formations et établissements d'apprentissage",
        "Réseau des Carif-Oref, ministère de l'Éducation nationale",
        LO2,
        "formations",
        ("formations", "apprentissage*"),
        r"(rco[_-]formations[_-]apprentissage|catalogue[_-]etablissements[_-]apprentissage).*\.csv",
    ),
    Source(
        "masters",
        "Trouver mon master, mentions de master",
        "Ministère de l'Enseignement supérieur et de la Recherche",
        LO2,
        "formations",
        ("formations", "masters*"),
        r"trouver[_-]mon[_-]master.*\.csv",
    ),
)

PAR_CLE = {source.cle: source for source in SOURCES}


def locate(source: Source, dossier: Path) -> Depot | None:
    """The newest place below a data folder where the source lies, opened; None when nothing answers.

    Raises:
        SourceError: A place answers but cannot be opened (damaged or hostile archive).
    """
    for emplacement in source.emplacements:
        candidats = [dossier] if emplacement == "." else _with_archives(sorted(dossier.glob(emplacement)))
        if (depot := _newest(source, candidats)) is not None:
            return depot
    return None


def _with_archives(places: list[Path]) -> list[Path]:
    """The places, and the zips that lie in those that are folders."""
    return places + [archive for place in places if place.is_dir() for archive in sorted(place.glob("*.zip"))]


def _newest(source: Source, candidats: list[Path]) -> Depot | None:
    """Of the places that hold the source, the one whose own files are the newest by the numbers in their names.

    A place's name decides only between equals: `rome_RefRomeCsv.zip` tells nothing of the version inside.
    """
    choisi: tuple[tuple[list[tuple[int, str]], list[tuple[int, str]]], Depot] | None = None
    for candidat in candidats:
        if candidat.is_file() and candidat.suffix.lower() not in {".zip", ".xml", ".xlsx", ".csv", ".json"}:
            continue
        depot = Depot(candidat)
        membre = depot.find(source.temoin)
        rang = (natural_key(membre.nom if membre else ""), natural_key(candidat.name))
        if membre is None or (choisi is not None and rang < choisi[0]):
            depot.close()
            continue
        if choisi is not None:
            choisi[1].close()
        choisi = (rang, depot)
    return choisi[1] if choisi else None

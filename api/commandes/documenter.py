"""The documents that are written from the configuration and the measures, so that none tells what is no longer so."""

import re
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from api.commandes.aide import Groupe
from api.lectures.algorithme import (
    CADRE,
    CONTRIBUTION,
    EXCLUSIONS,
    FINALITE,
    RAPPORT,
    criteria,
    operations,
)
from api.profils.cles import CLES_PERSONNELLES
from api.profils.profil import ProfilSchema
from api.settings import PROJET, load_settings
from recommender.config import Config, load_config
from recommender.ponderation import axis_shares, divisor, formula
from referentiels.catalogue import Catalogue
from referentiels.errors import InvalidInputError
from referentiels.sources import SOURCES

GABARITS = Path(__file__).parent / "documents"
DOSSIER_IA, FICHE = "dossier-ia.md", "traitement-algorithmique.md"
MESURES = (
    "Requêtes de tous les jours, jamais vues",
    "Appellations tenues à l'écart",
    "Mobilités officielles, cachées",
    "Personnes jugées",
    "Équité",
    "Stabilité, raisons, rejeu",
)
"""What the file on AI takes from the report, by the titles of its sections."""
MANQUES = "Ce qui manque encore"
_PAGES = Environment(
    loader=FileSystemLoader(GABARITS),
    autoescape=False,  # noqa: S701 (Markdown, of what is ours)
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
_CATALOGUE = click.option(
    "--catalogue", "avec_catalogue", is_flag=True, help="Ajoute les sources du catalogue en service, leurs millésimes."
)


@click.group(cls=Groupe)
def documenter() -> None:
    """Group of the documents."""


@documenter.command(help="Écrit le dossier technique au titre du règlement sur l'IA, en Markdown.")
@_CATALOGUE
def ia(avec_catalogue: bool) -> None:
    """Write the file on AI."""
    click.echo(_write(DOSSIER_IA, avec_catalogue), nl=False)


@documenter.command(help="Écrit la fiche publique du traitement algorithmique, en Markdown.")
@_CATALOGUE
def algorithme(avec_catalogue: bool) -> None:
    """Write the public sheet."""
    click.echo(_write(FICHE, avec_catalogue), nl=False)


def write_document(nom: str, config: Config, rapport: str, catalogue: Catalogue | None = None) -> str:
    """One document, in Markdown.

    Args:
        nom: `DOSSIER_IA` or `FICHE`.
        config: The settings of the recommendation.
        rapport: The report of the measures.
        catalogue: The one in service, whose sources are told.

    Raises:
        InvalidInputError: The report has no section of a title that is expected.
    """
    publie = load_config()
    poids = config.ponderation.model_dump()
    total = divisor(config, poids)
    return _PAGES.get_template(f"{nom}.jinja").render(
        version=version("azimut"),
        empreinte=config.empreinte,
        modifies=config.empreinte != publie.empreinte,
        finalite=FINALITE,
        contribution=CONTRIBUTION,
        exclusions=EXCLUSIONS,
        cadre=CADRE,
        operations=[phrase for _, phrase in operations(config.liste)],
        formule=formula(poids, total),
        parts={axe: f"{100 * part:.0f} %" for axe, part in axis_shares(poids, total).items()},
        criteres=list(_rows(config)),
        marche_eteint=config.ponderation.marche == 0,
        lues=[{"champ": champ, "sens": info.description} for champ, info in ProfilSchema.model_fields.items()],
        jamais_lues=sorted(CLES_PERSONNELLES),
        sources=SOURCES,
        catalogue=_describe(catalogue) if catalogue else "",
        conditions=_conditions(rapport),
        mesures=[(titre, section(rapport, titre)) for titre in MESURES],
        manques=section(rapport, MANQUES),
    )


def section(rapport: str, titre: str) -> str:
    """What a report says under a title, up to the next one of its rank or above.

    Raises:
        InvalidInputError: It has no such title.
    """
    trouve = re.search(rf"^(#+) {re.escape(titre)}\n", rapport, re.MULTILINE)
    if trouve is None:
        raise InvalidInputError(f"{RAPPORT} n'a plus de partie « {titre} ».", champ="rapport")
    suite = rapport[trouve.end() :]
    fin = re.search(rf"^#{{1,{len(trouve[1])}}} ", suite, re.MULTILINE)
    return (suite[: fin.start()] if fin else suite).strip()


def _conditions(rapport: str) -> str:
    """The machine, the data and the day, which open the report."""
    return "\n".join(re.findall(r"^(?:- \*\*|  ).+$", rapport.split("\n## ", maxsplit=1)[0], re.MULTILINE))


def _rows(config: Config) -> Iterator[dict[str, Any]]:
    for ligne in criteria(config):
        yield {**ligne, "poids": _number(ligne["poids"]), "poids_publie": _number(ligne["poids_publie"])}


def _number(valeur: float) -> str:
    return f"{valeur:g}".replace(".", ",")


def _describe(catalogue: Catalogue) -> str:
    lignes = [
        f"Catalogue en service : `{catalogue.version}`.",
        "",
        "| Source en service | Millésime | Lignes lues | Refusées |",
        "|---|---|---|---|",
        *(f"| {s.titre} | {s.millesime} | {s.lignes} | {s.rejets} |" for s in catalogue.sources),
    ]
    return "\n".join(lignes)


def _write(nom: str, avec_catalogue: bool) -> str:
    settings = load_settings()
    catalogue = Catalogue.load(settings.dossier_catalogue) if avec_catalogue else None
    rapport = (PROJET / RAPPORT).read_text(encoding="utf-8")
    return write_document(nom, load_config(settings.config), rapport, catalogue)

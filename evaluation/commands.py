"""`azimut evaluer`: how good, against what; every figure of RESULTATS.md comes from one of these commands."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from embeddings.search import Recherche
from evaluation.mobilites import evaluate_mobilities
from evaluation.requetes import evaluate_requests
from recommender.config import Config
from referentiels.catalogue import Catalogue


@dataclass(frozen=True, slots=True)
class Moteur:
    """What an evaluation measures."""

    catalogue: Catalogue
    recherche: Recherche
    config: Config


Chargeur = Callable[[], Moteur]
_JSON = click.option("--json", "en_json", is_flag=True, help="Écrit les mesures en JSON, et rien d'autre.")


@click.group(help="Mesure la qualité, toujours à côté de références simples.")
def evaluer() -> None:
    """Group of the evaluations; `click.Context.obj` loads the engine."""


@evaluer.command(help="Requêtes de tous les jours : « requête <tabulation> codes ROME ou débuts acceptés ».")
@click.option("--fichier", type=click.Path(path_type=Path), required=True, help="Le fichier TSV des requêtes.")
@_JSON
@click.pass_obj
def requetes(charger: Chargeur, fichier: Path, en_json: bool) -> None:
    """Search: share of requests answered in the first place and the first five."""
    _tell(evaluate_requests(charger().recherche, fichier), en_json)


@evaluer.command(help="Mobilités officielles cachées : les retrouve-t-on à partir des compétences d'un métier ?")
@click.option(
    "--un-sur", type=click.IntRange(1, 100), default=1, show_default=True, help="N'essaie qu'un métier sur N."
)
@_JSON
@click.pass_obj
def mobilites(charger: Chargeur, un_sur: int, en_json: bool) -> None:
    """Recommendation: official mobilities found again."""
    moteur = charger()
    _tell(evaluate_mobilities(moteur.catalogue, moteur.config, un_sur=un_sur), en_json)


def _tell(mesures: Mapping[str, Any], en_json: bool) -> None:
    if en_json:
        click.echo(json.dumps(mesures, ensure_ascii=False, indent=2))
        return
    for ligne in _lines(mesures, ""):
        click.echo(ligne)


def _lines(mesures: Mapping[str, Any], retrait: str) -> list[str]:
    lignes = []
    for nom, valeur in mesures.items():
        if isinstance(valeur, Mapping):
            lignes += [f"{retrait}{nom}", *_lines(valeur, retrait + "  ")]
        else:
            lignes.append(
                f"{retrait}{nom:<16}{valeur:.4f}" if isinstance(valeur, float) else f"{retrait}{nom:<16}{valeur}"
            )
    return lignes

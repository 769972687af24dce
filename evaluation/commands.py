"""`azimut evaluer`: how good, against what; every figure of RESULTATS.md comes from one of these commands."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click

from embeddings.encodeur import Encodeur, EncodeurPhrases
from embeddings.extraction import Extracteur
from embeddings.search import Recherche
from evaluation.appellations import (
    evaluate_ablation,
    evaluate_appellations,
    evaluate_certifications,
    evaluate_genders,
    evaluate_offers,
)
from evaluation.blocs import evaluate_blocs
from evaluation.charge import generate_load
from evaluation.durees import measure_answers
from evaluation.equite import evaluate_equity
from evaluation.etude import study_encoders
from evaluation.extraction import Moitie, evaluate_extraction
from evaluation.melo import evaluate_bench, read_bench
from evaluation.mobilites import Partie, evaluate_mobilities
from evaluation.ponderation import fit_weights
from evaluation.profils import Lecture, evaluate_profiles, read_profiles
from evaluation.requetes import evaluate_requests
from evaluation.stabilite import evaluate_stability
from evaluation.tremblement import EncodeurTremblant, repeat
from recommender.config import Config
from recommender.parcours import Guide
from recommender.pipeline import Recommender
from referentiels.catalogue import Catalogue
from referentiels.errors import InvalidInputError


@dataclass(frozen=True)
class Moteur:
    """What an evaluation measures."""

    catalogue: Catalogue
    ouvrir: Callable[[], Recherche]
    """Opens the index in service; measures that make their own do without."""
    config: Config
    encodeur: Encodeur | None
    lire: Lecture
    """Reads a profile as the API does."""

    @cached_property
    def recherche(self) -> Recherche:
        """The search in service."""
        return self.ouvrir()


Chargeur = Callable[[], Moteur]
_JEUX = Path(__file__).parent / "jeux"
JEU_EXTRACTION, JEU_CONTROLE = _JEUX / "extraction.tsv", _JEUX / "requetes_controle.tsv"
JEU_PROFILS, JEU_BLOCS = _JEUX / "profils_reglage.jsonl", _JEUX / "blocs_juges.tsv"
_JSON = click.option("--json", "en_json", is_flag=True, help="Écrit les mesures en JSON, et rien d'autre.")

_BASE = click.option("--base", default=None, help="Un autre encodeur, tel quel, à mesurer à côté (dossier ou nom).")


@click.group(help="Mesure la qualité, toujours à côté de références simples.")
def evaluer() -> None:
    """Group of the evaluations; `click.Context.obj` loads the engine."""


@evaluer.command(help="Requêtes de tous les jours : « requête <tabulation> codes ROME ou débuts acceptés ».")
@click.option("--fichier", type=click.Path(path_type=Path), required=True, help="Le fichier TSV des requêtes.")
@_BASE
@_JSON
@click.pass_obj
def requetes(charger: Chargeur, fichier: Path, base: str | None, en_json: bool) -> None:
    """Search: share of requests answered in the first place and the first five."""
    _tell(evaluate_requests(charger().recherche, fichier, _open(base)), en_json)


@evaluer.command(help="Le banc MELO : des appellations du ROME face aux libellés d'ESCO.")
@click.option("--jeu", type=click.Path(path_type=Path), required=True, help="Dossier du banc.")
@_BASE
@_JSON
@click.pass_obj
def melo(charger: Chargeur, jeu: Path, base: str | None, en_json: bool) -> None:
    """Labels: mean reciprocal rank of the first right one."""
    banc = read_bench(jeu)
    _tell(evaluate_bench(banc, charger().encodeur, _open(base)), en_json)


@evaluer.command(help="Appellations tenues à l'écart de l'entraînement : leur métier est-il retrouvé ?")
@_BASE
@_JSON
@click.pass_obj
def appellations(charger: Chargeur, base: str | None, en_json: bool) -> None:
    """Search: appellations that nothing was learnt from."""
    moteur = charger()
    _tell(evaluate_appellations(moteur.catalogue, moteur.encodeur, _open(base)), en_json)


@evaluer.command(help="Ce que vaut chaque partie de la recherche : une en moins à chaque fois.")
@_JSON
@click.pass_obj
def ablation(charger: Chargeur, en_json: bool) -> None:
    """Search: one part taken away at a time."""
    moteur = charger()
    _tell(evaluate_ablation(moteur.catalogue, moteur.encodeur), en_json)


@evaluer.command(help="Des encodeurs côte à côte, par le sens seul : qualité, poids, vitesse, dimensions coupées.")
@click.option("--modele", "modeles", multiple=True, required=True, help="Dossier ou nom d'un encodeur ; se répète.")
@click.option(
    "--dimension", "dimensions", type=click.IntRange(8, 4096), multiple=True, default=(96, 192, 384),
    show_default=True, help="Premières dimensions gardées ; se répète.",
)  # fmt: skip
@click.option("--fichier", type=click.Path(path_type=Path), default=JEU_CONTROLE, help="Le fichier TSV des requêtes.")
@_JSON
@click.pass_obj
def etude(charger: Chargeur, modeles: Sequence[str], dimensions: Sequence[int], fichier: Path, en_json: bool) -> None:
    """Encoders: one row each and each dimension."""
    for ligne in study_encoders(charger().catalogue, modeles, dimensions, fichier):
        _tell(ligne, en_json)


@evaluer.command(help="Intitulés de certifications actives : l'un de leurs métiers est-il retrouvé ?")
@click.option("--nombre", type=click.IntRange(1, 20_000), default=2000, show_default=True, help="Taille du tirage.")
@_JSON
@click.pass_obj
def certifications(charger: Chargeur, nombre: int, en_json: bool) -> None:
    """Search: from the title of a certification to its métiers."""
    moteur = charger()
    _tell(evaluate_certifications(moteur.catalogue, moteur.recherche, nombre), en_json)


@evaluer.command(help="Offres d'emploi réelles : leur métier est-il retrouvé ?")
@click.option("--fichier", type=click.Path(path_type=Path), required=True, help="Le fichier JSON, une offre par ligne.")
@_JSON
@click.pass_obj
def offres(charger: Chargeur, fichier: Path, en_json: bool) -> None:
    """Search: from a job offer to its métier."""
    _tell(evaluate_offers(charger().recherche, fichier), en_json)


@evaluer.command(help="Le masculin et le féminin d'une appellation trouvent-ils les mêmes métiers ?")
@click.option(
    "--un-sur", type=click.IntRange(1, 1000), default=1, show_default=True, help="N'essaie qu'une paire sur N."
)
@_JSON
@click.pass_obj
def genres(charger: Chargeur, un_sur: int, en_json: bool) -> None:
    """Search: equal answers to both genders."""
    moteur = charger()
    _tell(evaluate_genders(moteur.catalogue, moteur.recherche, un_sur), en_json)


@evaluer.command(help="Phrases de la vie : leurs actions sont-elles lues comme les bonnes compétences ?")
@click.option("--fichier", type=click.Path(path_type=Path), default=JEU_EXTRACTION, help="Le fichier TSV des phrases.")
@click.option(
    "--moitie",
    type=click.Choice(["reglage", "controle", "tout"]),
    default="controle",
    show_default=True,
    help="Les phrases qui ont servi à régler, celles qui n'y ont pas servi, ou toutes.",
)
@_JSON
@click.pass_obj
def extraction(charger: Chargeur, fichier: Path, moitie: Moitie, en_json: bool) -> None:
    """Free text: actions read as the right compétences."""
    moteur = charger()
    generales = {str(c.code_ogr) for c in moteur.catalogue.competences.values() if c.macro}
    _tell(evaluate_extraction(Extracteur(moteur.recherche, generales), fichier, moitie), en_json)


@evaluer.command(help="Mobilités officielles cachées : les retrouve-t-on à partir des compétences d'un métier ?")
@click.option(
    "--un-sur", type=click.IntRange(1, 100), default=1, show_default=True, help="N'essaie qu'un métier sur N."
)
@click.option(
    "--partie", type=click.Choice(["tout", "reglage", "controle"]), default="tout", show_default=True,
    help="Le métier sur trois qui peut servir à régler, les autres, ou tous.",
)  # fmt: skip
@_JSON
@click.pass_obj
def mobilites(charger: Chargeur, un_sur: int, partie: Partie, en_json: bool) -> None:
    """Recommendation: official mobilities found again."""
    moteur = charger()
    mesures = evaluate_mobilities(moteur.catalogue, moteur.config, moteur.recherche, un_sur=un_sur, partie=partie)
    _tell(mesures, en_json)


@evaluer.command(
    help="Des personnes telles qu'on les reçoit : les métiers qu'un conseiller attend sont-ils parmi les premiers ?"
)
@click.option("--fichier", type=click.Path(path_type=Path), required=True, help="Les profils, un par ligne en JSON.")
@click.option(
    "--tirages",
    type=click.IntRange(0, 50),
    default=0,
    help="Refait la mesure, vecteurs déplacés d'un rien à chaque fois.",
)
@click.option("--strict", is_flag=True, help="Refuse un champ inconnu au lieu de le signaler.")
@_JSON
@click.pass_obj
def profils(charger: Chargeur, fichier: Path, tirages: int, strict: bool, en_json: bool) -> None:
    """Recommendation: what a conseiller expects for real people."""
    moteur = charger()
    mesures = evaluate_profiles(_recommender(moteur), fichier, moteur.lire, strict=strict)
    encodeur = moteur.encodeur
    if tirages and encodeur is None:
        raise InvalidInputError("sans encodeur, il n'y a pas de vecteur à déplacer.", champ="tirages")
    if tirages and encodeur is not None:

        def measure_again(tirage: int) -> dict[str, Any]:
            autre = moteur.recherche.asked_through(EncodeurTremblant(encodeur, tirage))
            return evaluate_profiles(
                _recommender(replace(moteur, ouvrir=lambda: autre)), fichier, moteur.lire, strict=strict
            )

        mesures["tremblement"] = repeat(measure_again, tirages)
    _tell(mesures, en_json)


_REGLAGE = click.option(
    "--fichier",
    type=click.Path(path_type=Path),
    default=JEU_PROFILS,
    help="Les profils, un par ligne en JSON ; ceux de réglage par défaut.",
)


@evaluer.command(help="Poids par défaut des critères : réglés sur des personnes jugées, essayés sur d'autres.")
@_REGLAGE
@_JSON
@click.pass_obj
def ponderation(charger: Chargeur, fichier: Path, en_json: bool) -> None:
    """Weights of the criteria: fitted, and tried on people left out."""
    moteur = charger()
    cas = read_profiles(fichier, moteur.lire, strict=False)
    _tell(fit_weights(_recommender(moteur), cas), en_json)


@evaluer.command(help="Équité : échanges de genre, exposition des métiers et des voies, orphelins.")
@_REGLAGE
@click.option("--nombre", type=click.IntRange(1, 20_000), default=None, help="Personnes tirées ; une par métier sinon.")
@_JSON
@click.pass_obj
def equite(charger: Chargeur, fichier: Path, nombre: int | None, en_json: bool) -> None:
    """Fairness: what gender changes, and what is ever shown."""
    moteur = charger()
    cas = read_profiles(fichier, moteur.lire, strict=False)
    _tell(evaluate_equity(_recommender(moteur), moteur.catalogue, cas, nombre=nombre), en_json)


@evaluer.command(help="Stabilité : de petits changements du profil, la fidélité des raisons, le rejeu.")
@_REGLAGE
@_JSON
@click.pass_obj
def stabilite(charger: Chargeur, fichier: Path, en_json: bool) -> None:
    """Stability: small changes, reasons that hold, the same answer again."""
    moteur = charger()
    cas = read_profiles(fichier, moteur.lire, strict=False)
    liste = moteur.config.liste.model_copy(update={"decouvertes": 0, "decouvertes_suite": 0})
    sans = replace(moteur, config=moteur.config.model_copy(update={"liste": liste}), ouvrir=lambda: moteur.recherche)
    mesures = evaluate_stability(
        _recommender(moteur), cas, reconstruire=lambda: _recommender(moteur), sans_parentes=_recommender(sans)
    )
    _tell(mesures, en_json)


@evaluer.command(help="Durées d'une recommandation complète : avec l'offre chargée, puis avec une offre inventée.")
@_REGLAGE
@click.option("--nombre", type=click.IntRange(1_000, 2_000_000), default=300_000, show_default=True, help="Formations.")
@_JSON
@click.pass_obj
def durees(charger: Chargeur, fichier: Path, nombre: int, en_json: bool) -> None:
    """Durations: a whole recommendation, with the offer in service and under load."""
    moteur = charger()
    cas = read_profiles(fichier, moteur.lire, strict=False)
    recommender, vecteurs = _recommender(moteur), moteur.recherche.vectors
    with TemporaryDirectory() as dossier:
        charge = generate_load(moteur.catalogue, Path(dossier), nombre=nombre)
        guides = {"offre": Guide(recommender, vecteurs), "charge": Guide(recommender, vecteurs, charge)}
        _tell(measure_answers(recommender, guides, cas), en_json)


@evaluer.command(help="Blocs de compétences : couvrent-ils vraiment ce qu'ils sont dits couvrir ?")
@click.option("--fichier", type=click.Path(path_type=Path), default=JEU_BLOCS, help="Le fichier TSV des paires jugées.")
@_JSON
@click.pass_obj
def blocs(charger: Chargeur, fichier: Path, en_json: bool) -> None:
    """Blocs: precision of their cover on judged pairs."""
    moteur = charger()
    _tell(evaluate_blocs(moteur.catalogue, moteur.recherche.vectors, fichier), en_json)


def _recommender(moteur: Moteur) -> Recommender:
    recherche = moteur.recherche
    return Recommender(moteur.catalogue, recherche, moteur.config, recherche.neighbours(), recherche.gestures())


def _open(base: str | None) -> Encodeur | None:
    return None if base is None else EncodeurPhrases(base)


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

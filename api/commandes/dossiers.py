"""The commands about dossiers, and about the backup of the database that holds them."""

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

import click

from api.commandes.aide import Groupe
from api.commandes.partenaires import base
from api.conseil.cle_dossiers import key_file, open_coffre
from api.conseil.coffre import Coffre
from api.conseil.dossiers import Dossiers
from api.conseil.effacement import erase_for, proof_as_dict, read_proof, verify_proof
from api.conseil.rechiffrement import reseal
from api.persistence.base import BaseDonnees
from api.persistence.sauvegarde import restore_database, save_database
from api.settings import load_settings

Json = dict[str, Any]
_JSON = click.option("--json", "en_json", is_flag=True, help="Écrit la réponse en JSON, et rien d'autre.")
_CHEMIN = click.argument("chemin", type=click.Path(dir_okay=False, path_type=Path))


@click.group(cls=Groupe)
def dossiers() -> None:
    """Group of the commands about dossiers."""


@dossiers.command(help="Efface un dossier que personne ne peut plus ouvrir, et écrit la preuve en JSON.")
@click.argument("identifiant")
def effacer(identifiant: str) -> None:
    """Erase one dossier."""
    preuve = erase_for(*_open(), identifiant, datetime.now(UTC))
    click.echo(json.dumps(proof_as_dict(preuve), ensure_ascii=False, indent=2))


@dossiers.command(
    help="Efface les dossiers dont la durée de conservation est passée ; le service le fait chaque heure."
)
@_JSON
def purger(en_json: bool) -> None:
    """Purge."""
    donnees, coffre = _open()
    preuves = Dossiers(donnees, coffre).purge()
    _tell({"preuves": [proof_as_dict(p) for p in preuves]}, f"{len(preuves)} dossier(s) effacé(s).", en_json)


@dossiers.command(help="Chiffre de nouveau les dossiers avec la clé actuelle, pour pouvoir retirer les anciennes.")
@_JSON
@click.pass_context
def rechiffrer(contexte: click.Context, en_json: bool) -> None:
    """Seal anew."""
    fait = reseal(*_open())
    phrase = f"{fait.rechiffres} rechiffré(s), {fait.deja} déjà à jour, {fait.illisibles} laissé(s) : leur clé manque."
    _tell(asdict(fait), phrase, en_json)
    contexte.exit(1 if fait.illisibles else 0)


@dossiers.command("verifier-preuve", help="Dit si une preuve de suppression (fichier JSON) est vraie et tient encore.")
@click.argument("fichier", type=click.File(encoding="utf-8"))
@_JSON
@click.pass_context
def verifier_preuve(contexte: click.Context, fichier: TextIO, en_json: bool) -> None:
    """Verify a proof."""
    try:
        contenu = json.load(fichier)
    except ValueError:
        contenu = {}
    preuve = read_proof(contenu if isinstance(contenu, dict) else {})
    vraie = verify_proof(*_open(), preuve)
    phrase = (
        f"Preuve vraie : ce dossier a été effacé le {preuve.supprime_le:%d/%m/%Y à %H:%M} UTC, et n'est pas revenu."
        if vraie
        else "Preuve refusée : ce service ne l'a pas faite, elle a été changée, ou le dossier est encore là."
    )
    _tell({"vraie": vraie, **proof_as_dict(preuve)}, phrase, en_json)
    contexte.exit(0 if vraie else 1)


@base.command(help="Copie la base SQLite dans un fichier, pendant que le service écrit ; sa clé n'y est pas.")
@_CHEMIN
@_JSON
def sauvegarder(chemin: Path, en_json: bool) -> None:
    """Save the database."""
    donnees = _base()
    octets = save_database(donnees, chemin)
    cle = key_file(donnees)
    tenue = cle is not None and cle.exists()
    conseil = f" Gardez ailleurs la clé des dossiers ({cle}) : sans elle, ils ne se lisent plus." if tenue else ""
    phrase = f"Base sauvegardée : {chemin} ({octets} octets).{conseil}"
    _tell({"chemin": str(chemin), "octets": octets}, phrase, en_json)


@base.command(help="Remet une sauvegarde à la place de la base SQLite, d'un coup, après l'avoir vérifiée.")
@_CHEMIN
@click.option("--remplacer", is_flag=True, help="Accepte de perdre la base qui est là.")
@_JSON
def restaurer(chemin: Path, remplacer: bool, en_json: bool) -> None:
    """Restore the database."""
    fait = restore_database(_base(), chemin, remplacer=remplacer)
    phrase = f"Base restaurée : {fait.dossiers} dossier(s), {fait.effaces} effacé(s) depuis et effacé(s) de nouveau."
    if fait.ecarte:
        phrase += f" L'ancienne, illisible, est mise de côté : {fait.ecarte}."
    _tell({**asdict(fait), "ecarte": fait.ecarte and str(fait.ecarte)}, phrase, en_json)


def _base() -> BaseDonnees:
    return BaseDonnees(load_settings().url_base)


def _open() -> tuple[BaseDonnees, Coffre]:
    settings = load_settings()
    donnees = BaseDonnees(settings.url_base)
    return donnees, open_coffre(settings.cle_dossiers, donnees)


def _tell(contenu: Json, phrase: str, en_json: bool) -> None:
    click.echo(json.dumps(contenu, ensure_ascii=False, indent=2) if en_json else phrase)


__all__ = ["base", "dossiers"]

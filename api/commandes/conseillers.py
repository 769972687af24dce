"""The commands about structures and the accounts of conseillers."""

import json
from dataclasses import asdict
from typing import Any

import click

from api.commandes.aide import Groupe
from api.conseil.comptes import CONSERVATION_MAX, CONSERVATION_MOIS, PROVISOIRE, ROLES, Compte, Comptes
from api.persistence.acces import Acces, read_accesses
from api.persistence.base import BaseDonnees
from api.settings import load_settings

Json = dict[str, Any]
_JSON = click.option("--json", "en_json", is_flag=True, help="Écrit la réponse en JSON, et rien d'autre.")
_STRUCTURE = click.option("--structure", default=None, help="Celle-là seulement.")


@click.group(cls=Groupe)
def conseillers() -> None:
    """Group of the commands about conseillers."""


@conseillers.command("creer-structure", help="Inscrit une structure : un CIO, une mission locale, une agence.")
@click.argument("identifiant")
@click.option("--nom", required=True, help="Le nom de la structure.")
@click.option(
    "--conservation",
    type=click.IntRange(1, CONSERVATION_MAX),
    default=CONSERVATION_MOIS,
    show_default=True,
    help="Mois sans activité après lesquels un dossier est effacé.",
)
@_JSON
def creer_structure(identifiant: str, nom: str, conservation: int, en_json: bool) -> None:
    """Enter a structure."""
    _comptes().create_structure(identifiant, nom, conservation)
    if en_json:
        _print_json({"identifiant": identifiant, "nom": nom, "conservation_mois": conservation})
    else:
        click.echo(f"{identifiant} : structure inscrite, dossiers gardés {conservation} mois sans activité.")


@conseillers.command(help="Montre les structures et combien de comptes elles ont.")
@_JSON
def structures(en_json: bool) -> None:
    """List structures."""
    comptes = _comptes()
    toutes, ouverts = comptes.list_structures(), [c for c in comptes.list_all() if c.actif]
    nombres = {s.identifiant: sum(c.conseiller.structure.identifiant == s.identifiant for c in ouverts) for s in toutes}
    if en_json:
        _print_json({"structures": [{**asdict(s), "comptes": nombres[s.identifiant]} for s in toutes]})
        return
    for s in toutes:
        click.echo(f"{s.identifiant} ({s.nom}) : {nombres[s.identifiant]} compte(s), {s.conservation_mois} mois.")
    if not toutes:
        click.echo("Aucune structure : « azimut conseillers creer-structure » en inscrit une.")


@conseillers.command(help="Ouvre un compte et montre son mot de passe provisoire, une seule fois.")
@click.argument("connexion")
@click.option("--nom", required=True, help="Le nom de la personne, pour ses collègues.")
@click.option("--structure", required=True, help="L'identifiant de sa structure.")
@click.option(
    "--role", type=click.Choice(ROLES), default="conseiller", show_default=True, help="Ce que la personne peut faire."
)
@_JSON
def creer(connexion: str, nom: str, structure: str, role: str, en_json: bool) -> None:
    """Open an account."""
    compte, clair = _comptes().create(connexion, nom, role, structure)
    _show_password(compte.connexion, clair, en_json)


@conseillers.command(help="Montre les comptes : rôle, structure, état ; jamais ce qui les ouvre.")
@_STRUCTURE
@_JSON
def lister(structure: str | None, en_json: bool) -> None:
    """List accounts."""
    tous = _comptes().list_all(structure)
    if en_json:
        _print_json({"comptes": [_as_dict(c) for c in tous]})
        return
    for compte in tous:
        click.echo(_describe(compte))
    if not tous:
        click.echo("Aucun compte : « azimut conseillers creer » en ouvre un.")


@conseillers.command(help="Ferme un compte et ses sessions à l'instant ; ses dossiers restent.")
@click.argument("connexion")
@_JSON
def desactiver(connexion: str, en_json: bool) -> None:
    """Close an account."""
    comptes = _comptes()
    comptes.deactivate(_identify(comptes, connexion))
    _tell(comptes, connexion, en_json)


@conseillers.command(help="Rouvre un compte fermé, ou qui attend après trop d'échecs.")
@click.argument("connexion")
@_JSON
def reactiver(connexion: str, en_json: bool) -> None:
    """Open an account again."""
    comptes = _comptes()
    comptes.reactivate(_identify(comptes, connexion))
    _tell(comptes, connexion, en_json)


@conseillers.command("changer-role", help="Donne un autre rôle à un compte, dont les sessions se ferment.")
@click.argument("connexion")
@click.argument("role", type=click.Choice(ROLES))
@_JSON
def changer_role(connexion: str, role: str, en_json: bool) -> None:
    """Change the role of an account."""
    comptes = _comptes()
    comptes.change_role(_identify(comptes, connexion), role)
    _tell(comptes, connexion, en_json)


@conseillers.command(help="Donne un mot de passe provisoire, montré une fois et à changer à la connexion.")
@click.argument("connexion")
@_JSON
def reinitialiser(connexion: str, en_json: bool) -> None:
    """Give a provisional password."""
    comptes = _comptes()
    _show_password(connexion, comptes.reset(_identify(comptes, connexion)), en_json)


@conseillers.command("retirer-totp", help="Retire le code à usage unique de quelqu'un qui a perdu son téléphone.")
@click.argument("connexion")
@_JSON
def retirer_totp(connexion: str, en_json: bool) -> None:
    """Take a second factor away."""
    comptes = _comptes()
    comptes.remove_totp(_identify(comptes, connexion))
    _tell(comptes, connexion, en_json)


@conseillers.command(help="Montre le journal des accès : qui, quoi, quand, par des identifiants sans nom.")
@_STRUCTURE
@click.option("--limite", type=click.IntRange(1, 10_000), default=100, show_default=True, help="Nombre d'accès.")
@_JSON
def acces(structure: str | None, limite: int, en_json: bool) -> None:
    """Show the audit."""
    lus = read_accesses(_base(), structure=structure, limite=limite)
    if en_json:
        _print_json({"acces": [{**asdict(a), "instant": a.instant.isoformat()} for a in lus]})
        return
    for a in lus:
        click.echo(_describe_access(a))
    if not lus:
        click.echo("Aucun accès pour l'instant.")


def _base() -> BaseDonnees:
    return BaseDonnees(load_settings().url_base)


def _comptes() -> Comptes:
    return Comptes(_base())


def _identify(comptes: Comptes, connexion: str) -> str:
    return comptes.find(connexion).conseiller.identifiant


def _tell(comptes: Comptes, connexion: str, en_json: bool) -> None:
    compte = comptes.find(connexion)
    if en_json:
        _print_json(_as_dict(compte))
    else:
        click.echo(_describe(compte))


def _show_password(connexion: str, clair: str, en_json: bool) -> None:
    if en_json:
        _print_json({"connexion": connexion, "mot_de_passe": clair})
        return
    click.echo(f"Identifiant de connexion : {connexion}\nMot de passe provisoire : {clair}")
    click.echo(f"Il ne sera plus montré ; il vaut {PROVISOIRE.days} jours, le temps d'en choisir un autre.", err=True)


def _as_dict(compte: Compte) -> Json:
    return {
        "identifiant": compte.conseiller.identifiant,
        "connexion": compte.connexion,
        "nom": compte.conseiller.nom,
        "role": compte.conseiller.role,
        "structure": compte.conseiller.structure.identifiant,
        "actif": compte.actif,
        "bloque": compte.bloque,
        "provisoire": compte.provisoire,
        "totp": compte.totp,
        "externe": compte.externe,
        "cree_le": compte.cree_le.isoformat(),
    }


def _describe(compte: Compte) -> str:
    etats = [
        mot
        for mot, vrai in (
            ("désactivé", not compte.actif),
            ("en attente après des échecs", compte.bloque),
            ("mot de passe à choisir", compte.provisoire),
            ("code à usage unique", compte.totp),
            ("fournisseur d'identité", compte.externe),
        )
        if vrai
    ]
    conseiller = compte.conseiller
    suite = f" ; {', '.join(etats)}" if etats else ""
    return f"{compte.connexion} ({conseiller.nom}) : {conseiller.role}, {conseiller.structure.identifiant}{suite}"


def _describe_access(a: Acces) -> str:
    objet = f" {a.objet}" if a.objet else ""
    return f"{a.instant:%Y-%m-%d %H:%M:%S}  {a.structure or '-'}  {a.acteur or '-'}  {a.action}{objet}  {a.issue}"


def _print_json(contenu: Json) -> None:
    click.echo(json.dumps(contenu, ensure_ascii=False, indent=2))

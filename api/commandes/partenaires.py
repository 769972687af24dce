"""The commands about the database and the partners it holds."""

import json
from dataclasses import asdict
from datetime import timedelta
from typing import Any

import click

from api.acces.cles_jetons import rotate_key
from api.acces.partenaires import (
    PORTEES,
    Partenaire,
    create_partenaire,
    list_partenaires,
    revoke,
    rotate_secret,
    update_partenaire,
)
from api.commandes.aide import Groupe
from api.persistence.avis import read_opinions
from api.persistence.base import BaseDonnees
from api.persistence.schema import VERSION, is_behind
from api.settings import load_settings
from api.vecteurs import load_index
from referentiels.errors import InvalidInputError

Json = dict[str, Any]
_JSON = click.option("--json", "en_json", is_flag=True, help="Écrit la réponse en JSON, et rien d'autre.")
_ORIGINE = click.option(
    "--origine", "origines", multiple=True, metavar="ORIGINE", help="Origine exacte de ses pages (répétable)."
)
_PORTEE = click.option(
    "--portee", "portees", multiple=True, type=click.Choice(PORTEES), help="Portée de ses jetons (répétable)."
)
_QUOTA = click.option("--quota", type=click.IntRange(1), default=None, help="Requêtes par fenêtre.")


@click.group(cls=Groupe)
def partenaires() -> None:
    """Group of the commands about partners."""


@partenaires.command(help="Inscrit un partenaire et montre son secret, une seule fois.")
@click.argument("identifiant")
@click.option("--nom", required=True, help="Le nom du partenaire.")
@_ORIGINE
@_PORTEE
@_QUOTA
@_JSON
def creer(
    identifiant: str, nom: str, origines: tuple[str, ...], portees: tuple[str, ...], quota: int | None, en_json: bool
) -> None:
    """Enter a partner."""
    voulues = portees or PORTEES[:2]
    secret = create_partenaire(_base(), identifiant, nom, origines=origines, portees=voulues, quota=quota)
    _show_secret(identifiant, secret, en_json)


@partenaires.command(help="Montre les partenaires, leurs origines, leurs portées et l'état de leurs secrets.")
@_JSON
def lister(en_json: bool) -> None:
    """List partners."""
    tous = list_partenaires(_base())
    if en_json:
        _print_json({"partenaires": [_as_dict(p) for p in tous]})
        return
    for partenaire in tous:
        click.echo(_describe(partenaire))
    if not tous:
        click.echo("Aucun partenaire : « azimut partenaires creer » en inscrit un.")


@partenaires.command(help="Donne un nouveau secret à un partenaire ; les anciens valent encore quelque temps.")
@click.argument("identifiant")
@click.option(
    "--grace", type=click.FloatRange(0, 24 * 90), default=72, show_default=True, help="Heures où l'ancien vaut encore."
)
@_JSON
def tourner(identifiant: str, grace: float, en_json: bool) -> None:
    """Rotate the secret of a partner."""
    secret = rotate_secret(_base(), identifiant, timedelta(hours=grace))
    _show_secret(identifiant, secret, en_json)


@partenaires.command(help="Refuse un partenaire, ses secrets et ses jetons ; ou un seul de ses secrets.")
@click.argument("identifiant")
@click.option("--secret", default=None, metavar="PREFIXE", help="Début du secret à révoquer (azm_…), lui seul.")
@_JSON
def revoquer(identifiant: str, secret: str | None, en_json: bool) -> None:
    """Revoke a partner or a secret."""
    revoke(_base(), identifiant, secret)
    if en_json:
        _print_json({"identifiant": identifiant, "secret": secret, "revoque": True})
    else:
        click.echo(f"{identifiant} : {'secret ' + secret if secret else 'partenaire'} révoqué.")


@partenaires.command(help="Change le nom, les origines, les portées ou le quota d'un partenaire ; laisse le reste.")
@click.argument("identifiant")
@click.option("--nom", default=None, help="Le nouveau nom.")
@_ORIGINE
@click.option("--sans-origine", is_flag=True, help="Retire toutes les origines.")
@_PORTEE
@_QUOTA
@click.option("--quota-commun", is_flag=True, help="Revient au quota des réglages.")
@_JSON
def modifier(
    identifiant: str,
    nom: str | None,
    origines: tuple[str, ...],
    sans_origine: bool,
    portees: tuple[str, ...],
    quota: int | None,
    quota_commun: bool,
    en_json: bool,
) -> None:
    """Change a partner."""
    if (sans_origine and origines) or (quota_commun and quota is not None):
        raise InvalidInputError("ces options se contredisent.")
    base = _base()
    update_partenaire(
        base,
        identifiant,
        nom=nom,
        origines=origines if origines or sans_origine else None,
        portees=portees or None,
        quota=quota,
        quota_commun=quota_commun,
    )
    [partenaire] = [p for p in list_partenaires(base) if p.identifiant == identifiant]
    if en_json:
        _print_json(_as_dict(partenaire))
    else:
        click.echo(_describe(partenaire))


@partenaires.command("tourner-cle", help="Signe désormais les jetons avec une nouvelle clé, gardée dans la base.")
@click.option("--sans-grace", is_flag=True, help="Refuse à l'instant tous les jetons déjà donnés.")
@_JSON
def tourner_cle(sans_grace: bool, en_json: bool) -> None:
    """Rotate the signing key."""
    settings = load_settings()
    if settings.cle_jetons is not None:
        raise InvalidInputError("la clé est donnée par un réglage : ajoutez-y la nouvelle, devant l'ancienne.")
    grace = timedelta(0) if sans_grace else timedelta(seconds=settings.jeton_duree + 60)
    kid = rotate_key(_base(), grace)
    if en_json:
        _print_json({"kid": kid})
    else:
        click.echo(f"Nouvelle clé : {kid}.")


@click.group(cls=Groupe)
def base() -> None:
    """Group of the commands about the database."""


@base.command(help="Met le schéma de la base à jour.")
@_JSON
def migrer(en_json: bool) -> None:
    """Migrate."""
    avant, apres = _base().migrate()
    if en_json:
        _print_json({"avant": avant, "version": apres})
    else:
        click.echo(f"Base à jour : version {apres}" + (f" (avant : {avant or 'vide'})." if avant != apres else "."))


@base.command(help="Montre les réponses aux deux questions du chemin, par mois : des nombres, et personne.")
@_JSON
def avis(en_json: bool) -> None:
    """Show the counts of opinions."""
    comptes = read_opinions(_base())
    if en_json:
        _print_json([{**asdict(compte), "mois": compte.mois.isoformat()} for compte in comptes])
        return
    for compte in comptes:
        click.echo(f"{compte.mois:%Y-%m}  {compte.question:7} {compte.reponse:7} {compte.nombre}")
    if not comptes:
        click.echo("Aucune réponse pour l'instant.")


@base.command("charger-index", help="Charge dans PostgreSQL les vecteurs des formations de l'index en service.")
@_JSON
def charger_index(en_json: bool) -> None:
    """Load vectors."""
    fait = load_index(load_settings())
    if en_json:
        _print_json(asdict(fait))
    else:
        issue = "chargés" if fait.nouveau else "déjà là"
        click.echo(f"Index {fait.version} : {fait.vecteurs} vecteurs de formations, {issue}.")


@base.command(help="Dit où est la base, sa version et ce qu'elle contient.")
@_JSON
def etat(en_json: bool) -> None:
    """Tell the state of the database."""
    donnees = _base()
    version = donnees.version()
    contenu: Json = {
        "adresse": donnees.url.render_as_string(hide_password=True),
        "version": version,
        "version_attendue": VERSION,
        "a_jour": not is_behind(version),
        "partenaires": None if is_behind(version) else len(list_partenaires(donnees)),
    }
    if en_json:
        _print_json(contenu)
        return
    click.echo(f"Base : {contenu['adresse']}")
    if contenu["a_jour"]:
        click.echo(f"Schéma : version {version}, à jour.\nPartenaires : {contenu['partenaires']}.")
    else:
        click.echo(f"Schéma : {version or 'vide'} ; lancez « azimut base migrer » pour la version {VERSION}.")


def _base() -> BaseDonnees:
    return BaseDonnees(load_settings().url_base)


def _show_secret(identifiant: str, secret: str, en_json: bool) -> None:
    if en_json:
        _print_json({"identifiant": identifiant, "secret": secret})
        return
    click.echo(f"Identifiant : {identifiant}\nSecret : {secret}")
    click.echo("Gardez ce secret : il ne sera plus montré.", err=True)


def _as_dict(partenaire: Partenaire) -> Json:
    return {
        "identifiant": partenaire.identifiant,
        "nom": partenaire.nom,
        "actif": partenaire.actif,
        "origines": list(partenaire.origines),
        "portees": list(partenaire.portees),
        "quota": partenaire.quota,
        "cree_le": partenaire.cree_le.isoformat(),
        "secrets": [
            {
                "prefixe": s.prefixe,
                "cree_le": s.cree_le.isoformat(),
                "expire_le": s.expire_le and s.expire_le.isoformat(),
                "revoque_le": s.revoque_le and s.revoque_le.isoformat(),
            }
            for s in partenaire.secrets
        ],
    }


def _describe(partenaire: Partenaire) -> str:
    quota = "quota commun" if partenaire.quota is None else f"quota {partenaire.quota}"
    lignes = [
        f"{partenaire.identifiant} ({partenaire.nom}){'' if partenaire.actif else ', révoqué'}",
        f"  portées : {', '.join(partenaire.portees)} ; {quota}",
        f"  origines : {', '.join(partenaire.origines) or 'aucune'}",
    ]
    for secret in partenaire.secrets:
        etat = "révoqué" if secret.revoque_le else "actif"
        if secret.expire_le and not secret.revoque_le:
            etat = f"jusqu'au {secret.expire_le:%d/%m/%Y %H:%M} UTC"
        lignes.append(f"  secret {secret.prefixe}… : {etat}")
    return "\n".join(lignes)


def _print_json(contenu: Json | list[Json]) -> None:
    click.echo(json.dumps(contenu, ensure_ascii=False, indent=2))

"""The command line of Azimut, and the composition root: the only file that may see every room."""

import json
import sys
from datetime import UTC, date, datetime
from functools import partial
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, get_args

import click

from api.commandes.aide import Groupe, GroupeTardif, explain
from api.commandes.etat import data_state, describe_state
from api.commandes.preparation import prepare
from api.lectures.demande import recommend_as_dict
from api.profils.profil import read_profile
from api.reponses.commun import provenance_as_dict, search_as_dict
from api.reponses.parcours import route_as_dict, why_as_dict
from api.service import Service, load_service
from api.settings import Settings, load_settings, share_metrics
from embeddings.embarque import open_encodeur
from embeddings.search import Recherche
from embeddings.types import Nature
from recommender.config import load_config
from recommender.contrefactuel import why_not
from recommender.types import Profil
from referentiels.catalogue import Catalogue
from referentiels.errors import AzimutError, InvalidInputError
from referentiels.sources import PAR_CLE

if TYPE_CHECKING:
    from evaluation.commands import Moteur
    from referentiels.fetch import Bilan

Json = dict[str, Any]
NATURES: tuple[Nature, ...] = get_args(Nature)
EXEMPLE = "exemple.json"


@click.group(cls=Groupe, help="Azimut : des métiers et des formations à explorer, avec leurs raisons.")
@click.version_option(package_name="azimut", message="azimut %(version)s", help="Affiche la version.")
@click.pass_context
def cli(contexte: click.Context) -> None:
    """The group that holds every command."""
    contexte.obj = _load_engine


@cli.command(help="Construit le catalogue et l'index, puis les met en service.")
@click.option("--sans", multiple=True, metavar="SOURCE", help="Source à laisser de côté (répétable).")
@click.option("--si-besoin", is_flag=True, help="Ne fait rien si les fichiers n'ont pas changé.")
@click.option("--json", "en_json", is_flag=True, help="Écrit le compte rendu en JSON sur la sortie standard.")
def construire(sans: tuple[str, ...], si_besoin: bool, en_json: bool) -> None:
    """Build the catalogue."""
    inconnues = [cle for cle in sans if cle not in PAR_CLE]
    if inconnues:
        raise InvalidInputError(f"source inconnue : {', '.join(inconnues)}. Sources : {', '.join(PAR_CLE)}.")
    settings = load_settings()
    construction = prepare(settings, _say, sans=sans, si_besoin=si_besoin)
    etat = data_state(settings.donnees, settings.dossier_catalogue)
    if en_json:
        _print_json({"reconstruit": construction is not None, **etat})
    elif construction is not None:
        click.echo(describe_state(etat))


@cli.command(help="Cherche des métiers (ou autre chose) par des mots : azimut rechercher « boulangère ».")
@click.argument("requete")
@click.option(
    "--nature", "natures", multiple=True, type=click.Choice(NATURES), help="Ce qu'on cherche ; tout par défaut."
)
@click.option("--limite", type=click.IntRange(1, 100), default=10, show_default=True, help="Nombre de réponses.")
@click.option("--json", "en_json", is_flag=True, help="Écrit la réponse en JSON, et rien d'autre.")
def rechercher(requete: str, natures: tuple[Any, ...], limite: int, en_json: bool) -> None:
    """Search by words."""
    service = _load()
    reponse = service.recherche.ask(requete, natures or NATURES, limite)
    if en_json:
        _print_json(search_as_dict(requete, reponse, provenance_as_dict(service.catalogue, service.recherche.version)))
        return
    if reponse.resultats and not reponse.sure:
        click.echo("Peut-être, sans certitude :")
    for r in reponse.resultats:
        precision = "" if r.trouve == r.libelle else f" (« {r.trouve} »)"
        click.echo(f"{r.nature:<16}{r.code:<12}{r.libelle}{precision}")
    if not reponse.resultats:
        click.echo("Rien ne correspond : essayez un mot plus courant, ou vérifiez l'orthographe.")


@cli.command(help="Recommande des métiers pour un profil (fichier JSON ; « - » pour l'entrée standard).")
@click.option("--profil", "chemin", required=True, metavar="FICHIER", help="Le profil, en JSON.")
@click.option("--limite", type=click.IntRange(1, 2000), default=20, show_default=True, help="Nombre de métiers.")
@click.option("--json", "en_json", is_flag=True, help="Écrit la réponse en JSON, et rien d'autre.")
def recommander(chemin: str, limite: int, en_json: bool) -> None:
    """Recommend métiers for a profile."""
    reponse = _recommend(_load(), _read_json(chemin), limite)
    if en_json:
        _print_json(reponse)
    else:
        _print_answer(reponse)


@cli.command(help="Montre le chemin d'un profil à un métier : ce qui manque, les blocs, les formations, les étapes.")
@click.option("--profil", "chemin", required=True, metavar="FICHIER", help="Le profil, en JSON.")
@click.option("--metier", required=True, metavar="CODE", help="Le code ROME du métier visé.")
@click.option("--pourquoi", is_flag=True, help="Dit plutôt son rang dans la liste, et ce qui l'y tient.")
@click.option("--jour", type=click.DateTime(["%Y-%m-%d"]), default=None, help="Jour du tirage ; aujourd'hui sinon.")
@click.option("--json", "en_json", is_flag=True, help="Écrit la réponse en JSON, et rien d'autre.")
def parcours(chemin: str, metier: str, pourquoi: bool, jour: datetime | None, en_json: bool) -> None:
    """Show the way from a profile to a métier."""
    service, profil = _load(), read_profile(_read_json(chemin)).to_domain()
    provenance = provenance_as_dict(service.catalogue, service.recherche.version, service.recommender.config.empreinte)
    if pourquoi:
        reponse = why_as_dict(why_not(service.recommender, profil, metier), service.catalogue, provenance)
    else:
        route = service.guide.route(profil, metier, jour.date() if jour else date.today())
        reponse = route_as_dict(route, service.catalogue, provenance)
    if en_json:
        _print_json(reponse)
        return
    for phrase in reponse["phrases"]:
        click.echo(f"- {phrase}")
    if not pourquoi:
        _print_route(reponse)


@cli.command(help="Sert le site et l'API.")
@click.option("--hote", default=None, help="Adresse d'écoute (réglage AZIMUT_HOTE).")
@click.option("--port", type=click.IntRange(0, 65535), default=None, help="Port d'écoute (réglage AZIMUT_PORT).")
@click.option("--processus", type=click.IntRange(1, 64), default=None, help="Nombre de processus.")
def servir(hote: str | None, port: int | None, processus: int | None) -> None:
    """Serve the site and the API."""
    choix = {"hote": hote, "port": port, "processus": processus}
    settings = load_settings().model_copy(update={nom: v for nom, v in choix.items() if v is not None})
    _serve(settings)


@cli.command(help="Prépare tout, montre une première recommandation, puis sert le site.")
@click.option("--sans-servir", is_flag=True, help="S'arrête après la recommandation.")
def demo(sans_servir: bool) -> None:
    """Prepare, show, serve."""
    settings = load_settings()
    prepare(settings, _say, si_besoin=True)
    exemple = json.loads((files("api") / EXEMPLE).read_text(encoding="utf-8"))
    service = load_service(settings)
    click.echo("Profil d'exemple : " + json.dumps(exemple, ensure_ascii=False))
    _print_answer(_recommend(service, exemple, 5))
    if not sans_servir:
        _serve(settings, service)


class _Evaluer(Groupe):
    """The evaluations, imported when asked for: they bring scikit-learn, which the other commands do without."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of the evaluations."""
        return self._group().list_commands(ctx)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """One evaluation."""
        return self._group().get_command(ctx, cmd_name)

    @staticmethod
    def _group() -> click.Group:
        from evaluation.commands import evaluer  # noqa: PLC0415

        return evaluer


cli.add_command(_Evaluer("evaluer", help="Mesure la qualité, toujours à côté de références simples."))


class _Encodeur(Groupe):
    """The making of the encoder, imported when asked for, like the evaluations."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of the commands."""
        return self._group().list_commands(ctx)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """One command; it needs the catalogue alone."""
        ctx.obj = lambda: Catalogue.load(load_settings().dossier_catalogue)
        return self._group().get_command(ctx, cmd_name)

    @staticmethod
    def _group() -> click.Group:
        from evaluation.encodeur import encodeur  # noqa: PLC0415 (see above)

        return encodeur


cli.add_command(_Encodeur("encodeur", help="Fabrique l'encodeur des métiers et règle la fusion des deux recherches."))


def _late(nom: str, module: str, aide: str) -> Groupe:
    """A group whose module, with a database or templates, is imported when asked for."""
    return GroupeTardif(nom, lambda: getattr(import_module(f"api.commandes.{module}"), nom), help=aide)


cli.add_command(_late("documenter", "documenter", "Les documents écrits depuis les réglages et les mesures."))
cli.add_command(_late("conseillers", "conseillers", "Les structures et les comptes des conseillers."))
cli.add_command(_late("partenaires", "partenaires", "Les portails partenaires, leurs secrets."))
cli.add_command(_late("base", "dossiers", "La base de données : sa version, ses sauvegardes."))
cli.add_command(_late("dossiers", "dossiers", "Les dossiers : leur clé, leur fin, ce qui la prouve."))


@cli.group(help="Les données officielles : ce qui est là, ce qui peut être téléchargé.")
def donnees() -> None:
    """Group of the commands about data."""


@donnees.command(help="Dit, source par source, ce qui est là, son millésime, ses lignes, et ce qui a été refusé.")
@click.option("--json", "en_json", is_flag=True, help="Écrit l'état en JSON, et rien d'autre.")
def etat(en_json: bool) -> None:
    """Tell the state of the data."""
    settings = load_settings()
    contenu = data_state(settings.donnees, settings.dossier_catalogue)
    if en_json:
        _print_json(contenu)
    else:
        click.echo(describe_state(contenu))


@donnees.command(help="Télécharge les fichiers officiels les plus récents (toutes les sources, ou celles nommées).")
@click.argument("sources", nargs=-1)
def telecharger(sources: tuple[str, ...]) -> None:
    """Fetch the newest official files."""
    from referentiels.fetch import download_all  # noqa: PLC0415 (an HTTP client that only this command needs)

    annee = datetime.now(tz=UTC).year
    bilan = download_all(sources or None, load_settings().donnees, _Avancement(), annee=annee)
    _print_download(bilan)
    if bilan.echecs:
        sys.exit(1)


class _Avancement:
    """Progress of downloads on standard error: one line a source, refreshed in place on a terminal."""

    def __init__(self) -> None:
        self._dernier: tuple[str, int] = ("", -1)

    def __call__(self, cle: str, recus: int, total: int | None) -> None:
        dixieme = recus * 10 // total if total else recus >> 23
        if (cle, dixieme) != self._dernier:
            self._dernier = (cle, dixieme)
            suite = f" sur {total / 1e6:.1f} Mo" if total else " Mo"
            _say(f"{cle} : {recus / 1e6:.1f}{suite}")


def _print_download(bilan: "Bilan") -> None:
    mots = {"obtenu": "obtenu", "a_jour": "déjà à jour", "echec": "échec", "manuel": "à déposer à la main"}
    for resultat in bilan.resultats:
        suite = f" : {resultat.motif}" if resultat.motif else ""
        click.echo(f"{resultat.cle} : {mots[resultat.statut]}{suite}")
    if any(resultat.statut == "obtenu" for resultat in bilan.resultats):
        click.echo("Lancez ensuite « azimut construire ».")


def _serve(settings: Settings, service: Service | None = None) -> None:
    # uvicorn and the application cost half a second that the other commands need not pay; what counts is imported
    # once its folder is known.
    with TemporaryDirectory(prefix="azimut-") as dossier:
        if settings.processus > 1:
            share_metrics(Path(dossier))
        from api.exploitation.journal import configure_journal  # noqa: PLC0415
        from api.exploitation.serveur import listen, serve_alone  # noqa: PLC0415

        configure_journal(settings.journal_niveau, settings.journal_format)
        with listen(settings) as ecoute:
            click.echo(f"Azimut : http://{settings.hote}:{ecoute.getsockname()[1]}/", err=True)
            if settings.processus > 1:
                from api.exploitation.superviseur import Superviseur  # noqa: PLC0415

                Superviseur(settings, Path(dossier)).run(ecoute)
            else:
                serve_alone(settings, service, ecoute)


def _load() -> Service:
    return load_service(load_settings())


def _load_engine() -> "Moteur":
    """The engine as evaluations take it."""
    from evaluation.commands import Moteur  # noqa: PLC0415 (see `_Evaluer`)

    settings = load_settings()
    catalogue = Catalogue.load(settings.dossier_catalogue)
    encodeur = open_encodeur(settings.encodeur)
    ouvrir = partial(Recherche.load, catalogue, settings.dossier_index, encodeur=encodeur)
    return Moteur(catalogue, ouvrir, load_config(settings.config), encodeur, _read)


def _read(donnees: Any) -> tuple[Profil, tuple[str, ...]]:
    schema = read_profile(donnees)
    return schema.to_domain(), schema.warnings()


def _recommend(service: Service, donnees_profil: Any, limite: int) -> Json:
    return recommend_as_dict(service, read_profile(donnees_profil), limite)


def _read_json(chemin: str) -> Any:
    try:
        texte = sys.stdin.read() if chemin == "-" else Path(chemin).read_text(encoding="utf-8-sig")
        return json.loads(texte)
    except OSError as error:
        raise InvalidInputError(f"profil « {chemin} » : fichier introuvable ou illisible.") from error
    except UnicodeDecodeError as error:
        raise InvalidInputError(f"profil « {chemin} » : le fichier doit être en UTF-8.") from error
    except json.JSONDecodeError as error:
        raise InvalidInputError(
            f"profil « {chemin} » : JSON mal formé, ligne {error.lineno}, colonne {error.colno}."
        ) from error


def _print_answer(reponse: Json) -> None:
    for note in reponse["avertissements"]:
        click.echo(f"! {note}")
    for compris in reponse["compris"]:
        click.echo(f"compris : « {compris['texte']} » → {compris['libelle']} ({compris['code']})")
    for rang, metier in enumerate(reponse["metiers"], start=1):
        click.echo(f"\n{rang}. {metier['intitule']} ({metier['code_rome']}), à explorer")
        for explication in metier["explications"][:3]:
            click.echo(f"   - {explication['phrase']}")
        if metier["proche_de"]:
            click.echo(f"   - Rapproché de : {', '.join(m['intitule'] for m in metier['proche_de'])}.")
        if metier["gestes"]:
            click.echo(f"   - Mêmes gestes : {', '.join(metier['gestes'])}.")
        manquantes = [c["libelle"] for c in metier["competences"]["manquantes"][:3]]
        if manquantes:
            click.echo(f"   À apprendre d'abord : {' ; '.join(manquantes)}.")
        for formation in (metier["formations"] or {"proches": ()})["proches"][:1]:
            click.echo(f"   Formation proche : {formation['intitule']}, {formation['distance']}.")
    demonstration = [s["titre"] for s in reponse["provenance"]["sources"] if s["demonstration"]]
    if demonstration:
        click.echo(f"\nDonnées de démonstration : {', '.join(demonstration)}.")


def _print_route(reponse: Json) -> None:
    for bloc in reponse["couverture"]["blocs"]:
        click.echo(f"bloc {bloc['code']} : {bloc['intitule']} ({bloc['certification']['intitule']})")
    for certification in reponse["certifications"]:
        voies = ", ".join(voie["libelle"].lower() for voie in certification["voies"]) or "voies non renseignées"
        click.echo(f"certification {certification['numero']} : {certification['intitule']} ({voies})")
    for formation in reponse["metier"]["formations"]["proches"]:
        click.echo(f"formation : {formation['intitule']}, {formation['organisme'] or '?'}, {formation['distance']}")
    for chemin in reponse["chemins"]:
        etapes = " → ".join(etape["intitule"] for etape in (chemin["depart"], *chemin["etapes"]))
        click.echo(f"étapes : {etapes}")


def _print_json(contenu: Json) -> None:
    click.echo(json.dumps(contenu, ensure_ascii=False, indent=2, default=str))


def _say(phrase: str) -> None:
    click.echo(phrase, err=True)


def main() -> None:
    """Run the command line; every foreseen error is one French sentence on standard error."""
    try:
        sys.exit(cli.main(standalone_mode=False))
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        sys.exit(0)
    except click.ClickException as error:
        _say(f"azimut : {explain(error)}. Voir « azimut --help ».")
        sys.exit(2)
    except click.exceptions.Abort:
        sys.exit(130)
    except AzimutError as error:
        _say(f"azimut : {error}")
        sys.exit(1)
    except BrokenPipeError:
        sys.exit(0)


if __name__ == "__main__":
    main()

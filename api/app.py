"""The application: rooms joined, nothing decided here."""

from functools import partial
from importlib.metadata import version

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from starlette.middleware.gzip import GZipMiddleware
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from api.acces.controle import AccessControl, PartnerOrigins
from api.acces.guichet import Guichet
from api.conseil.cle_dossiers import open_coffre
from api.conseil.dossiers import Dossiers
from api.conseil.espace import open_espace
from api.conseil.menage import Menage
from api.conseil.tenues import Tenues
from api.contrat import install_contract, name_operation
from api.errors import install_errors, respond
from api.exploitation.limites import Affluence, BodyLimit
from api.exploitation.middleware import HeadAsGet, Journal, SecurityHeaders
from api.exploitation.rechargement import Rechargeur
from api.exploitation.reponses_tenues import ReponsesTenues
from api.lectures.lots import CORPS_D_UN_LOT
from api.lectures.versions import Archives
from api.service import Service, load_service
from api.settings import Settings
from api.v1.routes import router as v1
from api.v1.routes_exploitation import EXEMPTES
from api.v1.routes_exploitation import router as exploitation
from api.v1.routes_export import router as v1_export
from api.v1.routes_formations import router as v1_formations
from api.v1.routes_jeton import router as v1_jeton
from api.v1.routes_lecture import router as v1_lecture
from api.v1.routes_listes import router as v1_listes
from api.v1.routes_lots import LOTS
from api.v1.routes_lots import router as v1_lots
from api.v1.routes_panier import router as v1_panier
from api.v1.routes_parcours import router as v1_parcours
from api.v1.routes_versions import router as v1_versions
from api.web.algorithme import router as page_algorithme
from api.web.conseiller.accueil import router as conseiller_accueil
from api.web.conseiller.administration import router as conseiller_administration
from api.web.conseiller.chiffres import router as conseiller_chiffres
from api.web.conseiller.cloture import router as conseiller_cloture
from api.web.conseiller.compte import router as conseiller_compte
from api.web.conseiller.connexion import router as conseiller_connexion
from api.web.conseiller.seances import router as conseiller_seances
from api.web.conseiller.travail import router as conseiller_travail
from api.web.gabarits import STATIQUES, render_problem
from api.web.pages import router as pages
from api.web.parcours import router as pages_parcours
from api.web.widget.embarque import SCRIPT, Encadrement
from api.web.widget.embarque import router as widget_embarque
from api.web.widget.routes import router as orientation

COMPRESSION = 4
"""Of gzip: four times as quick as the best, for a tenth more bytes."""
_FAMILLES = ("Recommander", "Chercher", "Lire", "Publier", "S'authentifier", "Exploiter")
_DESCRIPTION = """Azimut aide à explorer des métiers à partir de ce qu'une personne sait faire, aime et souhaite.

Aucune clé n'est demandée, rien de ce qui est envoyé n'est conservé. Chaque réponse dit de quoi elle est faite
(« provenance ») ; chaque erreur suit la RFC 9457 et dit quoi faire."""

_ROUTEURS = (
    v1, v1_lecture, v1_parcours, v1_formations, v1_listes, v1_lots, v1_panier, v1_versions, v1_jeton, exploitation,
    v1_export, pages, pages_parcours, page_algorithme, widget_embarque, orientation, conseiller_accueil,
    conseiller_travail, conseiller_seances, conseiller_cloture, conseiller_connexion, conseiller_compte,
    conseiller_administration, conseiller_chiffres,
)  # fmt: skip


def create_app(settings: Settings, service: Service | None = None) -> FastAPI:
    """The whole service.

    Args:
        settings: Where things are and how much is allowed.
        service: The engine; loaded from the settings when not given.

    Raises:
        CatalogueError: The catalogue or its index cannot be used.
    """
    app = FastAPI(
        title="Azimut",
        version=version("azimut"),
        summary="Des métiers à explorer, avec leurs raisons.",
        description=_DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=name_operation,
        openapi_tags=[{"name": nom} for nom in _FAMILLES],
    )
    app.state.settings = settings
    app.state.arret = False
    app.state.archives = Archives(settings.dossier_catalogue)
    app.state.service = service or load_service(settings)
    app.state.service.warm()
    rechargeur = Rechargeur(app, settings.dossier_catalogue, lambda: load_service(settings), settings.rechargement)
    app.state.guichet = guichet = Guichet(settings)
    app.state.coffre = coffre = open_coffre(settings.cle_dossiers, guichet.base)
    app.state.espace = open_espace(settings, guichet.base, coffre)
    app.state.dossiers = dossiers = Dossiers(guichet.base, coffre)
    app.state.tenues = Tenues()
    app.router.lifespan_context = guichet.running(Menage(guichet.base, dossiers).running(rechargeur.running))
    for routeur in _ROUTEURS:
        app.include_router(routeur)
    app.mount("/static", StaticFiles(directory=STATIQUES), name="static")
    install_errors(app, render_problem)
    _surround(app, settings, guichet)
    install_contract(app)
    return app


def _surround(app: FastAPI, settings: Settings, guichet: Guichet) -> None:
    """Put the layers that every request goes through, innermost first."""
    # The last added is the outermost: headers are on every answer, even on those of the layers below.
    lots = {LOTS: CORPS_D_UN_LOT * settings.corps_max}
    app.add_middleware(BodyLimit, octets=settings.corps_max, delai=settings.delai_corps, autres=lots)
    app.add_middleware(GZipMiddleware, minimum_size=1024, compresslevel=COMPRESSION)
    app.add_middleware(
        Affluence,
        simultanees=settings.simultanees,
        file=settings.file_attente,
        delai=settings.delai,
        exemptes=EXEMPTES,
    )
    app.add_middleware(ReponsesTenues)
    answer = partial(respond, render_page=render_problem)
    # Who calls too often takes no place among those being served, and nothing reads their body.
    app.add_middleware(AccessControl, guichet=guichet, respond=answer, exemptes=EXEMPTES | {SCRIPT})
    app.add_middleware(PartnerOrigins, guichet=guichet)
    app.add_middleware(Journal, respond=answer)
    app.add_middleware(SecurityHeaders, hsts=settings.hsts)
    app.add_middleware(Encadrement, guichet=guichet, integration=settings.integration)
    app.add_middleware(HeadAsGet)
    if settings.mandataires:
        app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=settings.mandataires)

"""The application: rooms joined, nothing decided here."""

import logging
from functools import partial
from importlib.metadata import version

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from starlette.middleware.gzip import GZipMiddleware

from api.errors import install_errors, respond
from api.middleware import BodyLimit, HeadAsGet, Journal, SecurityHeaders
from api.rechargement import Rechargeur
from api.service import Service, load_service
from api.settings import Settings, load_settings
from api.v1 import modeles
from api.v1.routes import router as v1
from api.v1.routes_parcours import router as v1_parcours
from api.web.gabarits import STATIQUES, render_problem
from api.web.pages import router as pages
from api.web.parcours import router as pages_parcours

_DESCRIPTION = """Azimut aide à explorer des métiers à partir de ce qu'une personne sait faire, aime et souhaite.

Aucune clé n'est demandée, rien de ce qui est envoyé n'est conservé. Chaque réponse dit de quoi elle est faite
(« provenance ») ; chaque erreur suit la RFC 9457 et dit quoi faire."""


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
        openapi_tags=[{"name": nom} for nom in ("Recommander", "Chercher", "Lire", "Exploiter")],
    )
    app.state.settings = settings
    app.state.service = service or load_service(settings)
    app.state.service.warm()
    rechargeur = Rechargeur(app, settings.dossier_catalogue, lambda: load_service(settings), settings.rechargement)
    app.router.lifespan_context = rechargeur.running
    app.include_router(v1)
    app.include_router(v1_parcours)
    app.include_router(pages)
    app.include_router(pages_parcours)
    app.mount("/static", StaticFiles(directory=STATIQUES), name="static")
    install_errors(app, render_problem)
    # The last added is the outermost: headers are on every answer, even on those of the layers below.
    app.add_middleware(BodyLimit, octets=settings.corps_max)
    app.add_middleware(Journal, respond=partial(respond, render_page=render_problem))
    app.add_middleware(GZipMiddleware, minimum_size=1024)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(HeadAsGet)
    _publish_problems(app)
    return app


def build_app() -> FastAPI:
    """What each server process calls: settings from the environment, journal on standard error."""
    settings = load_settings()
    configure_journal(settings)
    return create_app(settings)


def configure_journal(settings: Settings) -> None:
    """Send our journal to standard error, and silence the server's own access log, which writes addresses as typed."""
    logging.basicConfig(level=settings.journal_niveau, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("uvicorn.access").disabled = True


def _publish_problems(app: FastAPI) -> None:
    """Put the shape of errors in OpenAPI, where the routes refer to it, in place of the framework's own."""
    tracer = app.openapi

    def openapi() -> dict[str, object]:
        if app.openapi_schema is None:
            schema = tracer()
            schemas = schema["components"]["schemas"]
            references = "#/components/schemas/{model}"
            probleme = modeles.ProblemeModele.model_json_schema(ref_template=references)
            schemas.update(probleme.pop("$defs", {}))
            schemas["ProblemeModele"] = probleme
            for nom in ("HTTPValidationError", "ValidationError"):
                schemas.pop(nom, None)
        return app.openapi_schema or {}

    app.openapi = openapi  # type: ignore[method-assign]

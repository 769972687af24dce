"""The routes of `/api/v1` that publish: the rules in force, and the catalogue as open data."""

import difflib
from collections.abc import AsyncIterator, Generator
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from api.cache import DUREE, cacheable, held
from api.exploitation.middleware import TETE
from api.lectures.algorithme import rules_as_dict
from api.lectures.export import MEDIAS, Forme, find_jeu, tag_of, write_export
from api.lectures.jeux import JEUX
from api.reponses.export import exports_as_dict
from api.service import Service
from api.v1.modeles_algorithme import AlgorithmeModele
from api.v1.modeles_export import ExportModele
from api.v1.routes import ABSENT, INCHANGE, Moteur
from referentiels.errors import UnknownCodeError

CLES = [jeu.cle for jeu in JEUX]
Cle = Annotated[
    str, Path(description="Clé du jeu de données.", examples=["mobilites"], json_schema_extra={"enum": list(CLES)})
]

router = APIRouter(prefix="/api/v1")


def _file(forme: Forme, description: str) -> dict[int | str, dict[str, Any]]:
    media = MEDIAS[forme].partition(";")[0]
    return {
        200: {"description": description, "content": {media: {"schema": {"type": "string"}}}},
        **ABSENT,
        **INCHANGE,
    }


@router.get(
    "/algorithme",
    tags=["Publier"],
    summary="Les règles en vigueur",
    response_model=AlgorithmeModele,
    responses=INCHANGE,
)
def read_rules(request: Request, moteur: Moteur) -> Response:
    """Finalité, usages exclus, critères, poids, réglages, opérations, données, limites et empreintes.

    Tout est écrit depuis la configuration et le catalogue en service ; la page `/algorithme` le montre.
    """
    return cacheable(request, rules_as_dict(moteur))


@router.get(
    "/export",
    tags=["Publier"],
    summary="Les données ouvertes : jeux, colonnes, licences",
    response_model=ExportModele,
    responses=INCHANGE,
)
def list_exports(request: Request, moteur: Moteur) -> Response:
    """Chaque jeu de données : ses colonnes, ses adresses, les sources à citer et celles que leur licence écarte."""
    return cacheable(request, exports_as_dict(moteur.catalogue))


@router.get(
    "/export/{jeu}.csv",
    tags=["Publier"],
    summary="Un jeu de données en CSV",
    response_class=StreamingResponse,
    responses=_file("csv", "Le fichier : en-tête d'abord, UTF-8, virgules."),
)
def export_csv(request: Request, moteur: Moteur, jeu: Cle) -> Response:
    """Le jeu entier, écrit à mesure qu'il est lu ; aucune cellule de texte n'y commence une formule de tableur."""
    return _stream(request, moteur, jeu, "csv")


@router.get(
    "/export/{jeu}.jsonl",
    tags=["Publier"],
    summary="Un jeu de données en JSON lines",
    response_class=StreamingResponse,
    responses=_file("jsonl", "Le fichier : un objet JSON par ligne, UTF-8."),
)
def export_json_lines(request: Request, moteur: Moteur, jeu: Cle) -> Response:
    """Le jeu entier, écrit à mesure qu'il est lu."""
    return _stream(request, moteur, jeu, "jsonl")


def _stream(request: Request, moteur: Service, cle: str, forme: Forme) -> Response:
    jeu = find_jeu(cle)
    if jeu is None:
        raise UnknownCodeError("jeu de données", cle[:40], difflib.get_close_matches(cle[:40], CLES) or CLES)
    marque = tag_of(moteur.catalogue, jeu, forme)
    entetes = {"ETag": marque, "Cache-Control": f"public, max-age={DUREE}"}
    if held(request.headers.get("if-none-match", ""), marque):
        return Response(status_code=304, headers=entetes)
    entetes["Content-Disposition"] = f'attachment; filename="azimut-{jeu.cle}.{forme}"'
    pieces = write_export(moteur.catalogue, jeu, forme)
    return StreamingResponse(_send(pieces, TETE in request.scope), headers=entetes, media_type=MEDIAS[forme])


async def _send(pieces: Generator[bytes], une: bool) -> AsyncIterator[bytes]:
    """The pieces as they are read, in a thread, or the first one; a client that hangs up closes the reading."""
    try:
        while piece := await run_in_threadpool(next, pieces, b""):
            yield piece
            if une:
                break
    finally:
        pieces.close()

"""What answers are made from, and how a reading asks for a past version of the catalogue."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from api.cache import cacheable
from api.lectures.versions import Archives
from api.service import Service
from api.v1 import modeles_listes
from api.v1.routes import INCHANGE, Moteur
from referentiels.catalogue import Catalogue

_GARDEE = {"hash": "533c23f4f928063a", "construit": "2026-11-21T15:14:02+00:00", "en_service": True}
EXEMPLE: dict[str, Any] = {
    "service": "0.1.0",
    "catalogue": "533c23f4f928063a",
    "construit": "2026-11-21T15:14:02+00:00",
    "index": "dd04ff676b14b0d2",
    "modele": "e37b97bffa661555",
    "config": "7d8626318d820c95",
    "gardees": [_GARDEE, {**_GARDEE, "hash": "bb904672124ef365", "en_service": False}],
    "sources": [
        {
            "cle": "rome",
            "titre": "ROME 4.0, répertoire opérationnel des métiers et des emplois",
            "producteur": "France Travail",
            "licence": "Licence Ouverte 2.0",
            "millesime": "460",
            "origine": "officiel",
            "demonstration": False,
        }
    ],
}
_REPONSE: dict[int | str, dict[str, Any]] = {200: {"content": {"application/json": {"example": EXEMPLE}}}}

router = APIRouter(prefix="/api/v1")


def read_version(
    request: Request,
    moteur: Moteur,
    version: Annotated[
        str | None,
        Query(max_length=40, description="Version gardée du catalogue, par son hash ; voir `GET /api/v1/versions`."),
    ] = None,
    au: Annotated[
        date | None, Query(description="Jour passé : la version gardée qui était alors la plus récente.")
    ] = None,
) -> Catalogue:
    """The catalogue that a reading asks for; the one in service by default."""
    archives: Archives = request.app.state.archives
    return archives.read(moteur.catalogue, version, au)


CatalogueLu = Annotated[Catalogue, Depends(read_version)]


def index_of(moteur: Service, catalogue: Catalogue) -> str:
    """The index that goes with a catalogue; « aucun » for a past one, which is read and not searched."""
    return moteur.recherche.version if catalogue is moteur.catalogue else "aucun"


@router.get(
    "/versions",
    tags=["Exploiter"],
    summary="De quoi les réponses sont faites, et les versions gardées",
    response_model=modeles_listes.VersionsModele,
    responses={**_REPONSE, **INCHANGE},
)
def read_versions(request: Request, moteur: Moteur) -> Response:
    """Hash du catalogue, de l'index, du modèle et des réglages, millésime de chaque source, versions encore lisibles.

    Une version gardée se lit avec « version » (son hash) ou « au » (un jour) sur les fiches et les listes.
    """
    archives: Archives = request.app.state.archives
    gardees = [
        {"hash": v.hash, "construit": v.construit.isoformat() if v.construit else None, "en_service": v.en_service}
        for v in archives.kept(moteur.catalogue)
    ]
    corps: dict[str, Any] = {
        "service": request.app.version,
        "catalogue": moteur.catalogue.version,
        "construit": next((v["construit"] for v in gardees if v["en_service"]), None),
        "index": moteur.recherche.version,
        "modele": getattr(moteur.recherche, "modele", None),
        "config": moteur.recommender.config.empreinte,
        "gardees": gardees,
        "sources": moteur.catalogue.provenance()["sources"],
    }
    return cacheable(request, corps)

"""The routes of `/api/v1` that list all the métiers and all the certifications."""

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response

from api.cache import cacheable
from api.lectures.listes import list_certifications, list_metiers
from api.lectures.pages_curseur import Liste, linked
from api.reponses.commun import provenance_as_dict
from api.v1 import modeles_listes
from api.v1.parametres import CODE_MAX, PERIME, SUITE, Curseur, Limite
from api.v1.routes import INCHANGE, INCONNU, Moteur
from api.v1.routes_versions import CatalogueLu, index_of

Domaine = Annotated[
    str | None,
    Query(max_length=CODE_MAX, description="Code d'un domaine professionnel ou d'un grand domaine.", examples=["D11"]),
]

router = APIRouter(prefix="/api/v1")


@router.get(
    "/metiers",
    tags=["Lire"],
    summary="Tous les métiers",
    response_model=modeles_listes.MetiersModele,
    responses={**SUITE, **INCONNU, **INCHANGE, **PERIME},
)
def read_metiers(
    request: Request,
    moteur: Moteur,
    catalogue: CatalogueLu,
    domaine: Domaine = None,
    curseur: Curseur = None,
    limite: Limite = 50,
) -> Response:
    """Codes et intitulés, par code, de tout le ROME ou d'un domaine."""
    liste = Liste(catalogue.version, {"liste": "metiers", "domaine": domaine})
    place = liste.begin(curseur, date.today())
    metiers = list_metiers(catalogue, domaine)
    page = metiers[place.rang : place.rang + limite]
    suivant = liste.next(place, len(page), len(metiers))
    corps = {
        "total": len(metiers),
        "metiers": page,
        "suivant": suivant,
        "provenance": provenance_as_dict(catalogue, index_of(moteur, catalogue)),
    }
    return linked(request, cacheable(request, corps), suivant)


@router.get(
    "/certifications",
    tags=["Lire"],
    summary="Toutes les certifications",
    response_model=modeles_listes.CertificationsModele,
    responses={**SUITE, **INCONNU, **INCHANGE, **PERIME},
)
def read_certifications(
    request: Request,
    moteur: Moteur,
    catalogue: CatalogueLu,
    niveau: Annotated[
        list[Annotated[int, Query(ge=1, le=8)]] | None,
        Query(description="Niveau européen, de 1 à 8 ; à répéter pour plusieurs."),
    ] = None,
    domaine: Domaine = None,
    repertoire: Annotated[Literal["RNCP", "RS"] | None, Query(description="Les deux par défaut.")] = None,
    actives: Annotated[bool, Query(description="Ne garde que celles qu'une source datée dit actives.")] = True,
    curseur: Curseur = None,
    limite: Limite = 50,
) -> Response:
    """Numéros, intitulés et niveaux, par numéro ; « domaine » garde celles qui mènent à l'un de ses métiers."""
    niveaux = sorted(set(niveau or ()))
    demande = {"niveau": niveaux, "domaine": domaine, "repertoire": repertoire, "actives": actives}
    liste = Liste(catalogue.version, {"liste": "certifications", **demande})
    place = liste.begin(curseur, date.today())
    lignes = list_certifications(catalogue, niveaux, domaine, repertoire, actives=actives)
    page = lignes[place.rang : place.rang + limite]
    suivant = liste.next(place, len(page), len(lignes))
    corps = {
        "total": len(lignes),
        "certifications": [
            {"numero": numero, "intitule": intitule, "niveau": n, "repertoire": r, "active": active}
            for numero, intitule, n, r, active in page
        ],
        "suivant": suivant,
        "provenance": provenance_as_dict(catalogue, index_of(moteur, catalogue)),
    }
    return linked(request, cacheable(request, corps), suivant)

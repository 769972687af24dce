"""The routes of `/api/v1` that go further than a list: the way to a métier, what keeps one away, what comes after."""

from datetime import date
from typing import Annotated, Any, get_args

from fastapi import APIRouter, Body, Path, Query, Request, Response

from api.cache import cacheable, fresh
from api.errors import at_field
from api.profils.profil import EXEMPLE, ProfilSchema
from api.reponses.commun import provenance_as_dict
from api.reponses.parcours import (
    after_as_dict,
    effects_as_dict,
    gap_as_dict,
    journey_as_dict,
    route_as_dict,
    why_as_dict,
)
from api.service import Service
from api.v1 import modeles_ecarts, modeles_parcours
from api.v1.parametres import CODE_MAX
from api.v1.routes import ABSENT, CORPS, INCHANGE, INCONNU, Moteur
from recommender.contrefactuel import measure_effects, why_not
from referentiels.types import Voie

VOIES: tuple[Voie, ...] = get_args(Voie)
_EXEMPLES: dict[str, Any] = {"complet": {"summary": "Un profil fourni", "value": EXEMPLE}}
Demande = Annotated[ProfilSchema, Body(openapi_examples=_EXEMPLES)]
Metier = Annotated[str, Path(description="Code ROME du métier visé.", examples=["D1102"])]

router = APIRouter(prefix="/api/v1")


@router.post(
    "/metiers/{code_rome}/parcours",
    tags=["Recommander"],
    summary="Le chemin d'un profil à un métier",
    response_model=modeles_parcours.ParcoursModele,
    responses={**CORPS, **INCONNU},
)
def plan_route(
    moteur: Moteur,
    code_rome: Metier,
    profil: Demande,
    voie: Annotated[list[Voie] | None, Query(description="Voies préférées ; aucune autre n'est écartée.")] = None,
) -> Response:
    """L'écart, le plus petit ensemble de blocs trouvé, les certifications et leurs voies, les formations, les étapes.

    Rien n'est prescrit et rien n'est conservé.
    """
    parcours = moteur.guide.route(profil.to_domain(), code_rome, date.today(), tuple(voie or ()))
    return fresh(route_as_dict(parcours, moteur.catalogue, _provenance(moteur)))


@router.post(
    "/metiers/{code_rome}/pourquoi",
    tags=["Recommander"],
    summary="Pourquoi ce métier est là, ou n'y est pas",
    response_model=modeles_parcours.PourquoiModele,
    responses={**CORPS, **INCONNU},
)
def explain(moteur: Moteur, code_rome: Metier, profil: Demande) -> Response:
    """Son rang, ce qui le sépare du dixième de la liste critère par critère, ce qui manque. Rien n'est conservé."""
    reponse = why_not(moteur.recommender, profil.to_domain(), code_rome)
    return fresh(why_as_dict(reponse, moteur.catalogue, _provenance(moteur)))


@router.post(
    "/recommandations/effets",
    tags=["Recommander"],
    summary="Ce qui changerait le plus la liste",
    response_model=modeles_parcours.EffetsModele,
    responses=CORPS,
)
def weigh(moteur: Moteur, profil: Demande) -> Response:
    """Chaque chose dite est retirée tour à tour, et la liste refaite. Rien n'est estimé, rien n'est conservé."""
    return fresh(effects_as_dict(measure_effects(moteur.recommender, profil.to_domain()), _provenance(moteur)))


@router.post(
    "/ecarts",
    tags=["Recommander"],
    summary="L'écart entre un profil et un métier",
    response_model=modeles_ecarts.EcartsModele,
    responses=CORPS,
)
def measure_gap(moteur: Moteur, demande: modeles_ecarts.DemandeEcart) -> Response:
    """Ce que la personne tient, ce qui en est proche, ce qui manque par importance, et ce qui comble ce manque.

    Plus bref que le chemin entier (`POST /metiers/{code_rome}/parcours`) : ni formations, ni étapes. Rien n'est
    prescrit et rien n'est conservé.
    """
    with at_field("metier"):
        code = moteur.catalogue.metier(demande.metier).code_rome
    profil = demande.profil
    parcours = moteur.guide.route(profil.to_domain(), code, date.today(), tuple(demande.voies))
    return fresh(gap_as_dict(parcours, moteur.catalogue, profil.warnings(), _provenance(moteur)))


@router.get(
    "/parcours",
    tags=["Lire"],
    summary="Les chemins d'un métier à un autre",
    response_model=modeles_ecarts.TrajetModele,
    responses={**INCONNU, **INCHANGE},
)
def find_paths(
    request: Request,
    moteur: Moteur,
    de: Annotated[str, Query(max_length=CODE_MAX, description="Code ROME du départ.", examples=["D1102"])],
    vers: Annotated[str, Query(max_length=CODE_MAX, description="Code ROME de l'arrivée.", examples=["D1104"])],
    etapes: Annotated[int, Query(ge=1, le=3, description="Étapes au plus, arrivée comprise.")] = 3,
    nombre: Annotated[int, Query(ge=1, le=5, description="Chemins voulus au plus.")] = 3,
) -> Response:
    """Sans profil : chaque étape dit ce qui la relie à la précédente et ce qu'elle apprend.

    Quand aucun chemin n'est assez court, la réponse dit pourquoi, et propose : le plus court qui soit, des métiers à
    portée qui partagent le plus avec l'arrivée, les certifications qui y mènent.
    """
    with at_field("de"):
        depart = moteur.catalogue.metier(de).code_rome
    with at_field("vers"):
        arrivee = moteur.catalogue.metier(vers).code_rome
    trajet = moteur.guide.trajets.between(depart, arrivee, etapes_max=etapes, nombre=nombre)
    return cacheable(request, journey_as_dict(trajet, _provenance(moteur)))


@router.get(
    "/certifications/{code}/suites",
    tags=["Lire"],
    summary="Et après ? Les métiers qu'une certification ouvre, et celles qui peuvent suivre",
    response_model=modeles_parcours.EtApresModele,
    responses={**ABSENT, **INCHANGE},
)
def read_next(
    request: Request,
    moteur: Moteur,
    code: Annotated[str, Path(description="Numéro de fiche RNCP ou RS.", examples=["RNCP37537"])],
) -> Response:
    """Y compris par continuité : une certification remplacée mène où mènent celles qui la remplacent."""
    return cacheable(request, after_as_dict(moteur.guide.after(code), _provenance(moteur)))


def _provenance(moteur: Service) -> dict[str, Any]:
    config = moteur.recommender.config.empreinte
    return provenance_as_dict(moteur.catalogue, moteur.recherche.version, config)

"""The routes of `/api/v1` that read the formation offer: the list near a place, and one formation."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from api.cache import cacheable
from api.lectures.offre import Filtres, list_formations
from api.lectures.pages_curseur import linked
from api.reponses.commun import provenance_as_dict
from api.reponses.formations import formation_as_dict
from api.v1 import modeles_formations
from api.v1.parametres import CODE_MAX, PERIME, RAYON_MAX, SUITE, Curseur, Limite
from api.v1.routes import INCHANGE, INCONNU, REQUETE_MAX, Moteur
from recommender.annuaire import Tri
from referentiels.types import Voie

router = APIRouter(prefix="/api/v1")


@router.get(
    "/formations",
    tags=["Lire"],
    summary="Les formations près d'un lieu, par certification, par métier ou par mots",
    response_model=modeles_formations.FormationsListeModele,
    responses={**SUITE, **INCONNU, **INCHANGE, **PERIME},
)
def list_offer(
    request: Request,
    moteur: Moteur,
    q: Annotated[
        str, Query(max_length=REQUETE_MAX, description="Mots ou débuts de mots de l'intitulé.", examples=["boulanger"])
    ] = "",
    commune: Annotated[
        str | None,
        Query(max_length=REQUETE_MAX, description="Commune : nom, code Insee ou code postal.", examples=["Nantes"]),
    ] = None,
    rayon_km: Annotated[float, Query(gt=0, le=RAYON_MAX, description="Rayon, à vol d'oiseau.")] = 30.0,
    certification: Annotated[
        str | None, Query(max_length=CODE_MAX, description="Numéro de fiche préparée.", examples=["RNCP37537"])
    ] = None,
    metier: Annotated[
        str | None, Query(max_length=CODE_MAX, description="Code ROME d'un métier où elle mène.", examples=["D1102"])
    ] = None,
    voie: Annotated[list[Voie] | None, Query(description="À répéter pour plusieurs ; toutes par défaut.")] = None,
    tri: Annotated[
        Tri | None, Query(description="« distance » par défaut avec une commune, « nom » sans elle.")
    ] = None,
    curseur: Curseur = None,
    limite: Limite = 20,
) -> Response:
    """Chaque formation une fois : ce que plusieurs sources publient du même organisme, au même endroit, est réuni.

    Quand un filtre viderait la liste, il est levé, et la réponse le dit (« relaches », « remarques ») ; rien n'est
    perdu : « au_dela » compte ce qui répond plus loin. À égalité de distance, l'ordre est tiré chaque jour, le même
    pour tous les organismes.
    """
    filtres = Filtres(q, commune, rayon_km, certification, metier, tuple(dict.fromkeys(voie or ())), tri)
    corps = list_formations(moteur, filtres, curseur, limite, date.today())
    provenance = provenance_as_dict(moteur.catalogue, moteur.recherche.version)
    reponse = cacheable(request, {**corps, "provenance": provenance}, public=not q)
    return linked(request, reponse, corps["suivant"])


@router.get(
    "/formations/{identifiant:path}",
    tags=["Lire"],
    summary="Une formation, avec toutes les sources qui la publient",
    response_model=modeles_formations.FormationEntiereModele,
    responses={**INCONNU, **INCHANGE},
)
def read_formation(
    request: Request,
    moteur: Moteur,
    identifiant: Annotated[
        str,
        Path(
            max_length=200,
            description="« identifiant » ou l'une des « origines » d'une formation de la liste.",
            examples=["socle:DEMO-001"],
        ),
    ],
) -> Response:
    """Ses certifications, puis, source par source, ce qui en est publié : voies, lieux, places et sessions."""
    detail = moteur.guide.annuaire.read(identifiant, date.today())
    provenance = provenance_as_dict(moteur.catalogue, moteur.recherche.version)
    return cacheable(request, formation_as_dict(detail, moteur.catalogue, provenance))

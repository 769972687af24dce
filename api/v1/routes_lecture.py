"""The routes of `/api/v1` that read cards: a métier and its figures, a certification and its blocs."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from api.cache import cacheable, kept
from api.lectures.carte_svg import EN_TETES_CARTE, MEDIA_SVG, draw_card
from api.lectures.fiches import find_commune, gather_around, trace_continuity
from api.reponses.commun import provenance_as_dict
from api.reponses.fiches import blocs_as_dict, certification_as_dict, figures_as_dict, metier_as_dict
from api.service import Service
from api.v1 import modeles_fiches
from api.v1.parametres import RAYON_MAX
from api.v1.routes import INCHANGE, INCONNU, REQUETE_MAX, Moteur
from api.v1.routes_versions import CatalogueLu, index_of
from referentiels.catalogue import Catalogue

Metier = Annotated[str, Path(description="Code ROME.", examples=["D1102"])]
Certification = Annotated[str, Path(description="Numéro de fiche RNCP ou RS.", examples=["RNCP37537"])]
PresDe = Annotated[
    str | None,
    Query(max_length=REQUETE_MAX, description="Commune : nom, code Insee ou code postal.", examples=["44109"]),
]
_SVG: dict[int | str, dict[str, Any]] = {
    200: {"description": "La carte.", "content": {MEDIA_SVG: {"schema": {"type": "string"}}}}
}

router = APIRouter(prefix="/api/v1")


@router.get(
    "/metiers/{code_rome}",
    tags=["Lire"],
    summary="La fiche d'un métier",
    response_model=modeles_fiches.MetierModele,
    responses={**INCONNU, **INCHANGE},
)
def read_metier(
    request: Request,
    moteur: Moteur,
    catalogue: CatalogueLu,
    code_rome: Metier,
    commune: PresDe = None,
    rayon_km: Annotated[
        float, Query(gt=0, le=RAYON_MAX, description="Rayon des formations, en kilomètres ; aucune n'est écartée.")
    ] = 30.0,
) -> Response:
    """Tout ce qui touche à un métier : compétences, chiffres sourcés, certifications et voies, mobilités, formations.

    Chaque chiffre dit son échelle : la plus proche de la commune qui soit publiée, celle de la France sans commune.
    Les formations ne sont données que près d'une commune, et pour le catalogue en service.
    """
    fiche = catalogue.fiche(code_rome)
    autour = gather_around(moteur, fiche, find_commune(catalogue, commune), rayon_km, date.today(), catalogue)
    return cacheable(request, metier_as_dict(fiche, _provenance(moteur, catalogue), autour))


@router.get(
    "/metiers/{code_rome}/indicateurs",
    tags=["Lire"],
    summary="Les chiffres d'un métier",
    response_model=modeles_fiches.IndicateursModele,
    responses={**INCONNU, **INCHANGE},
)
def read_figures(
    request: Request, moteur: Moteur, catalogue: CatalogueLu, code_rome: Metier, commune: PresDe = None
) -> Response:
    """Chaque chiffre dit sa valeur, son unité, sa population, son échelle, son millésime, sa source et sa licence.

    Un chiffre national montré faute de chiffre local le dit (« herite », « echelle »). Ce que personne ne publie est
    « non renseigné », ce que le producteur tait est « secret statistique » : rien n'est estimé.
    """
    metier, lieu = catalogue.metier(code_rome), find_commune(catalogue, commune)
    indicateurs = catalogue.indicateurs(metier.code_rome, lieu.code if lieu else None)
    carte = f"/api/v1/metiers/{metier.code_rome}/indicateurs.svg" + (f"?commune={lieu.code}" if lieu else "")
    corps = figures_as_dict(metier, indicateurs, lieu, carte)
    return cacheable(request, {**corps, "provenance": _provenance(moteur, catalogue)})


@router.get(
    "/metiers/{code_rome}/indicateurs.svg",
    tags=["Lire"],
    summary="Les chiffres d'un métier, en image à intégrer",
    response_class=Response,
    responses={**_SVG, **INCONNU, **INCHANGE},
)
def draw_figures(request: Request, catalogue: CatalogueLu, code_rome: Metier, commune: PresDe = None) -> Response:
    """Une carte SVG accessible, aux libellés fixes : chaque chiffre avec son échelle, son millésime et sa source.

    Ni script, ni ressource extérieure ; claire ou sombre selon le lecteur ; elle prend la largeur qu'on lui donne.
    """
    metier, lieu = catalogue.metier(code_rome), find_commune(catalogue, commune)
    carte = draw_card(metier, catalogue.indicateurs(metier.code_rome, lieu.code if lieu else None), lieu)
    return kept(request, Response(carte, headers=EN_TETES_CARTE, media_type=MEDIA_SVG))


@router.get(
    "/certifications/{code}",
    tags=["Lire"],
    summary="La fiche d'une certification",
    response_model=modeles_fiches.CertificationModele,
    responses={**INCONNU, **INCHANGE},
)
def read_certification(request: Request, moteur: Moteur, catalogue: CatalogueLu, code: Certification) -> Response:
    """Niveau, blocs de compétences, voies d'accès, métiers visés et continuité d'une certification.

    La continuité va de proche en proche : ce qui l'a précédée, ce qui l'a remplacée, et si cela a cours.
    """
    fiche = catalogue.certification(code)
    anciennes, nouvelles = (trace_continuity(catalogue, fiche.code, s) for s in ("anciennes", "nouvelles"))
    return cacheable(request, certification_as_dict(fiche, _provenance(moteur, catalogue), anciennes, nouvelles))


@router.get(
    "/certifications/{code}/blocs",
    tags=["Lire"],
    summary="Les blocs de compétences d'une certification",
    response_model=modeles_fiches.BlocsModele,
    responses={**INCONNU, **INCHANGE},
)
def read_blocs(request: Request, moteur: Moteur, catalogue: CatalogueLu, code: Certification) -> Response:
    """Chaque bloc et ses compétences, ligne à ligne, telles que la source les publie."""
    return cacheable(request, blocs_as_dict(catalogue.certification(code), _provenance(moteur, catalogue)))


def _provenance(moteur: Service, catalogue: Catalogue) -> dict[str, Any]:
    return provenance_as_dict(catalogue, index_of(moteur, catalogue))

"""The routes of `/api/v1`: read the request, call the engine, write the answer."""

from functools import cache
from typing import Annotated, Any, get_args

from fastapi import APIRouter, Body, Depends, Path, Query, Request, Response
from fastapi.responses import JSONResponse

from api.cache import cacheable
from api.demande import recommend_as_dict
from api.profil import EXEMPLE, ProfilSchema
from api.reponses import (
    certification_as_dict,
    extraction_as_dict,
    interests_as_dict,
    metier_as_dict,
    places_as_dict,
    provenance_as_dict,
    search_as_dict,
    suggestions_as_dict,
)
from api.service import Service
from api.v1 import modeles, modeles_interets, modeles_texte
from embeddings.types import Nature
from recommender.questionnaire import load_questionnaire

NATURES: tuple[Nature, ...] = get_args(Nature)
REQUETE_MAX = 200
_questionnaire = cache(load_questionnaire)
_ERREURS: dict[int | str, dict[str, Any]] = {422: modeles.problem_response("Un champ est à corriger.")}
INCONNU: dict[int | str, dict[str, Any]] = {404: modeles.problem_response("Ce code n'existe pas."), **_ERREURS}
INCHANGE: dict[int | str, dict[str, Any]] = {304: {"description": "Inchangé depuis l'ETag présenté."}}
CORPS: dict[int | str, dict[str, Any]] = {
    **_ERREURS,
    400: modeles.problem_response("Le corps n'est pas du JSON."),
    413: modeles.problem_response("Le corps est trop grand."),
    415: modeles.problem_response("Le corps n'est pas annoncé comme JSON."),
}
_EXEMPLES: dict[str, Any] = {
    "complet": {"summary": "Un profil fourni", "value": EXEMPLE},
    "bref": {"summary": "Quelques mots", "value": {"competences": ["coudre à la machine", "lire un plan"]}},
    "vide": {"summary": "Rien encore : la réponse dit par où commencer", "value": {}},
}

router = APIRouter(prefix="/api/v1")


def loaded_service(request: Request) -> Service:
    """The engine of this process."""
    service: Service = request.app.state.service
    return service


Moteur = Annotated[Service, Depends(loaded_service)]
Requete = Annotated[
    str, Query(max_length=REQUETE_MAX, description="Des mots, un nom ou un code.", examples=["boulangère"])
]


@router.post(
    "/recommandations",
    tags=["Recommander"],
    summary="Des métiers à explorer pour un profil",
    response_model=modeles.RecommandationModele,
    responses=CORPS,
)
def recommend(
    moteur: Moteur,
    profil: Annotated[ProfilSchema, Body(openapi_examples=_EXEMPLES)],
    limite: Annotated[int, Query(ge=1, le=100, description="Nombre de métiers voulus.")] = 20,
) -> Response:
    """Compare le profil à tous les métiers et rend les plus proches, avec leurs raisons et des formations proches.

    Deux axes visibles : l'attrait (cela convient-il ?) et la portée (peut-on y arriver ?) ; « formule » dit comment
    l'indice en est fait.
    Rien n'est conservé. Un champ inconnu n'est pas une erreur : il est nommé dans « avertissements ».
    """
    return JSONResponse(recommend_as_dict(moteur, profil, limite), headers={"Cache-Control": "no-store"})


@router.get(
    "/recherche",
    tags=["Chercher"],
    summary="Retrouver un métier, une compétence, une certification… par son nom",
    response_model=modeles.RechercheModele,
    responses={**_ERREURS, **INCHANGE},
)
def search(
    request: Request,
    moteur: Moteur,
    q: Requete,
    nature: Annotated[list[Nature] | None, Query(description="À répéter pour plusieurs ; toutes par défaut.")] = None,
    limite: Annotated[int, Query(ge=1, le=100, description="Nombre de résultats voulus.")] = 10,
) -> Response:
    """Cherche par les mots et par le sens, sans égard aux accents, aux majuscules, au genre ni aux petites fautes.

    Quand `sure` est faux, les réponses sont des choix à proposer, non une compréhension : montrez-les toutes.
    """
    natures = tuple(dict.fromkeys(nature)) if nature else NATURES
    reponse = moteur.recherche.ask(q, natures, limite)
    provenance = provenance_as_dict(moteur.catalogue, moteur.recherche.version)
    return cacheable(request, search_as_dict(q, reponse, provenance), public=False)


@router.get(
    "/suggestions",
    tags=["Chercher"],
    summary="Compléter ce que la personne est en train d'écrire",
    response_model=modeles_texte.SuggestionsModele,
    responses={**_ERREURS, **INCHANGE},
)
def suggest(
    request: Request,
    moteur: Moteur,
    q: Requete,
    nature: Annotated[list[Nature] | None, Query(description="À répéter pour plusieurs ; métiers par défaut.")] = None,
    limite: Annotated[int, Query(ge=1, le=50, description="Nombre de suggestions voulues.")] = 8,
) -> Response:
    """Rend les noms dont les mots commencent ainsi, dans n'importe quel ordre.

    Une faute de frappe n'est pardonnée que si rien ne commence ainsi.
    """
    natures = tuple(dict.fromkeys(nature)) if nature else NATURES[:1]
    return cacheable(request, suggestions_as_dict(q, moteur.suggestions.suggest(q, natures, limite)), public=False)


@router.post(
    "/competences/extraction",
    tags=["Chercher"],
    summary="Lire dans un texte libre les compétences qu'il dit",
    response_model=modeles_texte.ExtractionModele,
    responses=CORPS,
)
def extract(moteur: Moteur, demande: modeles_texte.TexteLibre) -> Response:
    """Rend une courte liste de compétences, chacune avec les mots qui la disent et d'autres lectures : à confirmer.

    Rien n'est conservé.
    """
    provenance = provenance_as_dict(moteur.catalogue, moteur.recherche.version)
    corps = extraction_as_dict(moteur.extracteur.read(demande.texte), provenance)
    return JSONResponse(corps, headers={"Cache-Control": "no-store"})


@router.post(
    "/interets",
    tags=["Recommander"],
    summary="Poser la question suivante sur les goûts, ou conclure",
    response_model=modeles_interets.QuestionnaireModele,
    responses=CORPS,
)
def ask_interests(demande: modeles_interets.Questionnaire) -> Response:
    """Huit à quinze situations de la vie, choisies d'après les réponses ; le résultat dit son incertitude.

    Sans état : renvoyez toutes les réponses à chaque fois. Rien n'est conservé. Les goûts ne classent jamais seuls.
    """
    questionnaire, reponses = _questionnaire(), demande.to_domain()
    question = questionnaire.next_item(reponses, demande.graine)
    corps = interests_as_dict(questionnaire, question, questionnaire.estimate(reponses))
    return JSONResponse(corps, headers={"Cache-Control": "no-store"})


@router.get(
    "/metiers/{code_rome}",
    tags=["Lire"],
    summary="La fiche d'un métier",
    response_model=modeles.MetierModele,
    responses={**INCONNU, **INCHANGE},
)
def read_metier(
    request: Request,
    moteur: Moteur,
    code_rome: Annotated[str, Path(description="Code ROME.", examples=["D1102"])],
    commune: Annotated[
        str | None,
        Query(max_length=REQUETE_MAX, description="Commune près de laquelle prendre les chiffres.", examples=["44109"]),
    ] = None,
) -> Response:
    """Tout ce que les référentiels disent d'un métier, avec ses chiffres sourcés.

    Chaque chiffre dit son échelle : la plus proche de la commune qui soit publiée, celle de la France sans commune.
    """
    fiche = moteur.catalogue.fiche(code_rome)
    code_commune = moteur.catalogue.lieux.resolve(commune).code if commune else None
    indicateurs = moteur.catalogue.indicateurs(fiche.metier.code_rome, code_commune)
    provenance = provenance_as_dict(moteur.catalogue, moteur.recherche.version)
    return cacheable(request, metier_as_dict(fiche, provenance, indicateurs))


@router.get(
    "/certifications/{code}",
    tags=["Lire"],
    summary="La fiche d'une certification",
    response_model=modeles.CertificationModele,
    responses={**INCONNU, **INCHANGE},
)
def read_certification(
    request: Request,
    moteur: Moteur,
    code: Annotated[str, Path(description="Numéro de fiche RNCP ou RS.", examples=["RNCP37537"])],
) -> Response:
    """Niveau, blocs de compétences, voies d'accès, métiers visés et continuité d'une certification."""
    fiche = moteur.catalogue.certification(code)
    provenance = provenance_as_dict(moteur.catalogue, moteur.recherche.version)
    return cacheable(request, certification_as_dict(fiche, provenance))


@router.get(
    "/territoires",
    tags=["Chercher"],
    summary="Retrouver une commune, un département ou une région",
    response_model=modeles.TerritoiresModele,
    responses={**_ERREURS, **INCHANGE},
)
def search_places(
    request: Request,
    moteur: Moteur,
    q: Annotated[
        str, Query(max_length=REQUETE_MAX, description="Nom, code postal ou code INSEE.", examples=["Nantes"])
    ],
    limite: Annotated[int, Query(ge=1, le=100, description="Nombre de lieux voulus.")] = 10,
) -> Response:
    """Comprend les accents, les traits d'union, « St » et les débuts de nom."""
    return cacheable(request, places_as_dict(q, moteur.catalogue.lieux.search(q, limite)), public=False)


@router.get(
    "/sante", tags=["Exploiter"], summary="L'état du service et ses versions", response_model=modeles.SanteModele
)
def health(request: Request, moteur: Moteur) -> Response:
    """Répond 200 tant que le service peut répondre."""
    corps = {
        "etat": "ok",
        "version": request.app.version,
        "catalogue": moteur.catalogue.version,
        "index": moteur.recherche.version,
    }
    return JSONResponse(corps, headers={"Cache-Control": "no-store"})

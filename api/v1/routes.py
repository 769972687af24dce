"""The routes of `/api/v1`: read the request, call the engine, write the answer."""

from dataclasses import replace
from datetime import date
from functools import cache
from typing import Annotated, Any, get_args

from fastapi import APIRouter, Body, Depends, Query, Request, Response

from api.cache import cacheable, fresh
from api.exploitation.metriques import count_empty
from api.lectures.demande import recommend_as_dict
from api.lectures.pages_curseur import Liste, linked
from api.profils.profil import EXEMPLE, ProfilSchema
from api.reponses.commun import (
    extraction_as_dict,
    interests_as_dict,
    places_as_dict,
    provenance_as_dict,
    search_as_dict,
    suggestions_as_dict,
)
from api.service import Service
from api.v1 import modeles, modeles_interets, modeles_texte
from api.v1.parametres import PERIME, RESULTATS_MAX, SUITE, Curseur
from embeddings.types import Nature
from recommender.questionnaire import load_questionnaire

NATURES: tuple[Nature, ...] = get_args(Nature)
REQUETE_MAX = 200
_questionnaire = cache(load_questionnaire)
_ERREURS: dict[int | str, dict[str, Any]] = {422: modeles.problem_response("Un champ est à corriger.")}
ABSENT: dict[int | str, dict[str, Any]] = {404: modeles.problem_response("Ce code n'existe pas.")}
INCONNU: dict[int | str, dict[str, Any]] = {**ABSENT, **_ERREURS}
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
_TEXTE: dict[str, Any] = {
    "phrase": {
        "summary": "Une phrase",
        "value": {"texte": "je gérais la caisse, les commandes et je formais les apprentis"},
    }
}
_QUESTIONNAIRE: dict[str, Any] = {
    "suite": {
        "summary": "Deux réponses déjà données",
        "value": {"reponses": [{"identifiant": "R01", "valeur": "oui"}, {"identifiant": "I01", "valeur": "bof"}]},
    },
    "debut": {"summary": "Pour commencer", "value": {}},
}

router = APIRouter(prefix="/api/v1")


async def loaded_service(request: Request) -> Service:
    """The engine of this process; asynchronous, since the framework would else send it to a thread at each request."""
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
    corps = recommend_as_dict(moteur, profil, limite)
    count_empty("profil", vide=not corps["metiers"])
    return fresh(corps)


@router.get(
    "/recherche",
    tags=["Chercher"],
    summary="Retrouver un métier, une compétence, une certification… par son nom",
    response_model=modeles.RechercheModele,
    responses={**SUITE, **_ERREURS, **INCHANGE, **PERIME},
)
def search(
    request: Request,
    moteur: Moteur,
    q: Requete,
    nature: Annotated[list[Nature] | None, Query(description="À répéter pour plusieurs ; toutes par défaut.")] = None,
    curseur: Curseur = None,
    limite: Annotated[int, Query(ge=1, le=100, description="Nombre de résultats voulus.")] = 10,
) -> Response:
    """Cherche par les mots et par le sens, sans égard aux accents, aux majuscules, au genre ni aux petites fautes.

    Quand `sure` est faux, les réponses sont des choix à proposer, non une compréhension : montrez-les toutes.
    """
    natures = tuple(dict.fromkeys(nature)) if nature else NATURES
    liste = Liste(moteur.version, {"q": q, "nature": natures})
    place = liste.begin(curseur, date.today())
    # One more than shown tells whether there is a next page.
    reponse = moteur.recherche.ask(q, natures, min(place.rang + limite + 1, RESULTATS_MAX))
    suivant = liste.next(place, limite, len(reponse.resultats))
    count_empty("recherche", vide=not reponse.resultats)
    page = replace(reponse, resultats=reponse.resultats[place.rang : place.rang + limite])
    provenance = provenance_as_dict(moteur.catalogue, moteur.recherche.version)
    corps = search_as_dict(q, page, provenance, suivant)
    return linked(request, cacheable(request, corps, public=False), suivant)


@router.get(
    "/suggestions",
    tags=["Chercher"],
    summary="Compléter ce que la personne est en train d'écrire",
    response_model=modeles_texte.SuggestionsModele,
    responses={**_ERREURS, **INCHANGE},
)
async def suggest(
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
    completion = await moteur.completion()
    trouvees = completion.suggest(q, natures, limite)
    count_empty("suggestion", vide=not trouvees)
    return cacheable(request, suggestions_as_dict(q, trouvees), public=False)


@router.post(
    "/competences/extraction",
    name="extract_former",
    deprecated=True,
    tags=["Chercher"],
    summary="Ancien nom de « competences/extraire »",
    response_model=modeles_texte.ExtractionModele,
    responses=CORPS,
)
@router.post(
    "/competences/extraire",
    tags=["Chercher"],
    summary="Lire dans un texte libre les compétences qu'il dit",
    response_model=modeles_texte.ExtractionModele,
    responses=CORPS,
)
def extract(moteur: Moteur, demande: Annotated[modeles_texte.TexteLibre, Body(openapi_examples=_TEXTE)]) -> Response:
    """Rend une courte liste de compétences, chacune avec les mots qui la disent et d'autres lectures : à confirmer.

    Rien n'est conservé.
    """
    provenance = provenance_as_dict(moteur.catalogue, moteur.recherche.version)
    corps = extraction_as_dict(moteur.extracteur.read(demande.texte), provenance)
    return fresh(corps)


@router.post(
    "/interets",
    name="ask_interests_former",
    deprecated=True,
    tags=["Recommander"],
    summary="Ancien nom de « interets/questionnaire »",
    response_model=modeles_interets.QuestionnaireModele,
    responses=CORPS,
)
@router.post(
    "/interets/questionnaire",
    tags=["Recommander"],
    summary="Poser la question suivante sur les goûts, ou conclure",
    response_model=modeles_interets.QuestionnaireModele,
    responses=CORPS,
)
def ask_interests(
    demande: Annotated[modeles_interets.Questionnaire, Body(openapi_examples=_QUESTIONNAIRE)],
) -> Response:
    """Huit à quinze situations de la vie, choisies d'après les réponses ; le résultat dit son incertitude.

    Sans état : renvoyez toutes les réponses à chaque fois. Rien n'est conservé. Les goûts ne classent jamais seuls.
    """
    questionnaire, reponses = _questionnaire(), demande.to_domain()
    question = questionnaire.next_item(reponses, demande.graine)
    corps = interests_as_dict(questionnaire, question, questionnaire.estimate(reponses))
    return fresh(corps)


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

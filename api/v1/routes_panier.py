"""The routes of `/api/v1` by which a basket of compétences leaves and comes back, as JSON-LD."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Body, Query, Request, Response
from fastapi.responses import JSONResponse

from api.cache import fresh, kept
from api.lectures.panier import CONTEXTE, export_basket
from api.lectures.panier_lecture import import_basket
from api.profils.profil import EXEMPLE, ProfilSchema
from api.v1 import modeles_panier
from api.v1.routes import CORPS, INCHANGE, Moteur

MEDIA_LD = "application/ld+json"
_PROFILS: dict[str, Any] = {"complet": {"summary": "Un profil fourni", "value": EXEMPLE}}
_DOCUMENTS: dict[str, Any] = {
    "azimut": {"summary": "Un panier d'Azimut", "value": modeles_panier.EXEMPLE_PANIER},
    "europass": {"summary": "Un résultat d'apprentissage du modèle ELM", "value": modeles_panier.EXEMPLE_EUROPASS},
}

router = APIRouter(prefix="/api/v1/panier")


class JsonLd(JSONResponse):
    """JSON-LD, as it announces itself."""

    media_type = MEDIA_LD


@router.get(
    "/contexte",
    name="read_basket_context",
    tags=["Lire"],
    summary="Le contexte JSON-LD du panier",
    response_model=modeles_panier.ContexteModele,
    response_class=JsonLd,
    responses=INCHANGE,
)
def read_context(request: Request) -> Response:
    """Ce que veut dire chaque terme : le modèle européen de l'apprentissage (ELM), SKOS, et les nôtres.

    Un panier le porte en entier : cette adresse sert à le lire, jamais à le charger.
    """
    return kept(request, JsonLd({"@context": dict(CONTEXTE)}))


@router.post(
    "/export",
    name="export_basket",
    tags=["Recommander"],
    summary="Emporter un panier de compétences",
    response_model=modeles_panier.PanierModele,
    response_class=JsonLd,
    responses=CORPS,
)
def export(
    moteur: Moteur,
    profil: Annotated[ProfilSchema, Body(openapi_examples=_PROFILS)],
    deduites: Annotated[
        bool, Query(description="Ajoute les compétences que les expériences demandent, marquées « deduite ».")
    ] = False,
) -> Response:
    """Compétences, expériences et diplômes en JSON-LD, aux termes d'Europass (ELM) et aux codes du ROME et du RNCP.

    Une compétence dite avec des mots garde ses mots ; sa lecture est jointe avec sa « confiance ». Souhaits, goûts,
    lieu et conditions n'en sont pas. Ni identité, ni rien de conservé.
    """
    lu = profil.to_domain()
    etat = moteur.recommender.assess(lu)
    matrices = moteur.recommender.matrices if deduites else None
    return JsonLd(export_basket(lu, etat, moteur.catalogue, matrices), headers={"Cache-Control": "no-store"})


@router.post(
    "/import",
    name="import_basket",
    tags=["Recommander"],
    summary="Reprendre un panier de compétences",
    response_model=modeles_panier.PanierLuModele,
    responses=CORPS,
)
def read_basket(
    moteur: Moteur, document: Annotated[modeles_panier.Document, Body(openapi_examples=_DOCUMENTS)]
) -> Response:
    """Un profil à confirmer : ce qui a été compris, ce que la personne doit regarder, et les codes les plus proches.

    Rien n'est chargé à distance : un contexte inconnu est nommé dans « avertissements ». Rien n'est conservé.
    """
    lu = import_basket(document.root, moteur.catalogue, moteur.recherche)
    corps = {
        "profil": {
            "experiences": [asdict(e) for e in lu.profil.experiences],
            "competences": [asdict(c) for c in lu.profil.competences],
            "diplomes": [asdict(d) for d in lu.profil.diplomes],
        },
        "a_confirmer": [
            {
                "champ": a.champ,
                "texte": a.texte,
                "raison": a.raison,
                "propositions": [{"code": code, "libelle": libelle} for code, libelle in a.propositions],
            }
            for a in lu.a_confirmer
        ],
        "avertissements": list(lu.avertissements),
        "catalogue": moteur.catalogue.version,
    }
    return fresh(corps)

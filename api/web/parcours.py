"""The page of the way to a métier."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Response
from fastapi.responses import RedirectResponse

from api.profils.profil import read_profile
from api.reponses.commun import provenance_as_dict
from api.reponses.parcours import route_as_dict
from api.web.formulaire import TEXTE_MAX, build_profile, check_commune, read_form
from api.web.gabarits import render
from api.web.pages import Moteur, read_fields, show_answer
from recommender.contrefactuel import why_not

router = APIRouter(include_in_schema=False)
_PREMIERES = 4


@router.get("/metiers/{code_rome}/parcours")
def show_metier_instead(code_rome: str) -> Response:
    """The way depends on what is sent: an address alone leads to the card of the métier."""
    return RedirectResponse(f"/metiers/{quote(code_rome)}", 303)


@router.post("/metiers/{code_rome}/parcours")
def show_route(moteur: Moteur, code_rome: str, champs: Annotated[Mapping[str, str], Depends(read_fields)]) -> Response:
    """How to get there from what was typed, which travels in the body and is kept nowhere."""
    moteur.catalogue.metier(code_rome)
    saisie, erreurs = read_form(champs)
    if erreurs and any(len(valeur) > TEXTE_MAX for valeur in champs.values()):
        return show_answer(moteur, champs)
    provenance = provenance_as_dict(moteur.catalogue, moteur.recherche.version)
    saisie, fautes, _ = check_commune(saisie, moteur.catalogue)
    profil = read_profile(build_profile(saisie, moteur.recherche, avec_commune=not fautes)).to_domain()
    route = moteur.guide.route(profil, code_rome, date.today())
    corps = route_as_dict(route, moteur.catalogue, provenance)
    place = why_not(moteur.recommender, profil, code_rome)
    return render(
        "parcours.html",
        parcours=corps,
        place=place.phrases,
        fautes=[faute.message for faute in fautes],
        premieres=_PREMIERES,
        champs=_resend(champs),
        provenance=provenance,
    )


def _resend(champs: Mapping[str, str]) -> Sequence[tuple[str, str]]:
    """What was typed, to go back to the list without typing it again."""
    return [(nom, valeur) for nom, valeur in champs.items() if valeur]

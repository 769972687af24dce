"""The page of the rules: the same as the API publishes, in plain words."""

from fastapi import APIRouter, Response

from api.lectures.algorithme import rules_as_dict
from api.v1.routes import Moteur
from api.web.gabarits import render
from api.web.pages import GARDE

router = APIRouter(include_in_schema=False)


@router.get("/algorithme")
def show_rules(moteur: Moteur) -> Response:
    """How the list is made, what it is made of, and what it is not for."""
    regles = rules_as_dict(moteur)
    return render("algorithme.html", cache=GARDE, regles=regles, provenance=regles["provenance"])

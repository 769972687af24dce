"""What the routes that answer page by page share: their parameters, and what they say of the next page."""

from typing import Annotated, Any

from fastapi import Query

from api.lectures.pages_curseur import CURSEUR_MAX, PAGE_MAX
from api.v1 import modeles

CODE_MAX = 40
RAYON_MAX = 1_000
RESULTATS_MAX = 500
"""Results of a search that pages can go through."""
PERIME: dict[int | str, dict[str, Any]] = {410: modeles.problem_response("Le catalogue a changé : reprenez au début.")}
SUITE: dict[int | str, dict[str, Any]] = {
    200: {
        "headers": {
            "Link": {"description": 'L\'adresse de la page suivante (rel="next").', "schema": {"type": "string"}}
        }
    }
}
Curseur = Annotated[
    str | None,
    Query(max_length=CURSEUR_MAX, description="« suivant » de la page précédente, tel quel ; rien à la première."),
]
Limite = Annotated[int, Query(ge=1, le=PAGE_MAX, description="Éléments par page.")]

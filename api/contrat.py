"""The contract: what the framework writes of the routes, with the errors, the security and the examples added."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute

from api.acces.controle import JETON, needed_scope
from api.acces.partenaires import Portee
from api.errors import (
    ADRESSE_TROP_LONGUE,
    ENTETES_TROP_GRANDS,
    JETON_REFUSE,
    MEDIA,
    PORTEE_ABSENTE,
    QUOTA_ATTEINT,
    SERVICE_OCCUPE,
    TYPES,
    Probleme,
    TypeProbleme,
)
from api.v1.modeles import ProblemeModele
from api.v1.modeles_jeton import ProblemeJetonModele

Json = dict[str, Any]
EXEMPLES = Path(__file__).with_name("v1") / "exemples.json"
"""Real answers, shortened, by operation and status; `python -m tests.api.contrat` writes them."""
COMMUNS: tuple[TypeProbleme, ...] = (
    JETON_REFUSE, PORTEE_ABSENTE, ADRESSE_TROP_LONGUE, QUOTA_ATTEINT, ENTETES_TROP_GRANDS, SERVICE_OCCUPE,
)  # fmt: skip
"""Problems that any route of the API may meet before its own work begins."""
SCHEMA_SECURITE = "partenaire"
_PORTEES: dict[Portee, str] = {
    "lecture": "Lire les référentiels, chercher, prendre des chiffres.",
    "recommandation": "Envoyer un profil.",
    "export": "Prendre les données ouvertes.",
}
_REFERENCE = "#/components/schemas/ProblemeModele"
_MOT_DU_CADRE = "Successful Response"
_DU_CADRE = ("HTTPValidationError", "ValidationError")
"""Shapes that the framework announces and that are never answered."""


def name_operation(route: APIRoute) -> str:
    """The name of an operation: that of its function, kept for ever, from which clients name theirs."""
    return route.name


def install_contract(app: FastAPI) -> None:
    """Make `app.openapi` give the whole contract, made once."""
    tracer = app.openapi

    def openapi() -> Json:
        if app.openapi_schema is None:
            complete(tracer())
        return app.openapi_schema or {}

    app.openapi = openapi  # type: ignore[method-assign]


def complete(schema: Json) -> None:
    """Add to a contract what the framework does not know."""
    composants = schema.setdefault("components", {})
    _publish_problem(composants.setdefault("schemas", {}))
    composants["responses"] = {t.cle: _problem_response(t, t.titre) for t in COMMUNS}
    composants.setdefault("securitySchemes", {})[SCHEMA_SECURITE] = {
        "type": "oauth2",
        "description": "Facultatif : un jeton de partenaire donne droit à plus de requêtes.",
        "flows": {"clientCredentials": {"tokenUrl": JETON, "scopes": _PORTEES}},
    }
    for chemin, methode, operation in operations(schema):
        if _DU_CADRE[0] in str(operation["responses"].get("422")):
            del operation["responses"]["422"]
        for t in COMMUNS:
            operation["responses"].setdefault(str(t.statut), {"$ref": f"#/components/responses/{t.cle}"})
        if chemin != JETON:
            portee = needed_scope({"path": chemin, "method": methode.upper()})
            operation.setdefault("security", [{}, {SCHEMA_SECURITE: [portee]}])
        _give_examples(operation, composants["schemas"])


def operations(schema: Json) -> Iterator[tuple[str, str, Json]]:
    """Each operation with its path and its method."""
    for chemin, methodes in schema["paths"].items():
        for methode, operation in methodes.items():
            if isinstance(operation, dict) and "responses" in operation:
                yield chemin, methode, operation


def _publish_problem(schemas: Json) -> None:
    for modele in (ProblemeModele, ProblemeJetonModele):
        probleme = modele.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas.update(probleme.pop("$defs", {}))
        schemas[modele.__name__] = probleme
    for nom in _DU_CADRE:
        schemas.pop(nom, None)


def _give_examples(operation: Json, schemas: Json) -> None:
    """An example for every body: its own, the real answer, that of its shape, or what is said of such a problem."""
    reels = _examples().get(operation["operationId"], {})
    for contenu in operation.get("requestBody", {}).get("content", {}).values():
        _give(contenu, _example_of_shape(contenu, schemas))
    for statut, reponse in operation["responses"].items():
        for media, contenu in reponse.get("content", {}).items():
            _give(contenu, reels.get(statut))
            _give(contenu, _example_of_shape(contenu, schemas))
            if media == MEDIA and (nature := _problem_of(int(statut))):
                _give(contenu, Probleme(nature, reponse["description"], nature.statut).as_dict())
        if reponse.get("description") == _MOT_DU_CADRE:
            reponse["description"] = "La réponse."


def _give(contenu: Json, exemple: Any) -> None:
    if exemple is not None and not {"example", "examples"} & set(contenu):
        contenu["example"] = exemple


def _example_of_shape(contenu: Json, schemas: Json) -> Any:
    """The first example of a shape, moved to where tools look for it."""
    forme = schemas.get(contenu.get("schema", {}).get("$ref", "").rpartition("/")[2], {})
    return next(iter(forme.get("examples", ())), forme.get("example"))


def _problem_of(statut: int) -> TypeProbleme | None:
    return next((t for t in TYPES.values() if t.statut == statut), None)


def _problem_response(nature: TypeProbleme, description: str) -> Json:
    exemple = Probleme(nature, description, nature.statut).as_dict()
    return {"description": description, "content": {MEDIA: {"schema": {"$ref": _REFERENCE}, "example": exemple}}}


@cache
def _examples() -> dict[str, Json]:
    lus: dict[str, Json] = json.loads(EXEMPLES.read_text(encoding="utf-8")) if EXEMPLES.is_file() else {}
    return lus

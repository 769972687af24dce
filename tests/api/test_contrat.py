"""The contract: French, with true examples everywhere, and never broken."""

import copy
import json
import re
from collections.abc import Callable
from typing import Any

import jsonschema_rs
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.contrat import EXEMPLES, SCHEMA_SECURITE, operations
from tests.api.compatibilite import breaks
from tests.api.contrat import COMMANDE, INSTANTANE, body_examples, example_request, render_examples, snapshot_of

Json = dict[str, Any]
VOLATILES = frozenset({
    "provenance", "catalogue", "index", "config", "empreinte", "empreintes", "version", "jour", "formations", "suivant",
})  # fmt: skip
"""What changes with the code, the day or the build, and not with what is asked."""
FRANCAIS = re.compile(r"\b(the|of|and|with|returns?|successful|validation error)\b", re.IGNORECASE)


@pytest.fixture(scope="module")
def contrat(application_socle: FastAPI) -> Json:
    schema: Json = application_socle.openapi()
    return schema


def test_the_contract_is_openapi_3_1_in_french(contrat: Json) -> None:
    assert contrat["openapi"].startswith("3.1")
    noms = [operation["operationId"] for _, _, operation in operations(contrat)]
    assert len(noms) == len(set(noms))
    for chemin, methode, operation in operations(contrat):
        lieu = f"{methode} {chemin}"
        textes = [operation["summary"], operation["description"]]
        textes += [parametre.get("description", "") for parametre in operation.get("parameters", [])]
        textes += [_followed(reponse, contrat)["description"] for reponse in operation["responses"].values()]
        assert all(textes), lieu
        anglais = [t for t in textes if FRANCAIS.search(t)]
        assert not anglais, f"{lieu} : {anglais}"
    assert "HTTPValidationError" not in str(contrat)


def test_every_request_and_every_answer_has_a_valid_example(contrat: Json) -> None:
    fautes: list[str] = []
    for chemin, methode, operation in operations(contrat):
        lieu = f"{methode.upper()} {chemin}"
        for parametre in operation.get("parameters", []):
            exemples = parametre["schema"].get("examples", [])
            if parametre.get("required") and not exemples:
                fautes.append(f"{lieu} : {parametre['name']} sans exemple")
            fautes += _invalid(f"{lieu} : {parametre['name']}", parametre["schema"], exemples, contrat)
        contenus = list(operation.get("requestBody", {}).get("content", {}).items())
        for reponse in operation["responses"].values():
            contenus += _followed(reponse, contrat).get("content", {}).items()
        for media, contenu in contenus:
            exemples = [e["value"] for e in contenu.get("examples", {}).values()]
            exemples += [contenu["example"]] if "example" in contenu else []
            if not exemples:
                fautes.append(f"{lieu} : {media} sans exemple")
            fautes += _invalid(f"{lieu} : {media}", contenu["schema"], exemples, contrat)
    assert not fautes, "\n".join(fautes)


def _invalid(lieu: str, schema: Json, exemples: list[Any], contrat: Json) -> list[str]:
    # References are read from the root of the document: the contract is that root.
    racine = {**schema, "components": contrat["components"]}
    juge = jsonschema_rs.Draft202012Validator(racine)
    return [f"{lieu} : {faute.message}" for exemple in exemples for faute in juge.iter_errors(exemple)]


def _followed(reponse: Json, contrat: Json) -> Json:
    nom = reponse.get("$ref", "").removeprefix("#/components/responses/")
    suivie: Json = contrat["components"]["responses"][nom] if nom else reponse
    return suivie


def test_examples_are_what_the_service_answers(application_socle: FastAPI, client_socle: TestClient) -> None:
    """Reads are compared value by value, what is computed from a profile by its shape."""
    ecrits = json.loads(EXEMPLES.read_text(encoding="utf-8"))
    rendus = render_examples(application_socle, client_socle)
    assert set(ecrits) == set(rendus), f"lancez « {COMMANDE} »"
    for _, methode, operation in operations(application_socle.openapi()):
        nom = operation["operationId"]
        assert set(ecrits[nom]) == set(rendus[nom]), f"{nom} : lancez « {COMMANDE} »"
        for statut, rendu in rendus[nom].items():
            calcule = methode == "post" and statut == "200"
            attendu = _told(ecrits[nom][statut], calcule)
            assert _told(rendu, calcule) == attendu, f"{nom} {statut} : lancez « {COMMANDE} »"


def _told(valeur: Any, forme: bool = False) -> Any:
    """A value as it is compared: volatile parts, or all of it, by their kind alone."""
    if isinstance(valeur, dict):
        return {cle: _told(v, forme or cle in VOLATILES) for cle, v in sorted(valeur.items())}
    if isinstance(valeur, list):
        return "liste" if forme else [_told(v) for v in valeur]
    if not forme or isinstance(valeur, str):
        return "texte" if forme else valeur
    return "autre"


def test_security_is_offered_and_never_asked_for(contrat: Json) -> None:
    flux = contrat["components"]["securitySchemes"][SCHEMA_SECURITE]["flows"]["clientCredentials"]
    assert flux["tokenUrl"] in contrat["paths"]
    for chemin, _, operation in operations(contrat):
        if chemin != flux["tokenUrl"]:
            libre, partenaire = operation["security"]
            assert libre == {}
            assert set(partenaire[SCHEMA_SECURITE]) <= set(flux["scopes"])


def test_version_1_never_breaks(contrat: Json) -> None:
    instantane = json.loads(INSTANTANE.read_text(encoding="utf-8"))
    fautes = breaks(instantane, contrat)
    assert not fautes, "/api/v1 casserait ceux qui l'appellent :\n" + "\n".join(fautes)
    assert snapshot_of(contrat) == instantane, f"le contrat a grandi : lancez « {COMMANDE} » et relisez la différence"


def _operation(contrat: Json, nom: str) -> Json:
    return next(o for _, _, o in operations(contrat) if o["operationId"] == nom)


def _without(contrat: Json, modele: str, champ: str) -> None:
    schema = contrat["components"]["schemas"][modele]
    del schema["properties"][champ]
    schema["required"].remove(champ)


def _model(contrat: Json, nom: str) -> Json:
    modele: Json = contrat["components"]["schemas"][nom]
    return modele


def _field(contrat: Json, modele: str, champ: str, **change: Any) -> None:
    _model(contrat, modele)["properties"][champ].update(change)


def _parameter(contrat: Json, operation: str, nom: str) -> Json:
    trouves: list[Json] = [p for p in _operation(contrat, operation)["parameters"] if p["name"] == nom]
    return trouves[0]


PEUT_ETRE_NUL: Json = {"anyOf": [{"type": "string"}, {"type": "null"}], "type": ["string", "null"]}
CASSES: dict[str, Callable[[Json], Any]] = {
    "GET /api/v1/territoires : supprimée": lambda c: c["paths"].pop("/api/v1/territoires"),
    "paramètre « limite » supprimé": lambda c: _operation(c, "search")["parameters"].remove(
        _parameter(c, "search", "limite")
    ),
    "« commune » devenu obligatoire": lambda c: _parameter(c, "read_metier", "commune").update(required=True),
    "maximum abaissé à 5": lambda c: _parameter(c, "search", "limite")["schema"].update(maximum=5),
    "minimum relevé à 2": lambda c: _parameter(c, "search", "limite")["schema"].update(minimum=2),
    "maxLength abaissé à 9": lambda c: _field(c, "TexteLibre", "texte", maxLength=9),
    "forme exigée ^a": lambda c: _field(c, "TexteLibre", "texte", pattern="^a"),
    "ton devenu obligatoire": lambda c: _model(c, "TexteLibre").update(required=["texte", "ton"]),
    "réponse 404 supprimée": lambda c: _operation(c, "read_metier")["responses"].pop("404"),
    ".definition : supprimé": lambda c: _without(c, "MetierModele", "definition"),
    "intitule peut maintenant manquer": lambda c: _model(c, "MetierModele")["required"].remove("intitule"),
    "peut maintenant être null": lambda c: _field(c, "MetierModele", "intitule", **PEUT_ETRE_NUL),
    "operationId changé": lambda c: _operation(c, "search").update(operationId="find"),
    "valeurs refusées": lambda c: _parameter(c, "export_csv", "jeu")["schema"]["enum"].pop(),
    "n'est plus rendue en image/svg+xml": lambda c: _operation(c, "draw_figures")["responses"]["200"].update(
        content={}
    ),
}


@pytest.mark.parametrize("faute", CASSES)
def test_a_broken_promise_is_told(contrat: Json, faute: str) -> None:
    nouveau = copy.deepcopy(contrat)
    CASSES[faute](nouveau)
    dites = breaks(contrat, nouveau)
    assert any(faute in dite for dite in dites), dites
    assert not breaks(contrat, contrat)


def test_what_is_added_breaks_nothing(contrat: Json) -> None:
    nouveau = copy.deepcopy(contrat)
    nouveau["paths"]["/api/v1/neuf"] = {"get": {"operationId": "neuf", "responses": {"200": {"description": "x"}}}}
    _operation(nouveau, "search")["parameters"].append({"in": "query", "name": "neuf", "schema": {"type": "string"}})
    metier = nouveau["components"]["schemas"]["MetierModele"]
    metier["properties"]["neuf"] = {"type": "string"}
    metier["required"].append("neuf")
    _parameter(nouveau, "search", "limite")["schema"]["maximum"] = 1_000
    assert breaks(contrat, nouveau) == []


def test_every_example_of_a_body_is_accepted(contrat: Json, client_socle: TestClient) -> None:
    essayes = 0
    for chemin, methode, operation in operations(contrat):
        adresse, requete = example_request(chemin, operation)
        for exemple in body_examples(operation):
            assert client_socle.request(methode, adresse, json=exemple, params=requete).status_code == 200, chemin
            essayes += 1
    assert essayes > 5

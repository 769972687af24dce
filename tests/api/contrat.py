"""The contract written down: its snapshot, and real answers for its examples; run as a module, it renews both."""

import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.app import create_app
from api.contrat import EXEMPLES, operations
from api.lectures.carte_svg import MEDIA_SVG
from api.lectures.export import MEDIAS
from api.lectures.lots import CORPS_D_UN_LOT
from api.service import Service
from api.settings import Settings
from embeddings.search import Recherche
from recommender.config import load_config
from recommender.pipeline import Recommender
from referentiels.catalogue import Catalogue
from referentiels.construction import build_catalogue
from tests.api.compatibilite import breaks

Json = dict[str, Any]
INSTANTANE = Path(__file__).with_name("openapi.json")
COMMANDE = "python -m tests.api.contrat"
FORME_JSON = "application/json"
ELEMENTS, LONGUEUR = 2, 400
"""Elements of a list and characters of a text that an example keeps."""
REPRODUITS = ("400", "401", "404", "413", "415", "422")
"""Errors that a request alone provokes; the others are shown as the service words them."""
SANS_ESSAI = {("issue_token", "200"), ("read_versions", "200")}
"""Answers that take more than a request, or change with the day: their route gives the example, a test gets it."""
INCONNUS = {"code_rome": "Z9999", "code": "RNCP999999", "jeu": "rien"}


def open_socle(catalogue: Catalogue, dossier: Path) -> Service:
    """The engine over the embedded référentiel, searching by words alone."""
    Recherche.build(catalogue, dossier / "index", lambda _: None, encodeur=None)
    recherche = Recherche.load(catalogue, dossier / "index", encodeur=None)
    moteur = Recommender(catalogue, recherche, load_config(None), recherche.neighbours(), recherche.gestures())
    return Service(catalogue, recherche, moteur)


def join(service: Service, dossier: Path) -> FastAPI:
    """The whole application over an engine, without quota; it lives once."""
    return create_app(Settings(var=dossier, quota_adresse=0, quota_pages=0, quota_jeton=0), service)


def shorten(valeur: Any) -> Any:
    """The first elements of each list and the beginning of each text."""
    if isinstance(valeur, dict):
        return {cle: shorten(v) for cle, v in valeur.items()}
    if isinstance(valeur, list):
        return [shorten(v) for v in valeur[:ELEMENTS]]
    return valeur[:LONGUEUR] if isinstance(valeur, str) else valeur


def body_examples(operation: Json) -> list[Any]:
    """The JSON bodies that an operation gives as examples."""
    contenu = operation.get("requestBody", {}).get("content", {}).get(FORME_JSON, {})
    exemples = [e["value"] for e in contenu.get("examples", {}).values()]
    return [*exemples, *([contenu["example"]] if "example" in contenu else [])]


def example_request(chemin: str, operation: Json) -> tuple[str, Json]:
    """The address and the query of an operation, from the examples of its parameters."""
    requete: Json = {}
    for parametre in operation.get("parameters", []):
        exemple = next(iter(parametre["schema"].get("examples", [])), parametre.get("example"))
        if parametre["in"] == "path":
            chemin = chemin.replace(f"{{{parametre['name']}}}", str(exemple))
        elif parametre["in"] == "query" and parametre.get("required"):
            requete[parametre["name"]] = exemple
    return chemin, requete


def answers(client: TestClient, chemin: str, methode: str, operation: Json) -> Iterator[tuple[str, Any]]:
    """What the service really answers, shortened, to the examples of an operation and to the faults it announces.

    Yields:
        Each status with its body; None when no request of ours gets it.
    """
    adresse, requete = example_request(chemin, operation)
    corps = body_examples(operation)
    envoi: Json = {"params": requete} | ({"json": corps[0]} if corps else {})
    for statut, reponse in operation["responses"].items():
        if "content" not in reponse or (operation["operationId"], statut) in SANS_ESSAI:
            continue
        if statut == "200":
            essais = iter([client.request(methode, adresse, **envoi)])
        elif statut in REPRODUITS:
            essais = _faults(client, chemin, methode, operation, envoi)
        else:
            continue
        yield statut, next((_read(rendue) for rendue in essais if str(rendue.status_code) == statut), None)


def _read(reponse: Any) -> Any:
    """A JSON answer shortened, an image whole, the first lines of a file."""
    media = reponse.headers["content-type"].partition(";")[0]
    if media.endswith("json") and media != MEDIAS["jsonl"]:
        return shorten(reponse.json())
    return reponse.text if media == MEDIA_SVG else "".join(reponse.text.splitlines(keepends=True)[: ELEMENTS + 1])


def _faults(client: TestClient, chemin: str, methode: str, operation: Json, envoi: Json) -> Iterator[Any]:
    """Answers to requests spoilt one thing at a time."""
    adresse, _ = example_request(chemin, operation)
    parametres = {p["name"]: p for p in operation.get("parameters", [])}
    chemins = [nom for nom, parametre in parametres.items() if parametre["in"] == "path"]
    for faux in ("inconnu", "x" * 1_000) if chemins else ():
        autre = chemin
        for nom in chemins:
            autre = autre.replace(f"{{{nom}}}", INCONNUS.get(nom, faux) if faux == "inconnu" else faux)
        yield client.request(methode, autre, **envoi)
    entete = {"Content-Type": FORME_JSON}
    formes = operation.get("requestBody", {}).get("content", {})
    if formes and FORME_JSON not in formes:
        yield client.request(methode, adresse, data={"grant_type": "autre"})
        secret = {"grant_type": "client_credentials", "client_id": "inconnu", "client_secret": "faux"}
        yield client.request(methode, adresse, data=secret)
    if FORME_JSON in formes:
        yield client.request(methode, adresse, content=b"{", headers=entete)
        yield client.request(methode, adresse, content=b"{}", headers={"Content-Type": "text/plain"})
        yield client.request(
            methode, adresse, content=b" " * (CORPS_D_UN_LOT * Settings().corps_max + 1), headers=entete
        )
        for nom in envoi.get("json", ()):
            yield client.request(methode, adresse, **{**envoi, "json": {**envoi["json"], nom: {"x": [[]]}}})
    for nom, parametre in parametres.items():
        if parametre["in"] == "query":
            for faux in ("x" * 5_000, "-1"):
                yield client.request(methode, adresse, **{**envoi, "params": {**envoi["params"], nom: faux}})


def render_examples(application: FastAPI, client: TestClient) -> Json:
    """Every answer that can be provoked, by operation and status.

    Raises:
        AssertionError: An answer is announced that no request gets; names them all.
    """
    rendus = {
        operation["operationId"]: dict(answers(client, chemin, methode, operation))
        for chemin, methode, operation in operations(application.openapi())
    }
    absents = [f"{nom} {statut}" for nom, lus in rendus.items() for statut, lu in lus.items() if lu is None]
    assert not absents, f"réponses annoncées qu'aucun essai n'obtient : {', '.join(absents)}"
    return rendus


def snapshot_of(schema: Any) -> Any:
    """A contract without its examples, which tell nothing of what is promised."""
    if isinstance(schema, dict):
        return {cle: snapshot_of(v) for cle, v in schema.items() if cle not in {"example", "examples"}}
    return [snapshot_of(v) for v in schema] if isinstance(schema, list) else schema


def write(chemin: Path, valeur: Json) -> None:
    """The same value always gives the same file."""
    chemin.write_text(json.dumps(valeur, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def renew() -> int:
    """Write the examples and the snapshot anew, unless the contract breaks a promise."""
    with tempfile.TemporaryDirectory() as temporaire:
        catalogue = Catalogue.open(build_catalogue(None, Path(temporaire) / "catalogue").dossier)
        application = join(open_socle(catalogue, Path(temporaire)), Path(temporaire))
        with TestClient(application, base_url="http://azimut.test") as client:
            nouveau = snapshot_of(application.openapi())
            fautes = breaks(json.loads(INSTANTANE.read_text(encoding="utf-8")), nouveau) if INSTANTANE.is_file() else []
            if fautes:
                sys.stderr.write("\n".join(["le contrat casserait :", *fautes]) + "\n")
                return 1
            write(EXEMPLES, render_examples(application, client))
            write(INSTANTANE, nouveau)
    return 0


if __name__ == "__main__":
    sys.exit(renew())

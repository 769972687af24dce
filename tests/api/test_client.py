"""A typed Python client, generated from the contract by a tool that partners use, calls the real service."""

import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from fastapi import FastAPI
from openapi_python_client import generate
from openapi_python_client.config import Config, ConfigFile, MetaType

PAQUET = "azimut_client"
TEXTES = {
    "image/svg+xml": "text/plain",
    "application/x-ndjson": "text/plain",
    "application/ld+json": "application/json",
}
"""Media types that the tool does not know, and the nearest that it does."""
pytestmark = pytest.mark.enable_socket


@pytest.fixture(scope="module")
def contrat(application_socle: FastAPI, tmp_path_factory: pytest.TempPathFactory) -> Path:
    fichier = tmp_path_factory.mktemp("contrat") / "openapi.json"
    fichier.write_text(json.dumps(application_socle.openapi()), encoding="utf-8")
    return fichier


@pytest.fixture(scope="module")
def paquet(contrat: Path) -> Iterator[Path]:
    """The folder of a generated client, importable, with nothing that the tool did not understand."""
    dossier = contrat.parent / PAQUET
    config = Config.from_sources(
        ConfigFile(post_hooks=[], content_type_overrides=TEXTES), MetaType.NONE, contrat, "utf-8", True, dossier
    )
    remarques = [f"{r.header} {r.detail}" for r in generate(config=config)]
    assert not remarques, remarques
    sys.path.insert(0, str(contrat.parent))
    yield dossier
    sys.path.remove(str(contrat.parent))
    for nom in [nom for nom in sys.modules if nom.split(".")[0] == PAQUET]:
        del sys.modules[nom]


def module(nom: str) -> ModuleType:
    return importlib.import_module(f"{PAQUET}.{nom}")


@pytest.fixture(scope="module")
def client(paquet: Path, adresse_socle: str) -> Iterator[Any]:
    with module("client").Client(base_url=adresse_socle) as client:
        yield client


def test_the_client_has_every_operation_typed(paquet: Path, application_socle: FastAPI) -> None:
    fichiers = {fichier.stem for fichier in paquet.glob("api/*/*.py")} - {"__init__"}
    contrat = application_socle.openapi()
    assert fichiers == {o["operationId"] for chemin in contrat["paths"].values() for o in chemin.values()}
    assert "MetierModele" in str(module("api.lire.read_metier").sync.__annotations__["return"])


def test_reads_come_back_as_objects(client: Any) -> None:
    metier = module("api.lire.read_metier").sync("D1102", client=client, commune="Nantes")
    assert metier.intitule.startswith("Boulanger")
    assert metier.lieu.code == "44109"
    assert metier.formations.proches[0].certification in {c.numero for c in metier.certifications}
    chiffres = module("api.lire.read_figures").sync("D1102", client=client)
    assert all(c.affiche and c.licence for c in chiffres.indicateurs)
    regles = module("api.publier.read_rules").sync(client=client)
    assert {c.critere for c in regles.criteres} >= {"souhait", "competences"}


def test_a_profile_goes_and_its_list_comes_back(client: Any) -> None:
    profil = module("models").ProfilSchema.from_dict({"souhait": "boulanger", "competences": ["coudre à la machine"]})
    reponse = module("api.recommander.recommend").sync(client=client, body=profil, limite=3)
    assert len(reponse.metiers) == 3
    assert reponse.metiers[0].explications[0].phrase


def test_files_and_images_come_back_whole(client: Any) -> None:
    carte = module("api.lire.draw_figures").sync_detailed("D1102", client=client)
    assert carte.content.startswith(b"<svg")
    lignes = module("api.publier.export_csv").sync_detailed("mobilites", client=client).content.splitlines()
    assert lignes[0] == b"code_rome,code_rome_cible,ordre"


def test_a_fault_comes_back_as_a_problem(client: Any) -> None:
    reponse = module("api.lire.read_metier").sync_detailed("D9999", client=client)
    assert reponse.status_code == 404
    assert reponse.parsed.type_ == "/erreurs/code-inconnu"
    assert reponse.parsed.conseil

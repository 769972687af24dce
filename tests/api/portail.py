"""A partner portal, as tests play it: an application of its own, a partner, a token."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient

from api.acces.guichet import Guichet
from api.acces.partenaires import create_partenaire
from api.app import create_app
from api.service import Service
from api.settings import Settings

JETON = "/api/v1/jeton"
LECTURE = "/api/v1/metiers/D1102"
DEMANDE = {"grant_type": "client_credentials"}


@contextmanager
def serve(service: Service, dossier: Path, adresse: str = "203.0.113.7", **reglages: Any) -> Iterator[TestClient]:
    """A client of a service over a database of its own."""
    reglages = {"quota_adresse": 0, "quota_pages": 0, "quota_jeton": 0, "rechargement": 0, **reglages}
    app = create_app(Settings(var=dossier, **reglages), service)
    with TestClient(app, base_url="http://azimut.test", client=(adresse, 50000)) as client:
        yield client


def counter_of(client: TestClient) -> Guichet:
    """What lets callers in."""
    guichet: Guichet = client.app.state.guichet  # type: ignore[attr-defined]
    return guichet


def enrol(client: TestClient, identifiant: str = "lorfolio", **valeurs: Any) -> str:
    """A new partner; its secret."""
    return create_partenaire(counter_of(client).base, identifiant, "Lorfolio", **valeurs)


def ask_token(client: TestClient, secret: str, identifiant: str = "lorfolio", **champs: str) -> str:
    """A token, by HTTP Basic."""
    reponse = client.post(JETON, data={**DEMANDE, **champs}, auth=(identifiant, secret))
    assert reponse.status_code == 200, reponse.text
    jeton: str = reponse.json()["access_token"]
    return jeton


def basic(identifiant: str, secret: str) -> dict[str, str]:
    """The header that carries an identifier and a secret."""
    return {"Authorization": "Basic " + base64.b64encode(f"{identifiant}:{secret}".encode()).decode()}


def bearer(jeton: str) -> dict[str, str]:
    """The header that carries a token."""
    return {"Authorization": f"Bearer {jeton}"}

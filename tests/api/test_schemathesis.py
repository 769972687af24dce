"""The service faced with what its contract allows and with what it does not: no five hundred, no surprise."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI

from api.contrat import operations
from api.service import Service
from tests.api.contrat import join
from tests.api.robustesse import Bilan, try_all

CONTROLES = {
    "not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance",
    "negative_data_rejection", "positive_data_acceptance",
}  # fmt: skip


@pytest.fixture
def application(socle: Service, tmp_path: Path) -> FastAPI:
    """One of its own: what tries it also ends it."""
    return join(socle, tmp_path)


@pytest.fixture(autouse=True)
def silence() -> Iterator[None]:
    """Thousands of refusals are no news."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def judge(bilan: Bilan, application: FastAPI, essais: int) -> None:
    assert not bilan.fautes, f"{len(bilan.fautes)} fautes\n" + "\n\n".join(bilan.fautes[:10])
    assert max(bilan.statuts) < 500
    routes = {f"{methode.upper()} {chemin}" for chemin, methode, _ in operations(application.openapi())}
    assert routes <= bilan.routes
    assert bilan.controles >= CONTROLES
    assert bilan.essais >= essais


def test_a_few_requests_to_every_route(application: FastAPI) -> None:
    judge(try_all(application, 15, ("examples", "fuzzing")), application, 400)


@pytest.mark.mesure
def test_thousands_of_requests_in_every_way(application: FastAPI) -> None:
    bilan = try_all(application, 60, ("examples", "coverage", "fuzzing", "stateful"))
    judge(bilan, application, 2_000)
    assert bilan.phases["stateful"] > 0

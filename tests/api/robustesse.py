"""Schemathesis over the whole service: every check on every route, and what no schema can say of a refusal."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import schemathesis
from fastapi import FastAPI
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema

REFUS = [400, 401, 403, 404, 405, 406, 409, 410, 413, 414, 415, 422, 429, 431]
SENS = re.compile(
    "|".join(
        (
            "« version » et « au » ne vont pas ensemble",
            "Ce curseur n'est pas lisible",
            "Question inconnue",
            "Métier inconnu",
            "des lettres parmi R, I, A, S, E, C sont attendues, chacune une fois",
            "désigne \\d+ communes",
            ", pas une commune ; choisissez-y une commune",
            "indiquez une commune",
        )
    )
)
"""What a 422 may say of a value of the right form: that it means nothing, or two things; no schema can tell."""


@dataclass(slots=True)
class Bilan:
    """What was tried, and what went wrong."""

    phases: Counter[str] = field(default_factory=Counter)
    statuts: Counter[int] = field(default_factory=Counter)
    routes: set[str] = field(default_factory=set)
    controles: set[str] = field(default_factory=set)
    fautes: list[str] = field(default_factory=list)

    @property
    def essais(self) -> int:
        """Requests that were answered."""
        return self.phases.total()


def try_all(application: FastAPI, nombre: int, phases: Sequence[str], graine: int = 1) -> Bilan:
    """Send what the contract allows and what it forbids, and judge every answer.

    Args:
        application: The service, called in memory.
        nombre: Cases generated for each operation, above those of its examples and of the limits of its schemas.
        phases: Among `examples`, `coverage`, `fuzzing`, `stateful`.
        graine: Of what is drawn.
    """
    reglages: dict[str, Any] = {
        "seed": graine,
        "continue-on-failure": True,
        "generation": {"max-examples": nombre, "deterministic": True, "database": "none"},
        "phases": {phase: {"enabled": phase in phases} for phase in ("examples", "coverage", "fuzzing", "stateful")},
        "checks": {
            "enabled": True,
            "negative_data_rejection": {"expected-statuses": REFUS},
            "positive_data_acceptance": {"expected-statuses": ["2xx", 304, *REFUS[1:5], 410, 413, 414, 429, 431]},
        },
    }
    contrat = schemathesis.openapi.from_asgi(
        "/openapi.json", application, config=SchemathesisConfig.from_dict(reglages)
    )
    bilan = Bilan()
    for evenement in from_schema(contrat).execute():
        if isinstance(evenement, events.ScenarioFinished | events.FuzzScenarioFinished):
            _count(bilan, evenement)
        elif isinstance(evenement, events.NonFatalError):
            bilan.fautes.append(f"{evenement.label} : {evenement.value!r}")
        elif isinstance(evenement, events.FatalError):
            bilan.fautes.append(f"arrêt : {evenement.exception!r}")
    return bilan


def _count(bilan: Bilan, evenement: Any) -> None:
    carnet = evenement.recorder
    bilan.phases[str(getattr(evenement, "phase", "fuzz"))] += len(carnet.interactions)
    bilan.routes.add(carnet.label)
    for echange in carnet.interactions.values():
        if echange.response is not None:
            bilan.statuts[echange.response.status_code] += 1
    for identifiant, controles in carnet.checks.items():
        for controle in controles:
            bilan.controles.add(controle.name)
            if controle.failure_info is not None:
                reponse = carnet.interactions[identifiant].response
                texte = reponse.content.decode("utf-8", "replace") if reponse is not None else ""
                if controle.name == "positive_data_acceptance" and SENS.search(texte):
                    continue
                dit = controle.failure_info
                bilan.fautes.append(
                    f"{carnet.label} : {controle.name}\n{dit.failure}\n{dit.code_sample}\n{texte[:400]}"
                )

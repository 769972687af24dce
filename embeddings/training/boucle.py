"""One resumable loop of training: same seed, same steps, from wherever it was stopped."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import torch
from sentence_transformers import SentenceTransformer

from referentiels.errors import ModelError

Progress = Callable[[str], None]
Lot = TypeVar("Lot")
_REPRISE = 200
"""Steps between two saves of where the training stands."""
_ANNONCE = 50
_CHAUFFE = 0.05
"""Share of the steps during which the learning rate rises."""


@dataclass(frozen=True, slots=True)
class Reglage:
    """How a loop runs."""

    nom: str
    """Names its file of resumption."""
    taux: float
    """Highest learning rate."""
    dossier: Path
    """Where the loop leaves what it needs to resume."""
    progress: Progress = lambda _: None


def run_steps(
    modele: SentenceTransformer,
    lots: Sequence[Lot],
    loss: Callable[[Lot], torch.Tensor],
    reglage: Reglage,
) -> None:
    """Train the model on each batch in turn, in bfloat16 where the processor computes in it.

    Raises:
        ModelError: What an earlier run left belongs to another model or another number of steps.
    """
    optimiseur = torch.optim.AdamW(modele.parameters(), lr=reglage.taux, weight_decay=0.01)
    fichier = reglage.dossier / f"{reglage.nom}.reprise.pt"
    depart = _resume(fichier, modele, optimiseur, len(lots))
    modele.train()
    debut = time.monotonic()
    perte = torch.zeros(())
    for pas in range(depart, len(lots)):
        for groupe in optimiseur.param_groups:
            groupe["lr"] = reglage.taux * _rate(pas, len(lots))
        with torch.autocast(modele.device.type, dtype=torch.bfloat16):
            perte = loss(lots[pas])
        perte.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(modele.parameters(), 1.0)
        optimiseur.step()
        optimiseur.zero_grad()
        if (pas + 1) % _ANNONCE == 0:
            reste = (time.monotonic() - debut) / (pas + 1 - depart) * (len(lots) - pas - 1)
            reglage.progress(
                f"{reglage.nom} : pas {pas + 1}/{len(lots)}, perte {float(perte):.3f}, encore {reste / 60:.0f} min"
            )
        if (pas + 1) % _REPRISE == 0 or pas + 1 == len(lots):
            _save(fichier, {"pas": pas + 1, "total": len(lots), "modele": modele.state_dict(),
                            "optimiseur": optimiseur.state_dict()})  # fmt: skip
    modele.eval()


def _rate(pas: int, total: int) -> float:
    """Linear rise, then linear descent to a hundredth."""
    chauffe = max(1, int(total * _CHAUFFE))
    return (pas + 1) / chauffe if pas < chauffe else max(0.01, (total - pas) / (total - chauffe))


def _resume(fichier: Path, modele: SentenceTransformer, optimiseur: torch.optim.Optimizer, total: int) -> int:
    if not fichier.is_file():
        return 0
    try:
        etat: dict[str, Any] = torch.load(fichier, weights_only=True, map_location=modele.device)
        if etat["total"] != total:
            raise ModelError(
                f"« {fichier.name} » vient d'un entraînement de {etat['total']} pas, celui-ci en a {total} ; "
                "changez de dossier de travail ou supprimez ce fichier."
            )
        modele.load_state_dict(etat["modele"])
        optimiseur.load_state_dict(etat["optimiseur"])
        return int(etat["pas"])
    except (RuntimeError, KeyError, EOFError, ValueError) as error:
        raise ModelError(f"« {fichier.name} » ne peut être repris ({error}) ; supprimez-le.") from error


def _save(fichier: Path, etat: dict[str, Any]) -> None:
    """Write whole or not at all."""
    provisoire = fichier.with_suffix(".tmp")
    torch.save(etat, provisoire)
    provisoire.replace(fichier)

"""Learning, from the written cases, how what a person says turns towards métiers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch.nn.functional import dropout, log_softmax, normalize

Reels = npt.NDArray[np.float32]
Progress = Callable[[str], None]
_DEPART = (1.0, 0.6, 0.6, 0.3)
"""Part of each field before anything is learnt: the wish, what was done, what one can do, diplomas."""


@dataclass(frozen=True, slots=True)
class Plan:
    """All that the training depends on, besides its data."""

    passes: int = 40
    lot: int = 64
    taux: float = 5e-4
    taux_parts: float = 1e-2
    """Learning rate of the parts of fields and of the temperature."""
    freinage: float = 1.0
    """Weight decay: what the cases do not teach stays as the vectors of the texts have it."""
    oubli: float = 0.3
    """Dropout on the direction of a person."""
    chaleur: float = 20.0
    """Inverse temperature at the start."""
    dernier: float = 0.5
    """Weight of the last métier of a case, the first counting for 1."""
    graine: int = 20_261_122


def learn(
    dits: Reels, propositions: Sequence[Sequence[int]], centres: Reels, plan: Plan, progress: Progress
) -> tuple[Reels, Reels]:
    """Turn the words of people towards the métiers of their cases, and these a little towards them.

    Args:
        dits: (c, 4, d) mean direction of each field of each case; zeros for a silent one.
        propositions: For each case, ranks of its métiers, the most fitting first.
        centres: (m, d) mean direction of the texts of each métier.
        plan: Settings; the same ones on one thread learn the same.
        progress: Told the loss now and then.

    Returns:
        Weights (4, d, d) of the fields, and (m, d) unit rows for métiers: the index is their cosine.
    """
    torch.manual_seed(plan.graine)
    hasard = np.random.default_rng(plan.graine)
    nombre, _, dimension = dits.shape
    entrees, buts = torch.from_numpy(dits), torch.from_numpy(_targets(propositions, len(centres), plan.dernier))
    origine = normalize(torch.from_numpy(centres - centres.mean(axis=0)), dim=1)
    ecart = torch.zeros_like(origine, requires_grad=True)
    parts = torch.tensor(_DEPART, requires_grad=True)
    tours = torch.zeros(len(_DEPART), dimension, dimension, requires_grad=True)
    chaleur = torch.tensor(np.log(plan.chaleur), dtype=torch.float32, requires_grad=True)
    groupes = [
        {"params": [parts, chaleur], "lr": plan.taux_parts, "weight_decay": 0.0},
        {"params": [tours, ecart], "lr": plan.taux, "weight_decay": plan.freinage},
    ]
    pas = torch.optim.AdamW(groupes)
    total = plan.passes * -(-nombre // plan.lot)
    frein = torch.optim.lr_scheduler.LambdaLR(pas, lambda fait: min(1.0, 2.0 * (total - fait) / total))
    for passe in range(plan.passes):
        ordre = hasard.permutation(nombre)
        for debut in range(0, nombre, plan.lot):
            lot = ordre[debut : debut + plan.lot]
            voulu = (parts[None, :, None] * entrees[lot]).sum(1) + torch.einsum("nfd,fde->ne", entrees[lot], tours)
            voulu = dropout(normalize(voulu, dim=1), plan.oubli)
            ecarts = voulu @ normalize(origine + ecart, dim=1).T * chaleur.exp()
            perte = -(buts[lot] * log_softmax(ecarts, 1)).sum(1).mean()
            pas.zero_grad()
            perte.backward()  # type: ignore[no-untyped-call]
            pas.step()
            frein.step()
        if (passe + 1) % 10 == 0:
            progress(f"Passe {passe + 1} sur {plan.passes} : perte {float(perte.detach()):.2f}")
    with torch.no_grad():
        poids = tours + parts[:, None, None] * torch.eye(dimension)
        return poids.numpy(), normalize(origine + ecart, dim=1).numpy()


def _targets(propositions: Sequence[Sequence[int]], nombre: int, dernier: float) -> Reels:
    """The share of each métier in each case."""
    buts = np.zeros((len(propositions), nombre), dtype=np.float32)
    for rang, metiers in enumerate(propositions):
        buts[rang, metiers] = np.linspace(1.0, dernier, len(metiers), dtype=np.float32)
    partages: Reels = buts / buts.sum(axis=1, keepdims=True)
    return partages

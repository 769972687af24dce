"""Contrastive loss: each question to its answer, away from all the other texts of the batch."""

from collections.abc import Sequence

import torch
from torch.nn.functional import cross_entropy, normalize

ECHELLE = 20.0
"""Inverse temperature."""
DIMENSIONS = ((384, 1.0), (192, 0.3), (96, 0.2))
"""Nested sizes (Matryoshka) at which vectors must hold alone, and the weight of each."""
_LOIN = -1e4


def contrastive(questions: torch.Tensor, reponses: torch.Tensor, groupes: Sequence[str]) -> torch.Tensor:
    """Mean loss of a batch, over the nested dimensions, from questions to answers and back.

    Args:
        questions: (n, d), any length.
        reponses: (n, d), the answer of each question at the same row.
        groupes: Texts of one group are not opposed to each other.
    """
    numeros = {groupe: numero for numero, groupe in enumerate(dict.fromkeys(groupes))}
    groupe = torch.tensor([numeros[g] for g in groupes])
    memes = groupe[:, None] == groupe[None, :]
    pertes = [
        poids * _one(normalize(questions[:, :taille], dim=1), normalize(reponses[:, :taille], dim=1), memes)
        for taille, poids in DIMENSIONS
    ]
    return torch.stack(pertes).sum() / sum(poids for _, poids in DIMENSIONS)


def _one(questions: torch.Tensor, reponses: torch.Tensor, memes: torch.Tensor) -> torch.Tensor:
    """Both directions; texts of the same side serve as negatives too."""
    cibles = torch.arange(len(questions))
    autres = memes & ~torch.eye(len(questions), dtype=torch.bool)
    croisees = (questions @ reponses.T * ECHELLE).masked_fill(autres, _LOIN)
    entre_questions = (questions @ questions.T * ECHELLE).masked_fill(memes, _LOIN)
    entre_reponses = (reponses @ reponses.T * ECHELLE).masked_fill(memes, _LOIN)
    aller = cross_entropy(torch.cat([croisees, entre_questions], dim=1), cibles)
    retour = cross_entropy(torch.cat([croisees.T, entre_reponses], dim=1), cibles)
    return (aller + retour) / 2

"""Gestures of métiers and of a person: what passes from one domaine to another when compétences change names."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embeddings.gestes import Gestes, load_gestes

_MEILLEURS = 5
"""Demands that say how much a métier, or a person, has of a gesture."""
_DIT = 2.0
"""Standard deviations that a gesture gains when the person names it."""
_NET = 0.5
"""Share of the gesture most shared from which another is named beside it."""
_NOMMES = 3
Vecteur = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class GestesMetiers:
    """Gestures over the référentiel, G of them."""

    items: NDArray[np.float32]
    """(I, G): closeness of each compétence and savoir."""
    metiers: Vecteur
    """(N, G) unit rows, 0 where a métier has less of a gesture than most."""

    def of_person(self, forces: Vecteur, dits: Mapping[int, float]) -> Vecteur:
        """Unit vector of the gestures of a person, zero when nothing tells them.

        Args:
            forces: Strength of each item held or transferable, (I,).
            dits: Gestures that they named, by rank.
        """
        tenus = np.flatnonzero(forces > 0)
        nets = np.zeros(self.items.shape[1])
        if len(tenus):
            parts = self.items[tenus] * forces[tenus, None]
            if len(parts) > _MEILLEURS:
                parts = np.partition(parts, -_MEILLEURS, axis=0)[-_MEILLEURS:]
            meilleurs = np.sort(parts, axis=0).sum(axis=0) / _MEILLEURS
            nets = np.maximum((meilleurs - meilleurs.mean()) / max(float(meilleurs.std()), 1e-9), 0.0)
        for rang, force in dits.items():
            nets[rang] += _DIT * force
        return np.asarray(nets / max(float(np.linalg.norm(nets)), 1e-9))

    def shared(self, personne: Vecteur, metier: int) -> tuple[str, ...]:
        """Names of the gestures that count most in the likeness of a person and a métier."""
        produits = personne * self.metiers[metier]
        seuil = _NET * float(produits.max())
        rangs = [r for r in np.argsort(-produits, kind="stable")[:_NOMMES].tolist() if produits[r] > max(seuil, 0.0)]
        return tuple(load_gestes()[r].nom for r in rangs)


def build_gestures(gestes: Gestes, demandes: Any, rang_item: Mapping[int, int]) -> GestesMetiers:
    """Gestures of every métier: the mean of its nearest demands, against that of the other métiers.

    Args:
        gestes: Closeness of the compétences and savoirs of an index.
        demandes: (N, I) sparse.
        rang_item: Column of each OGR code.
    """
    items = np.zeros((len(rang_item), gestes.proximites.shape[1]), dtype=np.float32)
    colonnes = np.array([rang_item.get(int(code), -1) for code in gestes.codes])
    items[colonnes[colonnes >= 0]] = gestes.proximites[colonnes >= 0]
    moyennes = np.zeros((demandes.shape[0], items.shape[1]))
    for metier in range(demandes.shape[0]):
        siens = items[demandes.indices[demandes.indptr[metier] : demandes.indptr[metier + 1]]]
        if len(siens):
            moyennes[metier] = np.sort(siens, axis=0)[-_MEILLEURS:].mean(axis=0)
    nets = np.maximum((moyennes - moyennes.mean(axis=0)) / moyennes.std(axis=0).clip(1e-9), 0.0)
    return GestesMetiers(items, nets / np.linalg.norm(nets, axis=1, keepdims=True).clip(1e-9))

"""All that the person wrote, taken whole, against all that is said of each métier."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from embeddings.types import Chercheur, Rapproche, Rapprocheur
from recommender.config import Config
from recommender.matrices import Matrices, Vecteur, line
from recommender.signals.base import Preuve, Signal, enumerate_french
from recommender.signals.competences import label_item
from referentiels.catalogue import Catalogue

_CITEES = 2
Reels = NDArray[np.float32]


def hear_together(chercheur: Chercheur, dits: Mapping[str, Sequence[str]], config: Config) -> Rapproche | None:
    """What the person wrote, by field, brought near every métier at once; None for a search that cannot."""
    if not (dits and isinstance(chercheur, Rapprocheur)):
        return None
    parts = {
        "souhait": 1.0,
        "experiences": config.ensemble.experience,
        "competences": config.ensemble.competence,
        "diplomes": config.ensemble.diplome,
    }
    return chercheur.bring_near(dits, parts)


def signal_ensemble(matrices: Matrices, ensemble: Rapproche, catalogue: Catalogue, config: Config) -> Signal:
    """How much nearer than most a métier is to the whole of the person's words.

    Piece by piece, words find what bears their name (« les scènes » of a crime, a theatre's); together they tell the
    field. The value counts standard deviations above the mean of all métiers, from `seuil` to `plafond`.
    """
    valeurs = count_above(ensemble.ecarts, config.ensemble.seuil, config.ensemble.plafond)

    def prouver(metier: int) -> Preuve:
        items = line(matrices.coeur, metier)[0].tolist() or line(matrices.parts, metier)[0].tolist()
        codes = [str(matrices.items[item]) for item in items if not matrices.transversal[item]]
        noms = tuple(label_item(catalogue, int(code)) for code in ensemble.nearest(codes, _CITEES))
        faits = noms or (catalogue.metiers[matrices.codes[metier]].intitule,)
        return Preuve(f"Tout ce que vous avez dit va vers ce qu'on y fait : {enumerate_french(faits)}.", faits)

    return Signal("ensemble", valeurs, prouver)


def count_above(ecarts: Reels, seuil: float, plafond: float) -> Vecteur:
    """Standard deviations above the mean of all, from 0 up to `seuil` to 1 from `plafond`."""
    return np.asarray(np.round(np.clip((ecarts - seuil) / (plafond - seuil), 0.0, 1.0), 6), dtype=np.float64)

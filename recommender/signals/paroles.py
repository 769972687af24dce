"""What the person wrote, against the names and descriptions of métiers."""

import numpy as np

from recommender.comprehension import ProfilCompris
from recommender.config import Config
from recommender.matrices import Matrices
from recommender.signals.base import Preuve, Signal, enumerate_french


def signal_paroles(matrices: Matrices, compris: ProfilCompris, config: Config) -> Signal:
    """Probability that at least one text names or describes the métier, each text speaking for itself.

    A text is read twice: as compétences and savoirs (`signal_competences`), and here as a whole. « Démonter un
    moteur de scooter » says more than the compétences that it comes nearest to.
    """
    parts = {"competences": config.parole.competence, "experiences": config.parole.experience}
    absence = np.ones(len(matrices.codes))
    raisons: dict[int, list[tuple[float, str]]] = {}
    for champ, texte, resultats in compris.paroles:
        for resultat in resultats:
            metier, valeur = matrices.rang[resultat.code], parts[champ] * resultat.score
            absence[metier] *= 1.0 - valeur
            raisons.setdefault(metier, []).append((-valeur, texte))

    def prouver(metier: int) -> Preuve:
        textes = tuple(dict.fromkeys(texte for _, texte in sorted(raisons[metier])))
        return Preuve(f"Ce que vous avez écrit s'en rapproche : {enumerate_french(textes)}.", textes)

    return Signal("paroles", 1.0 - absence, prouver)

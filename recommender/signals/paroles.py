"""What the person wrote, against the names and descriptions of métiers."""

import numpy as np

from embeddings.gestes import load_gestes
from recommender.config import Config
from recommender.matrices import Matrices
from recommender.profil_compris import ProfilCompris
from recommender.signals.base import Preuve, Signal, enumerate_french


def signal_paroles(matrices: Matrices, compris: ProfilCompris, config: Config) -> Signal:
    """Probability that at least one text names or describes the métier, each text speaking for itself.

    A text is read twice: as compétences and savoirs (`signal_competences`), and here as a whole. « Démonter un
    moteur de scooter » says more than the compétences that it comes nearest to.
    """
    reglages = config.parole
    parts = {"competences": reglages.competence, "experiences": reglages.experience, "diplomes": reglages.diplome}
    absence = np.ones(len(matrices.codes))
    raisons: dict[int, list[tuple[float, str]]] = {}
    for champ, resultats in compris.paroles:
        for resultat in resultats:
            metier, valeur = matrices.rang[resultat.code], parts[champ] * resultat.score
            absence[metier] *= 1.0 - valeur
            raisons.setdefault(metier, []).append((-valeur, resultat.trouve))

    portes = matrices.gestes.metiers if matrices.gestes is not None else np.zeros((len(absence), 0))
    dits = {rang: reglages.geste * force for rang, force in compris.gestes.items()} if portes.size else {}
    for rang, part in dits.items():
        absence *= 1.0 - part * portes[:, rang]

    def prouver(metier: int) -> Preuve:
        gestes = [(-part * float(portes[metier, r]), load_gestes()[r].nom) for r, part in dits.items()]
        # The référentiel's words, not the person's: « infirmier » and « infirmière » must have the same reasons.
        proches = [*raisons.get(metier, ()), *(geste for geste in gestes if geste[0] < 0)]
        noms = tuple(dict.fromkeys(nom for _, nom in sorted(proches)))
        verbe = "qui dit ou décrit" if len(noms) == 1 else "qui disent ou décrivent"
        return Preuve(f"Vos mots sont proches de {enumerate_french(noms, 2)}, {verbe} ce métier.", noms)

    return Signal("paroles", 1.0 - absence, prouver)

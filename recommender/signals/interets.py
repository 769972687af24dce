"""What the person likes: RIASEC letters and centres d'intérêt."""

import numpy as np

from recommender.config import Config
from recommender.matrices import RIASEC, Matrices, Vecteur
from recommender.profil_compris import ProfilCompris
from recommender.signals.base import Preuve, Signal, enumerate_french

MOTS_RIASEC = {
    "R": "le concret et le travail manuel",
    "I": "chercher et comprendre",
    "A": "créer et s'exprimer",
    "S": "aider et accompagner",
    "E": "entreprendre et convaincre",
    "C": "organiser avec méthode",
}


def signal_interets(matrices: Matrices, compris: ProfilCompris, config: Config) -> Signal:
    """Match with the métier's RIASEC letters and with the tastes told, averaged when both are.

    Of several tastes the mean counts: what meets two of them comes before what meets one. A taste meets a métier by
    its centre d'intérêt, or by the words themselves (« la biologie », « les trains »).
    """
    reglages = config.interet
    riasec = _match_riasec(matrices, compris, config) if compris.riasec else None
    centres = np.zeros(len(matrices.codes))
    raisons: dict[int, list[str]] = {}
    for texte, code, nommes in compris.gouts:
        gout = np.zeros(len(matrices.codes))
        for metier, principal in matrices.interets.get(code, {}).items() if code is not None else ():
            gout[metier] = reglages.centre_principal if principal else reglages.centre_secondaire
        for resultat in nommes:
            rang = matrices.rang[resultat.code]
            gout[rang] = max(gout[rang], reglages.nomme * resultat.score)
        centres += gout / len(compris.gouts)
        for metier in np.flatnonzero(gout).tolist():
            raisons.setdefault(metier, []).append(texte)
    if riasec is None:
        valeurs = centres
    elif not compris.gouts:
        valeurs = riasec
    else:
        valeurs = reglages.part_centres * centres + (1 - reglages.part_centres) * riasec

    def prouver(metier: int) -> Preuve:
        morceaux, faits = [], list(raisons.get(metier, ()))
        if faits:
            morceaux.append(f"il répond à {enumerate_french(tuple(faits))}")
        rangs = (matrices.riasec_majeur[metier], matrices.riasec_mineur[metier])
        lettres = [RIASEC[r] for r in rangs if r >= 0 and compris.riasec.get(RIASEC[r])]
        if lettres:
            mots = ", mais aussi ".join(MOTS_RIASEC[lettre] for lettre in dict.fromkeys(lettres))
            morceaux.append(f"il demande d'aimer {mots}")
            faits.extend(lettres)
        phrase = " ; ".join(morceaux)
        return Preuve(f"Côté goûts : {phrase}.", tuple(faits))

    return Signal("interets", np.clip(valeurs, 0.0, 1.0), prouver)


def _match_riasec(matrices: Matrices, compris: ProfilCompris, config: Config) -> Vecteur:
    """Share of the métier's letters that the person likes; the major one alone where there is no minor."""
    plus_forte = max(compris.riasec.values())
    gouts = np.array([compris.riasec.get(lettre, 0.0) / plus_forte for lettre in RIASEC] + [0.0])
    majeur, mineur = gouts[matrices.riasec_majeur], gouts[matrices.riasec_mineur]
    somme = config.interet.majeur + config.interet.mineur
    mele = (config.interet.majeur * majeur + config.interet.mineur * mineur) / somme
    return np.where(matrices.riasec_mineur >= 0, mele, majeur)

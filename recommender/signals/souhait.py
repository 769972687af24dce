"""What the person says they want, in their own words."""

from collections.abc import Callable

import numpy as np

from embeddings.types import Chercheur, Nature, Resultat
from recommender.comprehension import ProfilCompris
from recommender.config import Config
from recommender.matrices import Matrices
from recommender.signals.base import Preuve, Signal
from referentiels.catalogue import Catalogue
from referentiels.types import MetierSecteur

_LIMITE = 60


def signal_souhait(
    matrices: Matrices, compris: ProfilCompris, catalogue: Catalogue, chercheur: Chercheur, config: Config
) -> Signal:
    """How near each métier is to the wish: by its names, its centres d'intérêt, its secteur, its core compétences.

    A métier that ROME gives as a mobility of a wished one gets part of its value.
    """
    reglages = config.souhait
    valeurs = np.zeros(len(matrices.codes))
    raisons: dict[int, tuple[str, str]] = {}

    def touch(metier: int, valeur: float, fait: str, phrase: str) -> None:
        if valeur > valeurs[metier]:
            valeurs[metier], raisons[metier] = valeur, (fait, phrase)

    seuils = config.comprehension
    noms = _results(chercheur, compris.souhait, ("metier",), seuils.seuil_metier)
    for r in noms:
        touch(matrices.rang[r.code], r.score * reglages.metier, r.trouve, "Il répond à votre souhait par son nom")
    for r in _results(chercheur, compris.souhait, ("centre_interet",), seuils.seuil_autre):
        for metier in matrices.interets.get(r.code, ()):
            touch(metier, r.score * reglages.centre_interet, r.libelle, "Il rejoint votre souhait")
    for r in _results(chercheur, compris.souhait, ("secteur",), seuils.seuil_autre):
        for lien in catalogue.select(MetierSecteur, code=r.code):
            touch(matrices.rang[lien.code_rome], r.score * reglages.secteur, r.libelle, "Il est de ce secteur")
    _touch_by_competences(matrices, compris, chercheur, config, touch)
    for r in noms[:5]:
        suite = matrices.mobilites[matrices.rang[r.code]]
        for metier, pas in zip(suite.indices.tolist(), suite.data.tolist(), strict=True):
            touch(metier, r.score * pas * reglages.voisin, r.libelle, "Il est proche de ce que vous souhaitez")

    def prouver(metier: int) -> Preuve:
        fait, phrase = raisons[metier]
        return Preuve(f"{phrase} : « {fait} ».", (fait,))

    return Signal("souhait", np.clip(valeurs, 0.0, 1.0), prouver)


def _results(chercheur: Chercheur, texte: str, natures: tuple[Nature, ...], seuil: float) -> list[Resultat]:
    return [r for r in chercheur.search(texte, natures, _LIMITE) if r.score >= seuil]


def _touch_by_competences(
    matrices: Matrices,
    compris: ProfilCompris,
    chercheur: Chercheur,
    config: Config,
    touch: Callable[[int, float, str, str], None],
) -> None:
    for r in _results(chercheur, compris.souhait, ("competence",), config.comprehension.seuil_competence):
        rang = matrices.rang_item.get(int(r.code))
        if rang is None or matrices.transversal[rang]:
            continue
        for metier in matrices.coeur_par_item[:, rang].indices.tolist():
            touch(metier, r.score * config.souhait.competence, r.libelle, "On y fait ce que vous souhaitez")

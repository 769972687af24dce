"""What the person says they want, in their own words."""

from collections.abc import Iterator, Sequence

import numpy as np

from embeddings.types import Resultat
from recommender.comprehension import ProfilCompris
from recommender.config import Config
from recommender.matrices import Matrices
from recommender.signals.base import Preuve, Signal, enumerate_french
from recommender.signals.conditions import ranks_with
from referentiels.catalogue import Catalogue
from referentiels.types import MetierSecteur

_VOISINS_DE = 5
_RAISONS_MAX = 2
Touche = tuple[int, float, str, str]
"""Rank of a métier, value, how the wish reaches it, and through what."""


def signal_souhait(matrices: Matrices, compris: ProfilCompris, catalogue: Catalogue, config: Config) -> Signal:
    """How near each métier is to the wish: mean, over its pieces, of the best way that leads from each to the métier.

    A way goes by the names of the métier, its centres d'intérêt, its secteur, its working conditions, its core
    compétences, or by an official mobility from a métier that the piece names.
    """
    valeurs = np.zeros(len(matrices.codes))
    raisons: dict[int, dict[str, str]] = {}
    for resultats in compris.souhaits:
        meilleures: dict[int, Touche] = {}
        for touche in _ways(matrices, resultats, catalogue, config):
            connue = meilleures.get(touche[0])
            if touche[1] > (connue[1] if connue else 0.0):
                meilleures[touche[0]] = touche
        for metier, valeur, comment, fait in meilleures.values():
            valeurs[metier] += valeur / len(compris.souhaits)
            raisons.setdefault(metier, {}).setdefault(fait, comment)

    def prouver(metier: int) -> Preuve:
        citees = list(raisons[metier].items())[:_RAISONS_MAX]
        par_voie: dict[str, list[str]] = {}
        for fait, comment in citees:
            par_voie.setdefault(comment, []).append(fait)
        suite = " ; ".join(f"{comment} {enumerate_french(tuple(faits))}" for comment, faits in par_voie.items())
        return Preuve(f"Il rejoint votre souhait : {suite}.", tuple(fait for fait, _ in citees))

    return Signal("souhait", np.clip(valeurs, 0.0, 1.0), prouver)


def _ways(matrices: Matrices, resultats: Sequence[Resultat], catalogue: Catalogue, config: Config) -> Iterator[Touche]:
    """All the métiers that one piece of a wish reaches, by every way."""
    reglages = config.souhait
    noms = [r for r in resultats if r.nature == "metier"]
    for r in resultats:
        if r.nature == "metier":
            yield matrices.rang[r.code], r.score * reglages.metier, "par son nom,", r.trouve
        elif r.nature == "centre_interet":
            for metier in matrices.interets.get(r.code, ()):
                yield metier, r.score * reglages.centre_interet, "il répond à", r.libelle
        elif r.nature == "secteur":
            for lien in catalogue.select(MetierSecteur, code=r.code):
                part = 1.0 if lien.principal else reglages.secteur_secondaire
                yield matrices.rang[lien.code_rome], r.score * reglages.secteur * part, "on l'exerce dans", r.libelle
        elif r.nature == "contexte":
            for metier in ranks_with(matrices, int(r.code)).tolist():
                yield metier, r.score * reglages.contexte, "on y trouve", r.libelle
        else:
            yield from _by_competence(matrices, r, config)
    for r in noms[:_VOISINS_DE]:
        suite = matrices.mobilites[matrices.rang[r.code]]
        for metier, pas in zip(suite.indices.tolist(), suite.data.tolist(), strict=True):
            yield metier, r.score * pas * reglages.voisin, "le ROME le dit accessible depuis", r.libelle


def _by_competence(matrices: Matrices, resultat: Resultat, config: Config) -> Iterator[Touche]:
    rang = matrices.rang_item.get(int(resultat.code))
    if rang is None or matrices.transversal[rang]:
        return
    for metier in matrices.coeur_par_item[:, rang].indices.tolist():
        yield metier, resultat.score * config.souhait.competence, "on y demande", resultat.libelle

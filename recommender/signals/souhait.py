"""What the person says they want, in their own words."""

from collections.abc import Iterator, Sequence

import numpy as np

from embeddings.types import Resultat
from recommender.config import Config
from recommender.matrices import Matrices
from recommender.profil_compris import ProfilCompris
from recommender.signals.base import Preuve, Signal, enumerate_french
from recommender.signals.conditions import ranks_with
from referentiels.catalogue import Catalogue
from referentiels.types import MetierSecteur

_VOISINS_DE = 5
_RAISONS_MAX = 2
_NOMME = 0.8
"""Score from which a wish names a métier: it is then no wish for a whole field."""
_PART_MIN = 0.3
"""Least share of the names that answer a wish for their grand domaine to be what the wish is about."""
Touche = tuple[int, float, str, str]
"""Rank of a métier, value, how the wish reaches it, and through what."""
_AUCUNE: Touche = (-1, 0.0, "", "")


def signal_souhait(matrices: Matrices, compris: ProfilCompris, catalogue: Catalogue, config: Config) -> Signal:
    """How near each métier is to the wish: mean, over its pieces, of the chance that one of the ways reaches it.

    Of one way the best counts; several ways that agree count more than each. A way goes by the names of the métier,
    its centres d'intérêt, its secteur, its working conditions, its core compétences, the grand domaine of the names
    that answer, or by an official mobility from a métier that the piece names.
    """
    valeurs = np.zeros(len(matrices.codes))
    raisons: dict[int, dict[str, str]] = {}
    for resultats in compris.souhaits:
        absence = np.ones(len(matrices.codes))
        for touches in _best_of_each_way(_ways(matrices, resultats, catalogue, config)):
            for metier, valeur, comment, fait in touches:
                absence[metier] *= 1.0 - valeur
                raisons.setdefault(metier, {}).setdefault(fait, comment)
        valeurs += (1.0 - absence) / len(compris.souhaits)

    def prouver(metier: int) -> Preuve:
        citees = list(raisons[metier].items())[:_RAISONS_MAX]
        par_voie: dict[str, list[str]] = {}
        for fait, comment in citees:
            par_voie.setdefault(comment, []).append(fait)
        suite = " ; ".join(f"{comment} {enumerate_french(tuple(faits))}" for comment, faits in par_voie.items())
        return Preuve(f"Il rejoint votre souhait : {suite}.", tuple(fait for fait, _ in citees))

    return Signal("souhait", np.clip(valeurs, 0.0, 1.0), prouver)


def _best_of_each_way(touches: Iterator[Touche]) -> Iterator[list[Touche]]:
    """For each métier, the best of each way, ways in order of value."""
    meilleures: dict[tuple[int, str], Touche] = {}
    for touche in touches:
        cle = touche[0], touche[2]
        if touche[1] > meilleures.get(cle, _AUCUNE)[1]:
            meilleures[cle] = touche
    yield sorted(meilleures.values(), key=lambda t: (-t[1], t[0], t[2], t[3]))


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
    yield from _by_field(matrices, noms, catalogue, config)
    for r in noms[:_VOISINS_DE]:
        suite = matrices.mobilites[matrices.rang[r.code]]
        for metier, pas in zip(suite.indices.tolist(), suite.data.tolist(), strict=True):
            yield metier, r.score * pas * reglages.voisin, "le ROME le dit accessible depuis", r.libelle


def _by_field(matrices: Matrices, noms: Sequence[Resultat], catalogue: Catalogue, config: Config) -> Iterator[Touche]:
    """Métiers of the grands domaines where the names that answer are: « un métier du soin » names no one métier."""
    if not noms or noms[0].score >= _NOMME:
        return
    somme = sum(r.score for r in noms)
    domaines: dict[str, float] = {}
    for r in noms:
        domaines[r.code[0]] = domaines.get(r.code[0], 0.0) + r.score
    for lettre, part in domaines.items():
        valeur = config.souhait.domaine * noms[0].score * part / somme
        if part / somme >= _PART_MIN:
            libelle = catalogue.grands_domaines.get(lettre, lettre)
            for metier, code in enumerate(matrices.codes):
                if code[0] == lettre:
                    yield metier, valeur, "il est du domaine", libelle


def _by_competence(matrices: Matrices, resultat: Resultat, config: Config) -> Iterator[Touche]:
    rang = matrices.rang_item.get(int(resultat.code))
    if rang is None or matrices.transversal[rang]:
        return
    for metier in matrices.coeur_par_item[:, rang].indices.tolist():
        yield metier, resultat.score * config.souhait.competence, "on y demande", resultat.libelle

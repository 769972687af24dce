"""What the person says they want, in their own words."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from embeddings.types import Resultat
from recommender.config import Config
from recommender.matrices import Matrices, Vecteur, line
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


@dataclass(frozen=True, slots=True)
class Voie:
    """Métiers that a wish reaches in one way, with what it is worth for each, and through what."""

    metiers: NDArray[np.int64]
    valeurs: Vecteur
    comment: str
    faits: tuple[str, ...]
    """One for all of them, or one each."""


def signal_souhait(matrices: Matrices, compris: ProfilCompris, catalogue: Catalogue, config: Config) -> Signal:
    """The chance that one of the ways of one of the pieces of the wish reaches each métier.

    A person who says « du pain, ou des meubles en bois » wants either: what answers one piece is not lowered by the
    others, and what answers two comes before. Of one way the best counts for a piece. A way goes by the names of the
    métier, its centres d'intérêt, its secteur, its working conditions, its core compétences, the grand domaine of the
    names that answer, or by an official mobility from a métier that the piece names.
    """
    absence = np.ones(len(matrices.codes))
    morceaux = [list(_ways(matrices, resultats, catalogue, config)) for resultats in compris.souhaits]
    for voies in morceaux:
        meilleures: dict[str, Vecteur] = {}
        for voie in voies:
            np.maximum.at(meilleures.setdefault(voie.comment, np.zeros(len(absence))), voie.metiers, voie.valeurs)
        for valeurs in meilleures.values():
            absence *= 1.0 - valeurs

    touches = _Touches([voie for voies in morceaux for voie in voies], [len(voies) for voies in morceaux])

    def prouver(metier: int) -> Preuve:
        citees = touches.reasons(metier)[:_RAISONS_MAX]
        par_voie: dict[str, list[str]] = {}
        for fait, comment in citees:
            par_voie.setdefault(comment, []).append(fait)
        suite = " ; ".join(f"{comment} {enumerate_french(tuple(faits))}" for comment, faits in par_voie.items())
        return Preuve(f"Il rejoint votre souhait : {suite}.", tuple(fait for fait, _ in citees))

    return Signal("souhait", 1.0 - absence, prouver)


class _Touches:
    """All that reaches each métier, sorted by métier at the first need.

    Args:
        voies: Those of all the pieces of the wish.
        nombres: How many ways each piece has.
    """

    def __init__(self, voies: Sequence[Voie], nombres: Sequence[int]) -> None:
        self._voies = voies
        self._morceau = np.repeat(np.arange(len(nombres)), nombres).tolist()

    @cached_property
    def _par_metier(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        longueurs = [len(voie.metiers) for voie in self._voies]
        metiers = np.concatenate([voie.metiers for voie in self._voies])
        ordre = np.argsort(metiers, kind="stable")
        places = np.concatenate([np.arange(n) for n in longueurs])
        return metiers[ordre], np.repeat(np.arange(len(longueurs)), longueurs)[ordre], places[ordre]

    def reasons(self, metier: int) -> list[tuple[str, str]]:
        """Through what a métier is reached and how: piece after piece, the best of each way, the best way first."""
        metiers, voies, places = self._par_metier
        siens = slice(*np.searchsorted(metiers, (metier, metier + 1)))
        meilleures: dict[tuple[int, str], tuple[int, float, str, str]] = {}
        for numero, place in zip(voies[siens].tolist(), places[siens].tolist(), strict=True):
            voie, morceau = self._voies[numero], self._morceau[numero]
            valeur = -float(voie.valeurs[place])
            if valeur < meilleures.get((morceau, voie.comment), (0, 0.0))[1]:
                fait = voie.faits[place if len(voie.faits) > 1 else 0]
                meilleures[morceau, voie.comment] = morceau, valeur, voie.comment, fait
        raisons: dict[str, str] = {}
        for _, _, comment, fait in sorted(meilleures.values()):
            raisons.setdefault(fait, comment)
        return list(raisons.items())


def _ways(matrices: Matrices, resultats: Sequence[Resultat], catalogue: Catalogue, config: Config) -> Iterator[Voie]:
    """All the métiers that one piece of a wish reaches, by every way."""
    reglages = config.souhait
    noms = [r for r in resultats if r.nature == "metier"]
    rangs = [matrices.rang[r.code] for r in noms]
    scores = np.array([r.score for r in noms])
    yield _way(rangs, scores * reglages.metier, "par son nom,", *(r.trouve for r in noms))
    for r in resultats:
        if r.nature == "metier":
            continue
        if r.nature == "centre_interet":
            metiers = list(matrices.interets.get(r.code, ()))
            yield _way(metiers, r.score * reglages.centre_interet, "il répond à", r.libelle)
        elif r.nature == "secteur":
            liens = catalogue.select(MetierSecteur, code=r.code)
            parts = np.array([1.0 if lien.principal else reglages.secteur_secondaire for lien in liens])
            metiers = [matrices.rang[lien.code_rome] for lien in liens]
            yield _way(metiers, r.score * reglages.secteur * parts, "on l'exerce dans", r.libelle)
        elif r.nature == "contexte":
            yield _way(ranks_with(matrices, int(r.code)), r.score * reglages.contexte, "on y trouve", r.libelle)
        else:
            yield from _by_competence(matrices, r, config)
    yield from _by_field(matrices, noms, catalogue, config)
    for r in noms[:_VOISINS_DE]:
        voisins, pas = line(matrices.mobilites, matrices.rang[r.code])
        yield _way(voisins, r.score * pas * reglages.voisin, "le ROME le dit accessible depuis", r.libelle)


def _way(metiers: Sequence[int] | NDArray[np.int64], valeurs: Vecteur | float, comment: str, *faits: str) -> Voie:
    rangs = np.asarray(metiers, dtype=np.int64)
    return Voie(rangs, np.zeros(len(rangs)) + valeurs, comment, faits)


def _by_field(matrices: Matrices, noms: Sequence[Resultat], catalogue: Catalogue, config: Config) -> Iterator[Voie]:
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
            # Codes are sorted: those of a letter follow one another.
            bornes = bisect_left(matrices.codes, lettre), bisect_left(matrices.codes, chr(ord(lettre) + 1))
            yield _way(np.arange(*bornes), valeur, "il est du domaine", catalogue.grands_domaines.get(lettre, lettre))


def _by_competence(matrices: Matrices, resultat: Resultat, config: Config) -> Iterator[Voie]:
    rang = matrices.rang_item.get(int(resultat.code))
    if rang is not None and not matrices.transversal[rang]:
        metiers = line(matrices.coeur_par_item, rang)[0]
        yield _way(metiers, resultat.score * config.souhait.competence, "on y demande", resultat.libelle)

"""What the person says they want, in their own words."""

from collections.abc import Iterator, Sequence

import numpy as np

from embeddings.types import Resultat
from recommender.config import Config
from recommender.matrices import Matrices, line
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
    """The chance that one of the ways of one of the pieces of the wish reaches each métier.

    A person who says « du pain, ou des meubles en bois » wants either: what answers one piece is not lowered by the
    others, and what answers two comes before. Of one way the best counts for a piece. A way goes by the names of the
    métier, its centres d'intérêt, its secteur, its working conditions, its core compétences, the grand domaine of the
    names that answer, or by an official mobility from a métier that the piece names.
    """
    absence = np.ones(len(matrices.codes))
    raisons: dict[int, dict[str, str]] = {}
    for resultats in compris.souhaits:
        for metier, valeur, comment, fait in _best_of_each_way(_ways(matrices, resultats, catalogue, config)):
            absence[metier] *= 1.0 - valeur
            raisons.setdefault(metier, {}).setdefault(fait, comment)

    def prouver(metier: int) -> Preuve:
        citees = list(raisons[metier].items())[:_RAISONS_MAX]
        par_voie: dict[str, list[str]] = {}
        for fait, comment in citees:
            par_voie.setdefault(comment, []).append(fait)
        suite = " ; ".join(f"{comment} {enumerate_french(tuple(faits))}" for comment, faits in par_voie.items())
        return Preuve(f"Il rejoint votre souhait : {suite}.", tuple(fait for fait, _ in citees))

    return Signal("souhait", 1.0 - absence, prouver)


def _best_of_each_way(touches: Iterator[Touche]) -> list[Touche]:
    """For each métier, the best of each way, ways in order of value."""
    meilleures: dict[tuple[int, str], Touche] = {}
    for touche in touches:
        cle = touche[0], touche[2]
        if touche[1] > meilleures.get(cle, _AUCUNE)[1]:
            meilleures[cle] = touche
    return sorted(meilleures.values(), key=lambda t: (-t[1], t[0], t[2], t[3]))


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
        metiers, valeurs = line(matrices.mobilites, matrices.rang[r.code])
        for metier, pas in zip(metiers.tolist(), valeurs.tolist(), strict=True):
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
    for metier in line(matrices.coeur_par_item, rang)[0].tolist():
        yield metier, resultat.score * config.souhait.competence, "on y demande", resultat.libelle

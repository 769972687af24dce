"""People of the regional plans on the socle and on the official data: judged métiers, reasons that hold."""

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from recommender.comprehension import Lecteur
from recommender.pipeline import Recommender
from recommender.signals.base import Signal
from recommender.signals.competences import gather_acquis
from recommender.types import Recommandation
from tests.recommender.exemples import index_of
from tests.recommender.personas import PERSONAS, Persona

NOMS = [p.nom for p in PERSONAS]
RAPPEL_MINIMUM = 0.75
FAUTES = re.compile(
    r"\b(?:de|que|le|ce) [aeiouyéèêâîôû]\w*\b(?<!de haut)|\b(\w+) \1\b|  | [.,]|« | »(?=\w)|\( |«»|None|nan",
    re.IGNORECASE,
)
"""A missed elision, a doubled word or blank, an empty or technical value; looked for outside official labels."""


def _found(persona: Persona, reponse: Recommandation) -> list[str]:
    codes = [m.code_rome for m in reponse.metiers[: persona.parmi]]
    return [attendu for attendu in persona.attendus if any(c.startswith(attendu) for c in codes)]


def _check_judged(moteur: Recommender, persona: Persona) -> None:
    reponse = moteur.recommend(persona.profil)
    trouves = _found(persona, reponse)
    assert len(trouves) >= persona.minimum, [f"{m.code_rome} {m.intitule}" for m in reponse.metiers[: persona.parmi]]


def _check_reasons(moteur: Recommender, persona: Persona) -> None:
    reponse = moteur.recommend(persona.profil, 10)
    assert len(reponse.metiers) == 10
    for metier in reponse.metiers:
        assert abs(sum(e.contribution for e in metier.explications) - metier.indice) <= 1e-9
        premiere = metier.explications[0]
        sans = replace(persona.profil, ponderation={premiere.critere: 0.0})
        assert index_of(moteur, sans, metier.code_rome) < metier.indice - 1e-6
        for explication in metier.explications:
            assert explication.preuves
            assert all(fait in explication.phrase for fait in explication.preuves[:2] if len(fait) > 1)


def _check_sentences(moteur: Recommender, persona: Persona) -> None:
    reponse = moteur.recommend(persona.profil, 40)
    phrases = [e.phrase for m in reponse.metiers for e in m.explications]
    phrases += [a for m in reponse.metiers for a in m.alertes] + list(reponse.avertissements)
    for phrase in phrases:
        hors_libelles = re.sub(r"« [^»]* »", "X", phrase)
        assert not FAUTES.search(hors_libelles), phrase
        assert phrase[0].isupper()
        assert phrase.endswith(".")
        assert phrase.count("«") == phrase.count("»")


@pytest.mark.parametrize("persona", PERSONAS, ids=NOMS)
def test_judged_metiers_come_up_on_the_socle(socle: Recommender, persona: Persona) -> None:
    _check_judged(socle, persona)


@pytest.mark.officiel
@pytest.mark.parametrize("persona", PERSONAS, ids=NOMS)
def test_judged_metiers_come_up_officially(officiel: Recommender, persona: Persona) -> None:
    _check_judged(officiel, persona)


@pytest.mark.parametrize("persona", PERSONAS, ids=NOMS)
def test_reasons_hold_on_the_socle(socle: Recommender, persona: Persona) -> None:
    _check_reasons(socle, persona)
    _check_sentences(socle, persona)


@pytest.mark.officiel
@pytest.mark.parametrize("persona", PERSONAS, ids=NOMS)
def test_reasons_hold_officially(officiel: Recommender, persona: Persona) -> None:
    _check_reasons(officiel, persona)
    _check_sentences(officiel, persona)


def _recall(moteur: Recommender) -> float:
    parts = [len(_found(p, moteur.recommend(p.profil))) / len(p.attendus) for p in PERSONAS]
    return sum(parts) / len(parts)


def test_mean_recall_on_the_socle(socle: Recommender) -> None:
    assert _recall(socle) >= RAPPEL_MINIMUM


@pytest.mark.officiel
def test_mean_recall_officially(officiel: Recommender) -> None:
    assert _recall(officiel) >= RAPPEL_MINIMUM


def _signals(moteur: Recommender) -> Iterator[tuple[Persona, list[Signal]]]:
    lecteur = Lecteur(moteur.catalogue, moteur.chercheur, moteur.config)
    for persona in PERSONAS:
        compris = lecteur.read(persona.profil)
        yield persona, moteur._score(compris, gather_acquis(moteur.matrices, compris, moteur.config))


def test_no_signal_is_constant_or_the_double_of_another(socle: Recommender) -> None:
    vus: set[str] = set()
    for persona, signals in _signals(socle):
        for signal in signals:
            vus.add(signal.critere)
            assert signal.valeurs.min() >= 0
            assert signal.valeurs.max() <= 1
            assert np.ptp(signal.valeurs) > 0.05, f"{persona.nom} : {signal.critere} ne distingue rien"
        for un, deux in combinations(signals, 2):
            correlation = np.corrcoef(un.valeurs, deux.valeurs)[0, 1]
            assert correlation < 0.97, f"{persona.nom} : {un.critere} et {deux.critere} disent la même chose"
    assert vus >= {"competences", "mobilites", "souhait", "interets", "diplomes"}


def _check_openings(moteur: Recommender) -> None:
    """Who has done something sees two métiers of another grand domaine in the first ten, where two exist at all."""
    complets = 0
    for persona in PERSONAS:
        if not persona.profil.experiences:
            continue
        reponse = moteur.recommend(persona.profil, 300)
        toutes = [m for m in reponse.metiers if m.ouverture]
        premieres = [m for m in reponse.metiers[:10] if m.ouverture]
        assert len(premieres) >= min(2, len(toutes)), persona.nom
        assert all(m.code_rome[0] not in {code[0] for code in reponse.deja_exerces} for m in toutes)
        complets += len(premieres) >= 2
    assert complets >= 10


def test_two_openings_in_the_first_ten_on_the_socle(socle: Recommender) -> None:
    _check_openings(socle)


@pytest.mark.officiel
def test_two_openings_in_the_first_ten_officially(officiel: Recommender) -> None:
    _check_openings(officiel)


@pytest.mark.parametrize("nom", ["maçon usé par les charges", "cariste reconnu travailleur handicapé"])
def test_what_is_avoided_is_told_and_goes_down(socle: Recommender, nom: str) -> None:
    persona = next(p for p in PERSONAS if p.nom == nom)
    sans = replace(persona.profil, contraintes=())
    avant = {m.code_rome: m.indice for m in socle.recommend(sans, 2_000).metiers}
    apres = socle.recommend(persona.profil, 2_000).metiers
    avertis = {m.code_rome for m in apres if any("éviter" in alerte for alerte in m.alertes)}
    assert avertis
    assert all(m.indice < avant[m.code_rome] for m in apres if m.code_rome in avertis)
    assert all(m.indice == avant[m.code_rome] for m in apres if m.code_rome not in avertis)


def test_one_more_common_competence_keeps_most_of_the_first_ten(socle: Recommender) -> None:
    """Stability: a savoir-être more, told in everyday words, does not upset the list."""
    for persona in PERSONAS:
        if not persona.profil.experiences:
            continue
        avant = {m.code_rome for m in socle.recommend(persona.profil, 10).metiers}
        plus = (
            replace(persona.profil.competences[0], texte="travailler en équipe") if persona.profil.competences else None
        )
        if plus is None:
            continue
        profil = replace(persona.profil, competences=(*persona.profil.competences, plus))
        apres = {m.code_rome for m in socle.recommend(profil, 10).metiers}
        assert len(avant & apres) >= 9, persona.nom

"""Durations: whole answers, near formations included, from several places, words read before and new ones."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Any, cast

import pytest

import evaluation.durees as module
from evaluation.durees import _from_elsewhere, _reworded, measure_answers
from evaluation.profils import CasProfil
from recommender.parcours import Guide
from recommender.pipeline import Recommender
from recommender.types import (
    CompetenceDeclaree,
    Contrainte,
    Diplome,
    Experience,
    Interets,
    Profil,
    Territoire,
)
from referentiels.errors import InvalidInputError
from tests.recommender.exemples import build_essai, build_recommender

PROFIL = Profil(
    souhait="boulanger",
    experiences=(Experience(texte="vendeur", annees=4, nature="stage"), Experience(code_rome="H2101")),
    competences=(CompetenceDeclaree(texte="compter", niveau=3, envie="oui"), CompetenceDeclaree(code=8)),
    interets=Interets(MappingProxyType({"R": 1.0}), ("la nature",)),
    diplomes=(Diplome(texte="CAP couture"),),
    contraintes=(Contrainte("eviter", texte="travail de nuit"),),
    exclusions=("N",),
)


@dataclass
class _Moteur:
    """Remembers what it was asked; time goes by one millisecond a question, ten when the words are new."""

    vus: list[tuple[Profil, int]] = field(default_factory=list)
    horloge: float = 0.0

    def recommend(self, profil: Profil, limite: int) -> Profil:
        self.horloge += 0.001 if profil in [p for p, _ in self.vus] else 0.010
        self.vus.append((profil, limite))
        return profil


@dataclass
class _Guide:
    moteur: _Moteur
    actions: int
    attente: float
    demandes: list[date] = field(default_factory=list)

    def near(self, profil: Profil, reponse: Profil, jour: date) -> dict[str, str]:
        assert reponse == profil, "the formations asked are those of this very answer"
        self.demandes.append(jour)
        self.moteur.horloge += self.attente
        return {}


@pytest.fixture
def moteur(monkeypatch: pytest.MonkeyPatch) -> Iterator[_Moteur]:
    faux = _Moteur()
    monkeypatch.setattr(module, "perf_counter", lambda: faux.horloge)
    yield faux


def _measure(moteur: _Moteur, guides: dict[str, _Guide], profils: list[Profil]) -> dict[str, Any]:
    cas = [CasProfil(f"cas {n}", p, ("H21",)) for n, p in enumerate(profils)]
    return measure_answers(cast(Recommender, moteur), cast(dict[str, Guide], guides), cas)


def test_the_whole_answer_is_timed_for_each_offer(moteur: _Moteur) -> None:
    guides = {"en service": _Guide(moteur, 12, 0.002), "charge": _Guide(moteur, 300_000, 0.030)}
    mesures = _measure(moteur, guides, [PROFIL, Profil(souhait="cariste")])
    assert list(mesures) == ["en service", "charge"]
    petit, grand = mesures["en service"], mesures["charge"]
    assert (petit["actions"], petit["n"], grand["actions"], grand["n"]) == (12, 2, 300_000, 2)
    assert (petit["mediane_ms"], petit["p95_ms"]) == (3.0, 3.0)
    assert (grand["mediane_ms"], grand["p95_ms"]) == (31.0, 31.0)
    assert petit["textes_nouveaux"] == {"mediane_ms": 12.0, "p95_ms": 12.0}
    assert grand["textes_nouveaux"] == {"mediane_ms": 40.0, "p95_ms": 40.0}, "new for this offer too"
    assert {limite for _, limite in moteur.vus} == {20}
    assert len(set(guides["charge"].demandes)) == 1


def test_the_slowest_show_in_the_p95_only(moteur: _Moteur) -> None:
    class _Lent(_Guide):
        def near(self, profil: Profil, reponse: Profil, jour: date) -> dict[str, str]:
            self.moteur.horloge += 0.5 if profil.souhait.startswith("lent") else 0.0
            return super().near(profil, reponse, jour)

    profils = [Profil(souhait=f"lent {n}" if n < 3 else f"vif {n}") for n in range(30)]
    mesures = _measure(moteur, {"offre": _Lent(moteur, 1, 0.0)}, profils)["offre"]
    assert mesures["mediane_ms"] == 1.0
    assert mesures["p95_ms"] == 501.0


def test_people_ask_from_several_places_and_those_who_said_where_stay_there() -> None:
    lieux = [_from_elsewhere(PROFIL, n).territoire for n in range(10)]
    noms = [lieu.commune for lieu in lieux if lieu is not None]
    assert len(noms) == 10
    assert len(set(noms)) >= 5
    assert any("974" in nom for nom in noms), "overseas too"
    ici = Profil(souhait="x", territoire=Territoire("Mende", 12))
    assert _from_elsewhere(ici, 3) is ici


def test_new_words_say_the_same_and_codes_do_not_move() -> None:
    autre = _reworded(PROFIL, "essai 1")
    assert autre.souhait == "boulanger essai 1"
    assert [(e.texte, e.code_rome, e.annees, e.nature) for e in autre.experiences] == [
        ("vendeur essai 1", None, 4, "stage"), (None, "H2101", None, "emploi"),
    ]  # fmt: skip
    assert [(c.texte, c.code, c.niveau, c.envie) for c in autre.competences] == [
        ("compter essai 1", None, 3, "oui"), (None, 8, None, "indifferent"),
    ]  # fmt: skip
    assert (autre.interets.riasec, autre.exclusions) == (PROFIL.interets.riasec, PROFIL.exclusions)
    assert _reworded(Profil(), "x") == Profil()
    assert _reworded(PROFIL, "a") != _reworded(PROFIL, "b")


def test_no_word_was_read_before() -> None:
    autre = _reworded(PROFIL, "essai 1")
    assert autre.diplomes[0].texte != PROFIL.diplomes[0].texte
    assert autre.interets.centres != PROFIL.interets.centres
    assert autre.contraintes[0].texte != PROFIL.contraintes[0].texte


def test_no_profile_is_refused(moteur: _Moteur) -> None:
    with pytest.raises(InvalidInputError, match="au moins un profil"):
        _measure(moteur, {"offre": _Guide(moteur, 1, 0.0)}, [])


def test_a_real_answer_takes_some_time(tmp_path_factory: pytest.TempPathFactory) -> None:
    vrai = build_recommender(build_essai(tmp_path_factory.mktemp("essai")))
    mesures = measure_answers(vrai, {"essai": Guide(vrai)}, [CasProfil("un", PROFIL, ("H21",))])["essai"]
    assert mesures["actions"] == 0
    assert 0 < mesures["mediane_ms"] <= mesures["p95_ms"] < 1_000
    assert mesures["textes_nouveaux"]["p95_ms"] > 0

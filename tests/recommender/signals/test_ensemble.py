"""The whole of what is said: what stands out counts, with the compétences that show it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from embeddings.types import Chercheur, Nature, Rapproche, Resultat
from recommender.config import EnsembleConfig
from recommender.pipeline import Recommender
from recommender.signals.base import Signal
from recommender.signals.ensemble import signal_ensemble
from recommender.types import CompetenceDeclaree, Diplome, Experience, Interets, Profil
from tests.recommender.exemples import EnsembleEssai
from tests.recommender.signals.conformite import check_signal


class _Chercheur:
    """Hears what is brought near, and finds H2101 near whatever is said."""

    def __init__(self, vrai: Chercheur, nombre: int, rang: int) -> None:
        self._vrai, self._ecarts = vrai, np.zeros(nombre, dtype=np.float32)
        self._ecarts[rang] = 9.0
        self.version = vrai.version
        self.entendus: list[tuple[float, tuple[str, ...]]] = []

    def search(self, requete: str, natures: Sequence[Nature] = ("metier",), limite: int = 10) -> tuple[Resultat, ...]:
        return self._vrai.search(requete, natures, limite)

    def bring_near(self, dits: Mapping[str, Sequence[str]], parts: Mapping[str, float]) -> Rapproche | None:
        self.entendus = [(parts.get(champ, 0.0), tuple(textes)) for champ, textes in dits.items()]
        return EnsembleEssai(self._ecarts)


def _signal(moteur: Recommender, ecarts: Sequence[float]) -> Signal:
    proche = EnsembleEssai(np.array(ecarts, dtype=np.float32))
    return signal_ensemble(moteur.matrices, proche, moteur.catalogue, moteur.config)


@pytest.fixture
def entendu(essai: Recommender) -> tuple[Recommender, _Chercheur]:
    chercheur = _Chercheur(essai.chercheur, len(essai.matrices.codes), essai.matrices.rang["H2101"])
    return Recommender(essai.catalogue, chercheur, essai.config), chercheur


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_conforms_whatever_is_near(essai: Recommender, data: st.DataObject) -> None:
    nombre = len(essai.matrices.codes)
    ecarts = data.draw(st.lists(st.floats(-9, 9, width=32), min_size=nombre, max_size=nombre))
    check_signal(_signal(essai, ecarts), essai.matrices)


def test_what_stands_no_higher_than_the_others_is_worth_nothing(essai: Recommender) -> None:
    ensemble = essai.config.ensemble
    assert not _signal(essai, [ensemble.seuil] * len(essai.matrices.codes)).valeurs.any()
    assert (_signal(essai, [ensemble.plafond] * len(essai.matrices.codes)).valeurs == 1).all()


def test_what_is_said_is_heard_by_field(entendu: tuple[Recommender, _Chercheur]) -> None:
    moteur, chercheur = entendu
    moteur.recommend(
        Profil(
            souhait="travailler le bois, et pas de bureau",
            experiences=(Experience(texte="boulanger pendant trois ans"), Experience(code_rome="H2101")),
            competences=(CompetenceDeclaree(texte="poncer et vernir"), CompetenceDeclaree(code=1)),
        )
    )
    parts = moteur.config.ensemble
    (souhait, voulu), (experience, faits), (competence, sus) = chercheur.entendus
    assert (souhait, experience, competence) == (1.0, parts.experience, parts.competence)
    assert voulu == ("travailler le bois",)
    assert "boulanger" in faits[0]
    assert faits[1] == moteur.catalogue.metier("H2101").intitule  # what is told by its code is heard by its name
    assert sus == ("poncer", "vernir")


def test_tastes_and_diplomas_are_heard_too(entendu: tuple[Recommender, _Chercheur]) -> None:
    moteur, chercheur = entendu
    moteur.recommend(
        Profil(
            souhait="travailler le bois",
            interets=Interets(centres=("les vieilles pierres",)),
            diplomes=(Diplome(texte="bac ST2S"),),
        )
    )
    assert chercheur.entendus[1:] == [
        (0.0, ("les vieilles pierres",)),  # counts for the cases only
        (moteur.config.ensemble.diplome, ("bac ST2S",)),
    ]


def test_it_counts_in_the_index_and_names_what_is_done(entendu: tuple[Recommender, _Chercheur]) -> None:
    moteur, _ = entendu
    profil = Profil(souhait="secrétaire")
    trouve = next(m for m in moteur.recommend(profil).metiers if m.code_rome == "H2101")
    raison = next(e for e in trouve.explications if e.critere == "ensemble")
    assert raison.axe == "attrait"
    assert raison.contribution > 0
    assert raison.phrase.startswith("Tout ce que vous avez dit va vers ce qu'on y fait : «")
    sans = moteur.recommend(replace(profil, ponderation={"ensemble": 0.0}))
    assert not any(e.critere == "ensemble" for m in sans.metiers for e in m.explications)


def test_a_ceiling_below_the_threshold_is_refused() -> None:
    with pytest.raises(ValidationError):
        EnsembleConfig(seuil=2.0, plafond=2.0, experience=0.3, competence=0.3, diplome=0.1)

"""Métiers to which the diplomas held lead."""

from recommender.comprehension import Lecteur
from recommender.pipeline import Recommender
from recommender.signals.base import Signal
from recommender.signals.diplomes import signal_diplomes
from recommender.types import Diplome, Profil
from tests.recommender.signals.conformite import check_signal


def _signal(moteur: Recommender, *diplomes: Diplome) -> Signal:
    lecteur = Lecteur(moteur.catalogue, moteur.chercheur, moteur.config)
    return signal_diplomes(moteur.matrices, lecteur.diploma_targets(lecteur.read(Profil(diplomes=diplomes))))


def test_only_the_official_links_count(essai: Recommender) -> None:
    signal = _signal(essai, Diplome(code="RNCP10"))
    check_signal(signal, essai.matrices)
    atteints = {c for c, v in zip(essai.matrices.codes, signal.valeurs, strict=True) if v}
    assert atteints == {"H2101", "D1101"}


def test_the_diploma_is_named_once_in_the_words_of_its_fiche(essai: Recommender) -> None:
    signal = _signal(essai, Diplome(texte="cap couture"))
    preuve = signal.prouver(essai.matrices.rang["H2101"])
    assert preuve.phrase == "Votre diplôme « CAP Couture » y mène."
    assert preuve.faits == ("CAP Couture",)


def test_two_diplomas_take_the_plural(essai: Recommender) -> None:
    moteur_cibles = {c: ["CAP A", "BTS B"] for c in essai.matrices.codes[:1]}
    preuve = signal_diplomes(essai.matrices, moteur_cibles).prouver(0)
    assert preuve.phrase == "Vos diplômes « CAP A » et « BTS B » y mènent."


def test_no_diploma_leads_nowhere(essai: Recommender) -> None:
    assert not _signal(essai).valeurs.any()

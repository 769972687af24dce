"""What the questionnaire concludes: tastes by letter, ties said as ties, and how sure that is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from recommender.mesure_interets import Croyance, Modele, head_probability, liking, preference

LETTRES = "RIASEC"
NOTES: Mapping[str, int | None] = MappingProxyType({"non": 0, "bof": 1, "plutot": 2, "oui": 3, "je_ne_sais_pas": None})
"""Grade of each value of an answer; None says nothing."""
NOTE_POSITIVE = 2
"""« plutôt » and « oui »: a letter is named only if the person said so once at least."""
TETE = 3
"""Letters that are looked for, ties set apart."""


@dataclass(frozen=True, slots=True)
class LettreMesuree:
    """One letter: `poids` is the answer expected to a question on it, from 0 (« non ») to 1 (« oui »)."""

    lettre: str
    libelle: str
    poids: float
    ecart_type: float
    """Standard deviation of `poids`, in the same unit."""
    reponses: int
    """Answers, « je ne sais pas » excepted, to questions of which it is the major letter."""


@dataclass(frozen=True, slots=True)
class ProfilInterets:
    """What the answers say, and no more."""

    lettres: tuple[LettreMesuree, ...]
    """The six letters, in the order RIASEC."""
    tete: tuple[tuple[str, ...], ...]
    """Letters liked most, best first; those of one group are tied. Empty when no taste shows."""
    certitude: float | None
    """Probability, by the model, that the letters of `tete` are the ones liked most; None when none stands out."""
    phrase: str
    """The result and its certainty, in French."""
    reponses: int
    sans_avis: int
    """Questions answered by « je ne sais pas »."""
    empreinte: str
    """Hash of the questionnaire."""

    @property
    def riasec(self) -> Mapping[str, float]:
        """Weights for `Interets.riasec`; empty when no taste shows, so that nothing is ranked on it."""
        return MappingProxyType({lettre.lettre: lettre.poids for lettre in self.lettres if self.tete})


@dataclass(frozen=True, slots=True)
class Lecture:
    """How a profile is read from the posterior."""

    ex_aequo: float
    """Two letters are tied while the first has less than this probability of being the more liked."""
    attrait_minimum: float
    """`poids` under which a letter is not liked enough to be named."""
    reponses_minimum: int


def read_profile(
    modele: Modele,
    lecture: Lecture,
    croyance: Croyance,
    reponses: Sequence[tuple[str, int | None]],
    libelles: Mapping[str, str],
    empreinte: str,
) -> ProfilInterets:
    """The profile that answers support.

    Args:
        modele: The parameters of the answers.
        lecture: When letters are tied, and when one is named.
        croyance: Posterior over the six letters.
        reponses: Major letter of each question asked, and the grade received.
        libelles: What each letter means, in French.
        empreinte: Hash of the questionnaire.
    """
    poids, ecarts = liking(modele, croyance)
    exprimees = [(lettre, note) for lettre, note in reponses if note is not None]
    mesurees = tuple(
        LettreMesuree(
            lettre, libelles[lettre], float(poids[i]), float(ecarts[i]), [q for q, _ in exprimees].count(lettre)
        )
        for i, lettre in enumerate(LETTRES)
    )
    aimees = {lettre for lettre, note in exprimees if note >= NOTE_POSITIVE}
    retenues = [i for i, m in enumerate(mesurees) if m.lettre in aimees and m.poids >= lecture.attrait_minimum]
    groupes = _rank_with_ties(croyance, retenues, lecture.ex_aequo)
    lettres = [i for groupe in groupes for i in groupe]
    certitude = head_probability(croyance, lettres) if 0 < len(lettres) <= TETE + 1 else None
    tete = tuple(tuple(LETTRES[i] for i in groupe) for groupe in groupes)
    sans_avis = len(reponses) - len(exprimees)
    phrase = _say_nothing(len(exprimees), sans_avis, bool(aimees)) if not tete else _say(tete, certitude, libelles)
    if tete and len(exprimees) < lecture.reponses_minimum:
        phrase = (
            f"Premier aperçu, après {len(exprimees)} réponse{'s' if len(exprimees) > 1 else ''} seulement. {phrase}"
        )
    return ProfilInterets(mesurees, tete, certitude, phrase, len(exprimees), sans_avis, empreinte)


def _rank_with_ties(croyance: Croyance, retenues: Sequence[int], seuil: float) -> list[list[int]]:
    """Groups of tied letters, best first, until three letters are named; the last group is never cut."""
    avant = preference(croyance)
    groupes: list[list[int]] = []
    for lettre in sorted(retenues, key=lambda i: -croyance.moyenne[i]):
        if groupes and avant[groupes[-1][0], lettre] < seuil:
            groupes[-1].append(lettre)
        elif sum(map(len, groupes)) >= TETE:
            break
        else:
            groupes.append([lettre])
    return [sorted(groupe) for groupe in groupes]


def _say_nothing(exprimees: int, sans_avis: int, aime: bool) -> str:
    """Why there is no profile."""
    suite = "Azimut n'invente pas de profil : un échange avec un conseiller ou une conseillère peut aider à en parler."
    if not exprimees:
        if not sans_avis:
            return "Aucune question n'a encore reçu de réponse."
        return f"« Je ne sais pas » à chaque question : cela ne dit rien de vos goûts. {suite}"
    if not aime:
        return f"Aucune de ces situations ne vous attire : cela ne dit pas encore ce que vous aimez. {suite}"
    return f"Peu de ces situations vous attirent, et aucun goût ne ressort. {suite}"


def _say(tete: Sequence[Sequence[str]], certitude: float | None, libelles: Mapping[str, str]) -> str:
    """The letters, ties said, then how sure it is."""
    morceaux = []
    for groupe in tete:
        noms = [f"{libelles[lettre]} ({lettre})" for lettre in groupe]
        liste = ", ".join(noms[:-1]) + f" et {noms[-1]}" if len(noms) > 1 else noms[0]
        morceaux.append(f"{liste}, ex æquo" if len(noms) > 1 else liste)
    resume = " ; puis ".join(morceaux)
    if certitude is None:
        return f"Vos goûts vont dans beaucoup de directions, sans que l'une se détache : {resume}."
    chances = int(np.clip(round(10 * certitude), 1, 9))
    plusieurs = sum(map(len, tete)) > 1
    sujet = "ce soient bien vos goûts les plus forts" if plusieurs else "ce soit bien votre goût le plus fort"
    reserve = "" if certitude >= 0.5 else " : c'est une piste, pas une conclusion"
    chance = f"{chances} chance{'s' if chances > 1 else ''}"
    return f"Ce qui vous attire le plus : {resume}. Notre calcul donne environ {chance} sur 10 que {sujet}{reserve}."

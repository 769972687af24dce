"""The recommendation, step by step: understand, score all métiers, rank, explain."""

from collections.abc import Mapping, Sequence
from functools import lru_cache, partial

import numpy as np

from embeddings.gestes import Gestes
from embeddings.types import Chercheur
from embeddings.voisinage import Voisinage
from recommender.comprehension import Lecteur
from recommender.config import Config
from recommender.etat import Etat
from recommender.explanations import Redacteur, read_demands
from recommender.matrices import Matrices, build_matrices
from recommender.openings import Ouvertures
from recommender.ponderation import divisor, formula, weigh
from recommender.profil_compris import ProfilCompris
from recommender.ranking import combine, rank_metiers
from recommender.signals.base import Signal
from recommender.signals.cas import signal_cas
from recommender.signals.competences import Acquis, gather_acquis, reach, signal_competences
from recommender.signals.conditions import attenuation, signal_conditions
from recommender.signals.diplomes import signal_diplomes
from recommender.signals.ensemble import signal_ensemble
from recommender.signals.interets import signal_interets
from recommender.signals.marche import INDICATEUR, signal_marche
from recommender.signals.mobilites import signal_mobilites
from recommender.signals.paroles import signal_paroles
from recommender.signals.souhait import signal_souhait
from recommender.types import MetierPropose, Profil, Recommandation
from referentiels.catalogue import Catalogue
from referentiels.errors import InvalidInputError
from referentiels.types import CodeRome, Commune, Indicateur, NumeroFiche

LIMITE_MAX = 2_000
CERTIFICATIONS_MAX = 5
_LIEUX_RETENUS = 256
_METIERS_RETENUS = 2048
_DEPART = (
    "Pour commencer, dites une chose ou deux : un métier exercé, ce que vous savez faire, ce que vous aimez, "
    "ou simplement ce que vous aimeriez."
)
_PARTOUT = (
    "Ce que vous avez dit est demandé dans presque tous les métiers : ajoutez un geste, une technique ou un métier "
    "exercé pour une liste qui vous ressemble."
)


class Recommender:
    """Scores every métier of a catalogue for a profile.

    Pure once built: the same profile, catalogue, index and configuration give the same answer.

    Args:
        catalogue: The référentiels.
        chercheur: Resolves free words.
        config: Weights and limits.
        voisinage: Compétences and savoirs near each other by meaning; exact codes and macro-compétences alone when
            None.
        gestes: Gestures of compétences and savoirs; what opens other domaines is told by exact codes alone when None.
        matrices: What `build_matrices` made of the same; made anew when None.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        chercheur: Chercheur,
        config: Config,
        voisinage: Voisinage | None = None,
        gestes: Gestes | None = None,
        matrices: Matrices | None = None,
    ) -> None:
        self.catalogue = catalogue
        self.chercheur = chercheur
        self.config = config
        self.matrices = matrices or build_matrices(catalogue, config, voisinage, gestes)
        self._tensions = lru_cache(maxsize=_LIEUX_RETENUS)(self._read_tensions)
        self._demandes_de = lru_cache(maxsize=_METIERS_RETENUS)(partial(read_demands, catalogue, self.matrices))
        lecture = config.comprehension if voisinage is None else config.comprehension_sens
        self._lecteur = Lecteur(
            catalogue, chercheur, config.model_copy(update={"comprehension": lecture}), gestes=gestes is not None
        )

    def recommend(self, profil: Profil, limite: int = 20) -> Recommandation:
        """Rank the métiers for a profile.

        Args:
            profil: What the person said; an empty one gets a guided start, not an error.
            limite: Number of métiers wanted, from 1 to 2,000.

        Returns:
            Métiers best first, how the profile was understood, and what was not.

        Raises:
            InvalidInputError: The limit is out of range, or a weight is unknown or negative.
        """
        if not 1 <= limite <= LIMITE_MAX:
            raise InvalidInputError(f"la limite doit aller de 1 à {LIMITE_MAX}.", champ="limite")
        return self.answer(self.assess(profil), limite)

    def assess(self, profil: Profil) -> Etat:
        """Understand a profile and give every métier its index; same errors as `recommend`."""
        ponderation = weigh(self.config, profil.ponderation)
        total = divisor(self.config, ponderation)
        compris = self._lecteur.read(profil)
        acquis = gather_acquis(self.matrices, compris, self.config)
        if compris.vide:
            notes = (*compris.avertissements, _DEPART)
            return Etat(compris, ponderation, total, acquis, (), None, notes)
        signals = tuple(s for s in self._score(compris, acquis) if ponderation[s.critere] > 0)
        if signals and ponderation["marche"] > 0:
            signals = (*signals, self._market(compris))
        notes = (*compris.avertissements, *_warn_interests_alone(signals))
        if [s.critere for s in signals] == ["competences"] and not (acquis.forces[~self.matrices.transversal]).any():
            notes = (*notes, _PARTOUT)
        if not any(s.valeurs.any() for s in signals):
            notes = (*notes, "Rien, dans ce qui a été compris, ne désigne un métier. " + _DEPART)
            return Etat(compris, ponderation, total, acquis, signals, None, notes)
        indice = combine(signals, ponderation, total, attenuation(self.matrices, compris, self.config))
        return Etat(compris, ponderation, total, acquis, signals, indice, notes)

    def rank(self, etat: Etat, limite: int, ouvertures: Ouvertures | None = None) -> tuple[list[int], list[str]]:
        """Ranks of the métiers to show, and what was relaxed; nothing when nothing was understood."""
        if etat.indice is None:
            return [], []
        ouvertures = ouvertures or Ouvertures(self.matrices, etat, self.config)
        return rank_metiers(self.matrices, etat.indice, etat.compris, ouvertures, self.config, limite)

    def describe(self, etat: Etat, code_rome: CodeRome) -> MetierPropose:
        """One métier as it would be proposed, whatever its rank.

        Args:
            etat: What `assess` made of a profile.
            code_rome: A code of the catalogue.
        """
        return self.writer(etat).describe(self.matrices.rang[code_rome])

    def answer(self, etat: Etat, limite: int) -> Recommandation:
        """The list for a profile already assessed."""
        if etat.indice is None:
            return self._answer((), etat, ())
        ouvertures = Ouvertures(self.matrices, etat, self.config)
        rangs, releves = self.rank(etat, limite, ouvertures)
        redacteur = self.writer(etat, ouvertures)
        return self._answer(tuple(redacteur.describe(rang) for rang in rangs), etat, releves)

    def writer(self, etat: Etat, ouvertures: Ouvertures | None = None) -> Redacteur:
        """Who describes the métiers of an answer."""
        ouvertures = ouvertures or Ouvertures(self.matrices, etat, self.config)
        return Redacteur(
            self.catalogue, self.matrices, etat, self.config, ouvertures, self._certifications_of, self._demandes_de
        )

    def _score(self, compris: ProfilCompris, acquis: Acquis) -> list[Signal]:
        """The criteria about which the person said something, in a fixed order."""
        m, c, config = self.matrices, self.catalogue, self.config
        signals: list[Signal] = []
        if acquis.forces.any() or acquis.transferts.any():
            signals.append(signal_competences(m, acquis, c, config))
        if compris.paroles or (compris.gestes and m.gestes is not None):
            signals.append(signal_paroles(m, compris, config))
        cibles = self._lecteur.diploma_targets(compris)
        sait = acquis.forces[~m.transversal].any()
        if compris.metiers or sait or cibles:
            apport = reach(m, np.maximum(acquis.forces, acquis.transferts)) if sait else np.zeros(len(m.codes))
            signals.append(signal_mobilites(m, compris, apport, cibles, c, config))
        if compris.souhaits:
            signals.append(signal_souhait(m, compris, c, config))
        if compris.ensemble is not None:
            signals.append(signal_ensemble(m, compris.ensemble, c, config))
            if compris.ensemble.conseil is not None:
                signals.append(signal_cas(m, compris.ensemble.conseil, c, config))
        if compris.riasec or compris.gouts:
            signals.append(signal_interets(m, compris, config))
        if cibles:
            signals.append(signal_diplomes(m, cibles))
        if signals and compris.contextes.get("souhaiter"):
            signals.append(signal_conditions(m, compris))
        return signals

    def _market(self, compris: ProfilCompris) -> Signal:
        """Labour demand where the person looks; the last places asked about are kept."""
        lieux = [c.code for c in compris.compris if c.champ == "territoire"]
        return signal_marche(self.matrices, self._tensions(lieux[0] if lieux else None))

    def _read_tensions(self, code_commune: str | None) -> Mapping[CodeRome, Sequence[Indicateur]]:
        communes = self.catalogue.select(Commune, code=code_commune) if code_commune else ()
        commune = communes[0] if communes else None
        return self.catalogue.marche.across(INDICATEUR, commune)

    def _certifications_of(self, code_rome: CodeRome) -> tuple[NumeroFiche, ...]:
        """The first certifications that lead to a métier and are not known to be closed."""
        return self.matrices.acces.certifications.get(code_rome, ())[:CERTIFICATIONS_MAX]

    def _answer(self, metiers: tuple[MetierPropose, ...], etat: Etat, releves: Sequence[str]) -> Recommandation:
        return Recommandation(
            metiers=metiers,
            deja_exerces=tuple(etat.compris.exerces),
            compris=tuple(etat.compris.compris),
            avertissements=tuple(dict.fromkeys((*etat.avertissements, *releves))),
            ponderation=etat.ponderation,
            nombre_evalues=len(self.matrices.codes),
            formule=formula(etat.ponderation, etat.total),
            config=self.config.empreinte,
        )


def _warn_interests_alone(signals: Sequence[Signal]) -> list[str]:
    if {s.critere for s in signals} <= {"interets", "conditions", "marche"} and signals:
        return [
            "Vos goûts seuls désignent beaucoup de métiers à égalité : ajoutez ce que vous savez faire "
            "ou ce que vous avez déjà fait pour affiner la liste."
        ]
    return []

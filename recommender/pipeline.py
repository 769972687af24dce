"""The recommendation, step by step: understand, score all métiers, rank, explain."""

from collections.abc import Mapping
from functools import cache
from itertools import islice
from types import MappingProxyType

import numpy as np

from embeddings.gestes import Gestes
from embeddings.types import Chercheur
from embeddings.voisinage import Voisinage
from recommender.comprehension import Lecteur, ProfilCompris
from recommender.config import Config
from recommender.explanations import Redacteur
from recommender.matrices import build_matrices
from recommender.ranking import combine, rank_metiers
from recommender.signals.base import AXES, Signal
from recommender.signals.competences import Acquis, gather_acquis, reach, signal_competences
from recommender.signals.conditions import attenuation, signal_conditions
from recommender.signals.diplomes import signal_diplomes
from recommender.signals.interets import signal_interets
from recommender.signals.mobilites import signal_mobilites
from recommender.signals.paroles import signal_paroles
from recommender.signals.souhait import signal_souhait
from recommender.types import Axe, MetierPropose, Profil, Recommandation
from referentiels.catalogue import Catalogue
from referentiels.errors import InvalidInputError
from referentiels.types import CodeRome, NumeroFiche

LIMITE_MAX = 2_000
CERTIFICATIONS_MAX = 5
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
    """

    def __init__(
        self,
        catalogue: Catalogue,
        chercheur: Chercheur,
        config: Config,
        voisinage: Voisinage | None = None,
        gestes: Gestes | None = None,
    ) -> None:
        self.catalogue = catalogue
        self.chercheur = chercheur
        self.config = config
        self.matrices = build_matrices(catalogue, config, voisinage, gestes)
        lecture = config.comprehension if voisinage is None else config.comprehension_sens
        self._lecteur = Lecteur(
            catalogue, chercheur, config.model_copy(update={"comprehension": lecture}), gestes=gestes is not None
        )
        self._certifications = cache(self._certifications_of)

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
        ponderation = self._weigh(profil.ponderation)
        compris = self._lecteur.read(profil)
        if compris.vide:
            return self._answer((), compris, ponderation, [*compris.avertissements, _DEPART])
        acquis = gather_acquis(self.matrices, compris, self.config)
        signals = [s for s in self._score(compris, acquis) if ponderation[s.critere] > 0]
        avertissements = [*compris.avertissements, *_warn_interests_alone(signals)]
        if [s.critere for s in signals] == ["competences"] and not (acquis.forces[~self.matrices.transversal]).any():
            avertissements.append(_PARTOUT)
        if not any(s.valeurs.any() for s in signals):
            avertissements.append("Rien, dans ce qui a été compris, ne désigne un métier. " + _DEPART)
            return self._answer((), compris, ponderation, avertissements)
        total = self._total(ponderation)
        indice = combine(signals, ponderation, total, attenuation(self.matrices, compris, self.config))
        rangs, releves = rank_metiers(self.matrices, indice, compris, acquis, self.config, limite)
        redacteur = Redacteur(
            self.catalogue,
            self.matrices,
            compris,
            acquis,
            signals,
            indice,
            self.config,
            self._certifications,
            {axe: poids / total for axe, poids in _axis_weights(ponderation).items()},
        )
        metiers = tuple(redacteur.describe(rang) for rang in rangs)
        return self._answer(metiers, compris, ponderation, [*avertissements, *releves])

    def _score(self, compris: ProfilCompris, acquis: Acquis) -> list[Signal]:
        """The criteria about which the person said something, in a fixed order."""
        m, c, config = self.matrices, self.catalogue, self.config
        signals: list[Signal] = []
        if acquis.forces.any() or acquis.transferts.any():
            signals.append(signal_competences(m, acquis, c, config))
        if compris.paroles:
            signals.append(signal_paroles(m, compris, config))
        if compris.metiers or acquis.forces.any():
            apport = reach(m, np.maximum(acquis.forces, acquis.transferts))
            signals.append(signal_mobilites(m, compris, apport, c, config))
        if compris.souhaits:
            signals.append(signal_souhait(m, compris, c, config))
        if compris.riasec or compris.centres:
            signals.append(signal_interets(m, compris, config))
        if cibles := self._lecteur.diploma_targets(compris):
            signals.append(signal_diplomes(m, cibles))
        if signals and compris.contextes.get("souhaiter"):
            signals.append(signal_conditions(m, compris))
        return signals

    def _certifications_of(self, code_rome: CodeRome) -> tuple[NumeroFiche, ...]:
        """The first certifications that lead to a métier and are not known to be closed; read once."""
        ouvertes = (c.numero for c in self.catalogue.certifications_de(code_rome) if c.active is not False)
        return tuple(islice(ouvertes, CERTIFICATIONS_MAX))

    def _weigh(self, propres: Mapping[str, float]) -> Mapping[str, float]:
        poids = dict(self.config.ponderation.model_dump())
        for critere, valeur in propres.items():
            if critere not in poids:
                connus = ", ".join(poids)
                raise InvalidInputError(f"critère inconnu : « {critere} ». Critères : {connus}.", champ="ponderation")
            if not 0 <= valeur <= 10:
                raise InvalidInputError(f"le poids de « {critere} » doit aller de 0 à 10.", champ="ponderation")
            poids[critere] = float(valeur)
        return MappingProxyType(poids)

    def _total(self, ponderation: Mapping[str, float]) -> float:
        """Sum over all criteria of the default weight or the person's, whichever is larger."""
        return float(sum(max(ponderation[nom], defaut) for nom, defaut in self.config.ponderation.model_dump().items()))

    def _answer(
        self, metiers: tuple[MetierPropose, ...], compris: ProfilCompris, poids: Mapping[str, float], notes: list[str]
    ) -> Recommandation:
        return Recommandation(
            metiers=metiers,
            deja_exerces=tuple(compris.metiers),
            compris=tuple(compris.compris),
            avertissements=tuple(dict.fromkeys(notes)),
            ponderation=poids,
            nombre_evalues=len(self.matrices.codes),
            formule=_formula(poids, self._total(poids)),
            config=self.config.empreinte,
        )


def _axis_weights(ponderation: Mapping[str, float]) -> dict[Axe, float]:
    sommes: dict[Axe, float] = {"attrait": 0.0, "portee": 0.0}
    for critere, poids in ponderation.items():
        sommes[AXES[critere]] += poids
    return sommes


def _formula(ponderation: Mapping[str, float], total: float) -> str:
    """The index in words and figures, for who wants to check it."""
    axes = _axis_weights(ponderation)
    detail = ", ".join(f"{critere} {_number(poids)}" for critere, poids in ponderation.items())
    return (
        f"indice = ({_number(axes['attrait'])} × attrait + {_number(axes['portee'])} × portée) ÷ {_number(total)}. "
        f"Chaque axe est la moyenne de ses critères selon leurs poids ({detail}), un critère muet comptant pour 0, "
        "baissée par les conditions que vous préférez éviter."
    )


def _number(valeur: float) -> str:
    return f"{valeur:.6g}".replace(".", ",")


def _warn_interests_alone(signals: list[Signal]) -> list[str]:
    if {s.critere for s in signals} <= {"interets", "conditions"} and signals:
        return [
            "Vos goûts seuls désignent beaucoup de métiers à égalité : ajoutez ce que vous savez faire "
            "ou ce que vous avez déjà fait pour affiner la liste."
        ]
    return []

"""Reserved places: métiers of other domaines that what the person can do, and how, puts within reach."""

from collections import Counter
from collections.abc import Callable
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from recommender.config import Config
from recommender.etat import Etat
from recommender.matrices import Matrices, Vecteur
from recommender.signals.competences import reach
from recommender.signals.conditions import own_level

_DOMAINE = 3
"""Characters of a code ROME that name its domaine professionnel."""
_PAR_GRAND_DOMAINE = 2
_ECART_MAX = 1.0
"""Levels above those of the person at which a métier is no longer within reach without long studies."""


class Ouvertures:
    """Which métiers open something to a person, and how much.

    Mobility « s'exerce souvent au sein des mêmes populations »: the index alone fills a list with the domaine the
    person comes from. What carries over elsewhere is the compétences that they hold exactly, among métiers that ask
    for the same gestures: closeness of words would only lead back to the same matter.

    Args:
        matrices: The référentiel.
        etat: What the person said and holds; nothing opens for who exercised no métier.
        config: `liste`.
    """

    def __init__(self, matrices: Matrices, etat: Etat, config: Config) -> None:
        self._matrices = matrices
        self._diplomes = etat.indice.contributions.get("diplomes") if etat.indice is not None else None
        self._acquis = etat.acquis
        voulu = next((s.valeurs for s in etat.signals if s.critere == "souhait"), None)
        self._voulu = 1.0 if voulu is None else config.liste.ouverture_hors_souhait + voulu
        self.config = config
        self._grands = {code[0] for code in etat.compris.metiers}
        self._domaines = {code[:_DOMAINE] for code in etat.compris.metiers}
        self._gestes = etat.compris.gestes
        niveau = own_level(matrices, etat.compris)
        self._plafond = niveau + _ECART_MAX if niveau is not None else np.inf

    @cached_property
    def _partagees(self) -> Vecteur:
        """Number of non-transversal items of each métier that the person holds."""
        tenus = (self._acquis.forces > 0) & ~self._matrices.transversal
        return np.asarray(self._matrices.presence @ tenus.astype(np.float64))

    @cached_property
    def personne(self) -> Vecteur | None:
        """Gestures of the person."""
        gestes = self._matrices.gestes
        forces = np.maximum(self._acquis.forces, self._acquis.transferts)
        return gestes.of_person(forces, self._gestes) if gestes is not None else None

    @cached_property
    def valeurs(self) -> Vecteur:
        """How much each métier opens: compétences held as such × likeness of gestures × nearness to the wish."""
        apport = reach(self._matrices, self._acquis.forces) * self._voulu
        if self._matrices.gestes is None or self.personne is None:
            return apport
        return np.asarray(apport * (self._matrices.gestes.metiers @ self.personne))

    def other_field(self, metier: int) -> bool:
        """Whether a métier opens another grand domaine than those the person did, and shares real compétences.

        False when they named no métier, or when one of their diplomas leads there anyway.
        """
        if not self._grands or self._matrices.codes[metier][0] in self._grands:
            return False
        if self._diplomes is not None and self._diplomes[metier] > 0:
            return False
        return self._shares(metier)

    def other_domain(self, metier: int) -> bool:
        """Likewise for a domaine professionnel."""
        return bool(self._domaines) and self.domain(metier) not in self._domaines and self._shares(metier)

    def domain(self, metier: int) -> str:
        """Code of the domaine professionnel of a métier."""
        return self._matrices.codes[metier][:_DOMAINE]

    def within_level(self, metier: int) -> bool:
        """Whether the métier is not far above the level of the person; True when either is unknown."""
        niveau = float(self._matrices.niveaux[metier])
        return bool(np.isnan(niveau)) or niveau <= self._plafond

    def shared_gestures(self, metier: int) -> tuple[str, ...]:
        """Gestures that a métier of another domaine shares with the person, when they are clearly alike."""
        gestes, personne = self._matrices.gestes, self.personne
        if gestes is None or personne is None or not self.other_domain(metier):
            return ()
        if float(gestes.metiers[metier] @ personne) < self.config.liste.geste_minimum:
            return ()
        return gestes.shared(personne, metier)

    def _shares(self, metier: int) -> bool:
        """Whether a métier calls for enough non-transversal items that the person holds."""
        return int(self._partagees[metier]) >= self.config.liste.partagees_minimum


def reserve(candidats: list[int], ouvertures: Ouvertures) -> list[int]:
    """Bring up métiers of other domaines among the first places, one a domaine, those that open most first.

    Two reserves: métiers of other grands domaines in the first places, then métiers of domaines that are not there
    yet in those that follow.
    """
    reglages = ouvertures.config.liste
    candidats = _reserve_fields(candidats, ouvertures)
    tete, suite = candidats[: reglages.ouverture_parmi], candidats[reglages.ouverture_parmi :]
    places = reglages.domaines_parmi - reglages.ouverture_parmi
    if not tete or places <= 0 or not suite:
        return candidats
    vus = {ouvertures.domain(m) for m in tete}
    debut, suite = suite[:places], suite[places:]
    gardes: list[int] = []
    for metier in debut:  # what stands there by itself keeps its place
        if ouvertures.domain(metier) not in vus and ouvertures.other_domain(metier):
            gardes.append(metier)
            vus.add(ouvertures.domain(metier))
    manque = min(reglages.domaines_minimum, places) - len(gardes)
    montants = _best(suite, ouvertures, ouvertures.other_domain, vus, manque) if manque > 0 else []
    autres = [m for m in debut if m not in gardes]
    cedes = autres[len(autres) - min(len(montants), len(autres)) :]
    return tete + [m for m in debut if m not in cedes] + montants + cedes + [m for m in suite if m not in montants]


def _reserve_fields(candidats: list[int], ouvertures: Ouvertures) -> list[int]:
    """The first places with enough métiers of other grands domaines."""
    reglages = ouvertures.config.liste
    tete, suite = candidats[: reglages.ouverture_parmi], candidats[reglages.ouverture_parmi :]
    gardes = {m for m in tete if ouvertures.other_field(m)}
    manque = reglages.ouverture_minimum - len(gardes)
    if manque <= 0 or not suite:
        return candidats
    vus = {ouvertures.domain(m) for m in tete}
    montants = _best(suite, ouvertures, ouvertures.other_field, vus, manque)
    autres = [m for m in tete if m not in gardes]
    retenus = set(autres[: reglages.ouverture_parmi - len(montants) - len(gardes)]) | gardes
    tete = [m for m in tete if m in retenus] + montants
    pris = set(tete)
    return tete + [m for m in candidats if m not in pris]


def _best(
    suite: list[int], ouvertures: Ouvertures, ouvre: Callable[[int], bool], vus: set[str], nombre: int
) -> list[int]:
    """The métiers that open most within the person's level: one a domaine not seen yet, two a grand domaine."""
    rangs: NDArray[np.int64] = np.array(suite, dtype=np.int64)
    ordre = rangs[np.lexsort((rangs, -ouvertures.valeurs[rangs]))]
    pris: list[int] = []
    vus, grands = set(vus), Counter[str]()
    for metier in ordre.tolist():
        if len(pris) == nombre or ouvertures.valeurs[metier] <= 0:
            break
        domaine = ouvertures.domain(metier)
        if domaine in vus or grands[domaine[0]] == _PAR_GRAND_DOMAINE:
            continue
        if ouvertures.within_level(metier) and ouvre(metier):
            pris.append(metier)
            vus.add(domaine)
            grands[domaine[0]] += 1
    return pris

"""Reserved places: métiers of other domaines that what the person can do, and how, puts within reach."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from recommender.config import Config
from recommender.decouvertes import Rappel, recall_metiers
from recommender.etat import Etat
from recommender.matrices import Matrices, Vecteur
from recommender.signals.competences import reach
from recommender.signals.conditions import own_level
from referentiels.types import CodeRome

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
        self.indice = etat.indice.valeurs if etat.indice is not None else np.zeros(len(matrices.codes))
        """Index of every métier."""
        self.rappels: dict[int, tuple[CodeRome, ...]] = {}
        """What the métiers brought up by kinship owe their place to, once the list is made."""
        self._compris = etat.compris
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

    @property
    def exercised(self) -> bool:
        """Whether the person exercised a métier."""
        return bool(self._domaines)

    def recall(self, premiers: Sequence[int], *, suites: bool) -> Rappel:
        """What some métiers call to mind, see `recall_metiers`."""
        return recall_metiers(self._matrices, premiers, self.indice, self._compris, self.config, suites=suites)

    def note(self, metiers: Iterable[int], rappel: Rappel) -> None:
        """Remember what métiers owe their place to."""
        for metier in metiers:
            self.rappels[metier] = tuple(self._matrices.codes[source] for source in rappel.sources(metier))

    def keep_notes(self, metiers: Iterable[int]) -> None:
        """Forget what was remembered of any other métier."""
        gardes = set(metiers)
        self.rappels = {metier: sources for metier, sources in self.rappels.items() if sources and metier in gardes}

    def family(self, metier: int) -> int:
        """Number of the ROME v3 fiche from which a métier comes."""
        return int(self._matrices.familles[metier])

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
    """Keep places for métiers that the index alone would leave lower.

    Among the first places, the last few: métiers of other grands domaines, where those above have too few, then the
    métiers that the first ones call to mind. Next, métiers of domaines professionnels that are not there yet; last,
    neighbours of all those above.
    """
    sans = _reserve_domains(_reserve_first(candidats, ouvertures, 0), ouvertures)
    rangs = _reserve_domains(_reserve_first(candidats, ouvertures, ouvertures.config.liste.decouvertes), ouvertures)
    rangs = _reserve_second(rangs, ouvertures)
    # Who would stand there without kinship owes it nothing.
    avant = {metier: place for place, metier in enumerate(sans)}
    ouvertures.keep_notes(m for place, m in enumerate(rangs) if place < avant[m])
    return rangs


def _reserve_second(candidats: list[int], ouvertures: Ouvertures) -> list[int]:
    """The places that follow, for neighbours of the first ones."""
    liste = ouvertures.config.liste
    debut = liste.decouvertes_parmi - liste.decouvertes_suite
    if ouvertures.exercised:
        debut = max(debut, liste.domaines_parmi)
    tete, suite = candidats[:debut], candidats[debut:]
    places = liste.decouvertes_parmi - debut
    if places <= 0 or not suite:
        return candidats
    rappel = ouvertures.recall(tete[: liste.ouverture_parmi], suites=False)
    proches = rappel.nearest(suite, ouvertures.indice, ouvertures.config.parente.equilibre_suite)[:places]
    ouvertures.note(proches, rappel)
    return _followed(tete + proches, candidats)


def _reserve_first(candidats: list[int], ouvertures: Ouvertures, decouvertes: int) -> list[int]:
    """The first places: by the index, then what it calls to mind, then enough métiers of other grands domaines."""
    liste = ouvertures.config.liste
    libres = max(decouvertes, liste.ouverture_minimum)
    places = max(liste.ouverture_parmi - libres, 0)
    tete, suite = candidats[:places], candidats[places:]
    if not suite or not libres:
        return candidats
    proches: list[int] = []
    if decouvertes:
        rappel = ouvertures.recall(tete[: liste.meneurs], suites=True)
        proches = rappel.nearest(suite, ouvertures.indice, ouvertures.config.parente.equilibre)
    manque = max(liste.ouverture_minimum - sum(map(ouvertures.other_field, tete)), 0)
    debout = list(filter(ouvertures.other_field, suite[:libres]))[:manque]  # these stand by themselves
    vus = {ouvertures.domain(m) for m in (*tete, *debout)}
    montants = _best(suite, ouvertures, ouvertures.other_field, vus, manque - len(debout), proches)
    familles = Counter(ouvertures.family(m) for m in (*tete, *debout, *montants))
    appeles: list[int] = []
    for metier in dict.fromkeys((*proches, *suite)):  # by their index, where nothing is called to mind
        if len(appeles) == libres - len(debout) - len(montants):
            break
        famille = ouvertures.family(metier)
        if metier not in (*debout, *montants) and familles[famille] < liste.famille_maximum:
            appeles.append(metier)
            familles[famille] += 1
    rappeles = [m for m in appeles if m in proches]
    if proches:
        ouvertures.note([*rappeles, *(m for m in montants if m in proches)], rappel)
    autres = {*appeles, *debout}.difference(rappeles)
    tete += [*rappeles, *(m for m in suite if m in autres), *montants]
    return _followed(tete, candidats)


def _reserve_domains(candidats: list[int], ouvertures: Ouvertures) -> list[int]:
    """Métiers of domaines professionnels that the first places do not have, right after them."""
    reglages = ouvertures.config.liste
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
    return _followed(tete + [m for m in debut if m not in cedes] + montants, candidats)


def _followed(tete: list[int], candidats: list[int]) -> list[int]:
    """The first ones, then the others in their order."""
    pris = set(tete)
    return tete + [m for m in candidats if m not in pris]


def _best(
    suite: list[int],
    ouvertures: Ouvertures,
    ouvre: Callable[[int], bool],
    vus: set[str],
    nombre: int,
    proches: Sequence[int] = (),
) -> list[int]:
    """The métiers that open most within the person's level: one a domaine not seen yet, two a grand domaine.

    Those that are near to the first ones come before the others, in their own order.
    """
    rangs: NDArray[np.int64] = np.array(suite, dtype=np.int64)
    ordre = rangs[np.lexsort((rangs, -ouvertures.valeurs[rangs]))].tolist() if nombre else []
    pris: list[int] = []
    vus, grands = set(vus), Counter[str]()
    for metier in dict.fromkeys((*proches, *ordre)) if nombre else ():
        if len(pris) == nombre:
            break
        domaine = ouvertures.domain(metier)
        if ouvertures.valeurs[metier] <= 0 or domaine in vus or grands[domaine[0]] == _PAR_GRAND_DOMAINE:
            continue
        if ouvertures.within_level(metier) and ouvre(metier):
            pris.append(metier)
            vus.add(domaine)
            grands[domaine[0]] += 1
    return pris

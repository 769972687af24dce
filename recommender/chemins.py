"""Paths of one to three steps from métier to métier, and what comes after a certification."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import exp
from typing import Literal

import numpy as np

from recommender.colonnes_blocs import follow, successors
from recommender.colonnes_chemins import OFFICIELLE, PROXIMITE_MIN, VOISINS, build_tables, read_edges
from recommender.matrices import line
from recommender.tables import Lues, Textes, read_sparse
from referentiels.catalogue import Catalogue
from referentiels.errors import InvalidInputError, UnknownCodeError
from referentiels.types import (
    Certification,
    CertificationRome,
    CodeRome,
    NumeroFiche,
)

Lien = Literal["mobilite", "competences"]
Items = frozenset[int]
_APPRIS_ECHELLE = 12.0
"""Sum of rarities of what a step teaches (three rare items) at which two thirds of its worth are reached."""
_SUITE_PART = 0.2
"""Two certifications are of one domain when they share at least this part of their métiers."""


@dataclass(frozen=True, slots=True)
class Etape:
    """One métier of a path after the departure, and what ties it to the one before."""

    code_rome: CodeRome
    intitule: str
    lien: Lien
    phrase: str
    """« mobilité officielle du ROME » or « n compétences en commun »."""
    communs: int
    """Items that both métiers call for, beyond what nearly all call for."""
    proximite: float
    """Cosine of what both call for, rare items counting more, in [0, 1]."""
    apprend: tuple[tuple[int, str], ...]
    """Code and label of items of the target, not held yet, that it calls for, rarest first; none at the target."""
    apprend_en_tout: int
    reglemente: bool
    """True when ROME says that the métier cannot be exercised without a given diploma or authorisation."""


@dataclass(frozen=True, slots=True)
class Chemin:
    """A way from a métier to the target."""

    depart: CodeRome
    depart_intitule: str
    depart_dit: bool
    """False when the person named no métier: the departure is then one near what they know."""
    etapes: tuple[Etape, ...]
    """One to three, the last one being the target."""
    cout: float
    """Lower is shorter."""


@dataclass(frozen=True, slots=True)
class MetierOuvert:
    """A métier that a certification opens."""

    code_rome: CodeRome
    intitule: str
    par: NumeroFiche
    """The fiche that says so: the one asked about, or one that replaced it."""
    estime: bool
    """True when no authority publishes the link."""


@dataclass(frozen=True, slots=True)
class Suite:
    """A certification that can follow another."""

    numero: NumeroFiche
    intitule: str
    niveau: int
    communs: tuple[CodeRome, ...]
    """Métiers that both lead to."""


@dataclass(frozen=True, slots=True)
class EtApres:
    """What comes after a certification: further ones of its domain, and the métiers it opens."""

    suites: tuple[Suite, ...]
    metiers: tuple[MetierOuvert, ...]


class Chemins:
    """Paths between the métiers of a catalogue; safe from any thread.

    Args:
        catalogue: The référentiels.
        voisins: Nearest métiers by compétences that are linked to each.
        proximite_min: Cosine below which two métiers without official mobility are not linked.
        etape: What one more step costs, beside distances in [0, 1].
        officielle: Share of its distance that an official mobility costs.
        proximite_loin: The same for a first step, when too few paths are found without.
        barriere: What passing through a métier costs when it asks for a given diploma or is for cadres.
        gain: What a step saves at most by what it teaches for the target.
        appris_max: Items that each step names.
        tables: What `build_tables` made of the same, which then stands for the first three; made anew when None.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        *,
        voisins: int = VOISINS,
        proximite_min: float = PROXIMITE_MIN,
        etape: float = 0.55,
        officielle: float = OFFICIELLE,
        proximite_loin: float = 0.05,
        barriere: float = 1.0,
        gain: float = 0.8,
        appris_max: int = 6,
        tables: Lues | None = None,
    ) -> None:
        self._catalogue = catalogue
        self._etape, self._barriere, self._gain = etape, barriere, gain
        self._proximite_loin, self._appris_max = proximite_loin, appris_max
        self._codes = tuple(catalogue.metiers)
        self._rang = {str(code): n for n, code in enumerate(self._codes)}
        t = tables if tables is not None else build_tables(catalogue, voisins, proximite_min, officielle)
        self.items, self.libelles = t["items"], Textes.read(t, "libelles")
        self._colonne = {code: n for n, code in enumerate(self.items.tolist())}
        self.raretes, self._utile = t["raretes"], t["utile"].tolist()
        self._unitaires = read_sparse(t, "unitaires")
        self.ensembles = tuple(frozenset(line(self._unitaires, n)[0].tolist()) for n in range(len(self._codes)))
        self.proximites = t["proximites"]
        self._officielles = frozenset(map(tuple, t["officielles"].tolist()))
        self.sorties, self._entrees = read_edges(t, len(self._codes))
        self._suites = successors(catalogue)
        metiers = catalogue.metiers.values()
        self._reglementes = [bool(m.emploi_reglemente) for m in metiers]
        self._cadres = [bool(m.emploi_cadre) for m in metiers]

    def find(
        self,
        departs: Mapping[CodeRome, float],
        acquis: Collection[int],
        cible: CodeRome,
        *,
        etapes_max: int = 3,
        nombre: int = 3,
    ) -> tuple[Chemin, ...]:
        """The shortest ways to a métier, without loop, each by other métiers.

        Args:
            departs: Weight (years…) of each métier exercised; when empty, the métiers nearest to what is held serve.
            acquis: OGR codes of compétences and savoirs held.
            cible: The métier wanted.
            etapes_max: From 1 to 3.
            nombre: At most so many paths.

        Returns:
            By cost, ties by codes. Empty when the target is a departure, when nothing is known of the person, or when
            no path of so few steps leads there: certifications are then the way.

        Raises:
            UnknownCodeError: A code that is no métier.
            InvalidInputError: A number of steps out of bounds.
        """
        if not 1 <= etapes_max <= 3:
            raise InvalidInputError("un chemin compte de 1 à 3 étapes.", champ="etapes_max")
        but = self._rank_of(cible)
        tenus = frozenset(self._colonne[c] for c in acquis if c in self._colonne)
        dits = {self._rank_of(code): poids for code, poids in departs.items() if code != cible}
        if len(dits) < len(departs):
            return ()
        surcouts = _surcharges(dits) if dits else self._near_to(tenus, but)
        manque = self.ensembles[but] - tenus
        restes = {depart: manque - self.ensembles[depart] if dits else manque for depart in surcouts}
        trouves: list[tuple[float, tuple[int, ...]]] = []
        for elargi in (False, True):
            if len(_varied(trouves, nombre)) < nombre:
                premiers = {depart: self._first_steps(depart, elargi=elargi) for depart in surcouts}
                couts = self._passing(but, {n for p in premiers.values() for n in p})
                trouves = sorted(
                    (round(surcout + cout, 9), (depart, *suite))
                    for depart, surcout in surcouts.items()
                    for cout, suite in self._walk(depart, but, etapes_max, premiers[depart], couts, restes[depart])
                )
        retenus = _varied(trouves, nombre)
        return tuple(self.tell(chemin, cout, tenus, manque, dit=bool(dits)) for cout, chemin in retenus)

    def _rank_of(self, code: str) -> int:
        return self._rang[self._catalogue.metier(code).code_rome]

    def _near_to(self, tenus: frozenset[int], but: int) -> dict[int, float]:
        """The three métiers nearest to what is held, each with what starting from it costs."""
        if not tenus:
            return {}
        vecteur = np.zeros(len(self.items))
        colonnes = sorted(tenus)
        vecteur[colonnes] = [self._utile[i] for i in colonnes]
        proximites = self._unitaires @ vecteur / (float(np.linalg.norm(vecteur)) or 1.0)
        ordre = [n for n in np.argsort(-proximites, kind="stable")[:4].tolist() if proximites[n] > 0 and n != but]
        return {n: 1.0 - min(float(proximites[n]), 1.0) for n in ordre[:3]}

    def _first_steps(self, depart: int, *, elargi: bool) -> dict[int, float]:
        """Métiers one step away with their distance; `elargi` adds the farther ones that share something."""
        ligne = self.proximites[depart]
        loin = np.flatnonzero(ligne >= self._proximite_loin).tolist() if elargi else []
        return {n: 1.0 - float(ligne[n]) for n in loin} | self.sorties[depart]

    def _passing(self, but: int, premiers: Collection[int]) -> dict[int, float]:
        """What passing by each métier before the target costs."""
        couts = {}
        for n in {*premiers, *self._entrees[but]} - {but}:
            cadre = self._cadres[n] and not self._cadres[but]
            couts[n] = self._etape + self._barriere * (float(self._reglementes[n]) + 0.5 * cadre)
        return couts

    def _walk(
        self,
        depart: int,
        but: int,
        etapes: int,
        premiers: Mapping[int, float],
        couts: Mapping[int, float],
        reste: frozenset[int],
    ) -> Iterator[tuple[float, tuple[int, ...]]]:
        """Every path of at most so many steps with its cost: the graph is sparse enough to name them all."""
        entrees = self._entrees[but]
        if but in premiers:
            yield premiers[but], (but,)
        if etapes == 1:
            return
        appris = {n: self.ensembles[n] & reste for n in couts}
        for premier, distance in premiers.items():
            if premier == but:
                continue
            debut = distance + couts[premier]
            if premier in entrees:
                yield debut + entrees[premier] - self._worth(appris[premier]), (premier, but)
            for second in self.sorties[premier].keys() & entrees.keys() if etapes > 2 else ():
                if second not in {depart, but}:
                    fin = self.sorties[premier][second] + couts[second] + entrees[second]
                    yield debut + fin - self._worth(appris[premier] | appris[second]), (premier, second, but)

    def _worth(self, appris: frozenset[int]) -> float:
        """What learning such items on the way saves."""
        return self._gain * (1.0 - exp(-sum(map(self._utile.__getitem__, appris)) / _APPRIS_ECHELLE)) if appris else 0.0

    def tell(self, chemin: Sequence[int], cout: float, tenus: Items, manque: Items, *, dit: bool) -> Chemin:
        """A path given as ranks, in words."""
        sus, etapes = set(tenus) | (self.ensembles[chemin[0]] if dit else set()), []
        for avant, ici in pairwise(chemin):
            communs = len(self.ensembles[avant] & self.ensembles[ici])
            officielle = (avant, ici) in self._officielles
            nouveaux = (self.ensembles[ici] & manque) - sus if ici != chemin[-1] else frozenset()
            sus |= self.ensembles[ici]
            rares = sorted(nouveaux, key=lambda i: (-self.raretes[i], int(self.items[i])))
            metier = self._catalogue.metiers[self._codes[ici]]
            etapes.append(
                Etape(
                    code_rome=metier.code_rome,
                    intitule=metier.intitule,
                    lien="mobilite" if officielle else "competences",
                    phrase="mobilité officielle du ROME"
                    if officielle
                    else f"{communs} compétence{'s' if communs > 1 else ''} en commun",
                    communs=communs,
                    proximite=float(self.proximites[avant, ici]),
                    apprend=tuple((int(self.items[i]), self.libelles[i]) for i in rares[: self._appris_max]),
                    apprend_en_tout=len(rares),
                    reglemente=bool(metier.emploi_reglemente),
                )
            )
        depart = self._catalogue.metiers[self._codes[chemin[0]]]
        return Chemin(depart.code_rome, depart.intitule, dit, tuple(etapes), round(cout, 6))

    def after_certification(self, numero: str) -> tuple[MetierOuvert, ...]:
        """The métiers that a certification opens, by itself or by those that replaced it, in code order.

        Raises:
            UnknownCodeError: No such certification.
        """
        fiche = self._known(numero).numero
        ouverts: dict[CodeRome, tuple[bool, bool, NumeroFiche]] = {}
        for lien in self._catalogue.select(CertificationRome, numero=sorted(follow(fiche, self._suites))):
            preuve = (lien.estime, lien.numero != fiche, lien.numero)
            ouverts[lien.code_rome] = min(ouverts.get(lien.code_rome, preuve), preuve)
        metiers = self._catalogue.metiers
        return tuple(
            MetierOuvert(code, metiers[code].intitule, par, estime)
            for code, (estime, _, par) in sorted(ouverts.items())
        )

    def after_formation(self, certification: str, niveau: int | None = None, *, nombre: int = 10) -> EtApres:
        """« Et après ? »: active certifications of a higher level that lead to the same métiers, and those métiers.

        Args:
            certification: Number of the one that the formation prepares.
            niveau: Level reached; that of the certification when None. Without any, no certification follows.
            nombre: At most so many certifications, the nearest level first.

        Raises:
            UnknownCodeError: No such certification.
        """
        fiche = self._known(certification)
        metiers = self.after_certification(fiche.numero)
        atteint = niveau if niveau is not None else fiche.niveau
        siens = frozenset(m.code_rome for m in metiers)
        if atteint is None or not siens:
            return EtApres((), metiers)
        partages: dict[NumeroFiche, set[CodeRome]] = {}
        for lien in self._catalogue.select(CertificationRome, code_rome=siens):
            partages.setdefault(lien.numero, set()).add(lien.code_rome)
        voulues = [n for n, codes in partages.items() if len(codes) >= _SUITE_PART * len(siens)]
        suites: dict[tuple[int, str], Suite] = {}
        for c in self._catalogue.select(Certification, numero=voulues) if voulues else ():
            if c.active and c.niveau is not None and c.niveau > atteint:
                suite = Suite(c.numero, c.intitule, c.niveau, tuple(sorted(partages[c.numero])))
                suites.setdefault((c.niveau, c.intitule.casefold()), suite)
        ordre = sorted(suites.values(), key=lambda s: (s.niveau, -len(s.communs), s.intitule, s.numero))
        return EtApres(tuple(ordre[:nombre]), metiers)

    def _known(self, numero: str) -> Certification:
        cle = "".join(numero.split()).upper()
        trouvees = self._catalogue.select(Certification, numero=f"RNCP{cle}" if cle.isdigit() else cle)
        if not trouvees:
            raise UnknownCodeError("certification", numero[:40])
        return trouvees[0]


def _surcharges(dits: Mapping[int, float]) -> dict[int, float]:
    """What starting from each métier named costs: nothing for the one that weighs most."""
    plus = max(dits.values())
    return {n: 0.2 * (1.0 - max(poids, 0.0) / plus) if plus > 0 else 0.0 for n, poids in sorted(dits.items())}


def _varied(trouves: Sequence[tuple[float, tuple[int, ...]]], nombre: int) -> list[tuple[float, tuple[int, ...]]]:
    """The first paths, none by a middle already taken, and the direct way once."""
    retenus: list[tuple[float, tuple[int, ...]]] = []
    vus: set[int] = set()
    for cout, chemin in trouves:
        milieux = set(chemin[1:-1]) or {chemin[-1]}
        if len(retenus) < nombre and not milieux & vus:
            retenus.append((cout, chemin))
            vus |= milieux
    return retenus

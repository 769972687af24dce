"""Which compétences and savoirs of a métier the blocs of its certifications cover, and how surely."""

import re
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log
from threading import Lock
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from embeddings.types import Nature
from referentiels.catalogue import Catalogue
from referentiels.cellules import fold
from referentiels.types import (
    BlocCompetences,
    Certification,
    CertificationRome,
    CodeBloc,
    CodeOgr,
    CodeRome,
    Competence,
    ContinuiteCertification,
    MetierCompetence,
    MetierSavoir,
    NumeroFiche,
    Savoir,
)

Par = Literal["libelle", "sens", "mots"]
Vecteurs = Callable[[Nature], tuple[list[str], NDArray[Any]] | None]
"""Code of the entity and vector of each text of a nature, as `Recherche.vectors` gives them."""
Reels = NDArray[np.float64]

COEFFICIENTS = (-5.57, 3.23, 0.74, 2.43)
"""Logistic: constant, cosine, how far the cosine stands above those of the bloc with all items (in standard
deviations), share of the item's words in the bloc. Fitted with scikit-learn (C = 10) on 153 pairs (item of a métier,
bloc of a certification of this métier) judged by one reader, drawn evenly over likeness. Ten-fold cross-validation,
weighted back to how often each likeness occurs: precision .61 from .5, .77 from .6, .80 from .7. The features were
chosen on the same pairs, which flatters these figures a little."""
COEFFICIENTS_MOTS = (-0.62, 3.7)
"""The same for the words alone: recall is poor, said by `par`."""
_PROBABILITE_MAX = 0.85
"""No likeness of two titles is surer than this: what the judged pairs show at the top of the scale."""
_MOTS_MIN = 0.3
_SANS_BLOC = re.compile(r"^(?:neant|non applicable.*|aucun bloc.*|.*presentee? sans blocs?.*|bloc (?:unique|\d+))$")
_SANS_SENS = frozenset({"Savoir-être", "Certifications et habilitations"})
"""Categories that no bloc covers by likeness: a bloc does not certify a character, nor another certification."""
_GENERAL_CERTIFICATIONS, _GENERAL_DOMAINES = 5, 8
"""A title borne by so many certifications over so many grands domaines is general education."""
_OUTILS = frozenset(
    ("pour", "dans", "avec", "sans", "leur", "leurs", "cette", "entre", "lors", "selon", "ainsi", "dont", "tout",
     "tous", "toute", "toutes")
)  # fmt: skip
_SUITES_MAX = 6


@dataclass(frozen=True, slots=True)
class Bloc:
    """A bloc of an active certification."""

    code: CodeBloc
    intitule: str
    numero: NumeroFiche
    certification: str
    """Title of its certification."""
    niveau: int | None
    general: bool
    """General education (français, éducation physique…): covers only what bears the same label."""


@dataclass(frozen=True, slots=True, eq=False)
class BlocsMetier:
    """The m blocs of the certifications of a métier, and how surely each covers each of its n items."""

    code_rome: CodeRome
    blocs: tuple[Bloc, ...]
    """In code order."""
    items: tuple[int, ...]
    """OGR codes of compétences and savoirs."""
    probabilites: Reels
    """(m, n) in [0, 1]; 0 below the threshold."""
    exacts: NDArray[np.bool_]
    """(m, n): both bear the same label."""
    approche: Par
    """How the other links were found: `sens` with vectors, `mots` without."""
    sans_bloc: tuple[Certification, ...]
    """Active certifications of the métier of which no bloc is published, to be taken whole: official links first."""
    estimes: frozenset[NumeroFiche]
    """Certifications whose link with the métier no authority publishes."""

    def within(self, niveau_min: int | None = None, niveau_max: int | None = None) -> "BlocsMetier":
        """Only the blocs of certifications of these levels; those of unknown level are kept."""
        bas, haut = niveau_min or 0, niveau_max or 9
        rangs = [n for n, b in enumerate(self.blocs) if b.niveau is None or bas <= b.niveau <= haut]
        return BlocsMetier(
            self.code_rome,
            tuple(self.blocs[n] for n in rangs),
            self.items,
            self.probabilites[rangs],
            self.exacts[rangs],
            self.approche,
            tuple(c for c in self.sans_bloc if c.niveau is None or bas <= c.niveau <= haut),
            self.estimes,
        )

    def rank_certifications(
        self, manquantes: Mapping[int, float], nombre: int = 3
    ) -> tuple[tuple[NumeroFiche, float], ...]:
        """The certifications that alone, by all their blocs, cover most of some missing items.

        Args:
            manquantes: Weight of each missing item, by OGR code.
            nombre: At most so many.

        Returns:
            Number of each and share, in ]0, 1], of what all the blocs can cover together; ties by number.
        """
        valeurs = self.probabilites * [manquantes.get(code, 0.0) for code in self.items]
        couvrable = float(valeurs.max(axis=0, initial=0.0).sum())
        lignes: dict[NumeroFiche, list[int]] = defaultdict(list)
        for rang, bloc in enumerate(self.blocs):
            lignes[bloc.numero].append(rang)
        parts = {n: float(valeurs[rangs].max(axis=0).sum()) / (couvrable or 1.0) for n, rangs in lignes.items()}
        ordre = sorted((n for n, part in parts.items() if part > 0), key=lambda n: (-round(parts[n], 9), n))
        return tuple((n, min(parts[n], 1.0)) for n in ordre[:nombre])

    def par(self, bloc: int, item: int) -> Par:
        """How the link between a bloc and an item (positions) was found."""
        return "libelle" if self.exacts[bloc, item] else self.approche


class Blocs:
    """Blocs of active certifications beside the items of ROME; safe from any thread.

    Args:
        catalogue: The référentiels.
        vecteurs: `Recherche.vectors`; None for labels and words alone.
        seuil: Probability from which a bloc is said to cover an item.
        cache: Métiers kept in memory.
    """

    def __init__(
        self, catalogue: Catalogue, vecteurs: Vecteurs | None = None, *, seuil: float = 0.6, cache: int = 256
    ) -> None:
        self._catalogue = catalogue
        self._seuil = seuil
        self._cache_max = cache
        self._cache: OrderedDict[CodeRome, BlocsMetier] = OrderedDict()
        self._verrou = Lock()
        self._certifications = {c.numero: c for c in catalogue.all(Certification) if c.active}
        self._suites = successors(catalogue)
        self._blocs = _read_blocs(catalogue, self._certifications)
        self._rangs: dict[str, list[int]] = defaultdict(list)
        for rang, bloc in enumerate(self._blocs):
            self._rangs[bloc.numero].append(rang)
        self._plis = [fold(b.intitule) for b in self._blocs]
        self._mots = [_stems(pli) for pli in self._plis]
        self._rarete = _rarity(self._mots)
        self._rarete_max = log(len(self._mots) + 1.0)
        self._liens = _read_links(catalogue, self._certifications, self._suites)
        self._sens = _Sens.read(vecteurs, [b.code for b in self._blocs]) if vecteurs is not None else None

    def for_metier(self, code_rome: str) -> BlocsMetier:
        """The blocs of the active certifications of a métier, old certifications followed to the new ones.

        Raises:
            UnknownCodeError: No such métier.
        """
        code = self._catalogue.metier(code_rome).code_rome
        with self._verrou:
            connu = self._cache.get(code)
            if connu is not None:
                self._cache.move_to_end(code)
                return connu
        calcule = self._build(code)
        with self._verrou:
            self._cache[code] = calcule
            while len(self._cache) > self._cache_max:
                self._cache.popitem(last=False)
        return calcule

    def likeness(self, code_ogr: int, code_bloc: str) -> float | None:
        """Probability that a bloc covers an item, 0 below the threshold; None when either is unknown."""
        rang = next((n for n, bloc in enumerate(self._blocs) if bloc.code == code_bloc), None)
        connu = CodeOgr(code_ogr) in self._catalogue.competences or CodeOgr(code_ogr) in self._catalogue.savoirs
        return float(self._compare([rang], [code_ogr])[0][0, 0]) if rang is not None and connu else None

    def _build(self, code: CodeRome) -> BlocsMetier:
        liees = self._liens.get(code, {})
        numeros = sorted(liees)
        rangs = sorted(r for numero in numeros for r in self._rangs.get(numero, ()))
        store = self._catalogue.store
        competences, savoirs = (
            store.select(MetierCompetence, code_rome=code),
            store.select(MetierSavoir, code_rome=code),
        )
        items = sorted({int(c.code_ogr) for c in competences} | {int(s.code_ogr) for s in savoirs})
        probabilites, exacts = self._compare(rangs, items)
        return BlocsMetier(
            code_rome=code,
            blocs=tuple(self._blocs[r] for r in rangs),
            items=tuple(items),
            probabilites=probabilites,
            exacts=exacts,
            approche="mots" if self._sens is None else "sens",
            sans_bloc=tuple(
                sorted(
                    (self._certifications[n] for n in numeros if n not in self._rangs),
                    key=lambda c: (liees[c.numero], c.niveau or 9, c.intitule, c.numero),
                )
            ),
            estimes=frozenset(n for n, estime in liees.items() if estime),
        )

    def _compare(self, rangs: Sequence[int], items: Sequence[int]) -> tuple[Reels, NDArray[np.bool_]]:
        """Probability that each bloc covers each item, and whether they bear the same label."""
        fiches = [self._item(i) for i in items]
        plis = [fold(fiche.libelle) for fiche in fiches]
        colonnes = {pli: n for n, pli in enumerate(plis)}
        exacts = np.zeros((len(rangs), len(items)), dtype=bool)
        for ligne, rang in enumerate(rangs):
            if (colonne := colonnes.get(self._plis[rang])) is not None:
                exacts[ligne, colonne] = True
        communs = self._overlap(rangs, plis)
        if self._sens is None:
            logit = np.where(communs >= _MOTS_MIN, COEFFICIENTS_MOTS[0] + COEFFICIENTS_MOTS[1] * communs, -9.0)
        else:
            cosinus, ecarts = self._sens.compare(rangs, items)
            constante, *pentes = COEFFICIENTS
            logit = constante + pentes[0] * cosinus + pentes[1] * ecarts + pentes[2] * communs
        probabilites = np.minimum(1.0 / (1.0 + np.exp(-logit)), _PROBABILITE_MAX)
        probabilites[[self._blocs[r].general for r in rangs]] = 0.0
        probabilites[:, [fiche.categorie in _SANS_SENS for fiche in fiches]] = 0.0
        probabilites[probabilites < self._seuil] = 0.0
        probabilites[exacts] = 1.0
        return probabilites, exacts

    def _item(self, code: int) -> Competence | Savoir:
        catalogue, ogr = self._catalogue, CodeOgr(code)
        return catalogue.competences[ogr] if ogr in catalogue.competences else catalogue.savoirs[ogr]

    def _overlap(self, rangs: Sequence[int], plis: Sequence[str]) -> Reels:
        """Share of each item's words, rare ones counting more, that each bloc also holds."""
        communs = np.zeros((len(rangs), len(plis)))
        porteurs: dict[str, list[int]] = defaultdict(list)
        for ligne, rang in enumerate(rangs):
            for mot in self._mots[rang]:
                porteurs[mot].append(ligne)
        for colonne, pli in enumerate(plis):
            poids = {mot: self._rarete.get(mot, self._rarete_max) for mot in sorted(_stems(pli))}
            total = sum(poids.values()) or 1.0
            for mot in sorted(poids.keys() & porteurs.keys()):
                communs[porteurs[mot], colonne] += poids[mot] / total
        return communs


@dataclass(frozen=True, slots=True, eq=False)
class _Sens:
    """Vectors of blocs and items, and how near each bloc is to items in general."""

    blocs: NDArray[Any]
    """Half precision, like the items: they are read a few rows at a time."""
    items: tuple[NDArray[Any], ...]
    """The arrays of the index themselves, which are mapped, not copied."""
    rang_item: Mapping[int, tuple[int, int]]
    """Array and row of each item."""
    moyennes: Reels
    ecarts_types: Reels

    @classmethod
    def read(cls, vecteurs: Vecteurs, codes: Sequence[str]) -> "_Sens | None":
        """None when some vectors are missing: words are then the only guide."""
        lot, *lots = (vecteurs(nature) for nature in ("bloc", "competence", "savoir"))
        connus = [x for x in lots if x is not None]
        if lot is None or len(connus) < len(lots):
            return None
        rang = {code: n for n, code in enumerate(lot[0])}
        if any(code not in rang for code in codes) or not codes:
            return None
        blocs = lot[1][[rang[code] for code in codes]]
        echantillon = np.concatenate([v[::3] for _, v in connus]).astype(np.float32)
        reels = blocs.astype(np.float32)
        moyenne = echantillon.mean(axis=0)
        centres = echantillon - moyenne
        covariance = centres.T @ centres / len(centres)
        variances = np.einsum("ij,ij->i", reels @ covariance, reels)
        rang_item = {
            int(code): (lot, n) for lot, (codes_lot, _) in enumerate(connus) for n, code in enumerate(codes_lot)
        }
        ecarts_types = np.sqrt(variances.clip(1e-9)).astype(float)
        return cls(blocs, tuple(v for _, v in connus), rang_item, (reels @ moyenne).astype(float), ecarts_types)

    def compare(self, rangs: Sequence[int], items: Sequence[int]) -> tuple[Reels, Reels]:
        """Cosines (m, n), and how many standard deviations each stands above those of its bloc."""
        siens = np.stack([self.items[lot][n] for lot, n in map(self.rang_item.__getitem__, items)])
        cosinus = self.blocs[rangs].astype(np.float32) @ siens.astype(np.float32).T
        reels: Reels = cosinus.astype(np.float64)
        return reels, (reels - self.moyennes[rangs, None]) / self.ecarts_types[rangs, None]


def successors(catalogue: Catalogue) -> dict[str, tuple[NumeroFiche, ...]]:
    """For each certification that was replaced, those that replaced it."""
    suites: dict[str, list[NumeroFiche]] = defaultdict(list)
    for lien in catalogue.all(ContinuiteCertification):
        suites[lien.ancienne].append(lien.nouvelle)
    return {ancienne: tuple(nouvelles) for ancienne, nouvelles in suites.items()}


def follow(numero: NumeroFiche, suites: Mapping[str, Collection[NumeroFiche]]) -> set[NumeroFiche]:
    """A certification and all that came after it."""
    vues, bord = {numero}, {numero}
    for _ in range(_SUITES_MAX):
        bord = {n for ancienne in bord for n in suites.get(ancienne, ())} - vues
        if not bord:
            break
        vues |= bord
    return vues


def _read_links(
    catalogue: Catalogue,
    actives: Mapping[NumeroFiche, Certification],
    suites: Mapping[str, Collection[NumeroFiche]],
) -> dict[str, dict[NumeroFiche, bool]]:
    """For each métier its active certifications, with True when no authority publishes the link."""
    courantes: dict[NumeroFiche, tuple[NumeroFiche, ...]] = {}
    liens: dict[str, dict[NumeroFiche, bool]] = defaultdict(dict)
    for numero, code, estime in catalogue.store.rows(CertificationRome, ("numero", "code_rome", "estime")):
        if numero not in courantes:
            courantes[numero] = tuple(follow(numero, suites) & actives.keys())
        for courante in courantes[numero]:
            liens[code][courante] = bool(estime) and liens[code].get(courante, True)
    return liens


def _read_blocs(catalogue: Catalogue, certifications: Mapping[NumeroFiche, Certification]) -> list[Bloc]:
    """Blocs in code order, without the rows that say that there is none."""
    lignes = [b for b in catalogue.all(BlocCompetences) if b.numero in certifications]
    lignes = sorted((b for b in lignes if not _SANS_BLOC.match(fold(b.intitule))), key=lambda b: b.code)
    generaux = _general_titles(catalogue, lignes)
    return [
        Bloc(
            b.code,
            b.intitule,
            b.numero,
            certifications[b.numero].intitule,
            certifications[b.numero].niveau,
            fold(b.intitule) in generaux,
        )
        for b in lignes
    ]


def _general_titles(catalogue: Catalogue, blocs: Iterable[BlocCompetences]) -> frozenset[str]:
    porteurs: dict[str, set[str]] = defaultdict(set)
    for bloc in blocs:
        porteurs[fold(bloc.intitule)].add(bloc.numero)
    repandus = {titre: n for titre, n in porteurs.items() if len(n) >= _GENERAL_CERTIFICATIONS}
    numeros = {n for liste in repandus.values() for n in liste}
    domaines: dict[str, set[str]] = defaultdict(set)
    for lien in catalogue.select(CertificationRome, numero=numeros) if numeros else ():
        domaines[lien.numero].add(lien.code_rome[0])
    return frozenset(
        titre for titre, n in repandus.items() if len(set().union(*(domaines[x] for x in n))) >= _GENERAL_DOMAINES
    )


def _stems(pli: str) -> frozenset[str]:
    """The first letters of the words that carry meaning."""
    return frozenset(mot[:6] for mot in pli.split() if len(mot) > 3 and mot not in _OUTILS)


def _rarity(textes: Sequence[frozenset[str]]) -> dict[str, float]:
    frequence = Counter(mot for texte in textes for mot in texte)
    return {mot: log(len(textes) / n) + 0.01 for mot, n in frequence.items()}

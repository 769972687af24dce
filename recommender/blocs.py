"""Which compétences and savoirs of a métier the blocs of its certifications cover, and how surely."""

from collections import OrderedDict, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log
from threading import Lock
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from recommender.colonnes_blocs import SANS_NIVEAU, Sens, Vecteurs, build_tables, stems
from recommender.tables import Lues, Textes
from referentiels.catalogue import Catalogue
from referentiels.cellules import fold
from referentiels.types import (
    Certification,
    CodeBloc,
    CodeOgr,
    CodeRome,
    Competence,
    MetierCompetence,
    MetierSavoir,
    NumeroFiche,
    Savoir,
)

Par = Literal["libelle", "sens", "mots"]
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
_SANS_SENS = frozenset({"Savoir-être", "Certifications et habilitations"})
"""Categories that no bloc covers by likeness: a bloc does not certify a character, nor another certification."""


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
        tables: What `build_tables` made of the same; made anew when None.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        vecteurs: Vecteurs | None = None,
        *,
        seuil: float = 0.6,
        cache: int = 256,
        tables: Lues | None = None,
    ) -> None:
        self._catalogue = catalogue
        self._seuil = seuil
        self._cache_max = cache
        self._cache: OrderedDict[CodeRome, BlocsMetier] = OrderedDict()
        self._verrou = Lock()
        self._t = t = tables if tables is not None else build_tables(catalogue, vecteurs)
        self._codes, self._intitules, self._plis = (Textes.read(t, nom) for nom in ("codes", "intitules", "plis"))
        self._titres = Textes.read(t, "titres")
        self._numeros = [NumeroFiche(numero) for numero in Textes.read(t, "numeros").all()]
        self._rangs: dict[str, list[int]] = defaultdict(list)
        for rang, numero in enumerate(t["certification"].tolist()):
            self._rangs[self._numeros[numero]].append(rang)
        self._rarete = dict(zip(Textes.read(t, "mots").all(), t["raretes"].tolist(), strict=True))
        self._rarete_max = log(len(self._codes) + 1.0)
        self._metiers = {code: rang for rang, code in enumerate(catalogue.metiers)}
        self._sens = Sens.read(t, vecteurs) if vecteurs is not None and "moyennes" in t else None

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
        rang = next((n for n, code in enumerate(self._codes.all()) if code == code_bloc), None)
        connu = CodeOgr(code_ogr) in self._catalogue.competences or CodeOgr(code_ogr) in self._catalogue.savoirs
        return float(self._compare([rang], [code_ogr])[0][0, 0]) if rang is not None and connu else None

    def _build(self, code: CodeRome) -> BlocsMetier:
        liees = self._links_of(code)
        numeros = sorted(liees)
        rangs = sorted(r for numero in numeros for r in self._rangs.get(numero, ()))
        store = self._catalogue.store
        competences, savoirs = (
            store.select(MetierCompetence, code_rome=code),
            store.select(MetierSavoir, code_rome=code),
        )
        items = sorted({int(c.code_ogr) for c in competences} | {int(s.code_ogr) for s in savoirs})
        probabilites, exacts = self._compare(rangs, items)
        seules = [n for n in numeros if n not in self._rangs]
        return BlocsMetier(
            code_rome=code,
            blocs=tuple(map(self._bloc, rangs)),
            items=tuple(items),
            probabilites=probabilites,
            exacts=exacts,
            approche="mots" if self._sens is None else "sens",
            sans_bloc=tuple(
                sorted(
                    store.select(Certification, numero=seules) if seules else (),
                    key=lambda c: (liees[c.numero], c.niveau or 9, c.intitule, c.numero),
                )
            ),
            estimes=frozenset(n for n, estime in liees.items() if estime),
        )

    def _bloc(self, rang: int) -> Bloc:
        certification = int(self._t["certification"][rang])
        niveau = int(self._t["niveaux"][certification])
        return Bloc(
            CodeBloc(self._codes[rang]),
            self._intitules[rang],
            self._numeros[certification],
            self._titres[certification],
            niveau if niveau != SANS_NIVEAU else None,
            bool(self._t["general"][rang]),
        )

    def _links_of(self, code: CodeRome) -> dict[NumeroFiche, bool]:
        """The active certifications of a métier, and whether no authority publishes their link."""
        rang = self._metiers[code]
        debut, fin = self._t["liens_debuts"][rang : rang + 2].tolist()
        numeros, estimes = self._t["liens"][debut:fin].tolist(), self._t["liens_estimes"][debut:fin].tolist()
        return {self._numeros[numero]: estime for numero, estime in zip(numeros, estimes, strict=True)}

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
        probabilites[self._t["general"][rangs]] = 0.0
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
            for mot in stems(self._plis[rang]):
                porteurs[mot].append(ligne)
        for colonne, pli in enumerate(plis):
            poids = {mot: self._rarete.get(mot, self._rarete_max) for mot in sorted(stems(pli))}
            total = sum(poids.values()) or 1.0
            for mot in sorted(poids.keys() & porteurs.keys()):
                communs[porteurs[mot], colonne] += poids[mot] / total
        return communs

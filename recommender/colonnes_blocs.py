"""Blocs of active certifications as columns: read from the référentiels once, then only mapped."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embeddings.types import Nature
from recommender.tables import Lues, Tables, Textes
from referentiels.catalogue import Catalogue
from referentiels.cellules import fold
from referentiels.types import BlocCompetences, Certification, CertificationRome, ContinuiteCertification, NumeroFiche

Vecteurs = Callable[[Nature], tuple[list[str], NDArray[Any]] | None]
"""Code of the entity and vector of each text of a nature, as `Recherche.vectors` gives them."""
Reels = NDArray[np.float64]
SANS_NIVEAU = -1
_SANS_BLOC = re.compile(r"^(?:neant|non applicable.*|aucun bloc.*|.*presentee? sans blocs?.*|bloc (?:unique|\d+))$")
_GENERAL_CERTIFICATIONS, _GENERAL_DOMAINES = 5, 8
"""A title borne by so many certifications over so many grands domaines is general education."""
_OUTILS = frozenset(
    ("pour", "dans", "avec", "sans", "leur", "leurs", "cette", "entre", "lors", "selon", "ainsi", "dont", "tout",
     "tous", "toute", "toutes")
)  # fmt: skip
_SUITES_MAX = 6
_NATURES: tuple[Nature, ...] = ("bloc", "competence", "savoir")


def build_tables(catalogue: Catalogue, vecteurs: Vecteurs | None = None) -> Tables:
    """The columns of a catalogue.

    Args:
        catalogue: The référentiels.
        vecteurs: Without them, nothing is said of likeness by meaning.

    Returns:
        By bloc in code order: `codes`, `intitules`, `plis` (folded titles), `certification` (rank in the next ones),
        `general`. By certification: `numeros`, `titres`, `niveaux`. By word: `mots`, `raretes`. By métier:
        `liens_debuts`, and for each link `liens` (certification), `liens_estimes`. By meaning: see `Sens`.
    """
    actives = {c.numero: c for c in catalogue.all(Certification) if c.active}
    blocs = _read_blocs(catalogue, actives)
    numeros = sorted(actives)
    rangs = {numero: rang for rang, numero in enumerate(numeros)}
    plis = [fold(b.intitule) for b in blocs]
    rarete = _rarity([stems(pli) for pli in plis])
    generaux = _general_titles(catalogue, blocs)
    niveaux = (actives[n].niveau for n in numeros)
    tables: Tables = {
        "certification": np.array([rangs[b.numero] for b in blocs], dtype=np.int32),
        "general": np.array([pli in generaux for pli in plis], dtype=np.bool_),
        "niveaux": np.array([SANS_NIVEAU if n is None else n for n in niveaux], dtype=np.int16),
        "raretes": np.array(list(rarete.values()), dtype=np.float64),
    }
    textes: dict[str, Sequence[str]] = {
        "codes": [b.code for b in blocs],
        "intitules": [b.intitule for b in blocs],
        "plis": plis,
        "numeros": numeros,
        "titres": [actives[n].intitule for n in numeros],
        "mots": list(rarete),
    }
    for nom, lot in textes.items():
        tables |= Textes(lot).write(nom)
    tables |= _links(catalogue, actives, rangs)
    return tables | (build_meaning(vecteurs, textes["codes"]) if vecteurs is not None else {})


@dataclass(frozen=True, slots=True, eq=False)
class Sens:
    """Vectors of blocs and items, and how near each bloc is to items in general."""

    blocs: NDArray[Any]
    """The array of the index itself, which is mapped, not copied; half precision, read a few rows at a time."""
    rang_bloc: NDArray[np.int32]
    """Row of each bloc in it."""
    items: tuple[NDArray[Any], ...]
    """The same for the items."""
    rang_item: Mapping[int, tuple[int, int]]
    """Array and row of each item."""
    moyennes: Reels
    ecarts_types: Reels

    @classmethod
    def read(cls, tables: Lues, vecteurs: Vecteurs) -> "Sens | None":
        """None when some vectors are missing: words are then the only guide."""
        lots = [lot[1] for nature in _NATURES if (lot := vecteurs(nature)) is not None]
        if len(lots) < len(_NATURES):
            return None
        places = zip(tables["items_lot"].tolist(), tables["items_rang"].tolist(), strict=True)
        rang_item = dict(zip(tables["items"].tolist(), places, strict=True))
        blocs, *items = lots
        return cls(blocs, tables["rang_bloc"], tuple(items), rang_item, tables["moyennes"], tables["ecarts_types"])

    def compare(self, rangs: Sequence[int], items: Sequence[int]) -> tuple[Reels, Reels]:
        """Cosines (m, n), and how many standard deviations each stands above those of its bloc."""
        siens = np.stack([self.items[lot][n] for lot, n in map(self.rang_item.__getitem__, items)])
        cosinus = self.blocs[self.rang_bloc[rangs]].astype(np.float32) @ siens.astype(np.float32).T
        reels: Reels = cosinus.astype(np.float64)
        return reels, (reels - self.moyennes[rangs, None]) / self.ecarts_types[rangs, None]


def build_meaning(vecteurs: Vecteurs, codes: Sequence[str]) -> Tables:
    """Where the vectors of blocs and items are, and for each bloc the mean and deviation of its likeness to items.

    Nothing when some vectors are missing.
    """
    lot, *lots = (vecteurs(nature) for nature in _NATURES)
    connus = [x for x in lots if x is not None]
    if lot is None or len(connus) < len(lots):
        return {}
    rang = {code: n for n, code in enumerate(lot[0])}
    if any(code not in rang for code in codes) or not codes:
        return {}
    rangs = np.array([rang[code] for code in codes], dtype=np.int32)
    reels = lot[1][rangs].astype(np.float32)
    echantillon = np.concatenate([v[::3] for _, v in connus]).astype(np.float32)
    moyenne = echantillon.mean(axis=0)
    centres = echantillon - moyenne
    covariance = centres.T @ centres / len(centres)
    variances = np.einsum("ij,ij->i", reels @ covariance, reels)
    items = {int(code): (numero, n) for numero, (codes_lot, _) in enumerate(connus) for n, code in enumerate(codes_lot)}
    places = np.array(list(items.values()), dtype=np.int32).reshape(-1, 2)
    return {
        "rang_bloc": rangs,
        "moyennes": (reels @ moyenne).astype(float),
        "ecarts_types": np.sqrt(variances.clip(1e-9)).astype(float),
        "items": np.array(list(items), dtype=np.int64),
        "items_lot": places[:, 0].copy(),
        "items_rang": places[:, 1].copy(),
    }


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


def _links(
    catalogue: Catalogue, actives: Mapping[NumeroFiche, Certification], rangs: Mapping[NumeroFiche, int]
) -> Tables:
    """Active certifications of each métier, and whether no authority publishes their link."""
    suites = successors(catalogue)
    courantes: dict[NumeroFiche, tuple[NumeroFiche, ...]] = {}
    liens: dict[str, dict[NumeroFiche, bool]] = {code: {} for code in catalogue.metiers}
    for numero, code, estime in catalogue.store.rows(CertificationRome, ("numero", "code_rome", "estime")):
        if numero not in courantes:
            courantes[numero] = tuple(sorted(follow(numero, suites) & actives.keys()))
        siens = liens.get(code, {})
        for courante in courantes[numero]:
            siens[courante] = bool(estime) and siens.get(courante, True)
    return {
        "liens_debuts": np.cumsum([0, *map(len, liens.values())]),
        "liens": np.array([rangs[numero] for lot in liens.values() for numero in lot], dtype=np.int32),
        "liens_estimes": np.array([estime for lot in liens.values() for estime in lot.values()], dtype=np.bool_),
    }


def _read_blocs(catalogue: Catalogue, actives: Mapping[NumeroFiche, Certification]) -> list[BlocCompetences]:
    """Blocs in code order, without the rows that say that there is none."""
    lignes = (b for b in catalogue.all(BlocCompetences) if b.numero in actives)
    return sorted((b for b in lignes if not _SANS_BLOC.match(fold(b.intitule))), key=lambda b: b.code)


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


def stems(pli: str) -> frozenset[str]:
    """The first letters of the words that carry meaning."""
    return frozenset(mot[:6] for mot in pli.split() if len(mot) > 3 and mot not in _OUTILS)


def _rarity(textes: Sequence[frozenset[str]]) -> dict[str, float]:
    frequence = Counter(mot for texte in textes for mot in texte)
    return {mot: log(len(textes) / n) + 0.01 for mot, n in frequence.items()}

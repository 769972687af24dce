"""The names that may be being typed, gathered and put in order once, when the index is built."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from embeddings.manifest import pack
from embeddings.normalisation import gender_forms, stem
from embeddings.parler import load_parler
from embeddings.texts import NATURES, SIGLES, entities
from embeddings.types import Nature
from embeddings.vocabulaire import sound
from referentiels.catalogue import Catalogue
from referentiels.cellules import fold
from referentiels.types import (
    Appellation,
    CentreInteret,
    Certification,
    Competence,
    ContexteTravail,
    Metier,
    Savoir,
    Secteur,
)

VERSION = 1
"""Raised when the arrays change: an index made otherwise is made again."""
RACINE_MIN = 4
SON_MIN = 4
Entiers = npt.NDArray[np.int32]


class NomConnu(NamedTuple):
    """A name of an entity; the first one of a code is its label."""

    code: str
    nom: str
    rang: int = 1
    """Smaller first: 0 official, 1 in use, 2 said by people, 3 rare or no longer delivered."""


def build_suggestions(noms: Mapping[Nature, Sequence[NomConnu]]) -> dict[str, npt.NDArray[Any]]:
    """The arrays of an autocompletion.

    Args:
        noms: Names by nature, those of one code one after the other, its label first.
    """
    natures = tuple(dict.fromkeys((*NATURES, *noms)))
    lignes, libelles = _lines(noms, natures)
    formes = [_forms(ligne.nom) for ligne in lignes]
    triees = sorted((forme, rang) for rang, siennes in enumerate(formes) for forme in siennes)
    mots, mot_debut, mot_nom = _postings(formes)
    racines, racine_mot = _by_key(mots, stem, RACINE_MIN)
    sons, son_mot = _by_key(mots, sound, SON_MIN)
    textes: dict[str, Iterable[str]] = {
        "natures": natures,
        "libelles": libelles,
        "textes": (ligne.nom for ligne in lignes),
        "codes": (ligne.code for ligne in lignes),
        "formes": (forme for forme, _ in triees),
        "mots": mots,
        "racines": racines,
        "sons": sons,
    }
    tables: dict[str, npt.NDArray[Any]] = {
        "nature_de": np.array([ligne.nature for ligne in lignes], dtype=np.int8),
        "entite_de": np.array([ligne.entite for ligne in lignes], dtype=np.int32),
        "forme_nom": np.array([rang for _, rang in triees], dtype=np.int32),
        "mot_debut": mot_debut,
        "mot_nom": mot_nom,
        "racine_mot": racine_mot,
        "son_mot": son_mot,
    }
    for nom, lot in textes.items():
        tables[nom], tables[f"{nom}_bornes"] = pack(lot)
    return tables


class _Ligne(NamedTuple):
    rang: int
    nature: int
    longueur: int
    plie: str
    code: str
    nom: str
    entite: int


def _lines(noms: Mapping[Nature, Sequence[NomConnu]], natures: Sequence[Nature]) -> tuple[list[_Ligne], list[str]]:
    """All the names in their order of preference, and the label of each entity."""
    entites: dict[tuple[Nature, str], int] = {}
    libelles: list[str] = []
    lignes: dict[tuple[int, str], _Ligne] = {}
    for numero, nature in enumerate(natures):
        for nom in noms.get(nature, ()):
            entite = entites.setdefault((nature, nom.code), len(libelles))
            if entite == len(libelles):
                libelles.append(nom.nom)
            plie = fold(nom.nom)
            if plie:
                ligne = _Ligne(nom.rang, numero, len(plie), plie, nom.code, nom.nom, entite)
                lignes.setdefault((entite, nom.nom), ligne)
    return sorted(lignes.values()), libelles


def _forms(nom: str) -> tuple[str, ...]:
    """Folded masculine and feminine of a name, once when they are the same."""
    return tuple(dict.fromkeys(fold(forme) for forme in gender_forms(nom)))


def _postings(formes: Sequence[Iterable[str]]) -> tuple[list[str], npt.NDArray[np.int64], Entiers]:
    """The sorted words of all names, and for each the names that hold it: bounds, numbers."""
    de_mot: dict[str, list[int]] = {}
    for rang, siennes in enumerate(formes):
        for mot in dict.fromkeys(mot for forme in siennes for mot in forme.split()):
            de_mot.setdefault(mot, []).append(rang)
    mots = sorted(de_mot)
    debuts = np.zeros(len(mots) + 1, dtype=np.int64)
    np.cumsum([len(de_mot[mot]) for mot in mots], out=debuts[1:])
    noms = np.fromiter((rang for mot in mots for rang in de_mot[mot]), dtype=np.int32, count=int(debuts[-1]))
    return mots, debuts, noms


def _by_key(mots: Sequence[str], cle: Callable[[str], str], longueur: int) -> tuple[tuple[str, ...], Entiers]:
    """Sorted keys of the words that are long enough, and the number of the word of each."""
    paires = sorted((cle(mot), rang) for rang, mot in enumerate(mots) if len(mot) >= longueur)
    return tuple(c for c, _ in paires), np.array([rang for _, rang in paires], dtype=np.int32)


_PAR_FICHE: tuple[Nature, ...] = ("bloc", "formation")
"""Natures that the search does not take whole: the same entities are suggested."""


def names_of(catalogue: Catalogue) -> dict[Nature, tuple[NomConnu, ...]]:
    """All the names of a catalogue, with how official each is."""
    store = catalogue.store
    natures: dict[Nature, Any] = {
        "competence": (Competence, "code_ogr"),
        "savoir": (Savoir, "code_ogr"),
        "secteur": (Secteur, "code"),
        "centre_interet": (CentreInteret, "code"),
        "contexte": (ContexteTravail, "code_ogr"),
    }
    return {
        "metier": tuple(_metiers(catalogue)),
        "certification": tuple(_certifications(catalogue)),
        **{
            nature: tuple(NomConnu(fiche.code, fiche.libelle, 0) for fiche in entities(catalogue, nature))
            for nature in _PAR_FICHE
        },
        **{
            nature: tuple(NomConnu(str(code), libelle, 0) for code, libelle in store.rows(type_, (cle, "libelle")))
            for nature, (type_, cle) in natures.items()
        },
    }


def _metiers(catalogue: Catalogue) -> Iterator[NomConnu]:
    store, parler = catalogue.store, load_parler()
    appellations = sorted(store.all(Appellation), key=lambda a: (a.code_rome, a.libelle))
    bornes = [0, *(i + 1 for i, (a, b) in enumerate(pairwise(appellations)) if a.code_rome != b.code_rome)]
    par_metier = {
        appellations[debut].code_rome: appellations[debut:fin]
        for debut, fin in pairwise((*bornes, len(appellations)))
        if debut < fin
    }
    for metier in sorted(store.all(Metier), key=lambda m: m.code_rome):
        yield NomConnu(metier.code_rome, metier.intitule, 0)
        for a in par_metier.get(metier.code_rome, ()):
            yield NomConnu(metier.code_rome, a.libelle, 0 if a.principale else 3 if a.peu_usitee else 1)
        for titre in parler.of(metier.code_rome).titres:
            yield NomConnu(metier.code_rome, titre, 2)


def _certifications(catalogue: Catalogue) -> Iterator[NomConnu]:
    for c in sorted(catalogue.store.all(Certification), key=lambda c: c.numero):
        rang = 0 if c.active else 3
        yield NomConnu(c.numero, c.intitule, rang)
        if c.abrege:
            yield NomConnu(c.numero, f"{c.abrege} {c.intitule}", rang)
            if long := SIGLES.get(c.abrege.upper()):
                yield NomConnu(c.numero, f"{long} {c.intitule}", rang + 1)

"""What someone may be typing: names of every nature that begin so, in a few milliseconds."""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from rapidfuzz.distance import OSA
from rapidfuzz.process import cdist

from embeddings.manifest import pack, unpack
from embeddings.normalisation import MOTS_OUTILS, gender_forms, stem
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

DEBUT_MAX = 120
"""Characters that are read; the rest is left out."""
LIMITE_MAX = 50
_MOTS_MAX = 8
_MOT_MAX = 40
_BALISE = re.compile(r"<[^<>]*>")
_RACINE_MIN = 4
_SON_MIN = 4
_FAUTES = ((8, 2), (4, 1))
"""(least length of the word, typos forgiven)."""
_EGAL, _DEBUT, _MOTS = range(3)
"""How a name answers: it is the text, it begins so, its words begin so."""
_MEMOIRE = 4096
Masque = npt.NDArray[np.bool_]
Entiers = npt.NDArray[np.int32]


class NomConnu(NamedTuple):
    """A name of an entity; the first one of a code is its label."""

    code: str
    nom: str
    rang: int = 1
    """Smaller first: 0 official, 1 in use, 2 said by people, 3 rare or no longer delivered."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One entity that may be meant, and the name by which it answers."""

    nature: Nature
    code: str
    libelle: str
    """Label of the entity."""
    trouve: str
    """The name that begins as typed, in the gender typed when the letters tell it."""
    approche: bool
    """True when a typo was forgiven: nothing begins exactly so."""


class Suggestions:
    """Autocompletion over given names; immutable, safe from any thread.

    Args:
        noms: Names by nature, those of one code one after the other, its label first.
    """

    def __init__(self, noms: Mapping[Nature, Sequence[NomConnu]]) -> None:
        natures = tuple(dict.fromkeys((*NATURES, *noms)))
        lignes, libelles = _lines(noms, natures)
        self._natures = natures
        self._libelles = pack(libelles)
        self._textes, self._codes = pack(ligne.nom for ligne in lignes), pack(ligne.code for ligne in lignes)
        self._nature_de = np.array([ligne.nature for ligne in lignes], dtype=np.int8)
        self._entite_de = np.array([ligne.entite for ligne in lignes], dtype=np.int32)
        formes = [_forms(ligne.nom) for ligne in lignes]
        triees = sorted((forme, rang) for rang, siennes in enumerate(formes) for forme in siennes)
        self._formes, self._formes_bornes = pack(forme for forme, _ in triees)
        self._forme_nom = np.array([rang for _, rang in triees], dtype=np.int32)
        mots, self._mot_debut, self._mot_nom = _postings(formes)
        self._mots: tuple[str, ...] = tuple(mots)
        self._racines, self._racine_mot = _by_key(mots, stem, _RACINE_MIN)
        self._sons, self._son_mot = _by_key(mots, sound, _SON_MIN)
        self._initiales = {lettre: self._range(self._mots, lettre) for lettre in dict.fromkeys(m[0] for m in mots)}
        self._mistyped = lru_cache(maxsize=_MEMOIRE)(self._forgive)

    @classmethod
    def of(cls, catalogue: Catalogue) -> "Suggestions":
        """The autocompletion of a whole catalogue."""
        return cls(names_of(catalogue))

    def __len__(self) -> int:
        return len(self._nature_de)

    def suggest(self, debut: str, natures: Sequence[Nature] = ("metier",), limite: int = 10) -> tuple[Suggestion, ...]:
        """The entities with a name whose words begin as those typed, in any order.

        Accents, case and gender do not count; a typo is forgiven only when nothing begins so.

        Args:
            debut: Any text; mark-up is dropped and only the first 120 characters are read.
            natures: Where to look.
            limite: At most so many answers, and never more than 50.

        Returns:
            One answer an entity: names that begin so first, then official names and names in use before rare ones,
            then natures in the order of `NATURES`, short names, alphabetical order. Empty when nothing begins so.
        """
        propre = _BALISE.sub(" ", debut[: 4 * DEBUT_MAX]).replace("\x00", " ")[:DEBUT_MAX]
        mots = tuple(dict.fromkeys(mot[:_MOT_MAX] for mot in fold(propre).split()[:_MOTS_MAX]))
        voulues = np.array([nature in natures for nature in self._natures], dtype=bool)
        limite = min(limite, LIMITE_MAX)
        if not mots or limite < 1 or not len(self) or not voulues.any():
            return ()
        ouvertes = voulues[self._nature_de]
        for lecture, approche in self._readings(mots):
            masque = ouvertes & lecture
            if masque.any():
                requete = " ".join(fold(propre).split())
                return tuple(
                    self._answer(nom, propre, mots, approche=approche) for nom in self._best(masque, requete, limite)
                )
        return ()

    def _readings(self, mots: Sequence[str]) -> Iterator[tuple[Masque, bool]]:
        """Names that hold the words, then without function words, then with typos; and whether typos were forgiven."""
        yield self._holding(mots, self._begun), False
        pleins = [mot for mot in mots if mot not in MOTS_OUTILS]
        if pleins and len(pleins) < len(mots):
            yield self._holding(pleins, self._begun), False
        yield self._holding(pleins or mots, self._begun_or_mistyped), True

    def _holding(self, mots: Sequence[str], places: Callable[[str], Iterable[Entiers]]) -> Masque:
        tous = np.ones(len(self), dtype=bool)
        for mot in mots:
            masque = np.zeros(len(self), dtype=bool)
            for noms in places(mot):
                masque[noms] = True
            tous &= masque
        return tous

    def _begun(self, mot: str) -> Iterator[Entiers]:
        """Names that hold a word that begins so, or is another gender or number of it."""
        debut, fin = self._range(self._mots, mot)
        yield self._mot_nom[self._mot_debut[debut] : self._mot_debut[fin]]
        if len(mot) >= _RACINE_MIN:
            for rang in _equal(self._racines, self._racine_mot, stem(mot)):
                yield self._mot_nom[self._mot_debut[rang] : self._mot_debut[rang + 1]]

    def _begun_or_mistyped(self, mot: str) -> Iterator[Entiers]:
        yield from self._begun(mot)
        for rang in self._mistyped(mot):
            yield self._mot_nom[self._mot_debut[rang] : self._mot_debut[rang + 1]]

    def _forgive(self, mot: str) -> tuple[int, ...]:
        """Words that sound the same, else those whose beginning the fewest typos separate from this one."""
        son = sound(mot)
        meme_son = _equal(self._sons, self._son_mot, son) if len(son) >= _SON_MIN else ()
        return tuple(map(int, meme_son)) or self._nearest(mot)

    def _nearest(self, mot: str) -> tuple[int, ...]:
        """Words whose beginning the fewest typos separate from this one; the first or the second letter is right."""
        permises = next((fautes for longueur, fautes in _FAUTES if len(mot) >= longueur), 0)
        if not permises:
            return ()
        bornes = [self._initiales[lettre] for lettre in dict.fromkeys(mot[:2]) if lettre in self._initiales]
        rangs = [rang for debut, fin in bornes for rang in range(debut, fin)]
        if not rangs:
            return ()
        distances = np.full(len(rangs), permises + 1)
        for longueur in range(len(mot) - 1, len(mot) + 2):
            debuts = [self._mots[rang][:longueur] for rang in rangs]
            distances = np.minimum(distances, cdist([mot], debuts, scorer=OSA.distance, score_cutoff=permises)[0])
        moindre = distances.min()
        if moindre > permises:
            return ()
        return tuple(rangs[place] for place in np.flatnonzero(distances == moindre))

    @staticmethod
    def _range(mots: Sequence[str], debut: str) -> tuple[int, int]:
        premier = bisect_left(mots, debut)
        return premier, bisect_left(mots, debut + "\x7f", premier)

    def _best(self, masque: Masque, requete: str, limite: int) -> list[int]:
        """The best name of each of the best entities; names are numbered in order, so the number breaks ties."""
        noms = np.flatnonzero(masque)
        ordre = np.full(len(self), _MOTS, dtype=np.int64)
        debut, fin = self._form(requete), self._form(requete + "\x7f")
        ordre[self._forme_nom[debut:fin]] = _DEBUT
        ordre[self._forme_nom[debut : self._form(requete + "\x00")]] = _EGAL
        cles = ordre[noms] * len(self) + noms
        combien = 16 * limite
        while True:
            premiers = np.sort(cles if combien >= len(cles) else np.partition(cles, combien)[:combien])
            par_entite: dict[int, int] = {}
            for nom in premiers % len(self):
                par_entite.setdefault(int(self._entite_de[nom]), int(nom))
                if len(par_entite) == limite:
                    break
            if len(par_entite) == limite or combien >= len(cles):
                return list(par_entite.values())
            combien *= 8

    def _form(self, texte: str) -> int:
        """Where a text stands among the folded names, both genders of each."""
        octets, bornes = self._formes, self._formes_bornes
        return bisect_left(
            range(len(self._forme_nom)),
            texte.encode(),
            key=lambda rang: octets[bornes[rang] : bornes[rang + 1]].tobytes(),
        )

    def _answer(self, nom: int, propre: str, mots: Sequence[str], *, approche: bool) -> Suggestion:
        texte = unpack(*self._textes, nom)
        return Suggestion(
            nature=self._natures[int(self._nature_de[nom])],
            code=unpack(*self._codes, nom),
            libelle=unpack(*self._libelles, int(self._entite_de[nom])),
            trouve=_typed_gender(texte, propre, mots),
            approche=approche,
        )


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


def _equal(cles: Sequence[str], mots: Entiers, cle: str) -> Entiers:
    """Numbers of the words that have this key."""
    debut = bisect_left(cles, cle)
    return mots[debut : bisect_left(cles, cle + "\x00", debut)]


def _typed_gender(nom: str, propre: str, mots: Sequence[str]) -> str:
    """The one gender of a name that the typed letters tell, accents first; the whole name when they tell none."""
    genres = gender_forms(nom)
    if genres[0] == genres[1]:
        return nom
    accentues = re.findall(r"[^\W_]+", propre.lower())
    for typed, lire in ((accentues, lambda t: re.findall(r"[^\W_]+", t.lower())), (mots, lambda t: fold(t).split())):
        repondent = [g for g in genres if all(any(m.startswith(mot) for m in lire(g)) for mot in typed)]
        if len(repondent) == 1:
            return repondent[0]
        if repondent:
            break
    return nom


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

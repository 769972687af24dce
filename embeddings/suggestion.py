"""What someone may be typing: names of every nature that begin so, in a few milliseconds."""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
from rapidfuzz.distance import OSA
from rapidfuzz.process import cdist

from embeddings.manifest import unpack
from embeddings.noms import RACINE_MIN, SON_MIN, Entiers, NomConnu, build_suggestions, names_of
from embeddings.normalisation import MOTS_OUTILS, gender_forms, stem
from embeddings.types import Nature
from embeddings.vocabulaire import sound
from referentiels.catalogue import Catalogue
from referentiels.cellules import fold

DEBUT_MAX = 120
"""Characters that are read; the rest is left out."""
LIMITE_MAX = 50
_MOTS_MAX = 8
_MOT_MAX = 40
_BALISE = re.compile(r"<[^<>]*>")
_FAUTES = ((8, 2), (4, 1))
"""(least length of the word, typos forgiven)."""
_EGAL, _DEBUT, _MOTS = range(3)
"""How a name answers: it is the text, it begins so, its words begin so."""
_MEMOIRE = 4096
_NATURES_MAX = 16
"""Groups of natures whose names are kept at hand."""
_genders = lru_cache(maxsize=2 * _MEMOIRE)(gender_forms)
Masque = npt.NDArray[np.bool_]


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
        tables: What `build_suggestions` made, in memory or mapped.
    """

    def __init__(self, tables: Mapping[str, npt.NDArray[Any]]) -> None:
        self._natures: tuple[Nature, ...] = unpack_all(tables, "natures")  # type: ignore[assignment]
        self._libelles = tables["libelles"], tables["libelles_bornes"]
        self._textes = tables["textes"], tables["textes_bornes"]
        self._codes = tables["codes"], tables["codes_bornes"]
        self._nature_de, self._entite_de = tables["nature_de"], tables["entite_de"]
        self._formes, self._formes_bornes = tables["formes"], tables["formes_bornes"]
        self._forme_nom = tables["forme_nom"]
        self._mot_debut, self._mot_nom = tables["mot_debut"], tables["mot_nom"]
        self._mots = unpack_all(tables, "mots")
        self._racines, self._racine_mot = unpack_all(tables, "racines"), tables["racine_mot"]
        self._sons, self._son_mot = unpack_all(tables, "sons"), tables["son_mot"]
        lettres = dict.fromkeys(m[0] for m in self._mots)
        self._initiales = {lettre: self._range(self._mots, lettre) for lettre in lettres}
        self._mistyped = lru_cache(maxsize=_MEMOIRE)(self._forgive)
        self._open = lru_cache(maxsize=_NATURES_MAX)(self._names_of)

    @classmethod
    def of(cls, catalogue: Catalogue) -> "Suggestions":
        """The autocompletion of a whole catalogue, made anew."""
        return cls.over(names_of(catalogue))

    @classmethod
    def over(cls, noms: Mapping[Nature, Sequence[NomConnu]]) -> "Suggestions":
        """The autocompletion over given names, those of one code one after the other, its label first."""
        return cls(build_suggestions(noms))

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
        voulues = tuple(nature in natures for nature in self._natures)
        limite = min(limite, LIMITE_MAX)
        if not mots or limite < 1 or not len(self) or not any(voulues):
            return ()
        ouvertes = self._open(voulues)
        for lecture, approche in self._readings(mots):
            masque = ouvertes & lecture
            if masque.any():
                requete = " ".join(fold(propre).split())
                return tuple(
                    self._answer(nom, propre, mots, approche=approche) for nom in self._best(masque, requete, limite)
                )
        return ()

    def _names_of(self, voulues: tuple[bool, ...]) -> Masque:
        """The names of the natures wanted."""
        masque: Masque = np.array(voulues, dtype=bool)[self._nature_de]
        return masque

    def _readings(self, mots: Sequence[str]) -> Iterator[tuple[Masque, bool]]:
        """Names that hold the words, then without function words, then with typos; and whether typos were forgiven."""
        yield self._holding(mots, self._begun), False
        pleins = [mot for mot in mots if mot not in MOTS_OUTILS]
        if pleins and len(pleins) < len(mots):
            yield self._holding(pleins, self._begun), False
        yield self._holding(pleins or mots, self._begun_or_mistyped), True

    def _holding(self, mots: Sequence[str], places: Callable[[str], Iterable[Entiers]]) -> Masque:
        tous: Masque | None = None
        for mot in mots:
            masque = np.zeros(len(self), dtype=bool)
            for noms in places(mot):
                masque[noms] = True
            tous = masque if tous is None else tous & masque
        return np.ones(len(self), dtype=bool) if tous is None else tous

    def _begun(self, mot: str) -> Iterator[Entiers]:
        """Names that hold a word that begins so, or is another gender or number of it."""
        debut, fin = self._range(self._mots, mot)
        yield self._mot_nom[self._mot_debut[debut] : self._mot_debut[fin]]
        if len(mot) >= RACINE_MIN:
            for rang in _equal(self._racines, self._racine_mot, stem(mot)):
                yield self._mot_nom[self._mot_debut[rang] : self._mot_debut[rang + 1]]

    def _begun_or_mistyped(self, mot: str) -> Iterator[Entiers]:
        yield from self._begun(mot)
        for rang in self._mistyped(mot):
            yield self._mot_nom[self._mot_debut[rang] : self._mot_debut[rang + 1]]

    def _forgive(self, mot: str) -> tuple[int, ...]:
        """Words that sound the same, else those whose beginning the fewest typos separate from this one."""
        son = sound(mot)
        meme_son = _equal(self._sons, self._son_mot, son) if len(son) >= SON_MIN else ()
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
        ordre = np.full(len(self), _MOTS, dtype=np.int8)
        debut, fin = self._form(requete), self._form(requete + "\x7f")
        ordre[self._forme_nom[debut:fin]] = _DEBUT
        ordre[self._forme_nom[debut : self._form(requete + "\x00")]] = _EGAL
        cles = ordre[noms].astype(np.int64) * len(self) + noms
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


def unpack_all(tables: Mapping[str, npt.NDArray[Any]], nom: str) -> tuple[str, ...]:
    """All the texts of one table; they hold ASCII alone, so that a byte is a character."""
    octets, bornes = tables[nom].tobytes().decode("ascii"), tables[f"{nom}_bornes"].tolist()
    return tuple(octets[debut:fin] for debut, fin in pairwise(bornes))


def _equal(cles: Sequence[str], mots: Entiers, cle: str) -> Entiers:
    """Numbers of the words that have this key."""
    debut = bisect_left(cles, cle)
    return mots[debut : bisect_left(cles, cle + "\x00", debut)]


def _typed_gender(nom: str, propre: str, mots: Sequence[str]) -> str:
    """The one gender of a name that the typed letters tell, accents first; the whole name when they tell none."""
    genres = _genders(nom)
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

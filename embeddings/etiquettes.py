"""Plain labels ranked whole against queries: the search without its catalogue, for benchmarks."""

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from embeddings.encodeur import Encodeur
from embeddings.fusion import ETIQUETTE, TRAITS, Fusion, load_fusions
from embeddings.indexation import build_tables
from embeddings.lexical import ConfigLexical, IndexLexical
from embeddings.normalisation import gender_forms, words
from embeddings.texts import Fiche, Nom

Scores = npt.NDArray[np.float32]
_EXACT = 10.0
"""Added to a label that is the query: nothing comes before it."""
_REPETE = 1000.0
"""Taken from a label that only spells otherwise a name already in the list."""


class Etiquettes:
    """Labels, each found by its own text alone.

    Args:
        textes: The labels; two equal texts have equal scores.
        encodeur: Who makes the vectors.
        fusion: How both channels are weighed; what was learnt with the encoder when None.
    """

    def __init__(self, textes: Sequence[str], encodeur: Encodeur | None, fusion: Fusion | None = None) -> None:
        self._uniques = list(dict.fromkeys(textes))
        places = {texte: place for place, texte in enumerate(self._uniques)}
        self._noms = _number(_name(texte, encodeur) for texte in textes)
        self._place = np.array([places[texte] for texte in textes], dtype=np.int64)
        self._encodeur = encodeur
        self._fusion = fusion or load_fusions(encodeur.dossier if encodeur else None)[ETIQUETTE]
        config = ConfigLexical()
        fiches = [Fiche(f"{rang:07}", texte, (Nom(texte),)) for rang, texte in enumerate(self._uniques)]
        self._lexical = IndexLexical(build_tables(fiches, config.puissance_idf), config)
        self._vecteurs: npt.NDArray[np.float32] | None = None

    def lexical(self, requetes: Sequence[str]) -> Scores:
        """Likeness of words, (n requests, n labels), in [0, 1]; 1 for a label that is the query."""
        scores = np.zeros((len(requetes), len(self._uniques)), dtype=np.float32)
        for rang, requete in enumerate(requetes):
            trouve = self._lexical.match(requete)
            if trouve is not None:
                scores[rang] = trouve.par_fiche
        return scores[:, self._place]

    def dense(self, requetes: Sequence[str]) -> Scores:
        """Inner products of the vectors, (n requests, n labels)."""
        if self._encodeur is None:
            return np.zeros((len(requetes), len(self._place)), dtype=np.float32)
        if self._vecteurs is None:
            self._vecteurs = self._encodeur.encode_document(self._uniques)
        produits = self._encodeur.encode_query(requetes) @ self._vecteurs.T
        return np.ascontiguousarray(produits[:, self._place], dtype=np.float32)

    def hybrid(self, requetes: Sequence[str], *, grouper: bool = True) -> Scores:
        """Both, weighed as in the service, (n requests, n labels).

        Args:
            requetes: The texts to bring near.
            grouper: Each name once: the other spellings of a name (its other gender, both at once) come after all
                names, in the same order.
        """
        poids = dict(zip(TRAITS, self._fusion.poids, strict=True))
        lexical, dense = self.lexical(requetes), self.dense(requetes)
        # An entity of one text has one likeness: the nearest text, the nearest name and the mean are the same.
        proche = np.float32(poids["nom"] + poids["meilleur"] + poids["moyenne"])
        scores: Scores = np.float32(poids["lexical"]) * lexical + proche * dense + _EXACT * (lexical >= 1)
        return self._once(scores) if grouper and scores.size else scores

    def _once(self, scores: Scores) -> Scores:
        """The first of the best spellings of each name keeps its score, wherever it stands in the list."""
        ordre = np.argsort(self._noms, kind="stable")
        groupes = self._noms[ordre]
        debuts = np.flatnonzero(np.diff(groupes, prepend=-1))
        places = np.arange(len(ordre))
        resultat = scores.copy()
        for ligne, sortie in zip(scores, resultat, strict=True):
            rangee = ligne[ordre]
            meilleur = np.maximum.reduceat(rangee, debuts)[groupes]
            premier = np.minimum.reduceat(np.where(rangee == meilleur, places, len(ordre)), debuts)
            montree = self._place[ordre[premier]]
            sortie[self._place != montree[self._noms]] -= _REPETE
        return resultat


def _name(texte: str, encodeur: Encodeur | None) -> str:
    return " ".join(words(gender_forms(texte)[0])) if encodeur is None else encodeur.canonical(texte)


def _number(noms: Iterable[str]) -> npt.NDArray[np.int64]:
    """The same number for the same name, from 0."""
    numeros: dict[str, int] = {}
    return np.array([numeros.setdefault(nom, len(numeros)) for nom in noms], dtype=np.int64)

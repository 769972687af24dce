"""Search in one nature of entities, by words and by meaning at once."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from embeddings.dense import IndexDense, IndexVecteurs, Proximites, Tableau, dense_arrays
from embeddings.encodeur import Encodeur, Vecteurs
from embeddings.fusion import Fusion, features
from embeddings.lexical import Appariement, ConfigLexical, IndexLexical
from embeddings.lexique import load_lexique, load_sigles
from embeddings.types import Nature, Resultat
from referentiels.cellules import fold

_REECRITURE = 0.95
"""Part of its score that an answer to a rewritten query keeps."""
_CANDIDATS = 60
"""Entities of each channel that are compared."""
_MEMOIRE = 4096
_UNE = re.compile(r"\bune\b", re.IGNORECASE)
_JEUNES = re.compile(r"\b(?:filles|gar[çc]ons)\b(?! d(?:e\b|['’]))", re.IGNORECASE)
_PARENT = re.compile(r"\b(?:maman|papa|mère|père|mere|pere)(s?)\b(?!\s+no[ëe]l)", re.IGNORECASE)
_AU_FOYER = re.compile(r"\b(?:femme|homme)(s?)(?= au foyer\b)", re.IGNORECASE)
_AU_PAIR = re.compile(r"\b(?:jeune )?(?:fille|garçon|garcon)(s?)(?= au pair\b)", re.IGNORECASE)
_ENFANTS = re.compile(r"\b(mes|nos|tes|vos|ses|leurs) (?:filles|fils|garçons|garcons)\b", re.IGNORECASE)
_ENFANT = re.compile(r"\b(?:ma|notre|sa) fille\b|\b(?:mon|notre|son) (?:fils|garçon|garcon)\b", re.IGNORECASE)
_GENRE = re.compile(r"\b(?:je suis |suis )?(?:une femme|un homme)\b(?= (?:de \d|et |qui )|[,;.]|$)", re.IGNORECASE)
_SEULE = re.compile(r"\bseule(s?)\b", re.IGNORECASE)
_LA = re.compile(r"\bla(?= (\w+))", re.IGNORECASE)
_SUR_LEXICAL = 0.6
"""Least lexical score to be sure of, where nothing was learnt."""


def _same_for_both(texte: str) -> str:
    """What people say of who they are and whom they raise, whoever they are (« maman solo », « père au foyer »)."""
    texte = _ENFANT.sub("mon enfant", _ENFANTS.sub(r"\1 enfants", _AU_PAIR.sub(r"jeune\1", texte)))
    texte = _PARENT.sub(r"parent\1", _AU_FOYER.sub(r"parent\1", texte))
    texte, vus = _GENRE.subn("", _SEULE.sub(r"seul\1", texte))
    return texte.strip(" ,;.") or "une personne" if vus else texte


class Question:
    """A query, encoded once for all the natures.

    Args:
        texte: Clean text, as typed.
        memoire: None for words alone.
        personnes: Folded words that name a person: « la » before one of them is « le ».
    """

    def __init__(self, texte: str, memoire: "Memoire | None" = None, personnes: Collection[str] = frozenset()) -> None:
        self.texte = texte
        self._memoire = memoire
        self._personnes = personnes

    @cached_property
    def clair(self) -> str:
        """The query with its acronyms in full, and the same words whoever it is about (« une architecte »)."""
        texte = _same_for_both(load_sigles().rewrite(self.texte) or self.texte)
        texte = _UNE.sub("un", _JEUNES.sub("jeunes", texte))
        return _LA.sub(lambda m: "le" if fold(m[1]) in self._personnes else m[0], texte)

    @cached_property
    def reecrite(self) -> str | None:
        """The query as the référentiels would write it; None when it holds no everyday expression."""
        return load_lexique().rewrite(self.clair)

    def vector(self, exact: str | None) -> Vecteurs | None:
        """The vector of the query, or of the name that it is, so that both genders of a name have one."""
        if self._memoire is None:
            return None
        return self._memoire.vector(exact) if exact else self._vector

    @cached_property
    def _vector(self) -> Vecteurs | None:
        return None if self._memoire is None else self._memoire.vector(self.clair)


class Memoire:
    """The vectors of the last queries: the parts of one request, and people who ask the same, encode once.

    Args:
        encodeur: Makes them.
    """

    def __init__(self, encodeur: Encodeur) -> None:
        self._encodeur = encodeur
        self._canonical = lru_cache(maxsize=_MEMOIRE)(encodeur.canonical)
        self._of = lru_cache(maxsize=_MEMOIRE)(self._begin)
        self._fil = ThreadPoolExecutor(max_workers=1, thread_name_prefix="encodeur")

    def vector(self, texte: str) -> Vecteurs:
        """The vector of a text; those of one canonical form share it."""
        return self._of(self._canonical(texte)).result()

    def prepare(self, textes: Iterable[str]) -> None:
        """Begin the vectors of some texts: they are made in a thread of their own, outside the interpreter's lock."""
        for texte in textes:
            self._of(self._canonical(texte))

    def rest(self) -> None:
        """Leave no thread behind, as before a fork; the next text begins another."""
        ancien, self._fil = self._fil, ThreadPoolExecutor(max_workers=1, thread_name_prefix="encodeur")
        ancien.shutdown()

    def _begin(self, texte: str) -> "Future[Vecteurs]":
        vecteur = self._fil.submit(self._encode, texte)
        vecteur.add_done_callback(self._forget_failure)
        return vecteur

    def _forget_failure(self, vecteur: "Future[Vecteurs]") -> None:
        """A failure is not what a text is worth: it is tried again next time."""
        if vecteur.exception() is not None:
            self._of.cache_clear()

    def _encode(self, texte: str) -> Vecteurs:
        vecteur: Vecteurs = self._encodeur.encode_query((texte,))[0]
        vecteur.flags.writeable = False
        return vecteur


@dataclass(frozen=True, slots=True)
class Candidats:
    """The entities compared for one query, (n,)."""

    index: IndexLexical
    fiches: npt.NDArray[np.int64]
    traits: npt.NDArray[np.float64]
    """(n, 6), see `fusion.TRAITS`."""
    trouve: Appariement

    @property
    def codes(self) -> list[str]:
        """Their codes, in the same order."""
        return [self.index.code(int(fiche)) for fiche in self.fiches]

    @property
    def exact(self) -> bool:
        """Whether the query is a name of one of them."""
        return self.trouve.exact is not None


class IndexHybride:
    """The entities of one nature; read-only, safe from any thread.

    Args:
        nature: What they are.
        tableaux: What `build_tables` and the encoder made.
        config: How words are compared.
        fusion: How both channels are weighed.
        open_vectors: Opens the index of its vectors.
    """

    def __init__(
        self,
        nature: Nature,
        tableaux: Mapping[str, npt.NDArray[Any]],
        config: ConfigLexical,
        fusion: Fusion,
        open_vectors: Callable[[Mapping[str, Tableau]], IndexVecteurs] = IndexDense,
    ) -> None:
        self.nature = nature
        self.lexical = IndexLexical(tableaux, config)
        self.fusion = fusion
        vecteurs = dense_arrays(tableaux)
        self.dense = None if vecteurs is None else open_vectors(vecteurs)

    def least_sure(self, *, mots_seuls: bool = False) -> float:
        """Least score of a first answer that the service stands by."""
        return _SUR_LEXICAL if mots_seuls or self.dense is None else self.fusion.seuil_sur

    def answer(self, question: Question, limite: int, *, mots_seuls: bool = False) -> list[Resultat]:
        """The entities nearest to a query, best first; a score is the probability that the answer is right.

        Without vectors a score is a likeness of words. Empty when the query is about nothing that is here.

        Args:
            question: The query.
            limite: At most so many answers.
            mots_seuls: Leave the vectors aside.

        Raises:
            DatabaseError: The vectors are in a database that cannot serve now.
        """
        if mots_seuls or self.dense is None:
            trouve = self._match(question)
            return [] if trouve is None else self._lexical_results(trouve, limite)
        candidats = self.compare(question)
        if candidats is None:
            return []
        scores = self.fusion.scores(candidats.traits)
        probabilites = np.round(self.fusion.probabilities(candidats.traits, scores), 4)
        exacts = candidats.traits[:, 0] == 1
        probabilites[exacts] = 1.0
        rangs = self.lexical.ranks_of(candidats.fiches)
        ordre = np.lexsort((candidats.fiches, rangs, -scores, ~exacts))[:limite]
        if not len(ordre) or probabilites[ordre[0]] < self.fusion.seuil_sujet:
            return []
        # The order is that of the fused scores: a probability above the one before it would say the contrary.
        montrees = np.minimum.accumulate(probabilites[ordre])
        fiches = candidats.fiches[ordre]
        textes = self.lexical.best_texts(fiches, candidats.trouve)
        return [
            self._result(fiche, texte, score)
            for fiche, texte, score in zip(fiches.tolist(), textes, montrees.tolist(), strict=True)
        ]

    def compare(self, question: Question) -> Candidats | None:
        """The entities that may answer, with their traits; None when the query has no word to compare."""
        trouve = self._match(question)
        if trouve is None:
            return None
        vecteur = question.vector(trouve.exact) if self.dense is not None else None
        proximites = self.dense.near(vecteur) if self.dense is not None and vecteur is not None else None
        fiches = self._candidates(trouve, proximites)
        return Candidats(self.lexical, fiches, features(trouve.par_fiche, proximites, fiches), trouve)

    def _candidates(self, trouve: Appariement, proximites: Proximites | None) -> npt.NDArray[np.int64]:
        """The entities worth comparing: the best of each channel, ascending."""
        lexicaux = np.flatnonzero(trouve.par_fiche > 0)
        if len(lexicaux) > _CANDIDATS:
            lexicaux = lexicaux[np.argpartition(-trouve.par_fiche[lexicaux], _CANDIDATS)[:_CANDIDATS]]
        if proximites is None:
            return lexicaux
        denses = proximites.fiches[np.argsort(-proximites.par_sorte.max(axis=1), kind="stable")[:_CANDIDATS]]
        return np.union1d(lexicaux, denses)

    def _match(self, question: Question) -> Appariement | None:
        """Lexical scores of the query in full and as the référentiels would write it, the better of the two."""
        dit = question.texte if self.lexical.name_of(question.texte) is not None else question.clair
        trouve = self.lexical.match(dit)
        # A name that the référentiel holds needs no rewriting, and both its genders must find the same.
        if (trouve is not None and trouve.exact is not None) or question.reecrite is None:
            return trouve
        autre = self.lexical.match(question.reecrite)
        if autre is None or trouve is None:
            return trouve or autre
        return Appariement(
            np.maximum(trouve.par_fiche, np.round(autre.par_fiche * _REECRITURE, 6)),
            np.maximum(trouve.par_texte, autre.par_texte * _REECRITURE),
            None,
        )

    def _lexical_results(self, trouve: Appariement, limite: int) -> list[Resultat]:
        return [self._result(t.fiche, t.texte, t.score) for t in self.lexical.best(trouve, limite)]

    def _result(self, fiche: int, texte: str, score: float) -> Resultat:
        return Resultat(self.nature, self.lexical.code(fiche), self.lexical.label(fiche), texte, score)

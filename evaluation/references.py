"""Simple rankings of texts, for every measure to stand beside: chance, words, characters, an encoder."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy import sparse

from embeddings.encodeur import Encodeur
from evaluation.mesures import Scores
from referentiels.cellules import fold

_GRAINE = 20_260_101
_K1, _B = 1.2, 0.75
NGRAMMES = (2, 5)


def score_references(textes: Sequence[str], requetes: Sequence[str], base: Encodeur | None = None) -> dict[str, Scores]:
    """Scores of texts for requests, (n requests, n texts), by reference.

    Args:
        textes: What is ranked.
        requetes: What is asked.
        base: An encoder to stand beside ours, as it is.

    Returns:
        `hasard` (a seeded draw), `mots_bm25` (plain folded words), `caracteres_tfidf` (`char_wb`, 2 to 5), and `base`.
    """
    scores = {
        "hasard": np.random.default_rng(_GRAINE).random((len(requetes), len(textes)), dtype=np.float32),
        "mots_bm25": _bm25(textes, requetes),
        "caracteres_tfidf": _char_tfidf(textes, requetes),
    }
    if base is not None:
        scores["base"] = base.encode_query(requetes) @ base.encode_document(textes).T
    return scores


def _bm25(textes: Sequence[str], requetes: Sequence[str]) -> Scores:
    """Okapi BM25 on folded words, no stemming."""
    from sklearn.feature_extraction.text import CountVectorizer  # noqa: PLC0415 (a second of import, for this alone)

    compteur = CountVectorizer(preprocessor=fold, tokenizer=str.split, token_pattern=None)
    comptes = compteur.fit_transform(textes).tocsc().astype(np.float32)
    longueurs = np.asarray(comptes.sum(axis=1)).ravel()
    norme = _K1 * (1 - _B + _B * longueurs / max(float(longueurs.mean()), 1.0))
    presences = np.diff(comptes.indptr)
    idf = np.log(1 + (len(textes) - presences + 0.5) / (presences + 0.5))
    comptes.data = comptes.data * (_K1 + 1) / (comptes.data + norme[comptes.indices])
    questions = compteur.transform(requetes)
    questions.data[:] = 1
    return _dense(questions.multiply(idf[None, :]).tocsr() @ comptes.T)


def _char_tfidf(textes: Sequence[str], requetes: Sequence[str]) -> Scores:
    """Cosine of TF-IDF vectors of character n-grams inside words."""
    from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415 (a second of import, for this alone)

    vectoriseur = TfidfVectorizer(preprocessor=fold, analyzer="char_wb", ngram_range=NGRAMMES)
    matrice = vectoriseur.fit_transform(textes)
    return _dense(vectoriseur.transform(requetes) @ matrice.T)


def _dense(matrice: sparse.spmatrix) -> Scores:
    plein: npt.NDArray[np.float32] = np.asarray(matrice.todense(), dtype=np.float32)
    return plein

"""How often a search finds an accepted métier for what people type, beside baselines in the same run."""

import random
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from embeddings.search import Recherche
from referentiels.cellules import fold
from referentiels.errors import InvalidInputError, MalformedError

RANGS = 100
"""Ranks that are looked at; an accepted métier further down counts for nothing."""
_GRAINE = 20_260_101
_LIGNES_MAX = 100_000
_K1, _B = 1.2, 0.75
Classement = Callable[[str], Sequence[str]]
"""From a query to distinct codes ROME, best first."""


@dataclass(frozen=True, slots=True)
class Requete:
    """A query and what answers it: codes ROME, or prefixes that any code may begin with."""

    texte: str
    acceptes: tuple[str, ...]

    def accepts(self, code: str) -> bool:
        """Whether a code is a right answer."""
        return code.startswith(self.acceptes)


def read_requests(fichier: Path) -> tuple[Requete, ...]:
    """The queries of a TSV: `requête<TAB>codes or prefixes, comma-separated`; blank lines and `#` lines are skipped.

    Raises:
        MalformedError: A line without its two cells, or a file that is not UTF-8; says the line.
        InvalidInputError: No file there, no query in it, or far too many.
    """
    try:
        lignes = fichier.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise MalformedError(f"le fichier n'est pas en UTF-8 ({error.reason}).", fichier=fichier.name) from None
    except OSError as error:
        raise InvalidInputError(f"fichier de requêtes illisible : {fichier} ({error.strerror}).") from None
    if len(lignes) > _LIGNES_MAX:
        raise InvalidInputError(f"{fichier.name} : plus de {_LIGNES_MAX} lignes.")
    requetes = []
    for numero, ligne in enumerate(lignes, start=1):
        if not ligne.strip() or ligne.startswith("#"):
            continue
        texte, _, codes = ligne.partition("\t")
        acceptes = tuple(c.strip().upper() for c in codes.split(",") if c.strip())
        if not texte.strip() or not acceptes:
            raise MalformedError(
                "il faut une requête, une tabulation et au moins un code.", fichier=fichier.name, ligne=numero
            )
        requetes.append(Requete(texte.strip(), acceptes))
    if not requetes:
        raise InvalidInputError(f"{fichier.name} : aucune requête.")
    return tuple(requetes)


def evaluate_requests(recherche: Recherche, fichier: Path) -> dict[str, Any]:
    """Success at 1 and 5 and mean reciprocal rank over the métiers, for the search and for three baselines.

    Args:
        recherche: The search under test; the baselines see the same names.
        fichier: See `read_requests`.

    Returns:
        `n`, `succes_1`, `succes_5`, `mrr` (all in [0, 1] but `n`), `mediane_ms` and `p95_ms` for one query, and under
        `references` the same for `hasard` (a seeded shuffle), `mots_bm25` (plain words) and `caracteres_tfidf`
        (`char_wb`, 2 to 5).
    """
    requetes = read_requests(fichier)
    noms = recherche.names("metier")
    recherche.warm(("metier",))
    resultat = measure(requetes, lambda q: [r.code for r in recherche.search(q, ("metier",), RANGS)])
    references = {"hasard": _chance(noms), "mots_bm25": _bm25(noms), "caracteres_tfidf": _char_tfidf(noms)}
    resultat["references"] = {nom: measure(requetes, classement) for nom, classement in references.items()}
    return resultat


def measure(requetes: Iterable[Requete], classement: Classement) -> dict[str, Any]:
    """Quality and latency of one ranking; the same keys as `evaluate_requests`."""
    rangs: list[int | None] = []
    durees: list[float] = []
    for requete in requetes:
        debut = time.perf_counter()
        codes = classement(requete.texte)
        durees.append(time.perf_counter() - debut)
        rangs.append(next((r for r, code in enumerate(codes[:RANGS], start=1) if requete.accepts(code)), None))
    n = len(rangs)
    trouves = [r for r in rangs if r is not None]
    return {
        "n": n,
        "succes_1": round(sum(r == 1 for r in trouves) / n, 4),
        "succes_5": round(sum(r <= 5 for r in trouves) / n, 4),
        "mrr": round(sum(1 / r for r in trouves) / n, 4),
        "mediane_ms": round(float(np.median(durees)) * 1000, 2),
        "p95_ms": round(float(np.quantile(durees, 0.95)) * 1000, 2),
    }


def _chance(noms: Sequence[tuple[str, str]]) -> Classement:
    codes = sorted({code for code, _ in noms})
    tirage = random.Random(_GRAINE)

    def rank(_: str) -> Sequence[str]:
        return tirage.sample(codes, min(RANGS, len(codes)))

    return rank


def _bm25(noms: Sequence[tuple[str, str]]) -> Classement:
    """Okapi BM25 on folded words, no stemming; a métier by its best name."""
    documents = [fold(nom).split() for _, nom in noms]
    longueur = np.array([len(d) for d in documents])
    norme = _K1 * (1 - _B + _B * longueur / max(longueur.mean(), 1))
    postings: dict[str, list[int]] = {}
    for rang, mots in enumerate(documents):
        for mot in dict.fromkeys(mots):
            postings.setdefault(mot, []).append(rang)
    best = _best_by_code(noms)

    def rank(requete: str) -> Sequence[str]:
        scores = np.zeros(len(documents))
        for mot in dict.fromkeys(fold(requete).split()):
            if lieux := postings.get(mot):
                idf = np.log(1 + (len(documents) - len(lieux) + 0.5) / (len(lieux) + 0.5))
                scores[lieux] += idf * (_K1 + 1) / (1 + norme[lieux])
        return best(scores)

    return rank


def _char_tfidf(noms: Sequence[tuple[str, str]]) -> Classement:
    """Cosine of TF-IDF vectors of character n-grams inside words; a métier by its best name."""
    from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415 (a second of import, for this alone)

    vectoriseur = TfidfVectorizer(preprocessor=fold, analyzer="char_wb", ngram_range=(2, 5))
    matrice = vectoriseur.fit_transform([nom for _, nom in noms])
    best = _best_by_code(noms)

    def rank(requete: str) -> Sequence[str]:
        return best((matrice @ vectoriseur.transform([requete]).T).toarray()[:, 0])

    return rank


def _best_by_code(noms: Sequence[tuple[str, str]]) -> Callable[[npt.NDArray[np.float64]], Sequence[str]]:
    """From scores of the names to distinct codes with a score above 0, best first, ties by code."""
    codes = sorted({code for code, _ in noms})
    numeros = {code: rang for rang, code in enumerate(codes)}
    code_de = np.array([numeros[code] for code, _ in noms])

    def best(scores: npt.NDArray[np.float64]) -> Sequence[str]:
        par_code = np.zeros(len(codes))
        np.maximum.at(par_code, code_de, scores)
        ordre = np.argsort(-par_code, kind="stable")[:RANGS]
        return [codes[i] for i in ordre if par_code[i] > 0]

    return best

"""How often a search finds an accepted métier for what people type, beside references in the same run."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from embeddings.encodeur import Encodeur
from embeddings.search import Recherche
from embeddings.types import Chercheur
from evaluation.mesures import best_by_group, first_ranks, summarize
from evaluation.references import score_references
from referentiels.errors import InvalidInputError, MalformedError

RANGS = 100
"""Ranks that are looked at; an accepted métier further down counts for nothing."""
PREMIERS = {"succes_1": 1, "succes_5": 5}
HORS_SUJET = "-"
_LIGNES_MAX = 100_000


@dataclass(frozen=True, slots=True)
class Requete:
    """A query and what answers it: codes ROME, or prefixes that any code may begin with."""

    texte: str
    acceptes: tuple[str, ...]
    """Empty for a request that no métier answers: the service should hold back."""
    genre: str = ""
    """Kind of request (slip, everyday words, description…), for measures apart."""

    def accepts(self, code: str) -> bool:
        """Whether a code is a right answer."""
        return bool(self.acceptes) and code.startswith(self.acceptes)


def read_requests(fichier: Path) -> tuple[Requete, ...]:
    """The queries of a TSV: `requête<TAB>codes or prefixes, comma-separated`, and a kind in a third cell if any.

    Codes `-` mean that no métier answers. Blank lines and `#` lines are skipped.

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
        texte, codes, genre = (*ligne.split("\t"), "", "")[:3]
        acceptes = tuple(c.strip().upper() for c in codes.split(",") if c.strip())
        if not texte.strip() or not acceptes:
            raise MalformedError(
                "il faut une requête, une tabulation et au moins un code.", fichier=fichier.name, ligne=numero
            )
        requetes.append(Requete(texte.strip(), () if acceptes == (HORS_SUJET,) else acceptes, genre.strip()))
    if not requetes:
        raise InvalidInputError(f"{fichier.name} : aucune requête.")
    return tuple(requetes)


def evaluate_requests(recherche: Recherche, fichier: Path, base: Encodeur | None = None) -> dict[str, Any]:
    """Success at 1 and 5 and mean reciprocal rank over the métiers, for the search and for its references.

    Args:
        recherche: The search under test; the references see the same names.
        fichier: See `read_requests`.
        base: An encoder to stand beside ours, as it is.

    Returns:
        `n`, `succes_1`, `succes_5`, `mrr` (all in [0, 1] but `n`), their 95 % `intervalles`, `mediane_ms` and `p95_ms`
        for one query; `genres`, the same for each kind of request; `abstention` (see `_abstention`); and under
        `references` the same measures for simpler rankings, our two channels alone included.
    """
    toutes = read_requests(fichier)
    requetes = [r for r in toutes if r.acceptes]
    recherche.warm(("metier",))
    mesures = measure(requetes, recherche)
    mesures["references"] = {
        voie: measure(requetes, recherche.variant(voie), intervalles=False) for voie in recherche.variants()
    } | measure_references(requetes, recherche.names("metier"), base)
    mesures["abstention"] = _abstention(recherche, toutes)
    return mesures


def measure(requetes: Sequence[Requete], recherche: Chercheur, *, intervalles: bool = True) -> dict[str, Any]:
    """Quality and latency of one search; a query asked twice is answered from memory, so each is asked once."""
    rangs, durees = [], []
    for requete in requetes:
        debut = time.perf_counter()
        resultats = recherche.search(requete.texte, ("metier",), RANGS)
        durees.append(time.perf_counter() - debut)
        rangs.append(next((rang for rang, r in enumerate(resultats, start=1) if requete.accepts(r.code)), 0))
    mesures = summarize(np.array(rangs, dtype=np.int64), PREMIERS, intervalles=intervalles)
    if durees:
        mesures["mediane_ms"] = round(float(np.median(durees)) * 1000, 2)
        mesures["p95_ms"] = round(float(np.quantile(durees, 0.95)) * 1000, 2)
    genres = sorted({r.genre for r in requetes} - {""})
    if intervalles and genres:
        mesures["genres"] = {
            genre: summarize(np.array([x for x, r in zip(rangs, requetes, strict=True) if r.genre == genre]), PREMIERS)
            for genre in genres
        }
    return mesures


def measure_references(
    requetes: Sequence[Requete], noms: Sequence[tuple[str, str]], base: Encodeur | None = None
) -> dict[str, Any]:
    """The references over the same names; a métier is worth its best name."""
    codes = sorted({code for code, _ in noms})
    numeros = {code: numero for numero, code in enumerate(codes)}
    groupes = np.array([numeros[code] for code, _ in noms], dtype=np.int64)
    justes = [np.array([n for n, code in enumerate(codes) if r.accepts(code)], dtype=np.int64) for r in requetes]
    scores = score_references([nom for _, nom in noms], [r.texte for r in requetes], base)
    return {
        nom: summarize(first_ranks(best_by_group(lignes, groupes, len(codes)), justes), PREMIERS)
        for nom, lignes in scores.items()
    }


def _abstention(recherche: Recherche, requetes: Sequence[Requete]) -> dict[str, Any]:
    """How the service holds back.

    Returns:
        `n_hors_sujet` and the `part_ecartee` of those that it answers with nothing or without being sure; over the
        others, the `part_sure` and `exactitude_sure`, the share of right first answers among the sure ones, beside
        `exactitude_hesitante`.
    """
    dehors = [recherche.ask(r.texte, ("metier",), 1) for r in requetes if not r.acceptes]
    dedans = [(recherche.ask(r.texte, ("metier",), 1), r) for r in requetes if r.acceptes]
    sures = [r.accepts(reponse.resultats[0].code) for reponse, r in dedans if reponse.sure]
    autres = [
        bool(reponse.resultats) and r.accepts(reponse.resultats[0].code) for reponse, r in dedans if not reponse.sure
    ]
    return {
        "n_hors_sujet": len(dehors),
        "part_ecartee": _share([not r.sure for r in dehors]),
        "part_sure": round(len(sures) / max(len(dedans), 1), 4),
        "exactitude_sure": _share(sures),
        "exactitude_hesitante": _share(autres),
    }


def _share(oui: Sequence[bool]) -> float | None:
    return round(sum(oui) / len(oui), 4) if oui else None

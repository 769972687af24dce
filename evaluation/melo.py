"""The MELO benchmark: job titles of the ROME linked to the labels of ESCO, every label ranked."""

import csv
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from embeddings.encodeur import Encodeur
from embeddings.etiquettes import Etiquettes
from evaluation.mesures import Scores, first_ranks, summarize
from evaluation.references import score_references
from referentiels.errors import InvalidInputError, MalformedError

PREMIERS = {"a1": 1, "a5": 5, "a10": 10}
_LIGNES_MAX = 1_000_000


@dataclass(frozen=True, slots=True)
class Banc:
    """Requests, the elements that are ranked, and the right ones of each request."""

    requetes: tuple[str, ...]
    elements: tuple[str, ...]
    justes: tuple[npt.NDArray[np.int64], ...]
    """Positions of elements."""


def read_bench(dossier: Path) -> Banc:
    """`queries.tsv` and `corpus_elements.tsv` (key, text), `annotations.tsv` (request, 0, element, 1).

    Raises:
        InvalidInputError: A file is absent or empty.
        MalformedError: A line without its cells, or a key that nothing holds; says the line.
    """
    requetes = _read(dossier / "queries.tsv", 2)
    elements = _read(dossier / "corpus_elements.tsv", 2)
    lignes = {cle: rang for rang, (cle, _) in enumerate(requetes)}
    places = {cle: rang for rang, (cle, _) in enumerate(elements)}
    justes: dict[int, list[int]] = defaultdict(list)
    for numero, (requete, _, element, valeur) in enumerate(_read(dossier / "annotations.tsv", 4), start=1):
        if requete not in lignes or element not in places:
            raise MalformedError("requête ou élément inconnu.", fichier="annotations.tsv", ligne=numero)
        if valeur != "0":
            justes[lignes[requete]].append(places[element])
    return Banc(
        tuple(texte for _, texte in requetes),
        tuple(texte for _, texte in elements),
        tuple(np.array(sorted(justes[rang]), dtype=np.int64) for rang in range(len(requetes))),
    )


def evaluate_bench(banc: Banc, encodeur: Encodeur | None, base: Encodeur | None = None) -> dict[str, Any]:
    """Mean reciprocal rank of the first right element and accuracy at 1, 5 and 10; every element is ranked.

    Args:
        banc: Two elements of one text have one score; equal scores are ranked in the order of the file.
        encodeur: Ours; None measures words alone.
        base: An encoder to stand beside ours, as it is.

    Returns:
        `n`, `n_elements`, `mrr`, `a1`, `a5`, `a10`, their 95 % `intervalles`, `ms_par_requete`, and under `references`
        the same without intervals for simpler rankings: ours with every spelling of a name in its own place, our two
        channels alone, and others.
    """
    etiquettes = Etiquettes(banc.elements, encodeur)
    debut = time.perf_counter()
    hybride = etiquettes.hybrid(banc.requetes)
    duree = time.perf_counter() - debut
    mesures = _measure(hybride, banc, intervalles=True)
    references = {
        "sans regrouper les formes d'un nom": etiquettes.hybrid(banc.requetes, grouper=False),
        "lexicale": etiquettes.lexical(banc.requetes),
    }
    if encodeur is not None:
        references["dense"] = etiquettes.dense(banc.requetes)
    references |= score_references(banc.elements, banc.requetes, base)
    return {
        "n_elements": len(banc.elements),
        **mesures,
        "ms_par_requete": round(duree / len(banc.requetes) * 1000, 2),
        "references": {nom: _measure(scores, banc) for nom, scores in references.items()},
    }


def _measure(scores: Scores, banc: Banc, *, intervalles: bool = False) -> dict[str, Any]:
    return summarize(first_ranks(scores, banc.justes), PREMIERS, intervalles=intervalles)


def _read(fichier: Path, colonnes: int) -> Sequence[Sequence[str]]:
    try:
        with fichier.open(encoding="utf-8-sig", newline="") as flux:
            lignes = list(csv.reader(flux, delimiter="\t", quoting=csv.QUOTE_NONE))
    except UnicodeDecodeError as error:
        raise MalformedError(f"le fichier n'est pas en UTF-8 ({error.reason}).", fichier=fichier.name) from None
    except OSError as error:
        raise InvalidInputError(f"banc illisible : {fichier} ({error.strerror}).") from None
    if not lignes or len(lignes) > _LIGNES_MAX:
        raise InvalidInputError(f"{fichier.name} : vide, ou plus de {_LIGNES_MAX} lignes.")
    for numero, ligne in enumerate(lignes, start=1):
        if len(ligne) != colonnes:
            raise MalformedError(f"il faut {colonnes} colonnes.", fichier=fichier.name, ligne=numero)
    return lignes

"""The arrays of an index, made from the fiches of every nature: words, vectors, and what is drawn from vectors."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from embeddings.cache import CacheVecteurs
from embeddings.cas.appris import Appris, case_tables
from embeddings.dense import EXACT_MAX, VOISINS, texts_of
from embeddings.ensemble import CENTRES, build_centres
from embeddings.gestes import build_gestures, gesture_texts
from embeddings.indexation import build_tables
from embeddings.lexical import ConfigLexical
from embeddings.survol import build_codes
from embeddings.texts import Fiche
from embeddings.types import Nature
from embeddings.voisinage import build_neighbours

ITEMS: tuple[Nature, ...] = ("competence", "savoir")
"""What a métier calls for."""
Progress = Callable[[str], None]


def make_tables(
    fiches: Mapping[Nature, Sequence[Fiche]],
    config: ConfigLexical,
    cache: CacheVecteurs | None,
    progress: Progress,
    cas: Appris | None = None,
) -> dict[str, npt.NDArray[Any]]:
    """All the arrays of an index, by « nature/name ».

    Args:
        fiches: In code order, by nature.
        config: How texts are compared.
        cache: Makes and keeps the vectors; None for words alone.
        progress: Called with a French sentence at each step.
        cas: What was learnt from the written cases, with the same encoder.
    """
    tableaux: dict[str, npt.NDArray[Any]] = {}
    for nature, lot in fiches.items():
        progress(f"Index de recherche : {nature}")
        tables = build_tables(lot, config.puissance_idf)
        tableaux.update((f"{nature}/{nom}", tableau) for nom, tableau in tables.items())
    if cache is not None:
        textes = {nature: texts_of(lot) for nature, lot in fiches.items()}
        phrases = gesture_texts()
        vecteurs = cache.vectors([t for lot, _, _ in textes.values() for t in lot] + phrases, progress)
        debut = 0
        for nature, (siens, numeros, sortes) in textes.items():
            tableaux[f"{nature}/vecteurs"] = vecteurs[debut : debut + len(siens)]
            tableaux[f"{nature}/vecteurs_fiche"], tableaux[f"{nature}/vecteurs_sorte"] = numeros, sortes
            if len(siens) > EXACT_MAX:
                survol = build_codes(tableaux[f"{nature}/vecteurs"], VOISINS)
                tableaux[f"{nature}/survol"] = np.zeros(0, dtype=np.uint8) if survol is None else survol
            debut += len(siens)
        if fiches.get("metier"):
            _, numeros, _ = textes["metier"]
            tableaux[CENTRES] = build_centres(tableaux["metier/vecteurs"], numeros, len(fiches["metier"]))
            if cas is not None:
                codes = [fiche.code for fiche in fiches["metier"]]
                tableaux |= case_tables(cas, codes, tableaux[CENTRES])
        if all(fiches.get(nature) for nature in ITEMS):
            codes = [fiche.code for nature in ITEMS for fiche in fiches[nature]]
            lots = [tableaux[f"{nature}/vecteurs"] for nature in ITEMS]
            progress("Voisinage des compétences et des savoirs")
            tableaux |= build_neighbours(codes, np.concatenate(lots))
            tableaux |= build_gestures(codes, np.concatenate(lots), vecteurs[debut : debut + len(phrases)])
    return tableaux

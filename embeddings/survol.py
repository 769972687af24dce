"""A first pass over many vectors: two dimensions in four bits, read by the processor a register at a time."""

from typing import Any

import faiss
import numpy as np
import numpy.typing as npt

LARGEUR = 4
"""Vectors compared in full for each one wanted (the same hundred nearest: see `RESULTATS.md`)."""
_NIVEAUX = np.array((-1.5104, -0.4528, 0.4528, 1.5104), dtype=np.float32)
"""The four values that say most of a normal variable (Lloyd, Max), in standard deviations."""
RAPPEL_MIN = 0.99
"""Least share of the neighbours that a first pass keeps."""
_ESSAIS = 200
_PAIRE = 2
_TRANCHE = 1 << 14
Tableau = npt.NDArray[Any]


def build_codes(vecteurs: Tableau, voisins: int) -> npt.NDArray[np.uint8] | None:
    """The codes of some vectors of an even dimension, as FAISS writes them; None when they would lose neighbours.

    Nothing is trained: each dimension is cut by its own mean and deviation, so that the same vectors have the same
    codes everywhere. That suits an encoder whose dimensions are spread as ours are: another may lose by it, so some of
    the vectors are looked for before the codes are trusted.

    Args:
        vecteurs: (n, d) unit rows in half precision.
        voisins: Neighbours that a query asks for.
    """
    index = faiss.IndexPQFastScan(vecteurs.shape[1], vecteurs.shape[1] // _PAIRE, 4, faiss.METRIC_INNER_PRODUCT)
    faiss.copy_array_to_vector(_centroids(vecteurs).ravel(), index.pq.centroids)
    index.is_trained = True
    for debut in range(0, len(vecteurs), _TRANCHE):
        index.add(vecteurs[debut : debut + _TRANCHE].astype(np.float32))
    exact = open_exact(vecteurs)
    codes = np.asarray(faiss.serialize_index(index))
    questions = vecteurs[:: max(1, len(vecteurs) // _ESSAIS)].astype(np.float32)
    vrais = exact.search(questions, voisins)[1]
    trouves = open_codes(codes, exact).search(questions, voisins)[1]
    communs = np.mean([len(np.intersect1d(un, deux)) / voisins for un, deux in zip(vrais, trouves, strict=True)])
    return codes if communs >= RAPPEL_MIN else None


def open_exact(vecteurs: Tableau) -> Any:
    """An index that compares every vector, in half precision: as fast as single precision, half its memory."""
    index = faiss.IndexScalarQuantizer(vecteurs.shape[1], faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)
    # Half precision is written as it lies here: nothing to convert.
    octets = np.ascontiguousarray(vecteurs, dtype="<f2").view(np.uint8)
    for debut in range(0, len(vecteurs), _TRANCHE):
        index.add_sa_codes(octets[debut : debut + _TRANCHE])
    return index


def open_codes(codes: npt.NDArray[np.uint8], exact: Any) -> Any:
    """An index that looks at the codes first, then compares the best of them in full.

    Args:
        codes: What `build_codes` made.
        exact: The index of the same vectors, in the same order.
    """
    survol = faiss.deserialize_index(np.array(codes))
    index = faiss.IndexRefine(survol, exact)
    index.k_factor = LARGEUR
    return index


def _centroids(vecteurs: Tableau) -> npt.NDArray[np.float32]:
    """(pairs, 16, 2): the grid of the levels of two dimensions."""
    moyenne = np.asarray(vecteurs.mean(axis=0, dtype=np.float64))
    ecart = np.asarray(vecteurs.std(axis=0, dtype=np.float64))
    niveaux = (moyenne[:, None] + ecart[:, None] * _NIVEAUX).astype(np.float32).reshape(-1, _PAIRE, len(_NIVEAUX))
    grille = np.empty((len(niveaux), len(_NIVEAUX) ** 2, _PAIRE), dtype=np.float32)
    grille[:, :, 0] = np.repeat(niveaux[:, 0], len(_NIVEAUX), axis=1)
    grille[:, :, 1] = np.tile(niveaux[:, 1], len(_NIVEAUX))
    return grille

"""Do the blocs that are said to cover a compétence really cover it, on pairs judged by a person?"""

from pathlib import Path
from typing import Any

import numpy as np

from evaluation.mesures import interval
from recommender.blocs import Blocs
from recommender.colonnes_blocs import Vecteurs
from referentiels.catalogue import Catalogue
from referentiels.errors import InvalidInputError, MalformedError

SEUILS = (0.5, 0.6, 0.7, 0.8)
_COLONNES = 3
_ARRONDI = 4


def evaluate_blocs(catalogue: Catalogue, vecteurs: Vecteurs | None, fichier: Path) -> dict[str, Any]:
    """Precision and recall of the cover at several thresholds of probability.

    The pairs served to fit the probability, and were drawn evenly over likeness: likely pairs weigh here less than they
    do in service, and the figures are no held-out ones.

    Args:
        catalogue: The référentiels.
        vecteurs: `Recherche.vectors`; None compares words alone.
        fichier: « code OGR, tab, code of the bloc, tab, 0 or 1 » a line; lines that begin with # are skipped.

    Returns:
        `n` pairs known to the catalogue, `inconnues` the others; for each threshold `retenues`, `precision` with its
        95 % interval (None when nothing is kept) and `rappel`.

    Raises:
        InvalidInputError: No file there, or no pair of it is known.
        MalformedError: A line of another shape.
    """
    blocs = Blocs(catalogue, vecteurs, seuil=0.0)
    jugees, probabilites = [], []
    paires = _read(fichier)
    for ogr, bloc, couvre in paires:
        probabilite = blocs.likeness(ogr, bloc)
        if probabilite is not None:
            jugees.append(couvre)
            probabilites.append(probabilite)
    if not jugees:
        raise InvalidInputError(f"{fichier.name} : aucune paire n'est connue de ce catalogue.")
    vraies, valeurs = np.array(jugees, dtype=bool), np.array(probabilites)
    mesures: dict[str, Any] = {"n": len(jugees), "inconnues": len(paires) - len(jugees)}
    for seuil in SEUILS:
        gardees = vraies[valeurs >= seuil]
        mesures[f"seuil_{seuil:g}"] = {
            "retenues": len(gardees),
            "precision": round(float(gardees.mean()), _ARRONDI) if len(gardees) else None,
            "intervalle": interval(gardees.astype(np.float64)) if len(gardees) else None,
            "rappel": round(float(gardees.sum() / max(int(vraies.sum()), 1)), _ARRONDI),
        }
    return mesures


def _read(fichier: Path) -> list[tuple[int, str, bool]]:
    try:
        lignes = fichier.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInputError(f"fichier de paires illisible : {fichier} ({error}).") from error
    paires = []
    for numero, ligne in enumerate(lignes, start=1):
        if not ligne.strip() or ligne.startswith("#"):
            continue
        cellules = ligne.split("\t")
        if len(cellules) != _COLONNES or not cellules[0].isdigit() or cellules[2] not in {"0", "1"}:
            raise MalformedError("code OGR, code de bloc, 0 ou 1.", fichier=fichier.name, ligne=numero)
        paires.append((int(cellules[0]), cellules[1], cellules[2] == "1"))
    return paires

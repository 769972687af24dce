"""What métiers share, and how far they are from each other, as columns."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, diags

from recommender.tables import Lues, Tables, Textes, write_sparse
from referentiels.catalogue import Catalogue
from referentiels.types import MetierCompetence, MetierSavoir, Mobilite

_COEUR = 2.0
"""A compétence at the core of a métier counts so many times another."""
_HORS_SAVOIR = frozenset({"Savoir-être", "Certifications et habilitations"})
"""What one does not learn by exercising a métier."""
VOISINS, PROXIMITE_MIN, OFFICIELLE = 12, 0.12, 0.6
Aretes = list[dict[int, float]]


def build_tables(
    catalogue: Catalogue,
    voisins: int = VOISINS,
    proximite_min: float = PROXIMITE_MIN,
    officielle: float = OFFICIELLE,
) -> Tables:
    """The columns of a catalogue.

    Args:
        catalogue: The référentiels.
        voisins: Nearest métiers by compétences that are linked to each.
        proximite_min: Cosine below which two métiers without official mobility are not linked.
        officielle: Share of its distance that an official mobility costs.

    Returns:
        By item: `items` (OGR codes), `libelles`, `raretes`, `utile`. By métier: `unitaires` (sparse, what it calls for,
        norm 1), `proximites` (N, N). `officielles` (m, 2), mobilities by ranks; `sorties` (k, 2) and `distances` (k,),
        links in the order in which they are followed.
    """
    rang = {code: n for n, code in enumerate(catalogue.metiers)}
    tables, unitaires = _read_demands(catalogue, rang)
    proximites = (unitaires @ unitaires.T).toarray().astype(np.float32).clip(max=1.0)
    np.fill_diagonal(proximites, 0.0)
    officielles = sorted(
        {
            (rang[m.code_rome], rang[m.code_rome_cible])
            for m in catalogue.all(Mobilite)
            if m.code_rome != m.code_rome_cible
        }
    )
    sorties = _edges(proximites, officielles, voisins, proximite_min, officielle)
    liens = [(de, vers) for de, suivants in enumerate(sorties) for vers in suivants]
    return tables | {
        "proximites": proximites,
        "officielles": np.array(officielles, dtype=np.int32).reshape(-1, 2),
        "sorties": np.array(liens, dtype=np.int32).reshape(-1, 2),
        "distances": np.array([d for suivants in sorties for d in suivants.values()], dtype=np.float64),
    }


def read_edges(tables: Lues, metiers: int) -> tuple[Aretes, Aretes]:
    """Distances from each métier to the next ones, and to each from those before."""
    sorties: Aretes = [{} for _ in range(metiers)]
    entrees: Aretes = [{} for _ in range(metiers)]
    for (de, vers), distance in zip(tables["sorties"].tolist(), tables["distances"].tolist(), strict=True):
        sorties[de][vers] = entrees[vers][de] = distance
    return sorties, entrees


def _read_demands(catalogue: Catalogue, rang: dict[Any, int]) -> tuple[Tables, Any]:
    """What métiers call for, weighted by rarity and cœur de métier, each row of norm 1."""
    competences, savoirs = catalogue.demandes(MetierCompetence), catalogue.demandes(MetierSavoir)
    ogrs = np.array(competences.codes_ogr + savoirs.codes_ogr, dtype=np.int64)
    lignes = np.array([rang[c] for c in competences.codes_rome + savoirs.codes_rome], dtype=np.int64)
    items, colonnes = np.unique(ogrs, return_inverse=True)
    fiches = [catalogue.competences[c] if c in catalogue.competences else catalogue.savoirs[c] for c in items.tolist()]
    apprenable = np.array([f.categorie not in _HORS_SAVOIR for f in fiches], dtype=bool)
    ordinaire = np.array([not getattr(f, "transversale", False) for f in fiches], dtype=bool)
    frequence = np.bincount(colonnes, minlength=len(items))
    raretes = np.log(len(rang) / np.maximum(frequence, 1)) if len(items) else np.zeros(0)
    utile = raretes * apprenable * ordinaire
    coeurs = np.array([_COEUR if c else 1.0 for c in competences.coeurs + savoirs.coeurs])
    demandes = csr_matrix((coeurs * utile[colonnes], (lignes, colonnes)), shape=(len(rang), len(items)))
    demandes.eliminate_zeros()
    normes = np.sqrt(np.asarray(demandes.multiply(demandes).sum(axis=1)).ravel())
    unitaires = csr_matrix(diags(1.0 / np.where(normes > 0, normes, 1.0)) @ demandes)
    tables: Tables = {"items": items, "raretes": raretes, "utile": utile}
    tables |= Textes(fiche.libelle for fiche in fiches).write("libelles")
    return tables | write_sparse("unitaires", unitaires), unitaires


def _edges(
    proximites: NDArray[np.float32],
    officielles: list[tuple[int, int]],
    voisins: int,
    minimum: float,
    officielle: float,
) -> Aretes:
    sorties: Aretes = [{} for _ in proximites]
    ordre = np.argsort(-proximites, axis=1, kind="stable")[:, :voisins]
    for de, vers in ((de, vers) for de, siens in enumerate(ordre.tolist()) for vers in siens):
        if proximites[de, vers] >= minimum:
            sorties[de][vers] = sorties[vers][de] = 1.0 - float(proximites[de, vers])
    for de, vers in officielles:
        sorties[de][vers] = officielle * (1.0 - float(proximites[de, vers]))
    return sorties

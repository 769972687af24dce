"""Items near each other by meaning: exact, thresholded, and absent without vectors."""

import numpy as np
import pytest

from embeddings.search import assemble
from embeddings.texts import entities
from embeddings.voisinage import build_neighbours, read_neighbours
from referentiels.catalogue import Catalogue
from tests.embeddings.factice import EncodeurFactice


def test_neighbours_are_those_of_the_full_product_above_the_threshold() -> None:
    alea = np.random.default_rng(3)
    vecteurs = alea.normal(size=(200, 12))
    vecteurs /= np.linalg.norm(vecteurs, axis=1, keepdims=True)
    voisinage = read_neighbours(build_neighbours([str(n * 3) for n in range(200)], vecteurs.astype(np.float16)))
    assert voisinage is not None
    produits = vecteurs @ vecteurs.T
    for item in (0, 17, 199):
        attendus = {n for n in np.flatnonzero(produits[item] >= 0.502).tolist() if n != item}
        trouves = voisinage.voisins[voisinage.debuts[item] : voisinage.debuts[item + 1]].tolist()
        assert attendus <= set(trouves)
        assert item not in trouves
        proximites = voisinage.proximites[voisinage.debuts[item] : voisinage.debuts[item + 1]]
        assert proximites.tolist() == pytest.approx(produits[item][trouves].tolist(), abs=2e-3)
        assert (np.diff(proximites) <= 1e-3).all()
    assert voisinage.codes[17] == 51


def test_the_index_of_a_catalogue_carries_its_neighbourhood(catalogue_socle: Catalogue) -> None:
    fiches = {nature: entities(catalogue_socle, nature)[:300] for nature in ("competence", "savoir")}
    voisinage = assemble(fiches, EncodeurFactice()).neighbours()  # type: ignore[arg-type]  # natures by name
    assert voisinage is not None
    assert len(voisinage.codes) == sum(map(len, fiches.values())) == len(voisinage.debuts) - 1
    assert assemble(fiches, None).neighbours() is None  # type: ignore[arg-type]  # the same

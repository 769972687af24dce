"""What vectors cost in PostgreSQL, beside FAISS in the same run: real titles of formations, then 300,000 invented."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from api.persistence import vecteurs as module
from api.persistence.vecteurs import BaseVecteurs
from api.settings import Settings
from embeddings.dense import IndexDense, IndexVecteurs, Tableau
from embeddings.dense_sql import EXACT_MAX
from embeddings.embarque import EncodeurEmbarque
from embeddings.search import Recherche
from referentiels.catalogue import Catalogue
from referentiels.errors import AzimutError
from tests.api.persistence.postgres import create_database, start_server
from tests.benchmarks.vecteurs import Reels, invent
from tests.embeddings.contrat_dense import alone

pytestmark = pytest.mark.mesure
RAPPEL_MIN = 0.99
NOMBRE, QUESTIONS, GRAINE = 300_000, 200, 5
_VUS = 10


@dataclass(frozen=True, slots=True)
class Mesure:
    """What an index is worth, and costs."""

    nom: str
    chargement: float
    rappel: float
    mediane_ms: float
    p95_ms: float

    def __str__(self) -> str:
        return (
            f"{self.nom} : chargement {self.chargement:.2f} s, rappel@{_VUS} {self.rappel:.4f}, "
            f"médiane {self.mediane_ms:.2f} ms, p95 {self.p95_ms:.2f} ms"
        )


@pytest.fixture(scope="module")
def adresse() -> Iterator[str]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(module, "DELAI", 60.0)
        yield create_database(start_server(monkeypatch))


@pytest.fixture
def base(adresse: str) -> BaseVecteurs:
    return BaseVecteurs(adresse, 1)


def exact(vecteurs: Tableau, questions: Reels) -> list[set[int]]:
    """The nearest, all products made in single precision."""
    produits = np.empty((len(questions), len(vecteurs)), dtype=np.float32)
    for debut in range(0, len(vecteurs), 1 << 15):
        produits[:, debut : debut + (1 << 15)] = questions @ vecteurs[debut : debut + (1 << 15)].astype(np.float32).T
    return [set(ligne) for ligne in np.argpartition(-produits, _VUS, axis=1)[:, :_VUS].tolist()]


def measure(nom: str, index: IndexVecteurs, chargement: float, questions: Reels, justes: list[set[int]]) -> Mesure:
    """The index asked as the service does, once it has been asked a little."""
    for question in questions[:_VUS]:
        index.near(question)
    durees, communs = [], []
    for question, bons in zip(questions, justes, strict=True):
        debut = time.perf_counter()
        trouves = index.near(question)
        durees.append(time.perf_counter() - debut)
        premiers = np.argsort(-trouves.par_sorte[:, 0], kind="stable")[:_VUS]
        communs.append(len(bons & set(trouves.fiches[premiers].tolist())) / _VUS)
    mediane, p95 = np.quantile(durees, (0.5, 0.95)) * 1000
    return Mesure(nom, chargement, float(np.mean(communs)), float(mediane), float(p95))


def compare(base: BaseVecteurs, version: str, vecteurs: Tableau, questions: Reels) -> None:
    """Measure both, print them, hold the bar."""
    tableaux, justes = alone(vecteurs), exact(vecteurs, questions)
    debut = time.perf_counter()
    faiss = IndexDense(tableaux)
    dans_faiss = measure("FAISS", faiss, time.perf_counter() - debut, questions, justes)
    debut = time.perf_counter()
    assert base.load("formation", version, tableaux)
    duree = time.perf_counter() - debut
    nom = "pgvector, tous comparés" if len(vecteurs) <= EXACT_MAX else "pgvector, graphe HNSW"
    ailleurs = base.open("formation", version, tableaux)
    dans_pgvector = measure(nom, ailleurs, duree, questions, justes)
    rapport = dans_pgvector.mediane_ms / dans_faiss.mediane_ms
    print(f"{len(vecteurs)} vecteurs\n{dans_faiss}\n{dans_pgvector}\nmédianes : {rapport:.1f} fois")  # noqa: T201
    assert min(dans_faiss.rappel, dans_pgvector.rappel) >= RAPPEL_MIN


@pytest.mark.officiel
def test_titles_of_formations(base: BaseVecteurs, donnees: Path) -> None:
    settings, encodeur = Settings(), EncodeurEmbarque()
    try:
        catalogue = Catalogue.load(settings.dossier_catalogue)
        recherche = Recherche.load(catalogue, settings.dossier_index, encodeur=encodeur)
    except AzimutError:
        pytest.skip("catalogue officiel absent : « azimut construire » avec AZIMUT_DONNEES et AZIMUT_VAR")
    tableaux = recherche.dense_arrays("formation")
    assert tableaux is not None
    noms = [nom.split(" / ")[0] for _, nom in recherche.names("metier")][::60]
    compare(base, recherche.version, tableaux["vecteurs"], encodeur.encode_query(noms))


def test_a_graph_pays_beyond_the_size_where_it_is_made(adresse: str) -> None:
    vecteurs, questions = invent(EXACT_MAX, QUESTIONS, GRAINE)
    tableaux, justes = alone(vecteurs), exact(vecteurs, questions)
    mesures = []
    for nom, exact_max in (("tous comparés", EXACT_MAX), ("graphe HNSW", 0)):
        base = BaseVecteurs(adresse, 1, exact_max=exact_max)
        debut = time.perf_counter()
        index = base.open("metier", nom[:6], tableaux)
        mesures.append(measure(nom, index, time.perf_counter() - debut, questions, justes))
        print(f"{EXACT_MAX} vecteurs, {mesures[-1]}")  # noqa: T201
    assert mesures[1].mediane_ms < mesures[0].mediane_ms
    assert mesures[1].rappel >= RAPPEL_MIN


def test_three_hundred_thousand_invented_vectors(base: BaseVecteurs) -> None:
    compare(base, "invente", *invent(NOMBRE, QUESTIONS, GRAINE))

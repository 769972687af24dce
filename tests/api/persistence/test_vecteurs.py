"""Vectors in a real PostgreSQL: the same answers as in FAISS, loaded once and whole, words alone without it."""

import gc
import logging
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.persistence import vecteurs as module
from api.persistence.disjoncteur import Disjoncteur
from api.persistence.vecteurs import BaseVecteurs
from api.service import Service, load_service
from api.settings import Settings
from api.vecteurs import NATURE, load_index
from embeddings.dense import IndexVecteurs, Tableau
from embeddings.manifest import GARDES
from embeddings.search import Recherche
from embeddings.types import Nature
from recommender.config import load_config
from recommender.pipeline import Recommender
from referentiels.catalogue import Catalogue
from referentiels.construction import build_catalogue, fingerprint, publish
from referentiels.errors import DatabaseError, InvalidInputError
from tests.api.persistence.postgres import create_database
from tests.embeddings.contrat_dense import ContratIndexVecteurs, Ouvrir, alone, cloud
from tests.embeddings.factice import EncodeurFactice

TOUTES: tuple[Nature, ...] = ("metier", "competence", "formation", "secteur")
REQUETES = ("boulanger", "je fais du pain", "réparer des vélos", "soins aux personnes âgées", "cap cuisine", "zzzz")


@pytest.fixture(autouse=True)
def long_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine is no slow database."""
    monkeypatch.setattr(module, "DELAI", 20.0)


@pytest.fixture
def adresse(postgresql: str) -> str:
    return create_database(postgresql)


@pytest.fixture
def base(adresse: str) -> Iterator[BaseVecteurs]:
    base = BaseVecteurs(adresse, 2, Disjoncteur(repos=0))
    yield base
    base.rest()


@pytest.fixture(scope="module")
def nuage() -> Tableau:
    return cloud(600)


def execute(adresse: str, ordre: str) -> list[Any]:
    with psycopg.connect(adresse, autocommit=True) as connexion:
        curseur = connexion.execute(ordre.encode())
        return curseur.fetchall() if curseur.description else []


def tables(adresse: str) -> set[str]:
    lignes = execute(adresse, "SELECT relname FROM pg_class WHERE relkind = 'r' AND relname LIKE 'azimut_vecteurs_%'")
    return {nom for (nom,) in lignes}


class TestPgvector(ContratIndexVecteurs):
    @pytest.fixture
    def ouvrir(self, adresse: str) -> Ouvrir:
        def ouvrir(tableaux: dict[str, Tableau], exact_max: int) -> IndexVecteurs:
            if len(tableaux["vecteurs"]) > exact_max:
                # Few as they are, PostgreSQL would rather compare them all.
                nom = adresse.partition("?")[0].rpartition("/")[2]
                execute(adresse, f'ALTER DATABASE "{nom}" SET enable_seqscan = off')
            index = BaseVecteurs(adresse, 1, exact_max=exact_max).open("metier", "v1", tableaux)
            graphes = execute(adresse, "SELECT count(*) FROM pg_indexes WHERE indexdef LIKE '%USING hnsw%'")
            assert graphes == [(len(tableaux["vecteurs"]) > exact_max,)]
            return index

        return ouvrir


def test_vectors_are_loaded_once_and_answer_all_callers(base: BaseVecteurs, adresse: str, nuage: Tableau) -> None:
    with ThreadPoolExecutor(6) as fils:
        neuves = list(fils.map(lambda _: base.load("metier", "v1", alone(nuage)), range(6)))
    assert sorted(neuves) == [False] * 5 + [True]
    assert execute(adresse, "SELECT count(*), count(DISTINCT rang) FROM azimut_vecteurs_metier_v1") == [(600, 600)]
    index = base.open("metier", "v1", alone(nuage))
    with ThreadPoolExecutor(8) as fils:
        trouves = list(fils.map(lambda v: index.near(v, 1).fiches.tolist(), nuage.astype(np.float32)))
    assert trouves == [[rang] for rang in range(600)]


def test_a_load_that_fails_leaves_nothing(base: BaseVecteurs, adresse: str, nuage: Tableau) -> None:
    faux = nuage.copy()
    faux[-1] = np.nan
    with pytest.raises(DatabaseError, match="DataException"):
        base.load("metier", "v1", alone(faux))
    assert tables(adresse) == set()
    assert base.load("metier", "v1", alone(nuage))


def test_the_last_versions_asked_for_are_kept(base: BaseVecteurs, adresse: str, nuage: Tableau) -> None:
    base.load("secteur", "v0", alone(nuage))
    for numero in range(GARDES):
        base.load("metier", f"v{numero}", alone(nuage))
    assert not base.load("metier", "v0", alone(nuage))  # back in service: no longer the oldest
    base.load("metier", "v9", alone(nuage))
    assert tables(adresse) == {"azimut_vecteurs_secteur_v0", *(f"azimut_vecteurs_metier_v{n}" for n in (0, 2, 9))}


def test_only_postgresql_keeps_vectors(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="PostgreSQL"):
        BaseVecteurs(f"sqlite:///{tmp_path / 'azimut.db'}", 1)


def test_a_server_that_does_not_answer_is_not_waited_for(
    base: BaseVecteurs, adresse: str, nuage: Tableau, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = base.open("metier", "v1", alone(nuage))
    question = nuage[0].astype(np.float32)
    with psycopg.connect(adresse) as connexion:
        connexion.execute("LOCK TABLE azimut_vecteurs_metier_v1 IN ACCESS EXCLUSIVE MODE")
        monkeypatch.setattr(module, "DELAI", 0.1)
        debut = time.monotonic()
        with pytest.raises(DatabaseError, match="TimeoutError"):
            index.near(question)
        assert time.monotonic() - debut < 5
    monkeypatch.setattr(module, "DELAI", 20.0)
    assert index.near(question, 1).fiches.tolist() == [0]


def test_what_has_failed_is_left_alone(adresse: str, nuage: Tableau) -> None:
    base = BaseVecteurs(adresse, 1, Disjoncteur(repos=3600))
    index = base.open("metier", "v1", alone(nuage))
    execute(adresse, "DROP TABLE azimut_vecteurs_metier_v1")
    appels: list[object] = []
    with pytest.raises(DatabaseError, match="UndefinedTable"):
        index.near(nuage[0].astype(np.float32))
    with pytest.raises(DatabaseError, match="nouvel essai"):
        base.run(appels.append)
    assert not appels
    base.rest()


def test_nothing_is_left_behind_before_a_fork(base: BaseVecteurs, adresse: str, nuage: Tableau) -> None:
    index = base.open("metier", "v1", alone(nuage))
    index.near(nuage[0].astype(np.float32))
    base.rest()
    assert not [fil.name for fil in threading.enumerate() if fil.name.startswith("vecteurs")]
    assert falls_to_zero(adresse)
    assert index.near(nuage[3].astype(np.float32), 1).fiches.tolist() == [3]


def test_connections_end_with_what_used_them(adresse: str, nuage: Tableau) -> None:
    index = BaseVecteurs(adresse, 2).open("metier", "v1", alone(nuage))
    assert index.near(nuage[3].astype(np.float32), 1).fiches.tolist() == [3]
    assert connections(adresse) == 1
    del index
    assert falls_to_zero(adresse)


def connections(adresse: str) -> int:
    [(nombre,)] = execute(
        adresse,
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'azimut'",
    )
    return int(nombre)


def falls_to_zero(adresse: str) -> bool:
    """Whether no connection of ours stays; the server takes a moment to see one go."""
    limite = time.monotonic() + 10
    while connections(adresse) and time.monotonic() < limite:
        gc.collect()
        time.sleep(0.02)
    return not connections(adresse)


class Deploiement:
    """A catalogue in service, its index with vectors, and a database."""

    def __init__(self, dossier: Path) -> None:
        construction = build_catalogue(None, dossier / "catalogue")
        self.catalogue = Catalogue.open(construction.dossier)
        self.encodeur = EncodeurFactice()
        self.dans_faiss = Recherche.build(self.catalogue, dossier / "index", encodeur=self.encodeur)
        self.dossier = dossier
        publish(construction, dossier / "catalogue", fingerprint(None, ()))

    def search_in(self, base: BaseVecteurs, nature: Nature = "metier") -> Recherche:
        """The same search, the vectors of a nature in a database."""
        index = self.dossier / "index"
        return Recherche.load(self.catalogue, index, encodeur=self.encodeur, ailleurs={nature: base})

    def settings(self, adresse: str, **reglages: Any) -> Settings:
        return Settings.model_validate({"var": self.dossier, "base": adresse, "quota_adresse": 0, **reglages})


@pytest.fixture(scope="module")
def deploiement(tmp_path_factory: pytest.TempPathFactory) -> Deploiement:
    return Deploiement(tmp_path_factory.mktemp("deploiement"))


def test_a_search_answers_the_same_wherever_its_vectors_are(deploiement: Deploiement, base: BaseVecteurs) -> None:
    ailleurs = deploiement.search_in(base)
    for requete in REQUETES:
        for natures in (("metier",), TOUTES):
            attendue, reponse = (r.ask(requete, natures) for r in (deploiement.dans_faiss, ailleurs))
            scores = [r.score for r in attendue.resultats]
            assert [(r.nature, r.code) for r in reponse.resultats] == [(r.nature, r.code) for r in attendue.resultats]
            assert [r.score for r in reponse.resultats] == pytest.approx(scores, abs=2e-4)
            assert reponse.sure == attendue.sure


def test_a_database_that_is_cut_leaves_words_alone_then_comes_back(
    deploiement: Deploiement, base: BaseVecteurs, adresse: str, postgresql: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "azimut.vecteurs")
    recherche, par_mots = deploiement.search_in(base), deploiement.dans_faiss.variant("lexicale")
    sens, mots = (r.ask("je fais du pain", ("metier",)) for r in (deploiement.dans_faiss, par_mots))
    assert sens.resultats != mots.resultats
    assert recherche.ask("réparer des vélos", ("metier",)).resultats
    nom = adresse.partition("?")[0].rpartition("/")[2]
    execute(postgresql, f'ALTER DATABASE "{nom}" ALLOW_CONNECTIONS false')
    execute(postgresql, f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{nom}'")
    for _ in range(2):
        assert recherche.ask("je fais du pain", ("metier",)) == mots
    competences = recherche.ask("je fais du pain", ("metier", "competence"), 50).resultats
    attendues = deploiement.dans_faiss.ask("je fais du pain", ("metier", "competence"), 50).resultats
    assert {r.code: r.score for r in competences if r.nature == "competence"}.items() >= {
        r.code: r.score for r in attendues[:5] if r.nature == "competence"
    }.items()
    execute(postgresql, f'ALTER DATABASE "{nom}" ALLOW_CONNECTIONS true')
    codes = [r.code for r in recherche.ask("je fais du pain", ("metier",)).resultats]
    assert codes == [r.code for r in sens.resultats]
    dits = [r.getMessage() for r in caplog.records if r.name == "azimut.vecteurs"]
    assert [dit.partition(" (")[0] for dit in dits] == [
        "vecteurs chargés",
        "vecteurs hors d'atteinte",
        "la base rend de nouveau les vecteurs",
    ]
    assert {r.name for r in caplog.records} == {"azimut.vecteurs"}
    assert "pain" not in caplog.text


def test_a_service_starts_and_answers_without_its_database(
    deploiement: Deploiement, adresse: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    absente = adresse.partition("?")[0] + "_absente?" + adresse.partition("?")[2]
    recherche = deploiement.search_in(BaseVecteurs(absente, 1, Disjoncteur(repos=0)))
    moteur = Recommender(deploiement.catalogue, recherche, load_config(None), recherche.neighbours())
    service = Service(deploiement.catalogue, recherche, moteur)
    application = create_app(Settings(var=deploiement.dossier, quota_adresse=0), service)
    with TestClient(application, base_url="http://azimut.test") as client:
        for nature in ("metier", "formation", "competence"):
            reponse = client.get("/api/v1/recherche", params={"q": "je fais du pain", "nature": nature})
            assert reponse.status_code == 200
            assert reponse.json()["resultats"] or nature == "formation"  # the socle has none
        assert client.post("/api/v1/recommandations", json={"competences": ["tenir une caisse"]}).status_code == 200


def test_the_setting_and_the_command_load_the_index_in_service(
    deploiement: Deploiement, adresse: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for lieu in ("api.service", "api.vecteurs"):
        monkeypatch.setattr(f"{lieu}.open_encodeur", lambda _: deploiement.encodeur)
    reglages = deploiement.settings(adresse, index="pgvector")
    premier, second = load_index(reglages), load_index(reglages)
    assert (premier.nouveau, second.nouveau) == (True, False)
    assert tables(adresse) == {f"azimut_vecteurs_{NATURE}_{premier.version}"}
    service = load_service(reglages)
    assert service.recherche.version == premier.version
    service.recherche.search("cuisine", (NATURE,))
    execute(adresse, f"DROP TABLE azimut_vecteurs_{NATURE}_{premier.version}")
    load_service(reglages).recherche.search("cuisine", (NATURE,))
    assert tables(adresse) == {f"azimut_vecteurs_{NATURE}_{premier.version}"}


def test_without_vectors_there_is_nothing_to_load(
    deploiement: Deploiement, adresse: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    Recherche.build(deploiement.catalogue, deploiement.dossier / "index")
    with pytest.raises(InvalidInputError, match="mots seuls"):
        load_index(deploiement.settings(adresse, encodeur="aucun"))

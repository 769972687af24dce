"""Several processes: what they share, what replaces them, what they finish before they end."""

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from api.exploitation import superviseur
from api.exploitation.serveur import listen
from api.service import Service
from api.settings import Settings
from referentiels.errors import StartError
from tests.api.service_reel import ServiceReel, build, publish_other, running, slow_request

PROFIL = b'{"souhait": "faire du pain"}'


@pytest.fixture(scope="module")
def var(tmp_path_factory: pytest.TempPathFactory) -> Path:
    dossier = tmp_path_factory.mktemp("var")
    build(dossier)
    return dossier


@pytest.fixture(scope="module")
def deux(var: Path) -> Iterator[ServiceReel]:
    with running(var, 2, AZIMUT_RECHARGEMENT="0.1") as service:
        yield service


class Assaut:
    """Requests without a pause, in a few threads, until the end of the block."""

    def __init__(self, adresse: str) -> None:
        self.adresse = adresse
        self.statuts: Counter[int | str] = Counter()
        self.versions: list[str] = []
        self._fin = threading.Event()
        self._fils = [threading.Thread(target=self._ask, args=(garde,)) for garde in (True, True, False)]

    def __enter__(self) -> "Assaut":
        for fil in self._fils:
            fil.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._fin.set()
        for fil in self._fils:
            fil.join()

    def _ask(self, garde: bool) -> None:
        limites = httpx.Limits(max_keepalive_connections=None if garde else 0)
        with httpx.Client(base_url=self.adresse, limits=limites) as client:
            while not self._fin.is_set():
                try:
                    reponse = client.get("/api/v1/metiers/D1102")
                except httpx.TransportError as error:
                    self.statuts[type(error).__name__] += 1
                    continue
                self.statuts[reponse.status_code] += 1
                if reponse.status_code == 200:
                    self.versions.append(reponse.json()["provenance"]["catalogue"])


def test_a_new_catalogue_is_taken_by_every_process_without_a_lost_request(var: Path, deux: ServiceReel) -> None:
    avant = deux.serving(2)
    ancienne = httpx.get(f"{deux.adresse}/pret").json()["catalogue"]
    with Assaut(deux.adresse) as assaut:
        nouvelle = publish_other(var)
        limite = time.monotonic() + 15
        while time.monotonic() < limite and {nouvelle} != set(assaut.versions[-60:]):
            time.sleep(0.05)
    assert set(assaut.statuts) == {200}, assaut.statuts
    assert assaut.versions[0] == ancienne != nouvelle
    assert set(assaut.versions[-60:]) == {nouvelle}
    apres = deux.serving(2)
    assert len(apres) == 2
    assert not avant & apres


def test_a_process_that_dies_is_replaced(deux: ServiceReel) -> None:
    avant = deux.serving(2)
    victime = min(avant)
    os.kill(victime, signal.SIGKILL)
    restants = avant - {victime}
    limite = time.monotonic() + 10
    while time.monotonic() < limite and len((vus := deux.serving(2)) - restants) == 0:
        pass
    assert len(vus) == 2
    assert victime not in vus
    metriques = httpx.get(f"{deux.adresse}/metriques").text
    assert 'azimut_requetes_total{methode="GET",route="/pret",statut="200"}' in metriques


def test_what_was_begun_is_finished_before_the_end(deux: ServiceReel) -> None:
    suite, reponses = threading.Event(), []
    fil = threading.Thread(target=lambda: reponses.append(slow_request(deux.port, PROFIL, suite)))
    fil.start()
    time.sleep(0.2)
    deux.processus.send_signal(signal.SIGTERM)
    time.sleep(0.4)
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{deux.adresse}/pret")
    suite.set()
    fil.join(10)
    [(entetes, corps)] = reponses
    assert entetes.startswith(b"HTTP/1.1 200")
    assert b"connection: close" in entetes.lower()
    assert b'"metiers"' in corps
    assert deux.processus.wait(10) == 0


def test_no_process_outlives_its_supervisor(monkeypatch: pytest.MonkeyPatch) -> None:
    peres, signaux = iter((7, 7, 1)), []
    monkeypatch.setattr("os.getppid", lambda: next(peres))
    monkeypatch.setattr("os.kill", lambda pid, numero: signaux.append((pid, numero)))
    monkeypatch.setattr("time.sleep", lambda _: None)
    superviseur._outlive_nobody(7)
    assert signaux == [(os.getpid(), signal.SIGTERM)]


def test_processes_that_cannot_start_do_not_try_for_ever(
    service: Service, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(superviseur, "load_service", lambda _: service)
    monkeypatch.setattr(superviseur, "_work", _fail)
    monkeypatch.setattr(superviseur, "_TOUR", 0.01)
    poignees = {numero: signal.getsignal(numero) for numero in (signal.SIGTERM, signal.SIGINT)}
    reglages = settings.model_copy(update={"port": 0, "processus": 2})
    with pytest.raises(StartError, match="avant de répondre"):
        superviseur.Superviseur(reglages, tmp_path).run(listen(reglages))
    for numero, poignee in poignees.items():
        signal.signal(numero, poignee)


def _fail(*_: object) -> None:
    os._exit(3)

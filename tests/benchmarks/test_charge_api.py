"""How much the API takes on this machine, beside a bare hello-world on as many processes, with the official data."""

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from api.settings import PROJET
from referentiels.catalogue import COURANT, Catalogue
from referentiels.types import Appellation

pytestmark = [pytest.mark.mesure, pytest.mark.officiel]
PROCESSUS = 2
DUREE = 6.0
CHAUFFE = 25.0
"""Seconds after which each process has met each of the people."""
MINUTES = float(os.environ.get("CHARGE_MINUTES") or 0.5)
"""How long it must last: `make charge MINUTES=10`."""
SUGGESTIONS_MIN, SUGGESTIONS_P95 = 400.0, 20.0
RECOMMANDATIONS_MIN, RECOMMANDATIONS_P95 = 40.0, 80.0
PART_DU_NU = 0.60
DEMARRAGE_MAX = 3.0
MEMOIRE_ECART = 0.05
_GRAINE = 5
Requete = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Lance:
    """A running server."""

    processus: subprocess.Popen[bytes]
    port: int
    secondes: float

    def tree(self) -> list[int]:
        """Its processes, itself first."""
        pere = self.processus.pid
        enfants = Path(f"/proc/{pere}/task/{pere}/children").read_text(encoding="ascii").split()
        return [pere, *map(int, enfants)]

    def memory(self) -> float:
        """What all of it holds, shared pages counted once, in MiB."""
        return sum(_pss(pid) for pid in self.tree())


def _pss(pid: int) -> float:
    lignes = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    return next(int(ligne.split()[1]) for ligne in lignes if ligne.startswith("Pss:")) / 1024


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as prise:
        port: int = prise.getsockname()[1]
        return port


@contextmanager
def _launched(commande: list[str], port: int, temoin: str, journal: Path, **reglages: str) -> Iterator[Lance]:
    debut = time.monotonic()
    with journal.open("wb") as sortie:
        processus = subprocess.Popen(commande, env={**os.environ, **reglages}, stderr=sortie, cwd=PROJET)
    try:
        while True:
            assert processus.poll() is None, journal.read_text(encoding="utf-8")[-2000:]
            try:
                if httpx.get(f"http://127.0.0.1:{port}{temoin}").status_code == 200:
                    break
            except httpx.TransportError:
                pass
            assert time.monotonic() - debut < 60
            time.sleep(0.02)
        yield Lance(processus, port, time.monotonic() - debut)
    finally:
        processus.send_signal(signal.SIGTERM)
        processus.wait(30)


@pytest.fixture(scope="module")
def var() -> Path:
    dossier = Path(os.environ.get("AZIMUT_VAR", PROJET / "var"))
    if not (dossier / "catalogue" / COURANT).is_file():
        pytest.skip("catalogue officiel absent : « azimut construire » avec AZIMUT_DONNEES et AZIMUT_VAR")
    return dossier


@pytest.fixture(scope="module")
def azimut(donnees: Path, var: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lance]:
    port, dossier = _free_port(), tmp_path_factory.mktemp("azimut")
    commande = [sys.executable, "-m", "api.cli", "servir", "--port", str(port), "--processus", str(PROCESSUS)]
    reglages = {
        "AZIMUT_VAR": str(var),
        "AZIMUT_ENCODEUR": "",
        "AZIMUT_BASE": f"sqlite:///{dossier / 'base.db'}",
        "AZIMUT_QUOTA_ADRESSE": str(10**9),  # counted, and never reached
        "AZIMUT_QUOTA_PAGES": str(10**9),
        "AZIMUT_FILE_ATTENTE": "512",
    }
    with _launched(commande, port, "/pret", dossier / "journal", **reglages) as lance:
        yield lance


@pytest.fixture(scope="module")
def nu(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lance]:
    port = _free_port()
    commande = [sys.executable, "-m", "uvicorn", "tests.benchmarks.bonjour:app", "--port", str(port)]
    commande += ["--workers", str(PROCESSUS), "--no-access-log", "--log-level", "warning"]
    with _launched(commande, port, "/", tmp_path_factory.mktemp("nu") / "journal") as lance:
        yield lance


@pytest.fixture(scope="module")
def requetes(var: Path) -> dict[str, list[Requete]]:
    """What is asked, drawn from the catalogue and from the judged profiles."""
    catalogue, tirage = Catalogue.load(var / "catalogue", verify=False), random.Random(_GRAINE)
    noms = [" ".join(a.libelle.replace("/", " ").split()[:2]) for a in catalogue.all(Appellation)]
    debuts = [nom[: tirage.randint(2, 10)] for nom in tirage.sample(noms, 3000)]
    connus, neufs = (_people(jeu) for jeu in ("reglage", "controle"))
    tirage.shuffle(connus)
    return {
        "suggestions": [("GET", f"/api/v1/suggestions?q={quote(debut)}", "") for debut in debuts],
        "recommandations": connus,
        "neuves": neufs,
        "fiches": [("GET", f"/api/v1/metiers/{code}", "") for code in tirage.sample(list(catalogue.metiers), 100)],
        "nu": [("GET", "/", "")],
    }


def _people(jeu: str) -> list[Requete]:
    lignes = (PROJET / f"evaluation/jeux/profils_{jeu}.jsonl").read_text(encoding="utf-8").splitlines()
    return [("POST", "/api/v1/recommandations", json.dumps(json.loads(ligne)["profil"])) for ligne in lignes]


@pytest.fixture
def charge(tmp_path: Path) -> "Charge":
    return Charge(tmp_path)


class Charge:
    """The load, in a process of its own."""

    def __init__(self, dossier: Path) -> None:
        self.dossier = dossier

    def run(
        self,
        port: int,
        lot: list[Requete],
        duree: float = DUREE,
        debit: float = 0.0,
        connexions: int = 16,
        *,
        une_fois: bool = False,
    ) -> dict[str, Any]:
        """What came back; every request must have been answered well."""
        fichier = self.dossier / "requetes.jsonl"
        fichier.write_text("\n".join(map(json.dumps, lot)), encoding="utf-8")
        commande = [sys.executable, "-m", "tests.benchmarks.charge", "--port", str(port), "--requetes", str(fichier)]
        commande += ["--duree", str(duree), "--debit", str(debit), "--connexions", str(connexions)]
        commande += ["--une-fois"] if une_fois else []
        fini = subprocess.run(commande, cwd=PROJET, capture_output=True, text=True, check=True)
        releve: dict[str, Any] = json.loads(fini.stdout)
        assert set(releve["statuts"]) == {"200"}, releve["statuts"]
        assert releve["coupures"] == 0
        return releve


def _tell(quoi: str, releve: dict[str, Any]) -> None:
    temps = f"p50 {releve['p50_ms']} ms, p95 {releve['p95_ms']} ms, p99 {releve['p99_ms']} ms"
    print(f"{quoi} : {releve['debit']:.0f} req/s, {temps}")  # noqa: T201


def test_the_service_is_ready_in_time_and_its_processes_share(azimut: Lance) -> None:
    [pere, *ouvriers] = azimut.tree()
    assert len(ouvriers) == PROCESSUS
    memoire = ", ".join(f"{_pss(pid):.0f}" for pid in ouvriers)
    print(f"démarrage complet : {azimut.secondes:.1f} s ; PSS {_pss(pere):.0f} Mio, puis {memoire}")  # noqa: T201
    debut = time.monotonic()
    os.kill(ouvriers[0], signal.SIGKILL)
    while ouvriers[0] in azimut.tree() or len(azimut.tree()) <= PROCESSUS:
        time.sleep(0.01)
    neuf = (set(azimut.tree()) - {pere, *ouvriers}).pop()
    while not _listens(neuf):
        time.sleep(0.01)
    secondes = time.monotonic() - debut
    print(f"un processus, de la mort de l'ancien à la première requête : {secondes:.2f} s")  # noqa: T201
    assert secondes <= DEMARRAGE_MAX


def _listens(pid: int) -> bool:
    """Whether a process waits for connections: its event loop watches something."""
    return any(str(f.readlink()).endswith("[eventpoll]") for f in Path(f"/proc/{pid}/fd").iterdir())


def test_a_kept_card_is_nearly_as_quick_as_nothing(
    azimut: Lance, nu: Lance, charge: Charge, requetes: dict[str, list[Requete]]
) -> None:
    charge.run(azimut.port, requetes["fiches"], duree=DUREE)  # each process makes each card once
    parts = []
    for _ in range(3):  # in turns, since others may use the machine
        bare = charge.run(nu.port, requetes["nu"], duree=DUREE / 2)
        fiche = charge.run(azimut.port, requetes["fiches"], duree=DUREE / 2)
        parts.append(fiche["debit"] / bare["debit"])
        _tell("bonjour nu", bare)
        _tell("fiche tenue", fiche)
    part = sorted(parts)[1]
    print(f"part du bonjour nu : {part:.0%} (médiane de trois ; seuil {PART_DU_NU:.0%}, visée 90 %)")  # noqa: T201
    assert part >= PART_DU_NU


@pytest.mark.parametrize(
    ("quoi", "debit_min", "p95_max"),
    [
        ("suggestions", SUGGESTIONS_MIN, SUGGESTIONS_P95),
        ("recommandations", RECOMMANDATIONS_MIN, RECOMMANDATIONS_P95),
    ],
)
def test_the_bars_of_the_load_are_held(
    azimut: Lance, nu: Lance, charge: Charge, requetes: dict[str, list[Requete]], quoi: str, debit_min: float,
    p95_max: float,
) -> None:  # fmt: skip
    """Warm, like the cards: each process has read these people, and their words, at least once."""
    charge.run(azimut.port, requetes[quoi], duree=CHAUFFE)
    bare = charge.run(nu.port, requetes["nu"], duree=DUREE / 2)
    plein = charge.run(azimut.port, requetes[quoi])
    moitie = charge.run(azimut.port, requetes[quoi], debit=debit_min / 2)
    _tell(f"{quoi}, au plus", plein)
    _tell(f"{quoi}, à {debit_min / 2:.0f} req/s", moitie)
    print(f"{quoi} : {plein['debit'] / bare['debit']:.1%} d'un bonjour nu ({bare['debit']:.0f} req/s)")  # noqa: T201
    assert plein["debit"] >= debit_min
    assert moitie["p95_ms"] <= p95_max


def test_people_never_read_before_are_answered_too(
    azimut: Lance, charge: Charge, requetes: dict[str, list[Requete]]
) -> None:
    """Each once, by processes that have served others: no bar of its own, and no failure."""
    charge.run(azimut.port, requetes["recommandations"], duree=CHAUFFE)
    _tell("recommandations, personnes jamais lues", charge.run(azimut.port, requetes["neuves"], 60, une_fois=True))


def test_it_lasts(azimut: Lance, charge: Charge, requetes: dict[str, list[Requete]]) -> None:
    """At 70 % of the most that it takes: no error, and a flat memory."""
    tirage = random.Random(_GRAINE)
    poids = {"suggestions": 60, "fiches": 30, "recommandations": 10}
    lot = [tirage.choice(requetes[quoi]) for quoi in tirage.choices(list(poids), list(poids.values()), k=4000)]
    plein = charge.run(azimut.port, lot, duree=2 * DUREE)
    debit = 0.7 * plein["debit"]
    charge.run(azimut.port, lot, duree=max(DUREE, 12 * MINUTES), debit=debit)
    avant = azimut.memory()
    dure = charge.run(azimut.port, lot, duree=60 * MINUTES, debit=debit, connexions=64)
    apres = azimut.memory()
    _tell(f"mélange, {MINUTES:g} min à 70 % de {plein['debit']:.0f} req/s", dure)
    print(f"mémoire (PSS de tous les processus) : {avant:.0f} puis {apres:.0f} Mio ({apres / avant - 1:+.1%})")  # noqa: T201
    assert apres <= avant * (1 + MEMOIRE_ECART)

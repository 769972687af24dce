"""The service as it is deployed: its command, its processes, its journal."""

import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from embeddings.search import Recherche
from referentiels.catalogue import COURANT, FICHIER, MANIFESTE, Catalogue, file_digest
from referentiels.construction import build_catalogue, fingerprint, publish

ATTENTE = 90.0


@dataclass
class ServiceReel:
    """A running service, and what it wrote."""

    processus: subprocess.Popen[str]
    port: int = 0
    lignes: list[str] = field(default_factory=list)

    @property
    def adresse(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def events(self) -> list[dict[str, Any]]:
        """The journal, line by line."""
        return [json.loads(ligne) for ligne in tuple(self.lignes) if ligne.startswith("{")]

    def serving(self, nombre: int) -> set[int]:
        """The processes that answer now; asks until so many did."""
        vus: set[int] = set()
        limite = time.monotonic() + ATTENTE
        while len(vus) < nombre and time.monotonic() < limite:
            debut = len(self.lignes)
            with httpx.Client(base_url=self.adresse) as client:
                client.get("/pret")
            time.sleep(0.01)
            vus |= {e["processus"] for e in self.events_since(debut) if e["journal"] == "azimut.acces"}
        return vus

    def events_since(self, debut: int) -> list[dict[str, Any]]:
        return [json.loads(ligne) for ligne in self.lignes[debut:] if ligne.startswith("{")]

    def stop(self) -> int:
        """Ask it to stop, and wait: its code."""
        self.processus.send_signal(signal.SIGTERM)
        return self.processus.wait(ATTENTE)


def build(var: Path) -> None:
    """Build and publish the embedded référentiel, searched by words alone."""
    construction = build_catalogue(None, var / "catalogue")
    Recherche.build(Catalogue.open(construction.dossier), var / "index", lambda _: None)
    publish(construction, var / "catalogue", fingerprint(None, ()))


def publish_other(var: Path) -> str:
    """Publish a catalogue that differs by one word; its version."""
    racine = var / "catalogue"
    actuel = racine / (racine / COURANT).read_text(encoding="utf-8").strip()
    neuf = racine / "neuf"
    shutil.copytree(actuel, neuf)
    with sqlite3.connect(neuf / FICHIER) as connexion:
        connexion.execute("UPDATE Metier SET definition = definition || ' bis'")
    connexion.close()
    manifeste = json.loads((neuf / MANIFESTE).read_text(encoding="utf-8"))
    manifeste["empreinte"] = file_digest(neuf / FICHIER)
    (neuf / MANIFESTE).write_text(json.dumps(manifeste), encoding="utf-8")
    version: str = manifeste["empreinte"][:16]
    neuf.rename(racine / version)
    Recherche.build(Catalogue.open(racine / version), var / "index", lambda _: None)
    (racine / "suivant").write_text(version, encoding="utf-8")
    (racine / "suivant").replace(racine / COURANT)
    return version


@contextmanager
def running(var: Path, processus: int, **reglages: str) -> Iterator[ServiceReel]:
    """The service over what is published in `var`, until the end of the block."""
    environnement = {
        **os.environ,
        "AZIMUT_VAR": str(var),
        "AZIMUT_ENCODEUR": "aucun",
        "AZIMUT_JOURNAL_FORMAT": "json",
        "AZIMUT_QUOTA_ADRESSE": "0",
        **reglages,
    }
    environnement.pop("AZIMUT_DONNEES", None)
    commande = [sys.executable, "-m", "api.cli", "servir", "--port", "0", "--processus", str(processus)]
    lance = subprocess.Popen(commande, env=environnement, stderr=subprocess.PIPE, text=True)
    service = ServiceReel(lance)
    lecteur = threading.Thread(target=_read, args=(service,), daemon=True)
    lecteur.start()
    try:
        _await(service)
        yield service
    finally:
        if lance.poll() is None:
            service.stop()
        lecteur.join(ATTENTE)
        if lance.stderr is not None:
            lance.stderr.close()


def _read(service: ServiceReel) -> None:
    assert service.processus.stderr is not None
    for ligne in service.processus.stderr:
        service.lignes.append(ligne.rstrip("\n"))
        if trouve := re.search(r"http://127\.0\.0\.1:(\d+)/", ligne):
            service.port = int(trouve[1])


def _await(service: ServiceReel) -> None:
    limite = time.monotonic() + ATTENTE
    while time.monotonic() < limite:
        assert service.processus.poll() is None, service.lignes
        try:
            if service.port and httpx.get(f"{service.adresse}/pret").status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.02)
    raise AssertionError(f"le service ne répond pas : {service.lignes}")


def slow_request(port: int, corps: bytes, pause: threading.Event) -> tuple[bytes, bytes]:
    """A recommendation whose body comes in two halves, the second when told to: head and body of the answer."""
    tete = (
        "POST /api/v1/recommandations HTTP/1.1\r\nHost: azimut.test\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(corps)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", port), timeout=ATTENTE) as prise:
        prise.sendall(tete.encode() + corps[:5])
        pause.wait(ATTENTE)
        prise.sendall(corps[5:])
        recu = b""
        while morceau := prise.recv(65536):
            recu += morceau
    entetes, _, reste = recu.partition(b"\r\n\r\n")
    return entetes, reste

"""A bounded load of HTTP requests, on this machine alone: a process told what to send, telling what came back."""

import argparse
import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import uvloop

HOTE = "127.0.0.1"
"""The only one that is ever loaded."""
CONNEXIONS_MAX = 256
DUREE_MAX = 1200.0
_ESSOUFFLE = 20_000
"""Requests late beyond which the load stops: the service is past its maximum."""


@dataclass(slots=True)
class Releve:
    """What came back."""

    durees: list[float] = field(default_factory=list)
    statuts: Counter[int] = field(default_factory=Counter)
    coupures: int = 0
    octets: int = 0


class _Client(asyncio.Protocol):
    """One kept connection: a request at a time, its answer read whole."""

    def __init__(self) -> None:
        self._tampon = bytearray()
        self._attendu = -1
        self._statut = 0
        self._ferme = False
        self._reponse: asyncio.Future[int] | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # that of uvloop is one in deeds alone

    def connection_lost(self, _: Exception | None) -> None:
        self._ferme = True
        if self._reponse is not None and not self._reponse.done():
            self._reponse.set_exception(ConnectionResetError())

    def data_received(self, data: bytes) -> None:
        self._tampon += data
        if self._attendu < 0:
            fin = self._tampon.find(b"\r\n\r\n")
            if fin < 0:
                return
            tete = bytes(self._tampon[:fin]).lower()
            self._statut = int(tete[9:12])
            self._ferme = b"\r\nconnection: close" in tete
            debut = tete.find(b"\r\ncontent-length: ")
            taille = int(tete[debut + 18 :].split(b"\r\n", 1)[0]) if debut >= 0 else 0
            self._attendu = fin + 4 + taille
        if len(self._tampon) >= self._attendu and self._reponse is not None:
            recus, self._attendu = len(self._tampon), -1
            self._tampon.clear()
            self._reponse.set_result(recus)

    async def ask(self, requete: bytes) -> tuple[int, int]:
        """Send, and wait: the status and the bytes of the answer."""
        assert self._transport is not None
        self._reponse = asyncio.get_running_loop().create_future()
        self._transport.write(requete)
        octets = await self._reponse
        return self._statut, octets

    @property
    def usable(self) -> bool:
        return not self._ferme and self._transport is not None and not self._transport.is_closing()

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


async def _one(client: _Client | None, port: int, requete: bytes, releve: Releve, debut: float) -> _Client | None:
    try:
        if client is None or not client.usable:
            _, client = await asyncio.get_running_loop().create_connection(_Client, HOTE, port)
        statut, octets = await client.ask(requete)
    except OSError:
        releve.coupures += 1
        return None
    releve.durees.append(time.perf_counter() - debut)
    releve.statuts[statut] += 1
    releve.octets += octets
    return client


async def saturate(port: int, requetes: Sequence[bytes], duree: float, connexions: int, une_fois: bool) -> Releve:
    """As many requests as so many clients can send, each waiting for its answer; or each request once."""
    releve, fin = Releve(), time.perf_counter() + duree

    async def work(rang: int) -> None:
        client: _Client | None = None
        await asyncio.sleep(rang * 0.01)  # together, they would all be taken by the same process
        while (debut := time.perf_counter()) < fin and not (une_fois and rang >= len(requetes)):
            client = await _one(client, port, requetes[rang % len(requetes)], releve, debut)
            rang += connexions
        if client is not None:
            client.close()

    await asyncio.gather(*(work(rang) for rang in range(connexions)))
    return releve


async def pace(port: int, requetes: Sequence[bytes], duree: float, connexions: int, debit: float) -> Releve:
    """So many requests a second, whatever the answers: a late answer does not spare the service the next request."""
    releve, attente = Releve(), asyncio.Queue[tuple[float, bytes]]()

    async def work() -> None:
        client: _Client | None = None
        while True:
            debut, requete = await attente.get()
            client = await _one(client, port, requete, releve, debut)
            attente.task_done()

    fils = [asyncio.create_task(work()) for _ in range(connexions)]
    depart = time.perf_counter()
    for rang in range(int(duree * debit)):
        quand = depart + rang / debit
        if (avance := quand - time.perf_counter()) > 0:
            await asyncio.sleep(avance)
        if attente.qsize() > _ESSOUFFLE:
            break
        attente.put_nowait((quand, requetes[rang % len(requetes)]))
    await attente.join()
    for fil in fils:
        fil.cancel()
    return releve


def write_request(methode: str, adresse: str, corps: bytes = b"") -> bytes:
    """A request as it goes on the wire."""
    tete = f"{methode} {adresse} HTTP/1.1\r\nhost: {HOTE}\r\naccept: application/json\r\naccept-encoding: gzip\r\n"
    if corps:
        tete += f"content-type: application/json\r\ncontent-length: {len(corps)}\r\n"
    return tete.encode("ascii") + b"\r\n" + corps


def summarise(releve: Releve, duree: float) -> dict[str, object]:
    """Rate, times in milliseconds, statuses, requests cut short."""
    triees = sorted(releve.durees)

    def quantile(q: float) -> float | None:
        return round(1000 * triees[min(len(triees) - 1, int(q * len(triees)))], 2) if triees else None

    return {
        "debit": round(len(triees) / duree, 1),
        "p50_ms": quantile(0.5),
        "p95_ms": quantile(0.95),
        "p99_ms": quantile(0.99),
        "statuts": dict(releve.statuts),
        "coupures": releve.coupures,
        "octets": releve.octets,
    }


def main() -> None:
    """Read requests (one JSON array `[method, address, body]` a line), load, print a summary."""
    parseur = argparse.ArgumentParser(description=__doc__)
    parseur.add_argument("--port", type=int, required=True)
    parseur.add_argument("--requetes", type=Path, required=True)
    parseur.add_argument("--duree", type=float, default=5.0)
    parseur.add_argument("--connexions", type=int, default=16)
    parseur.add_argument("--debit", type=float, default=0.0, help="requêtes par seconde ; 0 : autant que possible")
    parseur.add_argument("--une-fois", action="store_true", help="chaque requête une seule fois")
    choix = parseur.parse_args()
    duree, connexions = min(choix.duree, DUREE_MAX), min(choix.connexions, CONNEXIONS_MAX)
    lignes = choix.requetes.read_text(encoding="utf-8").splitlines()
    requetes = [write_request(m, a, c.encode()) for m, a, c in map(json.loads, lignes)]
    debut = time.perf_counter()
    if choix.debit:
        releve = uvloop.run(pace(choix.port, requetes, duree, connexions, choix.debit))
    else:
        releve = uvloop.run(saturate(choix.port, requetes, duree, connexions, choix.une_fois))
    sys.stdout.write(json.dumps(summarise(releve, time.perf_counter() - debut)) + "\n")


if __name__ == "__main__":
    main()

"""What the server lets in, and how it ends, on real connections."""

import asyncio
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from fastapi import FastAPI

from api.exploitation import protocole
from api.exploitation.serveur import Serveur, listen
from api.settings import Settings
from referentiels.errors import InvalidInputError


def _application() -> FastAPI:
    app = FastAPI()
    app.state.arret = False

    @app.get("/")
    async def read(attente: float = 0) -> dict[str, str]:
        await asyncio.sleep(attente)
        return {"bonjour": "monde"}

    @app.get("/long")
    async def long() -> dict[str, str]:
        return {"texte": "x" * 20_000_000}

    return app


@contextmanager
def served(settings: Settings) -> Iterator[tuple[Serveur, int]]:
    """A server in a thread: itself and its port."""
    pret = threading.Event()
    serveur = Serveur(_application(), settings, pret.set)
    with listen(settings) as prise:
        port = prise.getsockname()[1]
        fil = threading.Thread(target=serveur.run, args=([prise],))
        fil.start()
        assert pret.wait(10)
        try:
            yield serveur, port
        finally:
            serveur.should_exit = True
            fil.join(10)


@pytest.fixture
def reglages() -> Settings:
    return Settings(port=0, delai_arret=1)


def _exchange(port: int, *morceaux: bytes, pause: float = 0.0) -> bytes:
    """All that comes back until the connection is closed."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as prise:
        for morceau in morceaux:
            prise.sendall(morceau)
            time.sleep(pause)
        recu = b""
        while morceau := prise.recv(65536):
            recu += morceau
        return recu


@pytest.mark.parametrize(
    ("requete", "statut", "cle"),
    [
        (b"GET /?q=" + b"a" * 9_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414, "adresse-trop-longue"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 40_000 + b"\r\n\r\n", 431, "en-tetes-trop-grands"),
        (b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: a\r\n" * 7_000 + b"\r\n", 431, "en-tetes-trop-grands"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 100_000, 431, "en-tetes-trop-grands"),
    ],
    ids=["adresse", "en-tête", "en-têtes", "en-tête sans fin"],
)
def test_addresses_and_headers_are_bounded(reglages: Settings, requete: bytes, statut: int, cle: str) -> None:
    with served(reglages) as (_, port):
        recu = _exchange(port, requete)
    assert recu.startswith(f"HTTP/1.1 {statut} ".encode())
    assert f'"/erreurs/{cle}"'.encode() in recu
    assert b"application/problem+json" in recu


def test_headers_that_trickle_end_the_connection(reglages: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocole, "DELAI_ENTETES", 0.2)
    with served(reglages) as (_, port):
        debut = time.monotonic()
        assert _exchange(port) == b""
        assert _exchange(port, b"GET / HTTP/1.1\r\n", b"Host: a\r\n", pause=0.05) == b""
        # The second request of a connection is timed too.
        complete = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
        recu = _exchange(port, complete, b"GET / HT", pause=0.05)
        assert recu.count(b"HTTP/1.1 200") == 1
    assert time.monotonic() - debut < 5


def test_a_client_that_never_reads_is_left(reglages: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocole, "DELAI_LECTURE", 0.3)
    with served(reglages) as (serveur, port), socket.create_connection(("127.0.0.1", port)) as prise:
        prise.sendall(b"GET /long HTTP/1.1\r\nHost: a\r\n\r\n")
        limite = time.monotonic() + 5
        time.sleep(0.2)
        while serveur.server_state.connections and time.monotonic() < limite:
            time.sleep(0.02)
        assert not serveur.server_state.connections


def test_too_many_connections_are_told_to_come_back(reglages: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocole, "CONNEXIONS_MAX", 1)
    with served(reglages) as (_, port), socket.create_connection(("127.0.0.1", port)):
        recu = _exchange(port)
    assert recu.startswith(b"HTTP/1.1 503 ")
    assert b"retry-after:" in recu


def test_pipelined_requests_are_all_answered(reglages: Settings) -> None:
    with served(reglages) as (_, port):
        une = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
        derniere = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        assert _exchange(port, une * 3 + derniere).count(b"HTTP/1.1 200 OK") == 4


def test_the_server_tells_nothing_of_what_it_is(reglages: Settings) -> None:
    with served(reglages) as (_, port):
        recu = _exchange(port, b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    assert b"\r\nserver:" not in recu.lower()


def test_an_end_lets_a_request_finish_and_does_not_wait_for_ever(reglages: Settings) -> None:
    with served(reglages) as (serveur, port):
        courte, longue = [
            threading.Thread(target=lambda a=attente: recues.append(_exchange(port, _asking(a))))
            for attente in ("0.5", "60")
        ]
        recues: list[bytes] = []
        courte.start()
        longue.start()
        time.sleep(0.2)
        debut = time.monotonic()
        serveur.handle_exit(signal.SIGTERM, None)
        courte.join(10)
        longue.join(10)
        assert time.monotonic() - debut < 4
    assert any(r.startswith(b"HTTP/1.1 200") and b"connection: close" in r for r in recues)


def _asking(attente: str) -> bytes:
    return f"GET /?attente={attente} HTTP/1.1\r\nHost: a\r\n\r\n".encode()


def test_a_port_that_is_taken_is_told_in_a_sentence(reglages: Settings) -> None:
    with listen(reglages) as prise:
        pris = reglages.model_copy(update={"port": prise.getsockname()[1]})
        with pytest.raises(InvalidInputError, match="AZIMUT_PORT"):
            listen(pris)

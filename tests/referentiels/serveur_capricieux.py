"""A local HTTP server that misbehaves on purpose, one scripted answer a request."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Reponse:
    """One answer: honest unless told otherwise.

    `couper` stops the connection after that many body bytes; `longueur` announces another length than the body's;
    `plages` honours `Range`; `mentir` sends a 206 whatever `If-Range` says; `gouttes` sends one byte at a time, with
    that many seconds between two; `muet` says nothing for that long, then hangs up.
    """

    corps: bytes = b""
    statut: int = 200
    entetes: Mapping[str, str] = field(default_factory=dict)
    etag: str = ""
    modifie: str = ""
    plages: bool = False
    mentir: bool = False
    couper: int | None = None
    longueur: int | None = None
    sans_longueur: bool = False
    gouttes: float = 0.0
    muet: float = 0.0


@dataclass(frozen=True)
class Requete:
    """What a client asked."""

    chemin: str
    entetes: Mapping[str, str]


class Serveur:
    """Scripts by path: each request takes the next answer, the last one repeats; unknown paths are 404."""

    def __init__(self) -> None:
        self.requetes: list[Requete] = []
        self._scripts: dict[str, list[Reponse]] = {}
        self._verrou = threading.Lock()
        self.racine = ""

    def script(self, chemin: str, *reponses: Reponse) -> str:
        """Set the answers of a path; gives its address."""
        self._scripts[chemin] = list(reponses)
        return self.racine + chemin

    def asked(self, chemin: str) -> list[Requete]:
        """The requests a path received."""
        return [requete for requete in self.requetes if requete.chemin == chemin]

    def next_answer(self, requete: Requete) -> Reponse:
        with self._verrou:
            self.requetes.append(requete)
            script = self._scripts.get(requete.chemin)
            if not script:
                return Reponse(b"rien ici", 404)
            return script.pop(0) if len(script) > 1 else script[0]


class _Ecouteur(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    serveur: Serveur

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is part of the game."""


class _Guichet(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Ecouteur

    def do_GET(self) -> None:
        requete = Requete(self.path, {nom.lower(): valeur for nom, valeur in self.headers.items()})
        reponse = self.server.serveur.next_answer(requete)
        if reponse.muet:
            time.sleep(reponse.muet)
            self._hang_up()
            return
        debut = _offset(reponse, requete)
        self._send_head(reponse, debut)
        if reponse.statut not in (304, 416):
            self._send_body(reponse, reponse.corps[debut or 0 :])

    def _send_head(self, reponse: Reponse, debut: int | None) -> None:
        total = len(reponse.corps)
        statut = reponse.statut
        if debut is not None:
            statut = 416 if debut >= total else 206
        self.send_response_only(statut)  # no Date but the scripted one
        for nom, valeur in {"ETag": reponse.etag, "Last-Modified": reponse.modifie, **reponse.entetes}.items():
            if valeur:
                self.send_header(nom, valeur)
        if statut == 206 and "Content-Range" not in reponse.entetes:
            self.send_header("Content-Range", f"bytes {debut}-{total - 1}/{total}")
        if statut == 416:
            self.send_header("Content-Range", f"bytes */{total}")
        reste = 0 if statut in (304, 416) else total - (debut or 0)
        if reponse.sans_longueur:
            self.close_connection = True
            self.send_header("Connection", "close")
        else:
            self.send_header("Content-Length", str(reste if reponse.longueur is None else reponse.longueur))
        self.end_headers()

    def _send_body(self, reponse: Reponse, corps: bytes) -> None:
        envoi = corps if reponse.couper is None else corps[: reponse.couper]
        if reponse.gouttes:
            for octet in envoi:
                self.wfile.write(bytes([octet]))
                time.sleep(reponse.gouttes)
        else:
            self.wfile.write(envoi)
        self.wfile.flush()
        if reponse.couper is not None or reponse.longueur is not None:
            self._hang_up()

    def _hang_up(self) -> None:
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _offset(reponse: Reponse, requete: Requete) -> int | None:
    """Where a range begins, when the answer honours it."""
    plage = requete.entetes.get("range", "")
    if not plage or not (reponse.plages or reponse.mentir) or reponse.statut != 200:
        return None
    condition = requete.entetes.get("if-range", "")
    if condition and condition not in (reponse.etag, reponse.modifie) and not reponse.mentir:
        return None
    return int(plage.removeprefix("bytes=").removesuffix("-"))


@contextmanager
def open_server() -> Iterator[Serveur]:
    """A server on 127.0.0.1, on a port of its own."""
    ecouteur = _Ecouteur(("127.0.0.1", 0), _Guichet)
    ecouteur.serveur = Serveur()
    ecouteur.serveur.racine = f"http://127.0.0.1:{ecouteur.server_address[1]}"
    fil = threading.Thread(target=ecouteur.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    fil.start()
    try:
        yield ecouteur.serveur
    finally:
        ecouteur.shutdown()
        ecouteur.server_close()
        fil.join()

"""A real server on this machine, for what no client in memory can tell."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.applications import Starlette


@contextmanager
def serve(application: Starlette, port: int = 0) -> Iterator[str]:
    """The address of the application, served in a thread until the end of the block; a free port is chosen for 0."""
    prise = socket.create_server(("127.0.0.1", port))
    serveur = uvicorn.Server(uvicorn.Config(application, log_level="error", access_log=False))
    fil = threading.Thread(target=serveur.run, kwargs={"sockets": [prise]}, daemon=True)
    fil.start()
    limite = time.monotonic() + 10
    while not serveur.started and time.monotonic() < limite:
        time.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{prise.getsockname()[1]}"
    finally:
        serveur.should_exit = True
        fil.join(timeout=10)
        prise.close()

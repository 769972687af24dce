"""Writes partners in processes that are killed in the middle: `python -m … URL TOURS` tells what was acknowledged."""

import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime

from api.persistence.base import BaseDonnees
from api.persistence.tables import LignePartenaire, LigneSecret


def write_until_killed(url: str, tour: int, sortie: int) -> None:
    """One transaction a partner and its secret, told once it is said to be on disk."""
    base = BaseDonnees(url)
    for rang in range(100_000):
        identifiant = f"p{tour}-{rang}"
        instant = datetime.now(UTC)
        partenaire = LignePartenaire(
            identifiant=identifiant, nom="x" * 150, origines=[], portees=["lecture"], quota=rang, cree_le=instant,
            revoque_le=None,
        )  # fmt: skip
        secret = LigneSecret(
            prefixe=f"{tour}-{rang}", identifiant=identifiant, empreinte="y" * 90, cree_le=instant, expire_le=None,
            revoque_le=None,
        )  # fmt: skip
        with base.writing() as session:
            session.add_all((partenaire, secret))
        os.write(sortie, f"{identifiant}\n".encode())


def kill_one(write: Callable[[str, int, int], None], url: str, tour: int) -> list[str]:
    """The lines that a process acknowledged before it was killed, some milliseconds after its first word."""
    entree, sortie = os.pipe()
    enfant = os.fork()
    if enfant == 0:
        os.close(entree)
        write(url, tour, sortie)
        os._exit(1)
    os.close(sortie)
    recu = os.read(entree, 1 << 16)
    time.sleep(random.random() * 0.03)
    os.kill(enfant, signal.SIGKILL)
    os.waitpid(enfant, 0)
    while suite := os.read(entree, 1 << 16):
        recu += suite
    os.close(entree)
    return recu.decode().split("\n")[:-1]


if __name__ == "__main__":
    _, adresse, tours = sys.argv
    echauffement = BaseDonnees(adresse)
    with echauffement.reading() as session:  # what is slow to import is, once, before the forks
        session.connection()
    echauffement.close()
    json.dump(
        [identifiant for tour in range(int(tours)) for identifiant in kill_one(write_until_killed, adresse, tour)],
        sys.stdout,
    )

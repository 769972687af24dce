"""Writes dossiers in processes that are killed in the middle: `python -m … URL TOURS` tells what was acknowledged."""

import json
import os
import random
import signal
import sys
import time

from api.persistence.base import BaseDonnees
from tests.api.persistence.essai_dossiers import ACCORD, enter, open_dossiers


def write_until_killed(url: str, tour: int, sortie: int) -> None:
    """A session that grows, each version told once it is said to be on disk."""
    base = BaseDonnees(url)
    dossiers, lea = open_dossiers(base), enter(base, "lea")
    dossier = dossiers.open(lea, f"T{tour}", ACCORD)
    for _ in range(100_000):
        mots = f'"{tour}-{dossier.version}-{"x" * 5000}"'
        dossier = dossiers.save(
            lea, dossier.identifiant, dossier.version, contenu=mots, notes=mots, motif="essai",
            bilan={"entree": {"metier": 1}},
        )  # fmt: skip
        os.write(sortie, f"{dossier.identifiant} {dossier.version} {tour}\n".encode())


def kill_one(url: str, tour: int) -> list[tuple[str, int, int]]:
    """What a process acknowledged before it was killed, some milliseconds after its first word."""
    entree, sortie = os.pipe()
    enfant = os.fork()
    if enfant == 0:
        os.close(entree)
        write_until_killed(url, tour, sortie)
        os._exit(1)
    os.close(sortie)
    recu = os.read(entree, 1 << 16)
    time.sleep(random.random() * 0.03)
    os.kill(enfant, signal.SIGKILL)
    os.waitpid(enfant, 0)
    while suite := os.read(entree, 1 << 16):
        recu += suite
    os.close(entree)
    lignes = [ligne.split() for ligne in recu.decode().split("\n")[:-1]]
    return [(identifiant, int(version), int(rang)) for identifiant, version, rang in lignes]


if __name__ == "__main__":
    _, adresse, tours = sys.argv
    echauffement = BaseDonnees(adresse)
    enter(echauffement, "lea")  # what is slow to import is, once, before the forks
    echauffement.close()
    json.dump([acquitte for tour in range(int(tours)) for acquitte in kill_one(adresse, tour)], sys.stdout)

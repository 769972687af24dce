"""Writes dossiers in processes that are killed in the middle: `python -m … URL TOURS` tells what was acknowledged."""

import json
import os
import sys

from api.persistence.base import BaseDonnees
from tests.api.persistence.ecrivain import kill_one
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


if __name__ == "__main__":
    _, adresse, tours = sys.argv
    echauffement = BaseDonnees(adresse)
    enter(echauffement, "lea")  # what is slow to import is, once, before the forks
    echauffement.close()
    lignes = [mots.split() for n in range(int(tours)) for mots in kill_one(write_until_killed, adresse, n)]
    json.dump([(identifiant, int(version), int(rang)) for identifiant, version, rang in lignes], sys.stdout)

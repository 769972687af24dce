"""Opens databases that do not exist yet, several processes at once: `python -m … DOSSIER TOURS` tells what was lost."""

import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from api.acces.partenaires import list_partenaires
from api.persistence.base import BaseDonnees
from api.persistence.tables import LignePartenaire

PROCESSUS = 6


def write_one(url: str, identifiant: str, depart: int) -> None:
    """Wait for the start, then be one of the first to write."""
    os.read(depart, 1)
    base = BaseDonnees(url)
    instant = datetime.now(UTC)
    ligne = LignePartenaire(
        identifiant=identifiant, nom="x", origines=[], portees=[], quota=None, cree_le=instant, revoque_le=None
    )
    with base.writing() as session:
        session.add(ligne)
    base.close()


def open_together(url: str) -> list[str]:
    """Who said to have written and is not there."""
    attente, depart = os.pipe()
    enfants = {}
    for rang in range(PROCESSUS):
        enfant = os.fork()
        if enfant == 0:
            os.close(depart)
            write_one(url, f"p{rang}", attente)
            os._exit(0)
        enfants[enfant] = f"p{rang}"
    os.close(attente)
    os.close(depart)
    acquittes = [identifiant for enfant, identifiant in enfants.items() if os.waitpid(enfant, 0)[1] == 0]
    base = BaseDonnees(url)
    tenus = {p.identifiant for p in list_partenaires(base)}
    base.close()
    return [
        *(i for i in acquittes if i not in tenus),
        *(f"{i} a échoué" for i in set(enfants.values()) - set(acquittes)),
    ]


if __name__ == "__main__":
    _, dossier, tours = sys.argv
    echauffement = BaseDonnees(f"sqlite:///{Path(dossier) / 'echauffement.db'}")
    echauffement.migrate()  # what is slow to import is, once, before the forks
    echauffement.close()
    urls = [f"sqlite:///{Path(dossier) / f'base{tour}' / 'azimut.db'}" for tour in range(int(tours))]
    json.dump([perdu for url in urls for perdu in open_together(url)], sys.stdout)

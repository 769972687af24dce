"""What people think of their path: counts by month, and nothing of who answered."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from api.persistence.base import BaseDonnees
from api.persistence.tables import LigneAvis
from referentiels.errors import DatabaseError

QUESTIONS = ("trouve", "clair")
REPONSES = ("oui", "un_peu", "non")


@dataclass(frozen=True, slots=True)
class Compte:
    """How many times a question got an answer in a month, told by its first day."""

    mois: date
    question: str
    reponse: str
    nombre: int


def count_opinions(base: BaseDonnees, reponses: Mapping[str, str], jour: date) -> bool:
    """Count answers, of `REPONSES` to `QUESTIONS`; False when the database cannot serve: nobody has to wait for it."""
    try:
        with base.writing(durable=False) as session:
            inserer = (sqlite if base.embarquee else postgresql).insert
            for question, reponse in sorted(reponses.items()):
                ligne = inserer(LigneAvis).values(
                    mois=jour.replace(day=1), question=question, reponse=reponse, nombre=1
                )
                session.execute(
                    ligne.on_conflict_do_update(
                        index_elements=[LigneAvis.mois, LigneAvis.question, LigneAvis.reponse],
                        set_={"nombre": LigneAvis.nombre + 1},
                    )
                )
    except DatabaseError:
        return False
    return True


def read_opinions(base: BaseDonnees) -> tuple[Compte, ...]:
    """Every count, oldest month first.

    Raises:
        DatabaseError: The database cannot serve now.
    """
    with base.reading() as session:
        lignes = session.scalars(select(LigneAvis).order_by(LigneAvis.mois, LigneAvis.question, LigneAvis.reponse))
        return tuple(Compte(ligne.mois, ligne.question, ligne.reponse, ligne.nombre) for ligne in lignes)

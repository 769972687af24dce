"""Structures and conseillers for the tests of dossiers."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from api.conseil.coffre import Coffre
from api.conseil.dossiers import Dossiers
from api.conseil.types import Conseiller, Consentement, Role, Structure
from api.persistence.base import BaseDonnees
from api.persistence.tables_comptes import LigneConseiller, LigneStructure

CLE = "c" * 20 + "l" * 20
AUTRE_CLE = "a" * 40
DEPART = datetime(2026, 3, 10, 9, tzinfo=UTC)
ACCORD = Consentement("structure", statistiques=True, recueilli_le=DEPART)
SEUL = Consentement("conseiller", statistiques=False, recueilli_le=DEPART)


class Horloge:
    """A clock that tests turn."""

    def __init__(self, instant: datetime = DEPART) -> None:
        self.instant = instant

    def __call__(self) -> datetime:
        return self.instant

    def turn(self, **duree: float) -> None:
        self.instant += timedelta(**duree)


def open_dossiers(base: BaseDonnees, horloge: Horloge | None = None, cle: str = CLE) -> Dossiers:
    return Dossiers(base, Coffre(lambda: cle), horloge or Horloge())


def enter(base: BaseDonnees, nom: str, structure: str = "cio", role: Role = "conseiller", mois: int = 12) -> Conseiller:
    """Someone of a structure, both made when they are not there."""
    with base.writing() as session:
        if session.get(LigneStructure, structure) is None:
            session.add(
                LigneStructure(identifiant=structure, nom=structure.upper(), conservation_mois=mois, cree_le=DEPART)
            )
            session.flush()
        if session.scalar(select(LigneConseiller.identifiant).where(LigneConseiller.identifiant == nom)) is None:
            session.add(
                LigneConseiller(
                    identifiant=nom, connexion=nom, nom=nom.title(), role=role, structure=structure, empreinte=None,
                    provisoire_jusqu=None, totp=None, totp_attente=None, totp_pas=None, codes_secours=[],
                    sujet_oidc=None, echecs=0, bloque_jusqu=None, cree_le=DEPART, desactive_le=None,
                )
            )  # fmt: skip
    return Conseiller(nom, nom.title(), role, Structure(structure, structure.upper(), mois))

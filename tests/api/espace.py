"""People signed in to the espace conseiller, for tests: accounts, sessions, a clock that one moves."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pyotp
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.acces.controle import TEMOIN
from api.conseil.espace import Espace
from api.conseil.sessions import Ouverte
from api.conseil.types import Conseiller
from api.persistence.comptes import get_account
from api.web.conseiller.garde import csrf_from

MOT_DE_PASSE = "lundi parapluie vert bouc"
CLE = "0123456789abcdef0123456789abcdef"
"""Of the dossiers."""
ADRESSE = "https://azimut.test"
"""A cookie kept for HTTPS is sent there alone."""


@dataclass
class Montre:
    """A clock that stands still until it is moved."""

    instant: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __call__(self) -> datetime:
        return self.instant

    def advance(self, **duree: float) -> None:
        self.instant += timedelta(**duree)


def ensure_structure(espace: Espace, structure: str = "cio") -> None:
    if structure not in {s.identifiant for s in espace.comptes.list_structures()}:
        espace.comptes.create_structure(structure, f"Structure {structure}")


def open_account(
    espace: Espace, connexion: str = "lea", *, role: str = "conseiller", structure: str = "cio"
) -> Conseiller:
    """An account whose password is `MOT_DE_PASSE`."""
    ensure_structure(espace, structure)
    compte, provisoire = espace.comptes.create(connexion, f"Nom de {connexion}", role, structure)
    jeton = espace.connexions.sign_in(connexion, provisoire)
    assert jeton is not None
    ouverte = espace.sessions.find(jeton)
    assert ouverte is not None
    neuve = espace.sessions.find(espace.mon_compte.change_password(ouverte, provisoire, MOT_DE_PASSE))
    assert neuve is not None
    espace.connexions.sign_out(neuve)
    return compte.conseiller


def open_session(espace: Espace, conseiller: Conseiller) -> str:
    """The number of a session of someone, without a password."""
    with espace.base.writing() as session:
        assert get_account(session, conseiller.identifiant) is not None
        return espace.sessions.add(session, conseiller.identifiant, "ouverte")


@dataclass
class Navigateur:
    """A browser of someone signed in, which posts forms as pages make them."""

    client: TestClient
    conseiller: Conseiller
    jeton: str

    @property
    def csrf(self) -> str:
        return csrf_from(self.jeton)


def enter(
    application: FastAPI, connexion: str = "lea", *, role: str = "conseiller", structure: str = "cio"
) -> Navigateur:
    """Someone signed in, in a browser of their own."""
    espace: Espace = application.state.espace
    connus = {c.connexion: c.conseiller for c in espace.comptes.list_all()}
    conseiller = connus.get(connexion) or open_account(espace, connexion, role=role, structure=structure)
    jeton = open_session(espace, conseiller)
    client = TestClient(application, base_url=ADRESSE, follow_redirects=False, headers={"Accept": "text/html"})
    client.cookies.set(TEMOIN, jeton, path="/conseiller")
    return Navigateur(client, conseiller, jeton)


def opened(espace: Espace, mot_de_passe: str = MOT_DE_PASSE, connexion: str = "lea") -> Ouverte | None:
    jeton = espace.connexions.sign_in(connexion, mot_de_passe)
    return None if jeton is None else espace.sessions.find(jeton)


def put_factor(espace: Espace, montre: Montre) -> tuple[pyotp.TOTP, tuple[str, ...]]:
    """A second factor on the account of Léa, and its codes for a bad day."""
    ouverte = opened(espace)
    assert ouverte is not None
    espace.mon_compte.start_totp(ouverte, MOT_DE_PASSE)
    attente = espace.mon_compte.pending_totp(ouverte)
    assert attente is not None
    generateur = pyotp.TOTP(attente[0])
    return generateur, espace.mon_compte.confirm_totp(ouverte, generateur.at(montre()))


def csrf_in(page: str) -> str:
    """What the first form of a page carries."""
    trouve = re.search(r'name="jeton_csrf" value="(\w+)"', page)
    assert trouve, page[:300]
    return trouve[1]

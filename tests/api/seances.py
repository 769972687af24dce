"""A session as a browser without a script holds it: forms posted with the version that their page was made with."""

import re
from dataclasses import dataclass

from fastapi import FastAPI
from httpx2 import Response

from api.conseil.dossiers import Dossiers
from api.conseil.seance import Seance, read_seance
from api.conseil.types import Dossier
from tests.api.espace import Navigateur, enter

RECITS = (
    ("emploi", "vendeuse en boulangerie", "3", "J'accueillais les clients et je tenais la caisse."),
    ("emploi", "aide à domicile", "2", "Je préparais les repas et je faisais les courses."),
    ("benevolat", "bénévole au club de foot", "4", "J'organisais les tournois et je tenais les comptes."),
)
"""Three experiences, of which one unpaid: nature, title, years, account."""


@dataclass
class Table:
    """A dossier open in the browser of a conseiller."""

    application: FastAPI
    navigateur: Navigateur
    adresse: str

    @property
    def identifiant(self) -> str:
        return self.adresse.rsplit("/", 1)[1]

    @property
    def dossier(self) -> Dossier:
        dossiers: Dossiers = self.application.state.dossiers
        return dossiers.read(self.navigateur.conseiller, self.identifiant)

    @property
    def seance(self) -> Seance:
        return read_seance(self.dossier.contenu)

    def get(self, suite: str = "") -> Response:
        return self.navigateur.client.get(f"{self.adresse}{f'/{suite}' if suite else ''}")

    def post(self, suite: str, **champs: str) -> Response:
        corps = {"jeton_csrf": self.navigateur.csrf, **champs}
        return self.navigateur.client.post(f"{self.adresse}/{suite}", data=corps)

    def do(self, geste: str, **champs: str) -> Response:
        """One gesture, with the version that the dossier is at."""
        return self.do_at(self.dossier.version, geste, **champs)

    def do_at(self, version: int, geste: str, **champs: str) -> Response:
        """One gesture, from a page made with a given version."""
        return self.post("gestes", geste=geste, version=str(version), **champs)

    def tell(self, experiences: int = 3) -> None:
        """Experiences told, each with its account."""
        for nature, titre, annees, recit in RECITS[:experiences]:
            reponse = self.do("experience", nature=nature, titre=titre, annees=annees, recit=recit)
            assert reponse.status_code == 303, reponse.text


def open_table(
    application: FastAPI,
    connexion: str = "lea",
    *,
    structure: str = "cio",
    trace: bool = True,
    partage: bool = False,
) -> Table:
    """A dossier opened by someone, shared with their structure when asked."""
    navigateur = enter(application, connexion, structure=structure)
    champs = {"jeton_csrf": navigateur.csrf, "trace": "oui" if trace else "non"}
    if trace:
        champs |= {"pseudonyme": "Bleuet 12", "accord": "oui", "statistiques": "oui"}
    if partage:
        champs["structure"] = "oui"
    reponse = navigateur.client.post("/conseiller/dossiers", data=champs)
    assert reponse.status_code == 303, reponse.text
    return Table(application, navigateur, reponse.headers["location"])


def words_of(page: str) -> str:
    """The text of a page, without its tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))

"""What a screen of the espace conseiller is made from: who asks, the dossier, the session, and how a page is sent."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Annotated, Any

from fastapi import Depends, Request, Response

from api.conseil.dossiers import Dossiers
from api.conseil.seance import Seance, read_seance
from api.conseil.tenues import Rangee, Tenues
from api.conseil.types import Conseiller, Dossier
from api.service import Service
from api.settings import Settings
from api.v1.routes import loaded_service
from api.web.conseiller import garde
from api.web.gabarits import render
from api.web.widget.contexte import questionnaire
from api.web.widget.rendu import EN_TETES
from api.web.widget.routes import read_answers
from referentiels.errors import AzimutError, InvalidInputError

RACINE = "/conseiller"
FRAGMENT = "x-fragment"
"""Header of the script: the same page without what surrounds it."""
PARTAGE = "azimut_partage"
"""Cookie of a device that others use: nothing is kept in the browser, and the end of a session clears it."""
Moteur = Annotated[Service, Depends(loaded_service)]
Champs = Annotated[Mapping[str, str], Depends(read_answers)]
Connecte = Annotated[Conseiller, Depends(garde.require("conseiller"))]


@dataclass(frozen=True, slots=True)
class Poste:
    """One request of a conseiller about a dossier."""

    request: Request
    moteur: Service
    conseiller: Conseiller
    dossier: Dossier
    seance: Seance
    jour: date = field(default_factory=date.today)
    illisible: bool = False
    """Whether this version cannot read what was written: it can be exported and erased, never written over."""

    @property
    def dossiers(self) -> Dossiers:
        """Where dossiers are."""
        return dossiers_of(self.request)

    @property
    def settings(self) -> Settings:
        """Of the service."""
        reglages: Settings = self.request.app.state.settings
        return reglages

    @property
    def sans_trace(self) -> bool:
        """Whether nothing is kept after the session."""
        return self.dossier.consentement is None

    @property
    def clos(self) -> bool:
        """Whether the dossier can only be read."""
        return self.dossier.clos_le is not None

    def rank(self, seance: Seance | None = None) -> Rangee:
        """What the engine makes of the session, or of another state of it."""
        tenues: Tenues = self.request.app.state.tenues
        return tenues.rank(self.dossier.identifiant, seance or self.seance, self.moteur, questionnaire())

    def forget(self) -> None:
        """Hold nothing of the session any more."""
        tenues: Tenues = self.request.app.state.tenues
        tenues.forget(self.dossier.identifiant)

    def at(self, suite: str = "") -> str:
        """The address of a screen of this dossier."""
        return f"{RACINE}/dossiers/{self.dossier.identifiant}{f'/{suite}' if suite else ''}"

    def written(self, dossier: Dossier, seance: Seance) -> "Poste":
        """The same once something was written."""
        return replace(self, dossier=dossier, seance=seance)


def dossiers_of(request: Request) -> Dossiers:
    """Where dossiers are."""
    dossiers: Dossiers = request.app.state.dossiers
    return dossiers


def open_post(request: Request, moteur: Moteur, conseiller: Connecte, identifiant: str) -> Poste:
    """The dossier of an address.

    Raises:
        DossierInconnuError: There is none that this person may read.
    """
    dossier = dossiers_of(request).read(conseiller, identifiant)
    try:
        seance, illisible = read_seance(dossier.contenu), False
    except InvalidInputError:
        seance, illisible = Seance(), True
    return Poste(request, moteur, conseiller, dossier, seance, illisible=illisible)


Ouvert = Annotated[Poste, Depends(open_post)]


def version_of(champs: Mapping[str, str]) -> int:
    """The version that a form was made with; 0, which no dossier is at, when it tells none."""
    dite = champs.get("version", "")
    return int(dite) if re.fullmatch(r"\d{1,9}", dite, re.ASCII) else 0


def shared(request: Request) -> bool:
    """Whether the device is one that others use."""
    return request.cookies.get(PARTAGE) == "oui"


def show(
    poste: Poste,
    ecran: str,
    *,
    statut: int = 200,
    erreur: AzimutError | None = None,
    champs: Mapping[str, str] | None = None,
    annonce: str = "",
    **valeurs: Any,
) -> Response:
    """A screen of a dossier.

    Args:
        poste: The request.
        ecran: Name of the template.
        statut: HTTP status.
        erreur: What was wrong in the form that was sent.
        champs: The form that was sent, shown again as it was.
        annonce: What was just done, for who does not see the screen move.
        **valeurs: What the template shows.
    """
    dit = str(erreur) if erreur is not None else ""
    return send(
        poste.request,
        f"conseiller/{ecran}.html",
        statut,
        poste=poste,
        dossier=poste.dossier,
        seance=poste.seance,
        conseiller=poste.conseiller,
        ecran=ecran,
        erreur=f"{dit[:1].upper()}{dit[1:]}",
        champ_fautif=getattr(erreur, "champ", None) or "",
        champs=champs or {},
        geste_fait=(champs or {}).get("geste", ""),
        annonce=annonce,
        **valeurs,
    )


def send(request: Request, gabarit: str, statut: int = 200, **valeurs: Any) -> Response:
    """A page of the espace: nobody keeps it, nobody frames it, nothing but our own script runs in it."""
    reponse = render(
        gabarit,
        statut=statut,
        jeton=garde.csrf_of(request),
        fragment=FRAGMENT in request.headers,
        partage=shared(request),
        **valeurs,
    )
    reponse.headers.update(EN_TETES)
    return reponse

"""The first page of a conseiller: dossiers to take up, a dossier to open, a session without record."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse

from api.conseil.dossiers import LISTE_MAX
from api.conseil.types import Conseiller
from api.web.conseiller import garde
from api.web.conseiller.poste import PARTAGE, RACINE, Champs, Connecte, dossiers_of, send
from api.web.conseiller.seances import read_consent
from api.web.conseiller.travail import Signe
from referentiels.errors import InvalidInputError

CHERCHE_MAX = 40
"""Letters of a pseudonym that are looked for: none is longer."""
router = APIRouter(include_in_schema=False, prefix=RACINE)


@router.get("")
def read_home(
    request: Request, conseiller: Annotated[Conseiller, Depends(garde.current)], cherche: str = ""
) -> Response:
    """Dossiers of this conseiller, and those that the structure shares; another role has its own first page."""
    if conseiller.role != "conseiller":
        return RedirectResponse(garde.ACCUEILS[conseiller.role], 303)
    return _show(request, conseiller, {}, cherche=" ".join(cherche.split())[:CHERCHE_MAX])


def _show(
    request: Request, conseiller: Connecte, champs: Champs, erreur: InvalidInputError | None = None, cherche: str = ""
) -> Response:
    dossiers = dossiers_of(request)
    dit = str(erreur) if erreur is not None else ""
    return send(
        request,
        "conseiller/accueil.html",
        422 if erreur is not None else 200,
        conseiller=conseiller,
        ouverts=dossiers.list_open(conseiller, cherche=cherche),
        clos=dossiers.list_open(conseiller, clos=True, cherche=cherche),
        cherche=cherche,
        liste_max=LISTE_MAX,
        champs=champs,
        erreur=f"{dit[:1].upper()}{dit[1:]}",
        champ_fautif=erreur.champ if erreur is not None else "",
    )


@router.post("/dossiers")
def open_dossier(request: Request, conseiller: Connecte, champs: Champs, _signe: Signe) -> Response:
    """Open a dossier with what the person agreed to, or begin a session without record."""
    trace = champs.get("trace") == "oui"
    try:
        accord = read_consent(champs) if trace else None
        pseudonyme = champs.get("pseudonyme", "") if trace else f"Séance de {datetime.now().astimezone():%H h %M}"
        dossier = dossiers_of(request).open(conseiller, pseudonyme, accord)
    except InvalidInputError as error:
        return _show(request, conseiller, champs, error)
    return RedirectResponse(f"{RACINE}/dossiers/{dossier.identifiant}", 303)


@router.post("/poste")
def say_whose_device(request: Request, conseiller: Connecte, champs: Champs, _signe: Signe) -> Response:
    """Whether others use this device; kept in this browser alone."""
    del conseiller
    reponse = RedirectResponse(RACINE, 303)
    partage = champs.get("partage") == "oui"
    reponse.set_cookie(
        PARTAGE,
        "oui" if partage else "non",
        path=RACINE,
        secure=request.app.state.settings.temoin_https,
        httponly=True,
        samesite="lax",
    )
    return reponse

"""The page of one's own account: password, second factor, sessions."""

from collections.abc import Mapping
from typing import Annotated, Any

import segno
from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from markupsafe import Markup

from api.acces.controle import CONNEXION
from api.acces.guichet import Guichet
from api.conseil.sessions import Ouverte
from api.web.conseiller.connexion import Champs, Session, show
from api.web.conseiller.garde import (
    ACCUEILS,
    MOT_DE_PASSE,
    check_csrf,
    current_session,
    espace_of,
    set_cookie,
)
from referentiels.errors import InvalidInputError

COMPTE = "/conseiller/compte"
TOTP = f"{COMPTE}/second-facteur"
FAITS: Mapping[str, str] = {
    "mot-de-passe": "Votre mot de passe est changé. Vos autres sessions sont fermées.",
    "sans-code": "Le code à usage unique n'est plus demandé.",
    "sessions": "Vos autres sessions sont fermées.",
}
"""What a redirection may announce."""

router = APIRouter(include_in_schema=False)
Connectee = Annotated[Ouverte, Depends(current_session)]
CSRF = [Depends(check_csrf)]


@router.get(COMPTE)
def show_account(request: Request, ouverte: Connectee, fait: str = "") -> Response:
    """One's own account."""
    return _account(request, ouverte, annonce=FAITS.get(fait, ""))


@router.get(MOT_DE_PASSE)
def show_password(request: Request, ouverte: Session) -> Response:
    """The form of the password; the only page that a provisional password opens."""
    if ouverte is None or ouverte.etape == "totp":
        return RedirectResponse(CONNEXION, 303)
    return show(request, "mot_de_passe", ouverte)


@router.post(MOT_DE_PASSE, dependencies=CSRF)
async def change_password(request: Request, ouverte: Session, champs: Champs) -> Response:
    """Change the password; the session goes on under a new number."""
    if ouverte is None or ouverte.etape == "totp":
        return RedirectResponse(CONNEXION, 303)
    actuel, nouveau = champs.get("actuel", ""), champs.get("nouveau", "")
    guichet: Guichet = request.app.state.guichet
    if nouveau != champs.get("confirmation", ""):
        autre = InvalidInputError("les deux nouveaux mots de passe diffèrent.", champ="confirmation")
        return show(request, "mot_de_passe", ouverte, statut=422, **_fault(autre))
    try:
        jeton = await guichet.run_apart(espace_of(request).mon_compte.change_password, ouverte, actuel, nouveau)
    except InvalidInputError as error:
        return show(request, "mot_de_passe", ouverte, statut=422, **_fault(error))
    premiere = ouverte.etape == "mot_de_passe"
    suite = ACCUEILS[ouverte.conseiller.role] if premiere else f"{COMPTE}?fait=mot-de-passe"
    reponse = RedirectResponse(suite, 303, {"Cache-Control": "no-store"})
    set_cookie(reponse, request.app.state.settings, jeton)
    return reponse


@router.post(TOTP, dependencies=CSRF)
async def start_totp(request: Request, ouverte: Connectee, champs: Champs) -> Response:
    """Draw a second factor to confirm."""
    guichet: Guichet = request.app.state.guichet
    try:
        await guichet.run_apart(espace_of(request).mon_compte.start_totp, ouverte, champs.get("actuel", ""))
    except InvalidInputError as error:
        return _account(request, ouverte, statut=422, formulaire="totp", **_fault(error))
    return RedirectResponse(f"{TOTP}/confirmation", 303)


@router.get(f"{TOTP}/confirmation")
def show_totp(request: Request, ouverte: Connectee) -> Response:
    """The second factor to read, and the form of its first code."""
    return _totp(request, ouverte)


@router.post(f"{TOTP}/confirmation", dependencies=CSRF)
def confirm_totp(request: Request, ouverte: Connectee, champs: Champs) -> Response:
    """Keep the second factor, and show the codes for a bad day, once."""
    try:
        codes = espace_of(request).mon_compte.confirm_totp(ouverte, champs.get("code", ""))
    except InvalidInputError as error:
        return _totp(request, ouverte, statut=422, **_fault(error))
    return show(request, "secours", ouverte, codes=codes)


@router.post(f"{TOTP}/retrait", dependencies=CSRF)
async def drop_totp(request: Request, ouverte: Connectee, champs: Champs) -> Response:
    """Do without the second factor."""
    guichet: Guichet = request.app.state.guichet
    mots = champs.get("actuel", ""), champs.get("code", "")
    try:
        await guichet.run_apart(espace_of(request).mon_compte.drop_totp, ouverte, *mots)
    except InvalidInputError as error:
        return _account(request, ouverte, statut=422, formulaire="retrait", **_fault(error))
    return RedirectResponse(f"{COMPTE}?fait=sans-code", 303)


@router.post(f"{COMPTE}/sessions", dependencies=CSRF)
def end_others(request: Request, ouverte: Connectee) -> Response:
    """End every other session."""
    espace_of(request).sessions.end_others(ouverte)
    return RedirectResponse(f"{COMPTE}?fait=sessions", 303)


def _account(
    request: Request, ouverte: Ouverte, *, statut: int = 200, formulaire: str = "", **valeurs: Any
) -> Response:
    espace = espace_of(request)
    avec_mot_de_passe, avec_totp = espace.mon_compte.ways_in(ouverte)
    return show(
        request,
        "compte",
        ouverte,
        statut=statut,
        formulaire=formulaire,
        sessions=espace.sessions.list_of(ouverte),
        avec_mot_de_passe=avec_mot_de_passe,
        avec_totp=avec_totp,
        **valeurs,
    )


def _totp(request: Request, ouverte: Ouverte, *, statut: int = 200, **valeurs: Any) -> Response:
    attente = espace_of(request).mon_compte.pending_totp(ouverte)
    if attente is None:
        return RedirectResponse(COMPTE, 303)
    secret, adresse = attente
    return show(request, "totp", ouverte, statut=statut, secret=secret, image=_draw(adresse), **valeurs)


def _draw(adresse: str) -> Markup:
    """A QR code for a reader that expects dark on light, whatever the theme."""
    image = segno.make(adresse, error="m", micro=False).svg_inline(scale=5, dark="#000", light="#fff", omitsize=True)
    # Nothing in it was typed: the drawing is a path of numbers.
    return Markup(image.replace("<svg ", '<svg role="img" aria-label="Code à lire avec votre application" ', 1))  # noqa: S704


def _fault(error: InvalidInputError) -> dict[str, str]:
    texte = str(error)
    return {"erreur": texte[:1].upper() + texte[1:], "champ": error.champ or ""}

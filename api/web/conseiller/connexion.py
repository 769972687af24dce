"""Signing in and out of the espace conseiller: password, second factor, identity provider."""

import secrets
from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse

from api.acces.controle import CONNEXION, TEMOIN
from api.acces.guichet import Guichet
from api.conseil.oidc import IdentiteError
from api.conseil.sessions import Ouverte
from api.errors import PAGE_INCONNUE, Probleme, RefusError
from api.settings import Settings
from api.web.conseiller.garde import (
    ACCUEILS,
    MOT_DE_PASSE,
    check_csrf,
    csrf_from,
    drop_cookie,
    espace_of,
    safe_next,
    session_of,
    set_cookie,
    verify_csrf,
)
from api.web.conseiller.poste import shared
from api.web.gabarits import render
from api.web.pages import read_fields

AVANT = "azimut_avant"
"""The cookie of a browser that is about to sign in: its forms, and the answer of the provider, are its own."""
REFUS = "L'identifiant ou le mot de passe n'est pas le bon. Après plusieurs essais, attendez quelques minutes."
REFUS_CODE = "Ce code n'est pas le bon, ou il a déjà servi. Attendez le suivant et recommencez."
PERIME = "Cette page attendait depuis trop longtemps, ou votre navigateur refuse les témoins (cookies). Recommencez."
FIN_STOCKAGE = {"Clear-Site-Data": '"storage"'}
"""What scripts kept in the browser goes with the session."""

router = APIRouter(include_in_schema=False)
Champs = Annotated[Mapping[str, str], Depends(read_fields)]
Session = Annotated[Ouverte | None, Depends(session_of)]


@router.get(CONNEXION)
def show_sign_in(request: Request, ouverte: Session, suite: str = "", fin: str = "") -> Response:
    """The form to sign in; someone signed in goes on."""
    if ouverte is not None and ouverte.etape != "totp":
        return RedirectResponse(_next_of(ouverte, suite), 303)
    return _form(request, suite, annonce="Vous êtes déconnecté·e. À bientôt." if fin else "")


@router.post(CONNEXION)
async def sign_in(request: Request, champs: Champs) -> Response:
    """Check a password; whatever was wrong, the answer is the same."""
    connexion, suite = champs.get("connexion", ""), champs.get("suite", "")
    try:
        await verify_csrf(request, request.cookies.get(AVANT, ""))
    except RefusError:
        return _form(request, suite, statut=403, erreur=PERIME, connexion=connexion)
    guichet: Guichet = request.app.state.guichet
    jeton = await guichet.run_apart(espace_of(request).connexions.sign_in, connexion, champs.get("mot_de_passe", ""))
    if jeton is None:
        return _form(request, suite, statut=422, erreur=REFUS, connexion=connexion)
    return await run_in_threadpool(_let_in, request, jeton, suite)


@router.get(f"{CONNEXION}/code")
def show_code(request: Request, ouverte: Session, suite: str = "") -> Response:
    """The form of the second factor."""
    if ouverte is None or ouverte.etape != "totp":
        return RedirectResponse(_at(CONNEXION, suite), 303)
    return _code(request, suite)


@router.post(f"{CONNEXION}/code", dependencies=[Depends(check_csrf)])
def give_code(request: Request, champs: Champs) -> Response:
    """Check a second factor."""
    suite = champs.get("suite", "")
    jeton = espace_of(request).connexions.give_code(request.cookies.get(TEMOIN, ""), champs.get("code", ""))
    if jeton is not None:
        return _let_in(request, jeton, suite)
    ouverte = session_of(request)
    if ouverte is None or ouverte.etape != "totp":
        return _form(request, suite, statut=422, erreur=PERIME)
    return _code(request, suite, statut=422, erreur=REFUS_CODE)


@router.get(f"{CONNEXION}/oidc")
def start_oidc(request: Request, suite: str = "") -> Response:
    """Send to the identity provider."""
    oidc = espace_of(request).oidc
    if oidc is None:
        raise RefusError(Probleme(PAGE_INCONNUE, "Aucun fournisseur d'identité n'est réglé ici.", 404))
    navigateur = request.cookies.get(AVANT) or secrets.token_urlsafe(32)
    try:
        # On a device that others use, the provider may still remember who was there before.
        adresse = oidc.start(navigateur, safe_next(suite) or "", redemander=shared(request))
    except IdentiteError as error:
        return _form(request, suite, statut=503, erreur=_sentence(error))
    reponse = RedirectResponse(adresse, 303, {"Cache-Control": "no-store"})
    set_cookie(reponse, request.app.state.settings, navigateur, AVANT)
    return reponse


@router.get(f"{CONNEXION}/oidc/retour")
def finish_oidc(request: Request) -> Response:
    """Take the answer of the identity provider."""
    oidc = espace_of(request).oidc
    if oidc is None:
        raise RefusError(Probleme(PAGE_INCONNUE, "Aucun fournisseur d'identité n'est réglé ici.", 404))
    try:
        jeton, suite = oidc.finish(request.cookies.get(AVANT, ""), request.query_params)
    except IdentiteError as error:
        return _form(request, "", statut=403, erreur=_sentence(error))
    return _let_in(request, jeton, suite)


@router.get("/conseiller/deconnexion")
def show_sign_out(request: Request, ouverte: Session) -> Response:
    """The form to sign out: an address alone, that another site may hold, signs nobody out."""
    if ouverte is None:
        return RedirectResponse(CONNEXION, 303)
    return show(request, "deconnexion", ouverte)


@router.post("/conseiller/deconnexion", dependencies=[Depends(check_csrf)])
def sign_out(request: Request, ouverte: Session) -> Response:
    """End the session."""
    if ouverte is not None:
        espace_of(request).connexions.sign_out(ouverte)
    reponse = RedirectResponse(f"{CONNEXION}?fin=1", 303, {"Cache-Control": "no-store", **FIN_STOCKAGE})
    drop_cookie(reponse, request.app.state.settings)
    return reponse


def show(request: Request, page: str, ouverte: Ouverte, *, statut: int = 200, **valeurs: Any) -> Response:
    """A page of the account of someone."""
    valeurs = {"erreur": "", "champ": "", "annonce": "", **valeurs}
    jeton = request.cookies.get(TEMOIN, "")
    return render(
        f"conseiller/compte/{page}.html",
        statut=statut,
        csrf=csrf_from(jeton),
        conseiller=ouverte.conseiller,
        etape=ouverte.etape,
        **valeurs,
    )


def _form(
    request: Request, suite: str, *, statut: int = 200, erreur: str = "", connexion: str = "", annonce: str = ""
) -> Response:
    avant = request.cookies.get(AVANT) or secrets.token_urlsafe(32)
    oidc = espace_of(request).oidc
    reponse = render(
        "conseiller/compte/connexion.html",
        statut=statut,
        csrf=csrf_from(avant),
        suite=safe_next(suite) or "",
        erreur=erreur,
        annonce=annonce,
        connexion=connexion[:200],
        oidc=None if oidc is None else oidc.nom,
        conseiller=None,
    )
    set_cookie(reponse, request.app.state.settings, avant, AVANT)
    return reponse


def _code(request: Request, suite: str, *, statut: int = 200, erreur: str = "") -> Response:
    return render(
        "conseiller/compte/code.html",
        statut=statut,
        csrf=csrf_from(request.cookies.get(TEMOIN, "")),
        suite=safe_next(suite) or "",
        erreur=erreur,
        conseiller=None,
    )


def _let_in(request: Request, jeton: str, suite: str) -> Response:
    """Go on under a new number; the one that the browser had opens nothing any more."""
    espace = espace_of(request)
    settings: Settings = request.app.state.settings
    ancienne = session_of(request)
    if ancienne is not None:
        espace.connexions.sign_out(ancienne)
    ouverte = espace.sessions.find(jeton)
    adresse = CONNEXION if ouverte is None else _next_of(ouverte, suite)
    reponse = RedirectResponse(adresse, 303, {"Cache-Control": "no-store"})
    set_cookie(reponse, settings, jeton)
    drop_cookie(reponse, settings, AVANT)
    return reponse


def _next_of(ouverte: Ouverte, suite: str) -> str:
    if ouverte.etape == "totp":
        return _at(f"{CONNEXION}/code", suite)
    if ouverte.etape == "mot_de_passe":
        return MOT_DE_PASSE
    return safe_next(suite) or ACCUEILS[ouverte.conseiller.role]


def _at(adresse: str, suite: str) -> str:
    vue = safe_next(suite)
    return f"{adresse}?suite={quote(vue, safe='/')}" if vue else adresse


def _sentence(error: Exception) -> str:
    texte = str(error)
    return texte[:1].upper() + texte[1:]

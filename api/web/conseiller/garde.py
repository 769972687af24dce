"""Who may open the pages under /conseiller, and what proves that a form is theirs."""

import hmac
from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import Annotated
from urllib.parse import quote, unquote, urlsplit

from fastapi import Depends, Request, Response
from fastapi.concurrency import run_in_threadpool

from api.acces.controle import CONNEXION, ESPACE, TEMOIN
from api.conseil.espace import Espace
from api.conseil.sessions import Ouverte
from api.conseil.types import Conseiller, Role
from api.errors import CONNEXION_REQUISE, FORMULAIRE_PERIME, ROLE_INSUFFISANT, Probleme, RefusError
from api.persistence.acces import Acces, Issue, record
from api.settings import Settings

RACINE = ESPACE
MOT_DE_PASSE = f"{RACINE}/compte/mot-de-passe"
CHAMP_CSRF, ENTETE_CSRF = "jeton_csrf", "X-Jeton-CSRF"
FRAGMENT = "X-Fragment"
"""A script that asks for a part of a page says so: it is answered 401, never sent to another page."""
ACCUEILS: dict[Role, str] = {
    "conseiller": RACINE,
    "responsable": f"{RACINE}/chiffres",
    "administrateur": f"{RACINE}/administration",
}
"""Where each role arrives once signed in."""
CHAMPS_MAX = 600
_SUITE_MAX = 300


def espace_of(request: Request) -> Espace:
    """The espace conseiller of this service."""
    espace: Espace = request.app.state.espace
    return espace


def session_of(request: Request) -> Ouverte | None:
    """The session of the browser, whatever is still due in it; None when there is none that holds.

    Raises:
        DatabaseError: The database cannot serve now.
    """
    jeton = request.cookies.get(TEMOIN)
    if not jeton:
        return None
    ouverte = espace_of(request).sessions.find(jeton)
    request.state.session_conseiller = ouverte
    return ouverte


def current_session(request: Request) -> Ouverte:
    """The session of someone fully signed in.

    Raises:
        RefusError: There is none: a page is sent to sign in, a fragment is told 401.
        DatabaseError: The database cannot serve now.
    """
    ouverte = session_of(request)
    if ouverte is not None and ouverte.etape == "ouverte":
        return ouverte
    if ouverte is not None and ouverte.etape == "mot_de_passe":
        raise _send_to(request, MOT_DE_PASSE)
    raise _send_to(request, _sign_in_page(request))


async def current(ouverte: Annotated[Ouverte, Depends(current_session)]) -> Conseiller:
    """Who is signed in; see `current_session`."""
    return ouverte.conseiller


def require(*roles: Role) -> Callable[[Request, Conseiller], Awaitable[Conseiller]]:
    """A dependency: who is signed in, when their role is one of these.

    Raises:
        RefusError: Another role: 403.
    """

    async def check(request: Request, conseiller: Annotated[Conseiller, Depends(current)]) -> Conseiller:
        if conseiller.role not in roles:
            await run_in_threadpool(journalise, request, "role", conseiller=conseiller, issue="refuse")
            detail = f"Cette page est celle du rôle « {' » ou « '.join(roles)} »."
            raise RefusError(Probleme(ROLE_INSUFFISANT, detail, ROLE_INSUFFISANT.statut))
        return conseiller

    return check


def csrf_of(request: Request) -> str:
    """What a form of this browser carries: it comes from the cookie, which no other site can read."""
    return csrf_from(request.cookies.get(TEMOIN, ""))


def csrf_from(jeton: str) -> str:
    """What the forms of a session carry."""
    return hmac.new(jeton.encode(), b"csrf", sha256).hexdigest()


async def check_csrf(request: Request) -> None:
    """A dependency of every POST: the form comes from a page of this very session.

    Raises:
        RefusError: It does not: 403.
    """
    await verify_csrf(request, request.cookies.get(TEMOIN, ""))


async def verify_csrf(request: Request, jeton: str) -> None:
    """Check that a form carries what the pages of a cookie were given.

    Raises:
        RefusError: It does not: 403.
    """
    recu = request.headers.get(ENTETE_CSRF)
    if recu is None:
        formulaire = await request.form(max_files=1, max_fields=CHAMPS_MAX)
        champ = formulaire.get(CHAMP_CSRF)
        recu = champ if isinstance(champ, str) else ""
    etranger = request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}
    if etranger or not jeton or not hmac.compare_digest(recu.encode(), csrf_from(jeton).encode()):
        detail = "Ce formulaire ne vient pas d'une page ouverte dans cette session."
        raise RefusError(Probleme(FORMULAIRE_PERIME, detail, FORMULAIRE_PERIME.statut))


def journalise(
    request: Request,
    action: str,
    *,
    objet: str | None = None,
    conseiller: Conseiller | None = None,
    issue: Issue = "fait",
    durable: bool = True,
) -> None:
    """Write an access down: who, what, when; never a name, never what was typed.

    Args:
        request: Of someone signed in, unless `conseiller` is given.
        action: What was done, in one word of ours.
        objet: The dossier or the account concerned, by its identifier.
        conseiller: Who did it.
        issue: Whether it was done.
        durable: False for what a power cut may take back.

    Raises:
        DatabaseError: The database cannot serve now.
    """
    espace = espace_of(request)
    if conseiller is None:
        ouverte: Ouverte | None = getattr(request.state, "session_conseiller", None)
        conseiller = None if ouverte is None else ouverte.conseiller
    acteur = None if conseiller is None else conseiller.identifiant
    structure = None if conseiller is None else conseiller.structure.identifiant
    with espace.base.writing(durable=durable) as session:
        record(session, Acces(espace.horloge(), acteur, structure, action, objet, issue))


def safe_next(texte: str | None) -> str | None:
    """Where to go on once signed in: a page of the espace, nothing else; None when it is anywhere else."""
    if not texte or len(texte) > _SUITE_MAX or not texte.isprintable() or "\\" in texte:
        return None
    lu = urlsplit(texte)
    chemin = unquote(lu.path)
    if lu.scheme or lu.netloc or not texte.startswith(RACINE) or ".." in chemin.split("/") or "//" in chemin:
        return None
    if chemin != RACINE and not chemin.startswith(f"{RACINE}/"):
        return None
    return None if chemin.startswith((CONNEXION, f"{RACINE}/deconnexion")) else texte


def set_cookie(reponse: Response, settings: Settings, jeton: str, nom: str = TEMOIN) -> None:
    """Give the browser the number of its session; it forgets it when it is closed."""
    reponse.set_cookie(nom, jeton, path=RACINE, secure=settings.temoin_https, httponly=True, samesite="lax")


def drop_cookie(reponse: Response, settings: Settings, nom: str = TEMOIN) -> None:
    """Have the browser forget a number."""
    reponse.delete_cookie(nom, path=RACINE, secure=settings.temoin_https, httponly=True, samesite="lax")


def _sign_in_page(request: Request) -> str:
    """The page to sign in, and then go back to what was asked for; what was sent is not sent again."""
    adresse = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    suite = safe_next(adresse) if request.method == "GET" else None
    return f"{CONNEXION}?suite={quote(suite, safe='/')}" if suite else CONNEXION


def _send_to(request: Request, adresse: str) -> RefusError:
    if FRAGMENT in request.headers or request.headers.get("sec-fetch-dest", "document") == "empty":
        detail = "La session est finie ou n'a pas commencé."
        return RefusError(Probleme(CONNEXION_REQUISE, detail, CONNEXION_REQUISE.statut))
    return RefusError(Probleme(CONNEXION_REQUISE, "Connectez-vous d'abord.", 303, entetes={"Location": adresse}))

"""The page of who administers the accounts of a structure."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse

from api.acces.guichet import Guichet
from api.conseil.comptes import PROVISOIRE, ROLES, Comptes
from api.conseil.sessions import Ouverte
from api.conseil.types import Conseiller
from api.persistence.acces import read_accesses
from api.web.conseiller.connexion import Champs, show
from api.web.conseiller.garde import check_csrf, current_session, espace_of, require
from referentiels.errors import InvalidInputError

ADMINISTRATION = "/conseiller/administration"
FAITS = {
    "desactive": "Le compte est désactivé et ses sessions sont fermées.",
    "reactive": "Le compte est de nouveau ouvert.",
    "sans-code": "Le code à usage unique n'est plus demandé à cette personne.",
}
"""What a redirection may announce."""
ACTIONS = {
    "connexion": "connexion",
    "deconnexion": "déconnexion",
    "second_facteur": "code à usage unique",
    "second_facteur_attendu": "mot de passe juste, code attendu",
    "second_facteur_pose": "code à usage unique mis en place",
    "second_facteur_retire": "code à usage unique retiré",
    "mot_de_passe": "mot de passe changé",
    "mot_de_passe_provisoire": "mot de passe provisoire donné",
    "compte_cree": "compte créé",
    "compte_desactive": "compte désactivé",
    "role_change": "rôle changé",
    "compte_reactive": "compte réactivé",
    "role": "page d'un autre rôle",
    "dossier_ouvert": "dossier ouvert",
    "dossier_lu": "dossier lu",
    "dossier_consentement": "consentement d'un dossier changé",
    "dossier_clos": "dossier clos",
    "dossier_rouvert": "dossier repris",
    "dossier_exporte": "dossier exporté",
    "dossier_efface": "dossier effacé",
    "dossier_purge": "dossier effacé à la fin de sa conservation",
}
_ACCES = 50

router = APIRouter(include_in_schema=False)
Administrateur = Annotated[Conseiller, Depends(require("administrateur"))]
Connectee = Annotated[Ouverte, Depends(current_session)]
CSRF = [Depends(check_csrf)]


@router.get(ADMINISTRATION)
def show_accounts(request: Request, admin: Administrateur, ouverte: Connectee, fait: str = "") -> Response:
    """The accounts of the structure, and what was last done there."""
    del admin
    return _page(request, ouverte, annonce=FAITS.get(fait, ""))


@router.post(f"{ADMINISTRATION}/comptes", dependencies=CSRF)
async def create_account(request: Request, admin: Administrateur, ouverte: Connectee, champs: Champs) -> Response:
    """Open an account, and show its provisional password, once."""
    guichet: Guichet = request.app.state.guichet
    dits = {nom: champs.get(nom, "") for nom in ("connexion", "nom", "role")}
    try:
        compte, clair = await guichet.run_apart(
            espace_of(request).comptes.create, **dits, structure=admin.structure.identifiant, auteur=admin
        )
    except InvalidInputError as error:
        texte = str(error)
        erreur = texte[:1].upper() + texte[1:]
        return _page(request, ouverte, statut=422, erreur=erreur, champ=error.champ or "", dits=dits)
    return _show_once(request, ouverte, compte.connexion, clair)


@router.post(f"{ADMINISTRATION}/comptes/{{identifiant}}/mot-de-passe", dependencies=CSRF)
async def reset_password(request: Request, admin: Administrateur, ouverte: Connectee, identifiant: str) -> Response:
    """Give a provisional password, shown once."""
    guichet: Guichet = request.app.state.guichet
    comptes = espace_of(request).comptes
    clair = await guichet.run_apart(comptes.reset, identifiant, auteur=admin)
    return _show_once(request, ouverte, None, clair)


@router.post(f"{ADMINISTRATION}/comptes/{{identifiant}}/desactiver", dependencies=CSRF)
def deactivate(request: Request, admin: Administrateur, identifiant: str) -> Response:
    """Close an account."""
    return _change(request, Comptes.deactivate, identifiant, admin, "desactive")


@router.post(f"{ADMINISTRATION}/comptes/{{identifiant}}/reactiver", dependencies=CSRF)
def reactivate(request: Request, admin: Administrateur, identifiant: str) -> Response:
    """Open an account again."""
    return _change(request, Comptes.reactivate, identifiant, admin, "reactive")


@router.post(f"{ADMINISTRATION}/comptes/{{identifiant}}/retirer-totp", dependencies=CSRF)
def remove_totp(request: Request, admin: Administrateur, identifiant: str) -> Response:
    """Take away a second factor that was lost."""
    return _change(request, Comptes.remove_totp, identifiant, admin, "sans-code")


def _change(request: Request, geste: Callable[..., None], identifiant: str, admin: Conseiller, fait: str) -> Response:
    geste(espace_of(request).comptes, identifiant, auteur=admin)
    return RedirectResponse(f"{ADMINISTRATION}?fait={fait}", 303)


def _show_once(request: Request, ouverte: Ouverte, connexion: str | None, clair: str) -> Response:
    jours = PROVISOIRE.days
    return show(request, "provisoire", ouverte, connexion=connexion, mot_de_passe=clair, jours=jours)


def _page(request: Request, ouverte: Ouverte, *, statut: int = 200, **valeurs: Any) -> Response:
    espace = espace_of(request)
    structure = ouverte.conseiller.structure.identifiant
    comptes = espace.comptes.list_all(structure)
    valeurs = {"dits": {"connexion": "", "nom": "", "role": "conseiller"}, **valeurs}
    return show(
        request,
        "administration",
        ouverte,
        statut=statut,
        comptes=comptes,
        noms={c.conseiller.identifiant: c.conseiller.nom for c in comptes},
        acces=read_accesses(espace.base, structure=structure, limite=_ACCES),
        actions=ACTIONS,
        roles=ROLES,
        **valeurs,
    )

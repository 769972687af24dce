"""From any error to one problem (RFC 9457), in French, with the field at fault and what to do."""

import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException as StarletteHTTPException

from api.conseil.erreurs import CoffreError, ConflitError, DossierInconnuError
from api.messages import Faute, describe_errors
from referentiels.errors import AzimutError, CatalogueError, DatabaseError, InvalidInputError, UnknownCodeError

MEDIA = "application/problem+json"
journal = logging.getLogger("azimut.erreurs")


@dataclass(frozen=True, slots=True)
class TypeProbleme:
    """A kind of problem; `cle` makes its stable URI `/erreurs/<cle>`."""

    cle: str
    statut: int
    titre: str
    conseil: str


CODE_INCONNU = TypeProbleme(
    "code-inconnu", 404, "Code inconnu",
    "Vérifiez le code ; GET /api/v1/recherche?q=… retrouve un métier, une compétence ou une certification par son nom, "
    "GET /api/v1/territoires?q=… une commune.",
)  # fmt: skip
SAISIE_INVALIDE = TypeProbleme(
    "saisie-invalide", 422, "Saisie à corriger",
    "Corrigez les champs nommés dans « erreurs » et renvoyez la requête ; /docs décrit chaque champ.",
)  # fmt: skip
JSON_ILLISIBLE = TypeProbleme(
    "json-illisible", 400, "Corps illisible",
    "Envoyez un objet JSON encodé en UTF-8, par exemple {\"souhait\": \"travailler dehors\"}.",
)  # fmt: skip
FORMAT_REFUSE = TypeProbleme(
    "format-refuse", 415, "Format non pris en charge",
    "Envoyez du JSON avec l'en-tête « Content-Type: application/json ».",
)  # fmt: skip
CORPS_TROP_GRAND = TypeProbleme(
    "corps-trop-grand", 413, "Requête trop grande",
    "Réduisez la requête : 500 compétences, 50 expériences et 2 000 caractères par texte suffisent à tout profil ; "
    "partagez un lot en plusieurs.",
)  # fmt: skip
JSON_TROP_PROFOND = TypeProbleme(
    "json-trop-profond",
    400,
    "JSON trop profond",
    "Envoyez un objet de la forme que décrit /docs : six niveaux suffisent.",
)
CORPS_LENT = TypeProbleme(
    "corps-lent", 408, "Requête trop lente", "Renvoyez la requête d'un trait, par une connexion plus rapide."
)
ADRESSE_TROP_LONGUE = TypeProbleme(
    "adresse-trop-longue", 414, "Adresse trop longue", "Raccourcissez les paramètres, ou envoyez-les dans le corps."
)
ENTETES_TROP_GRANDS = TypeProbleme(
    "en-tetes-trop-grands", 431, "En-têtes trop grands", "Retirez des en-têtes, en particulier les témoins (cookies)."
)
PAGE_INCONNUE = TypeProbleme(
    "page-inconnue",
    404,
    "Page inconnue",
    "Vérifiez l'adresse ; l'accueil est à la racine, l'API est décrite sur /docs.",
)
METHODE_REFUSEE = TypeProbleme(
    "methode-refusee", 405, "Méthode refusée", "L'en-tête « Allow » dit les méthodes que cette adresse accepte."
)
REQUETE_REFUSEE = TypeProbleme("requete-refusee", 400, "Requête refusée", "Vérifiez la requête ; /docs la décrit.")
CATALOGUE_INDISPONIBLE = TypeProbleme(
    "catalogue-indisponible", 503, "Catalogue indisponible",
    "Réessayez dans quelques minutes ; si cela dure, prévenez l'équipe qui héberge le service.",
)  # fmt: skip
CURSEUR_PERIME = TypeProbleme(
    "curseur-perime", 410, "Liste à reprendre",
    "Reprenez la liste au début, sans « curseur » : une page n'a de sens que dans la version qui l'a donnée.",
)  # fmt: skip
VERSION_NON_GARDEE = TypeProbleme(
    "version-non-gardee", 404, "Version du catalogue non gardée",
    "GET /api/v1/versions dit les versions gardées ; sans « version » ni « au », la réponse vient du catalogue actuel.",
)  # fmt: skip
SERVICE_OCCUPE = TypeProbleme(
    "service-occupe", 503, "Service occupé",
    "Réessayez après le nombre de secondes que dit l'en-tête « Retry-After ».",
)  # fmt: skip
PAS_PRET = TypeProbleme(
    "pas-pret", 503, "Service pas prêt", "Le service démarre ou s'arrête : adressez-vous à une autre instance."
)
DELAI_DEPASSE = TypeProbleme(
    "delai-depasse", 503, "Réponse trop longue à venir",
    "Réessayez après le délai que dit « Retry-After » ; demandez moins à la fois si cela dure.",
)  # fmt: skip
JETON_REFUSE = TypeProbleme(
    "jeton-refuse", 401, "Jeton refusé",
    "Demandez un nouveau jeton à POST /api/v1/jeton ; sans en-tête « Authorization », les lectures restent ouvertes.",
)  # fmt: skip
PORTEE_ABSENTE = TypeProbleme(
    "portee-absente", 403, "Portée absente",
    "Demandez un jeton avec cette portée, ou demandez-la pour votre partenariat à l'équipe qui héberge le service.",
)  # fmt: skip
ORIGINE_REFUSEE = TypeProbleme(
    "origine-refusee", 403, "Origine refusée",
    "Un partenaire déclare les origines exactes de ses pages à l'équipe qui héberge le service.",
)  # fmt: skip
QUOTA_ATTEINT = TypeProbleme(
    "quota-atteint", 429, "Trop de requêtes",
    "Attendez les secondes que dit « Retry-After » ; un jeton de partenaire donne droit à davantage.",
)  # fmt: skip
CLIENT_REFUSE = TypeProbleme(
    "client-refuse", 401, "Identifiant ou secret refusé",
    "Vérifiez l'identifiant et le secret ; « azimut partenaires tourner » en donne un nouveau.",
)  # fmt: skip
DEMANDE_JETON_INVALIDE = TypeProbleme(
    "demande-jeton-invalide", 400, "Demande de jeton à corriger",
    "Envoyez un formulaire avec grant_type=client_credentials et, au besoin, scope ; « error » suit la RFC 6749.",
)  # fmt: skip
CONNEXION_REQUISE = TypeProbleme(
    "connexion-requise", 401, "Connexion nécessaire",
    "Connectez-vous à l'espace conseiller, sur /conseiller/connexion, puis reprenez.",
)  # fmt: skip
ROLE_INSUFFISANT = TypeProbleme(
    "role-insuffisant", 403, "Page d'un autre rôle",
    "Revenez à votre espace ; l'administratrice ou l'administrateur de votre structure attribue les rôles.",
)  # fmt: skip
FORMULAIRE_PERIME = TypeProbleme(
    "formulaire-perime", 403, "Formulaire périmé",
    "Revenez à la page précédente, rechargez-la et envoyez de nouveau ; gardez les témoins (cookies) de ce site.",
)  # fmt: skip
BASE_INDISPONIBLE = TypeProbleme(
    "base-indisponible", 503, "Base de données indisponible",
    "Rien n'a été écrit : réessayez après le délai que dit « Retry-After ». Les lectures continuent.",
)  # fmt: skip
DOSSIER_INCONNU = TypeProbleme(
    "dossier-inconnu", 404, "Dossier introuvable",
    "Revenez à la liste de vos dossiers ; un dossier n'est repris par d'autres que si la personne y a consenti.",
)  # fmt: skip
DOSSIER_MODIFIE = TypeProbleme(
    "dossier-modifie", 409, "Dossier modifié entre-temps",
    "Relisez la dernière version, puis reportez-y ce que vous avez écrit : rien n'a été écrasé.",
)  # fmt: skip
DOSSIERS_FERMES = TypeProbleme(
    "dossiers-fermes", 503, "Dossiers fermés",
    "Prévenez l'équipe qui héberge le service : la clé des dossiers manque, ou n'est plus la bonne.",
)  # fmt: skip
ERREUR_INTERNE = TypeProbleme(
    "erreur-interne", 500, "Erreur interne",
    "La faute est de notre côté : réessayez, et prévenez l'équipe qui héberge le service si cela dure.",
)  # fmt: skip

TYPES: Mapping[str, TypeProbleme] = MappingProxyType({
    t.cle: t
    for t in (
        CODE_INCONNU, SAISIE_INVALIDE, JSON_ILLISIBLE, FORMAT_REFUSE, CORPS_TROP_GRAND, PAGE_INCONNUE,
        METHODE_REFUSEE, REQUETE_REFUSEE, CURSEUR_PERIME, VERSION_NON_GARDEE, SERVICE_OCCUPE,
        JSON_TROP_PROFOND, CORPS_LENT, ADRESSE_TROP_LONGUE, ENTETES_TROP_GRANDS, PAS_PRET, DELAI_DEPASSE,
        JETON_REFUSE, PORTEE_ABSENTE, ORIGINE_REFUSEE, QUOTA_ATTEINT, CLIENT_REFUSE, DEMANDE_JETON_INVALIDE,
        CONNEXION_REQUISE, ROLE_INSUFFISANT, FORMULAIRE_PERIME,
        CATALOGUE_INDISPONIBLE, BASE_INDISPONIBLE, DOSSIER_INCONNU, DOSSIER_MODIFIE, DOSSIERS_FERMES, ERREUR_INTERNE,
    )
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Probleme:
    """One problem, ready to be written as JSON or as a page."""

    type: TypeProbleme
    detail: str
    statut: int
    erreurs: tuple[Faute, ...] = ()
    proches: tuple[str, ...] = ()
    entetes: Mapping[str, str] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Members of RFC 9457, then ours: `conseil`, `erreurs` (champ, message) and `proches` where they help."""
        corps: dict[str, Any] = {
            "type": f"/erreurs/{self.type.cle}",
            "title": self.type.titre,
            "status": self.statut,
            "detail": self.detail,
            "conseil": self.type.conseil,
        }
        if self.erreurs:
            corps["erreurs"] = [{"champ": f.champ, "message": f.message} for f in self.erreurs]
        if self.proches:
            corps["proches"] = list(self.proches)
        return corps


class RefusError(Exception):
    """A refusal of the interface itself, which no lower room could know of; `probleme` says all of it."""

    def __init__(self, probleme: Probleme) -> None:
        self.probleme = probleme
        super().__init__(probleme.detail)


@contextmanager
def at_field(champ: str) -> Iterator[None]:
    """Name the field, of a body or of a query, that holds an unknown code."""
    try:
        yield
    except UnknownCodeError as error:
        error.champ = champ
        raise


RenderPage = Callable[[Request, Probleme], Response]


def problem_of(error: Exception, request: Request) -> Probleme:
    """What to say of an error; an unforeseen one tells nothing of our insides."""
    return error.probleme if isinstance(error, RefusError) else _translate(error, request)


def _translate(error: Exception, request: Request) -> Probleme:
    match error:
        case UnknownCodeError() | InvalidInputError():
            return _of_input(error, request)
        case DossierInconnuError() | ConflitError() | CoffreError():
            return _of_dossier(error)
        case RequestValidationError():
            return _from_validation(error, request)
        case CatalogueError() | DatabaseError():
            return _unavailable(error)
        case StarletteHTTPException():
            return _from_http(error)
        case _:
            return Probleme(ERREUR_INTERNE, "Une erreur imprévue a empêché de répondre.", 500)


def _of_input(error: UnknownCodeError | InvalidInputError, request: Request) -> Probleme:
    if isinstance(error, InvalidInputError):
        return Probleme(SAISIE_INVALIDE, _sentence(error), 422, _faults(error))
    # A code sent in a body is a field to correct; a code in the address is a page that is not there.
    statut = 422 if request.method == "POST" and not request.path_params else 404
    return Probleme(CODE_INCONNU, _sentence(error), statut, _faults(error), error.proches)


def _faults(error: UnknownCodeError | InvalidInputError) -> tuple[Faute, ...]:
    return (Faute(error.champ, _sentence(error)),) if error.champ else ()


def _unavailable(error: CatalogueError | DatabaseError) -> Probleme:
    if isinstance(error, DatabaseError):
        detail = "La base de données ne peut pas servir pour le moment."
        return Probleme(BASE_INDISPONIBLE, detail, 503, entetes={"Retry-After": "5"})
    journal.error("catalogue inutilisable : %s", error)
    detail = "Le catalogue ne peut pas être lu pour le moment."
    return Probleme(CATALOGUE_INDISPONIBLE, detail, 503, entetes={"Retry-After": "60"})


def _of_dossier(error: DossierInconnuError | ConflitError | CoffreError) -> Probleme:
    if isinstance(error, CoffreError):
        journal.error("dossiers fermés : %s", error)
        return Probleme(DOSSIERS_FERMES, _sentence(error), 503)
    nature = DOSSIER_MODIFIE if isinstance(error, ConflitError) else DOSSIER_INCONNU
    return Probleme(nature, _sentence(error), nature.statut)


def _from_validation(error: RequestValidationError, request: Request) -> Probleme:
    erreurs = error.errors()
    for erreur in erreurs:
        if erreur["type"] == "json_invalid":
            detail = f"Le corps n'est pas du JSON valide (vers le caractère {erreur['loc'][-1]})."
            return Probleme(JSON_ILLISIBLE, detail, 400)
        if erreur["loc"] == ("body",) or (erreur["loc"][0] == "body" and not _is_json(request)):
            return _whole_body(request)
    fautes = describe_errors(erreurs)
    detail = " ; ".join(f"{faute.champ} : {faute.message}" for faute in fautes[:3])
    if len(fautes) > 3:
        detail += f" (et {len(fautes) - 3} autre(s))"
    return Probleme(SAISIE_INVALIDE, detail, 422, fautes)


def _whole_body(request: Request) -> Probleme:
    if request.headers.get("content-length") != "0" and not _is_json(request):
        annonce = request.headers.get("content-type")
        recu = "le format annoncé n'est pas JSON" if annonce else "aucun format n'est annoncé"
        return Probleme(FORMAT_REFUSE, f"Un corps JSON est attendu et {recu}.", 415)
    return Probleme(JSON_ILLISIBLE, "Un objet JSON est attendu ({} au moins).", 400)


def _is_json(request: Request) -> bool:
    return "json" in request.headers.get("content-type", "").lower()


def _from_http(error: StarletteHTTPException) -> Probleme:
    match error.status_code:
        case 404:
            return Probleme(PAGE_INCONNUE, "Rien ne se trouve à cette adresse.", 404)
        case 405:
            permises = (error.headers or {}).get("Allow", "").replace("GET", "GET, HEAD")
            entetes = {"Allow": permises} if permises else {}
            return Probleme(METHODE_REFUSEE, "Cette adresse n'accepte pas cette méthode.", 405, entetes=entetes)
        case 400:
            return Probleme(JSON_ILLISIBLE, "Le corps de la requête ne peut pas être lu.", 400)
        case statut if statut >= 500:
            return Probleme(ERREUR_INTERNE, "Une erreur imprévue a empêché de répondre.", statut)
        case statut:
            return Probleme(
                REQUETE_REFUSEE, "La requête ne peut pas être traitée.", statut, entetes=error.headers or {}
            )


def json_problem(probleme: Probleme) -> JSONResponse:
    """The problem as `application/problem+json`."""
    entetes = {"Cache-Control": "no-store", **probleme.entetes}
    return JSONResponse(probleme.as_dict(), probleme.statut, entetes, MEDIA)


def respond(request: Request, error: Exception, render_page: RenderPage) -> Response:
    """The problem, as a page where a browser asks for one outside the API."""
    probleme = problem_of(error, request)
    if request.url.path.startswith("/api/") or "text/html" not in request.headers.get("accept", ""):
        return json_problem(probleme)
    return render_page(request, probleme)


def install_errors(app: FastAPI, render_page: RenderPage) -> None:
    """Make `respond` the one handler of every error raised below the application."""

    async def handle(request: Request, error: Exception) -> Response:
        return respond(request, error, render_page)

    handler: Callable[[Request, Exception], Awaitable[Response]] = handle
    for nature in (AzimutError, RefusError, RequestValidationError, StarletteHTTPException):
        app.add_exception_handler(nature, handler)


def _sentence(error: AzimutError) -> str:
    texte = str(error)
    return texte[:1].upper() + texte[1:]

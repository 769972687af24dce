"""The token endpoint: client credentials of OAuth 2.0 (RFC 6749, 4.4), by Authlib."""

import logging
import unicodedata
from collections.abc import Mapping
from typing import Any

from authlib.oauth2.rfc6749 import AuthorizationServer, OAuth2Request, scope_to_list
from authlib.oauth2.rfc6749.errors import InvalidClientError, InvalidRequestError, InvalidScopeError
from authlib.oauth2.rfc6749.grants import ClientCredentialsGrant
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from api.acces.cles_jetons import ensure_keys
from api.acces.guichet import Guichet
from api.acces.partenaires import Reconnu, check_secret
from api.errors import CLIENT_REFUSE, DEMANDE_JETON_INVALIDE, MEDIA, Probleme
from api.v1 import modeles, modeles_jeton

_FORMULAIRE = "application/x-www-form-urlencoded"
_CHAMPS_MAX = 20
_DETAILS = {
    "invalid_client": "L'identifiant ou le secret n'est pas reconnu.",
    "invalid_scope": "Une portée demandée n'existe pas, ou n'est pas ouverte à ce partenaire.",
    "unsupported_grant_type": "Seul grant_type=client_credentials est accepté.",
    "invalid_request": "Un formulaire est attendu, chaque champ une fois, le secret d'une seule façon.",
}
_REPONSES: dict[int | str, dict[str, Any]] = {
    400: modeles_jeton.error_response("La demande est à corriger."),
    401: modeles_jeton.error_response("L'identifiant ou le secret n'est pas reconnu."),
    503: modeles.problem_response("La base de données ne répond pas."),
}
# Authlib tells whole tokens at this level.
logging.getLogger("authlib").setLevel(logging.INFO)

router = APIRouter(prefix="/api/v1")


@router.post(
    "/jeton",
    tags=["S'authentifier"],
    summary="Un jeton de partenaire",
    response_model=modeles_jeton.JetonModele,
    responses=_REPONSES,
    openapi_extra={"requestBody": modeles_jeton.FORMULAIRE},
)
async def issue_token(request: Request) -> Response:
    """Échange l'identifiant et le secret d'un partenaire contre un jeton court (OAuth 2.0, client_credentials).

    L'identifiant et le secret viennent dans « Authorization: Basic » ou dans le formulaire. Demandez un nouveau jeton
    quand il expire : il n'y a pas de jeton de renouvellement.
    """
    guichet: Guichet = request.app.state.guichet
    try:
        champs = await _read_form(request)
        entetes = {"Authorization": request.headers.get("authorization")}
        reponse = await guichet.run_apart(_exchange, guichet, champs, entetes)
    except InvalidRequestError as error:
        reponse = _answer(*error())
    # Clients of OAuth read `application/json` (RFC 6749, 5.2): the same problem, under its own name to who asks so.
    if reponse.status_code >= 400 and MEDIA in request.headers.get("accept", ""):
        reponse.headers["Content-Type"] = MEDIA
    return reponse


async def _read_form(request: Request) -> dict[str, str]:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORMULAIRE:
        raise InvalidRequestError
    formulaire = await request.form(max_fields=_CHAMPS_MAX)
    champs = {nom: valeur for nom, valeur in formulaire.multi_items() if isinstance(valeur, str)}
    deux_facons = "client_secret" in champs and request.headers.get("authorization", "").lower().startswith("basic ")
    if len(champs) != len(formulaire.multi_items()) or deux_facons:
        raise InvalidRequestError
    return champs


def _exchange(guichet: Guichet, champs: dict[str, str], entetes: Mapping[str, str | None]) -> Response:
    """Answer a request for a token, in a thread: the secret costs 20 ms of a core, the database may be slow."""
    try:
        reponse: Response = _Serveur(guichet).create_token_response((champs, entetes))
    except ValueError:  # what Authlib does not foresee in a header that is no UTF-8
        return _answer(*InvalidClientError(status_code=401)())
    return reponse


class _Client:
    """Who says to be a client: never unknown before its secret is checked, so that all cost the same."""

    def __init__(self, guichet: Guichet, identifiant: str) -> None:
        self._guichet = guichet
        self._identifiant = identifiant
        self.reconnu: Reconnu | None = None

    def check_client_secret(self, secret: str) -> bool:
        """Whether the secret is the right one."""
        self.reconnu = check_secret(self._guichet.base, self._identifiant, secret)
        return self.reconnu is not None

    def check_endpoint_auth_method(self, methode: str, endpoint: str) -> bool:
        """Whether this way of sending the secret is accepted."""
        return endpoint == "token" and methode in {"client_secret_basic", "client_secret_post"}

    def check_grant_type(self, grant_type: str) -> bool:
        """Whether this grant is accepted."""
        return grant_type == "client_credentials"


class _Octroi(ClientCredentialsGrant):  # type: ignore[misc]
    """The grant, with the scopes of the partner."""

    TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic", "client_secret_post")

    def validate_requested_scope(self) -> None:
        """Refuse a scope that the partner does not have."""
        voulues = set(scope_to_list(self.request.payload.scope) or ())
        if not voulues <= set(self.request.client.reconnu.partenaire.portees):
            raise InvalidScopeError


class _Serveur(AuthorizationServer):  # type: ignore[misc]
    """The authorization server of Authlib, over our partners; one a request."""

    def __init__(self, guichet: Guichet) -> None:
        super().__init__()
        self._guichet = guichet
        self.register_grant(_Octroi)
        self.register_token_generator("default", self._make_token)

    def query_client(self, client_id: str) -> _Client:
        """Whoever says so, to be checked."""
        return _Client(self._guichet, client_id)

    def create_oauth2_request(self, request: tuple[dict[str, str], Mapping[str, str | None]]) -> OAuth2Request:
        """The request as Authlib reads it; TLS is the business of the proxy before us."""
        champs, entetes = request
        lue = _Demande("POST", "https://azimut/api/v1/jeton", headers=entetes)
        lue.payload = BasicOAuth2Payload(champs)
        return lue

    def save_token(self, token: Mapping[str, Any], request: OAuth2Request) -> None:
        """Nothing: a signed token is not kept."""

    def send_signal(self, name: str, *args: object, **kwargs: object) -> None:
        """Nothing listens."""

    def handle_response(self, status: int, body: Mapping[str, Any], headers: list[tuple[str, str]]) -> Response:
        """The answer of the endpoint."""
        return _answer(status, body, headers)

    def _make_token(self, client: _Client, scope: str | None, **_: object) -> dict[str, Any]:
        if client.reconnu is None:
            raise InvalidClientError(status_code=401)
        partenaire = client.reconnu.partenaire
        portees = [p for p in partenaire.portees if not scope or p in scope_to_list(scope)]
        cles = self._guichet.cles or ensure_keys(self._guichet.base)
        return {
            "access_token": self._guichet.jetons.write(client.reconnu, portees, cles),
            "token_type": "Bearer",
            "expires_in": self._guichet.jetons.duree,
            "scope": " ".join(portees),
        }


class _Demande(OAuth2Request):  # type: ignore[misc]
    """A request whose form is its payload."""

    @property
    def form(self) -> Mapping[str, str]:
        """The fields sent."""
        return self.payload.data  # type: ignore[no-any-return]


def _answer(statut: int, corps: Mapping[str, Any], _: object) -> Response:
    if "error" not in corps:
        return JSONResponse(dict(corps), statut, {"Cache-Control": "no-store", "Pragma": "no-cache"})
    code = corps["error"]
    detail = _DETAILS.get(code, _DETAILS["invalid_request"])
    probleme = Probleme(CLIENT_REFUSE if statut == 401 else DEMANDE_JETON_INVALIDE, detail, statut)
    nu = unicodedata.normalize("NFKD", detail).encode("ascii", "ignore").decode("ascii")
    entetes = {"Cache-Control": "no-store", "Pragma": "no-cache"}
    if statut == 401:
        entetes["WWW-Authenticate"] = 'Basic realm="azimut"'
    return JSONResponse({**probleme.as_dict(), "error": code, "error_description": nu}, statut, entetes)

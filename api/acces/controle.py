"""What stands before the routes: who calls, how far they may go, how often, and from which pages."""

from collections.abc import Callable

from fastapi import Request, Response
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.acces.guichet import Guichet
from api.acces.jetons import Porteur
from api.acces.partenaires import Portee
from api.acces.quotas import Quota, Solde
from api.acces.refus import InvalidTokenError, QuotaError, ScopeError
from api.errors import ORIGINE_REFUSEE, Probleme, RefusError, json_problem

Respond = Callable[[Request, Exception], Response]
API = "/api/"
JETON = "/api/v1/jeton"
STATIQUES = "/static/"
ESPACE = "/conseiller"
CONNEXION = f"{ESPACE}/connexion"
TEMOIN = "azimut_conseil"
"""The cookie of the espace conseiller."""
COMPLETION = frozenset({"/api/v1/suggestions", "/api/v1/territoires"})
"""What the fields of pages ask while a person types; each takes about a millisecond."""
EXPOSES = ("ETag", "Link", "RateLimit", "RateLimit-Policy", "Retry-After", "X-Request-Id")
_PREMIERE_MAIN = 0.02
"""Age, in seconds, of partners read again for a token that looks wrong: its key or partner may have just been made."""


class AccessControl:
    """Recognises the bearer of a token, then counts the request; both before anything reads its body.

    Args:
        app: What answers.
        guichet: Partners, tokens and quotas.
        respond: Writes a refusal.
        exemptes: Addresses that are not counted: those that tell how the service is.
    """

    def __init__(
        self, app: ASGIApp, guichet: Guichet, respond: Respond, exemptes: frozenset[str] = frozenset()
    ) -> None:
        self.app = app
        self.guichet = guichet
        self.respond = respond
        self.exemptes = exemptes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["path"] in self.exemptes or scope["path"].startswith(STATIQUES):
            await self.app(scope, receive, send)
            return
        erreur: RefusError | None
        porteur, erreur = await self._recognise(scope)
        quota = self._quota_of(scope, porteur)
        if quota is not None and (_signs_in(scope) or not await self._is_signed_in(scope)):
            client = scope.get("client")
            solde = await self.guichet.spend(quota, porteur, client[0] if client else "")
            send = _tell(send, quota, solde)
            if not solde.permis:
                erreur = QuotaError(quota.limite, quota.fenetre, solde.secondes)
        if isinstance(erreur, InvalidTokenError):
            porteur, erreur = await self._recognise(scope, _PREMIERE_MAIN)
        if erreur is None and porteur is not None and (portee := needed_scope(scope)) not in porteur.portees:
            erreur = ScopeError(portee)
        if erreur is not None:
            await self.respond(Request(scope), erreur)(scope, receive, send)
            return
        scope.setdefault("state", {})["porteur"] = porteur
        await self.app(scope, receive, send)

    def _quota_of(self, scope: Scope, porteur: Porteur | None) -> Quota | None:
        if _signs_in(scope):
            return self.guichet.quota_of_sign_in()
        chemin = scope["path"]
        return self.guichet.quota_of(porteur, demande_jeton=chemin == JETON, page=_is_page(chemin))

    async def _is_signed_in(self, scope: Scope) -> bool:
        """Whether a conseiller asks: twenty of them may share one address with the public."""
        if not scope["path"].startswith(ESPACE):
            return False
        jeton = Request(scope).cookies.get(TEMOIN, "")
        return jeton != "" and await self.guichet.seances.holds(jeton)

    async def _recognise(self, scope: Scope, age: float | None = None) -> tuple[Porteur | None, RefusError | None]:
        """The bearer of the token sent, or what is wrong with it; who asks for a token has none yet.

        When the database could never be read, no token can be told from another: its bearer is served as anyone.
        """
        jeton = None if scope["path"] == JETON else _bearer(scope)
        if jeton is None:
            return None, None
        instantane = await self.guichet.annuaire.refresh(age)
        if not instantane.connu:
            return None, None
        try:
            return self.guichet.jetons.read(jeton, instantane), None
        except InvalidTokenError as error:
            return None, error


class PartnerOrigins(CORSMiddleware):
    """Opens the API to pages of active partners, by exact origin; no cookie is ever read, so none is allowed."""

    def __init__(self, app: ASGIApp, guichet: Guichet) -> None:
        super().__init__(
            app,
            allow_methods=("GET", "HEAD", "POST"),
            allow_headers=("Authorization", "If-None-Match", "X-Request-Id"),
            expose_headers=EXPOSES,
        )
        self.guichet = guichet

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; pages are read by persons, not by other pages."""
        if scope["type"] != "http" or not scope["path"].startswith(API):
            await self.app(scope, receive, send)
            return
        if "origin" in Headers(scope=scope):
            await self.guichet.annuaire.refresh()
        await super().__call__(scope, receive, send)

    def is_allowed_origin(self, origin: str) -> bool:
        """Whether a partner declared it."""
        return origin in self.guichet.annuaire.instantane.origines

    def preflight_response(self, request_headers: Headers) -> Response:
        """What a browser is told before it sends; a refusal is a problem as any other."""
        reponse = super().preflight_response(request_headers)
        if reponse.status_code < 400:
            return Response(status_code=204, headers=_without_body(reponse))
        detail = "Cette origine, cette méthode ou un de ces en-têtes n'est pas ouvert aux pages d'autres sites."
        refus = json_problem(Probleme(ORIGINE_REFUSEE, detail, ORIGINE_REFUSEE.statut))
        refus.headers.update(_without_body(reponse))
        return refus


def needed_scope(scope: Scope) -> Portee:
    """What a token must carry for a request: whoever sends a profile asks for recommendations."""
    if scope["path"].startswith("/api/v1/export"):
        return "export"
    if scope["method"] == "POST":
        return "recommandation"
    return "lecture"


def _signs_in(scope: Scope) -> bool:
    """Whether a request tries to sign a conseiller in: whoever guesses is counted apart."""
    chemin: str = scope["path"]
    return chemin.startswith(CONNEXION) and (scope["method"] == "POST" or chemin != CONNEXION)


def _is_page(chemin: str) -> bool:
    return not chemin.startswith(API) or chemin in COMPLETION


def _without_body(reponse: Response) -> dict[str, str]:
    return {nom: v for nom, v in reponse.headers.items() if nom not in {"content-length", "content-type"}}


def _bearer(scope: Scope) -> str | None:
    """The token of `Authorization: Bearer …`, None when there is none."""
    for nom, valeur in scope["headers"]:
        if nom == b"authorization" and valeur[:7].lower() == b"bearer ":
            return str(valeur[7:].strip().decode("latin-1"))
    return None


def _tell(send: Send, quota: Quota, solde: Solde) -> Send:
    """Say, in the headers of the answer, what is left of the quota."""

    async def send_with_quota(message: Message) -> None:
        if message["type"] == "http.response.start":
            entetes = MutableHeaders(scope=message)
            entetes["RateLimit-Policy"] = quota.policy
            entetes["RateLimit"] = f'"{quota.nom}";r={solde.restant};t={solde.secondes}'
        await send(message)

    return send_with_quota

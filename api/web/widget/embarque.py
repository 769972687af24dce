"""The path on other sites: the script they add, the colours they choose, and which of their pages may frame it."""

from functools import cache
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.acces.guichet import Guichet
from api.cache import kept
from api.web.gabarits import STATIQUES
from api.web.widget.theme import read_theme, write_css
from api.web.widget.vue import RACINE

Integration = Literal["partenaires", "tous", "aucun"]
SEULE = b"frame-ancestors 'none'"
"""What every page says, until it is of the path and a partner may frame it."""
SCRIPT = "/widget.js"
_CSP, _CADRE = b"content-security-policy", b"x-frame-options"
_OUVERT = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
"""A host may check the script by its hash (`integrity`), or want all that it loads to say that it may be loaded."""

router = APIRouter(include_in_schema=False)


@router.get(SCRIPT)
def serve_script(request: Request) -> Response:
    """The script that opens the path in the page of a host."""
    return kept(request, Response(_script(), media_type="text/javascript", headers=_OUVERT))


@router.get("/widget.css")
def serve_theme(request: Request, theme: Annotated[str, Query(max_length=300)] = "") -> Response:
    """The colours, the font and the roundness that a host chose, as far as they can be read."""
    return kept(request, Response(write_css(read_theme(theme)), media_type="text/css"))


@cache
def _script() -> bytes:
    return (STATIQUES / "widget.js").read_bytes()


class Encadrement:
    """Lets the pages of partners frame the path, by exact origin; no other page of the service is ever framed.

    It goes around the layer that sets the security headers, and changes only what that layer said of frames.

    Args:
        app: What answers.
        guichet: The partners, with their origins.
        integration: Whether the pages of partners, of anyone or of nobody may do so.
    """

    def __init__(self, app: ASGIApp, guichet: Guichet, integration: Integration) -> None:
        self.app = app
        self.guichet = guichet
        self.integration = integration

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        ancetres = await self._ancestors() if scope["type"] == "http" and is_path(scope["path"]) else b""
        if not ancetres:
            await self.app(scope, receive, send)
            return

        async def send_to_frame(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [
                    (nom, valeur.replace(SEULE, b"frame-ancestors " + ancetres) if nom == _CSP else valeur)
                    for nom, valeur in message["headers"]
                    if nom != _CADRE  # it knows no list, and would refuse what the policy allows
                ]
            await send(message)

        await self.app(scope, receive, send_to_frame)

    async def _ancestors(self) -> bytes:
        if self.integration == "partenaires":
            instantane = await self.guichet.annuaire.refresh()
            return " ".join(sorted(instantane.origines)).encode("ascii")
        return b"*" if self.integration == "tous" else b""


def is_path(chemin: str) -> bool:
    """Whether an address is of the path."""
    return chemin == RACINE or chemin.startswith(f"{RACINE}/")

"""Answers that a browser or a proxy may keep while the catalogue stays the same."""

from hashlib import sha256
from typing import Any

from fastapi import Request, Response

from api.rendu import ReponseJson

DUREE = 300
"""Seconds during which an answer is served without asking again."""


def fresh(corps: dict[str, Any]) -> Response:
    """An answer about a person, or about this very moment: kept nowhere."""
    return ReponseJson(corps, headers={"Cache-Control": "no-store"})


def cacheable(request: Request, corps: dict[str, Any], *, public: bool = True) -> Response:
    """The answer with its `ETag`, or 304 when the client already holds it.

    Args:
        request: Tells what the client holds (`If-None-Match`).
        corps: The answer.
        public: False when the address itself holds a person's words: only their browser may keep it.
    """
    return kept(request, ReponseJson(corps), public=public)


def kept(request: Request, reponse: Response, *, public: bool = True) -> Response:
    """The same for an answer already written, whatever its kind."""
    marque = f'W/"{sha256(bytes(reponse.body)).hexdigest()[:20]}"'
    entetes = {"ETag": marque, "Cache-Control": f"{'public' if public else 'private'}, max-age={DUREE}"}
    if held(request.headers.get("if-none-match", ""), marque):
        return Response(status_code=304, headers=entetes)
    reponse.headers.update(entetes)
    return reponse


def held(tenues: str, marque: str) -> bool:
    """Whether what a client holds (`If-None-Match`) is what this `ETag` names, by the weak comparison of RFC 9110."""
    return any(m.strip().removeprefix("W/") in {marque.removeprefix("W/"), "*"} for m in tenues.split(","))

"""Answers that a browser or a proxy may keep while the catalogue stays the same."""

from hashlib import sha256
from typing import Any

from fastapi import Request, Response
from fastapi.responses import JSONResponse

DUREE = 300
"""Seconds during which an answer is served without asking again."""


def cacheable(request: Request, corps: dict[str, Any], *, public: bool = True) -> Response:
    """The answer with its `ETag`, or 304 when the client already holds it.

    Args:
        request: Tells what the client holds (`If-None-Match`).
        corps: The answer.
        public: False when the address itself holds a person's words: only their browser may keep it.
    """
    reponse = JSONResponse(corps)
    marque = f'W/"{sha256(reponse.body).hexdigest()[:20]}"'
    entetes = {"ETag": marque, "Cache-Control": f"{'public' if public else 'private'}, max-age={DUREE}"}
    tenues = [m.strip() for m in request.headers.get("if-none-match", "").split(",")]
    if marque in tenues or "*" in tenues:
        return Response(status_code=304, headers=entetes)
    reponse.headers.update(entetes)
    return reponse

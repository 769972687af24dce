"""The route of `/api/v1` that answers many profiles at once."""

from functools import partial
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from api.acces.guichet import Guichet
from api.lectures.lots import FileDesLots
from api.v1 import modeles, modeles_lots
from api.v1.routes import CORPS, Moteur

_OCCUPE: dict[int | str, dict[str, Any]] = {503: modeles.problem_response("Trop de lots à la fois : voir Retry-After.")}
_file = FileDesLots()

router = APIRouter(prefix="/api/v1/recommandations")
LOTS = f"{router.prefix}/lots"


@router.post(
    "/lots",
    tags=["Recommander"],
    summary="Des métiers à explorer pour plusieurs profils",
    response_model=modeles_lots.LotModele,
    responses={**CORPS, **_OCCUPE},
)
async def recommend_batch(request: Request, moteur: Moteur, lot: modeles_lots.Lot) -> Response:
    """Jusqu'à cent profils ; chacun réussit ou porte son propre problème, sans gêner les autres, dans l'ordre envoyé.

    Chaque profil compte pour une requête du quota. La réponse s'écrit à mesure : au-delà d'une minute ou du quota, les
    profils restants portent un problème (503 ou 429) et sont à renvoyer. Rien n'est conservé.
    """
    _file.check()
    guichet: Guichet = request.app.state.guichet
    adresse = request.client.host if request.client else ""
    corps = _file.answer(request, moteur, lot, partial(guichet.charge, request.state.porteur, adresse))
    return StreamingResponse(corps, media_type="application/json", headers={"Cache-Control": "no-store"})

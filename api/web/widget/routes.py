"""The addresses of the path: one to begin, one a screen; what was said travels in the body, never in an address."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import UploadFile

from api.service import Service
from api.v1.routes import loaded_service
from api.web.document import pdf_response, render_pdf
from api.web.widget.contexte import Contexte, keep_known
from api.web.widget.ecrans import follow, open_screen
from api.web.widget.emporter import FICHIER_MAX, MEDIA, NOM_FICHIER, write_file
from api.web.widget.entrees import ask_place, open_start
from api.web.widget.etat import Etat, unpack
from api.web.widget.papier import NOM_PDF, write_paper
from api.web.widget.rendu import SANS_TRACE, show
from api.web.widget.vue import read_view
from referentiels.errors import InvalidInputError

CHAMPS_MAX = 400
router = APIRouter(include_in_schema=False, prefix="/orientation")


async def read_answers(request: Request) -> Mapping[str, str]:
    """The fields of a form; a file is read as text, up to a size that no path reaches."""
    champs: dict[str, str] = {}
    async with request.form(max_files=1, max_fields=CHAMPS_MAX) as formulaire:
        for nom, valeur in formulaire.items():
            if isinstance(valeur, UploadFile):
                champs[nom] = (await valeur.read(FICHIER_MAX + 1)).decode("utf-8", "replace")
            else:
                champs[nom] = valeur
    return champs


Champs = Annotated[Mapping[str, str], Depends(read_answers)]
Moteur = Annotated[Service, Depends(loaded_service)]


@router.get("")
def start(request: Request, moteur: Moteur) -> Response:
    """The beginning; `territoire` and `entree` skip what they answer."""
    ctx = _context(request, moteur, Etat(), {})
    return show(ctx, follow(open_start(ctx), ctx))


@router.post("/fichier")
def download(request: Request, moteur: Moteur, champs: Champs) -> Response:
    """What was said, as a file to take away."""
    ctx = _context(request, moteur, keep_known(unpack(champs.get("etat", "")), moteur), champs)
    entetes = {"Content-Disposition": f'attachment; filename="{NOM_FICHIER}"', "Cache-Control": SANS_TRACE}
    return Response(write_file(ctx), media_type=MEDIA, headers=entetes)


@router.post("/pdf")
def download_paper(request: Request, moteur: Moteur, champs: Champs) -> Response:
    """The métiers kept, as a document to take away."""
    ctx = _context(request, moteur, keep_known(unpack(champs.get("etat", "")), moteur), champs)
    return pdf_response(render_pdf(write_paper(ctx)), NOM_PDF)


@router.get("/{ecran}")
def start_again(request: Request, ecran: str) -> Response:
    """An address alone says nothing of the person: it leads to the beginning."""
    del ecran
    return RedirectResponse(read_view(request.query_params).at(), 303)


@router.post("/{ecran}")
def go_on(request: Request, moteur: Moteur, ecran: str, champs: Champs) -> Response:
    """The next screen."""
    dits = {nom: valeur for nom, valeur in champs.items() if nom != "etat"}
    try:
        etat = keep_known(unpack(champs.get("etat", "")), moteur)
    except InvalidInputError:  # a page kept from another version, or cut on its way: the person can but begin again
        ctx = _context(request, moteur, Etat(), {})
        return show(ctx, ask_place(ctx, erreur=ctx.textes["lieu"]["illisible"]))
    ctx = _context(request, moteur, etat, dits)
    return show(ctx, open_screen(ecran, ctx))


def _context(request: Request, moteur: Service, etat: Etat, champs: Mapping[str, str]) -> Contexte:
    return Contexte(
        moteur=moteur,
        settings=request.app.state.settings,
        vue=read_view(request.query_params),
        etat=etat,
        champs=champs,
        jour=date.today(),
        base_donnees=request.app.state.guichet.base,
        origine=str(request.base_url).rstrip("/"),
    )

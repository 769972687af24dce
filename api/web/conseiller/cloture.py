"""The end of a session: what the person takes home, and what is left, or not, in the service."""

import json
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from api.conseil.bilan import draw_up
from api.conseil.effacement import proof_as_dict
from api.conseil.erreurs import ConflitError
from api.conseil.types import PreuveSuppression
from api.persistence.avis import count_opinions
from api.web.conseiller import garde
from api.web.conseiller.ecrans import show_closing
from api.web.conseiller.fichier import bring_in, write_for
from api.web.conseiller.poste import Champs, Ouvert, Poste, send, shared, show
from api.web.conseiller.resume_seance import summarise
from api.web.conseiller.travail import Signe, of_this_time, read_again, save
from api.web.document import pdf_response, render_html, render_pdf
from api.web.widget.emporter import MEDIA, NOM_FICHIER
from referentiels.errors import InvalidInputError

NOM_PDF = "azimut-synthese.pdf"
VIDER = '"cache", "storage"'
"""What the browser is told to forget at the end (Clear-Site-Data)."""
router = APIRouter(include_in_schema=False, prefix="/conseiller/dossiers/{identifiant}")


@router.get("/conclure")
def read_closing(poste: Ouvert) -> Response:
    """What was agreed, what comes next, what the person takes home."""
    return show_closing(poste, {})


@router.get("/synthese")
def read_summary(poste: Ouvert) -> Response:
    """The document as a page to print."""
    return render_html(summarise(poste), poste.at("conclure"))


@router.get("/synthese.pdf")
def read_pdf(poste: Ouvert) -> Response:
    """The document as a tagged PDF."""
    return pdf_response(render_pdf(summarise(poste)), NOM_PDF)


@router.get("/fichier")
def read_file(poste: Ouvert) -> Response:
    """The session as a file to go on with on /orientation."""
    entetes = {"Content-Disposition": f'attachment; filename="{NOM_FICHIER}"', "Cache-Control": "no-store"}
    return Response(write_for(poste), media_type=MEDIA, headers=entetes)


@router.post("/fichier")
def take_in(poste: Ouvert, champs: Champs, _signe: Signe) -> Response:
    """Add to the profile what the file of a person says."""
    try:
        poste = poste.written(poste.dossier, of_this_time(poste))
        seance = bring_in(poste, champs.get("fichier", "").encode())
    except InvalidInputError as error:
        return show_closing(poste, {**champs, "geste": "fichier"}, erreur=error, statut=422)
    save(poste, seance, "fichier de la personne repris")
    return RedirectResponse(poste.at(), 303)


@router.post("/fin")
def end(poste: Ouvert, champs: Champs, _signe: Signe) -> Response:
    """End the session: kept as agreed, or wiped; nothing stays in the browser."""
    dossier = poste.dossier
    if poste.seance.avis and not poste.seance.avis_comptes and not poste.clos:
        dits = {str(question): str(reponse) for question, reponse in poste.seance.avis.items()}
        count_opinions(poste.request.app.state.guichet.base, dits, poste.jour)
    if not (poste.sans_trace or poste.clos or poste.illisible):
        try:
            _count(poste)
        except ConflitError:  # someone wrote at that very moment: it is their session that counts
            _count(read_again(poste))
    poste.forget()
    clore = champs.get("clore") == "oui"
    preuve = None
    if poste.sans_trace or clore:
        issue = poste.dossiers.close(poste.conseiller, dossier.identifiant)
        preuve = issue if isinstance(issue, PreuveSuppression) else None
    return say_goodbye(poste.request, preuve, clos=clore)


def _count(poste: Poste) -> None:
    """Have the session count for what it shows, when the person agreed."""
    bilan = draw_up(poste.seance, poste.moteur)
    poste.dossiers.save(
        poste.conseiller,
        poste.dossier.identifiant,
        poste.dossier.version,
        contenu=poste.seance.change(avis_comptes=bool(poste.seance.avis)).as_json(),
        notes=poste.dossier.notes,
        motif="fin de séance",
        bilan=bilan,
    )


@router.post("/effacer")
def erase(poste: Ouvert, champs: Champs, _signe: Signe) -> Response:
    """Erase the dossier as the person asks, and give the proof."""
    if champs.get("sur") != "oui":
        error = InvalidInputError("cochez la case : l'effacement est définitif.", champ="sur")
        return show(poste, "dossier", statut=422, erreur=error)
    poste.forget()
    return say_goodbye(poste.request, poste.dossiers.erase(poste.conseiller, poste.dossier.identifiant), clos=False)


def say_goodbye(request: Request, preuve: PreuveSuppression | None, *, clos: bool) -> Response:
    """The last page; on a device that others use, the conseiller is signed out too."""
    fichier = quote(json.dumps(proof_as_dict(preuve), ensure_ascii=False, indent=2)) if preuve is not None else ""
    reponse = send(request, "conseiller/au-revoir.html", preuve=preuve, fichier=fichier, clos=clos)
    reponse.headers["Clear-Site-Data"] = VIDER
    if shared(request):
        ouverte = garde.session_of(request)
        if ouverte is not None:
            garde.espace_of(request).connexions.sign_out(ouverte)
        garde.drop_cookie(reponse, request.app.state.settings)
    return reponse

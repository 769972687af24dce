"""A page as it is sent: its words, its state in a hidden field, and who may keep it."""

from fastapi import Response

from api.web.gabarits import render
from api.web.widget.contexte import ETAPES, Contexte, Page

SANS_TRACE = "no-store"
GARDE = "private, max-age=300"
"""A browser keeps it long enough for « retour »: the state of the person stays on their device."""
EN_TETES = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
}


def show(ctx: Contexte, page: Page) -> Response:
    """Render a screen."""
    reponse = render(
        f"orientation/{page.ecran}.html",
        statut=page.statut,
        cache=SANS_TRACE if ctx.vue.secrete else GARDE,
        t=ctx.textes,
        vue=ctx.vue,
        page=page,
        dit=page.etat,
        etat=page.etat.pack(),
        etapes=ETAPES,
        **page.valeurs,
    )
    reponse.headers.update(EN_TETES)
    return reponse

"""The last screens: leave with something, take a file up again, two questions that nobody has to answer."""

from api.persistence.avis import QUESTIONS, REPONSES, count_opinions
from api.web.widget.bilan import tell_said
from api.web.widget.cartes import nearest, write_cards
from api.web.widget.conseil import find_places, load_places
from api.web.widget.contexte import Contexte, Issue, Page, Suite, keep_known
from api.web.widget.emporter import draw_code, public_link, read_file
from api.web.widget.pistes import leads_to_take
from referentiels.errors import InvalidInputError


def show_departure(ctx: Contexte) -> Issue:
    """A page to print, a file, a link and its code."""
    profil, reponse = leads_to_take(ctx)
    cartes = write_cards(ctx, reponse.metiers, ctx.moteur.guide.near(profil, reponse, ctx.jour))
    lien = public_link(ctx)
    trace, cote = draw_code(lien)
    valeurs = {
        "cartes": cartes,
        "proches": {c.code: nearest(c.formations) for c in cartes},
        "gardes": bool(ctx.etat.gardes),
        "lien": lien,
        "code": trace,
        "cote": cote,
        "jour": ctx.jour.isoformat(),
        "dits": [mots for _, mots in tell_said(ctx)],
        "lieux": find_places(
            load_places(ctx.settings.lieux_conseil), ctx.moteur.catalogue, ctx.etat.lieu, ctx.etat.situation
        ),
    }
    return Page("emporter", ctx.etat, 0, "resultats", valeurs=valeurs)


def show_reload(ctx: Contexte) -> Issue:
    """Back to the list from a file of last time."""
    if "fichier" not in ctx.champs:
        return Page("reprendre", ctx.etat, 0, "lieu")
    contenu = ctx.champs["fichier"]
    if not contenu:
        return Page("reprendre", ctx.etat, 0, "lieu", ctx.textes["reprendre"]["vide"], 422)
    try:
        etat = keep_known(read_file(contenu.encode()), ctx.moteur)
    except InvalidInputError:
        return Page("reprendre", ctx.etat, 0, "lieu", ctx.textes["reprendre"]["illisible"], 422)
    return Suite("portes" if etat.vide else "resultats", etat)


def show_opinion(ctx: Contexte) -> Issue:
    """The two questions, then thanks: counted when the base answers, and told when it does not."""
    dites = {q: r for q in QUESTIONS if (r := ctx.champs.get(q, "")) in REPONSES}
    if "envoi" not in ctx.champs:
        return Page("avis", ctx.etat, 0, "resultats", valeurs={"suite": ""})
    suite = "rien" if not dites else "compte" if count_opinions(ctx.base_donnees, dites, ctx.jour) else "pas_compte"
    return Page("avis", ctx.etat, 0, "resultats", valeurs={"suite": suite})

"""The screen that leads to a person, from anywhere on the path."""

from dataclasses import replace

from api.web.widget.conseil import SITUATIONS, find_places, load_places
from api.web.widget.contexte import Contexte, Issue, Page

SERVICES = (
    ("cep", "https://mon-cep.org/", ("travail", "recherche", "autre")),
    ("mission", "https://www.unml.info/", ("jeune",)),
    ("onisep", "https://www.onisep.fr/", ("eleve", "jeune")),
    ("emploi", "https://www.francetravail.fr/", ("recherche",)),
)
"""Services that answer everywhere in France: key of their words, address, situations they are first for."""
REVENIR = {
    "": "lieu",
    "vecu": "metier",
    "confirmer": "savoir",
    "gestes": "groupes",
    "fiche": "resultats",
    "oppose": "resultats",
    "comparer": "resultats",
    "conseiller": "portes",
}
"""Where to go on from a screen that needs more than the state to be shown again."""


def show_adviser(ctx: Contexte) -> Issue:
    """The nearest places for a situation, which is asked but never needed."""
    dite = next((s for s in SITUATIONS if s == ctx.champs.get("situation")), None)
    if dite is not None:
        ctx = replace(ctx, etat=ctx.etat.change(situation=dite))
    depuis = ctx.champs.get("depuis", "")
    depuis = REVENIR.get(depuis, depuis)
    situation = ctx.etat.situation
    lieux = load_places(ctx.settings.lieux_conseil)
    proches = find_places(lieux, ctx.moteur.catalogue, ctx.etat.lieu, situation)
    valeurs = {
        "situations": SITUATIONS,
        "lieux": proches,
        "loin": bool(proches) and all(p.km is not None and p.km > 20 for p in proches),
        "demonstration": any(p.lieu.demonstration for p in proches),
        "services": sorted(SERVICES, key=lambda s: situation not in s[2]) if situation else SERVICES,
        "suite": depuis if depuis.isalpha() and depuis.isascii() else "portes",
    }
    return Page("conseiller", ctx.etat, 0, None, valeurs=valeurs)

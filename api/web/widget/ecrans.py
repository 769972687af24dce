"""Every screen by its name, and the road from one to the next."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

from api.web.widget.bilan import show_leads
from api.web.widget.conseiller import show_adviser
from api.web.widget.contexte import Contexte, Issue, Page, Suite
from api.web.widget.depart import show_departure, show_opinion, show_reload
from api.web.widget.details import show_comparison, show_opposites, show_sheet
from api.web.widget.entrees import (
    show_diploma,
    show_doors,
    show_leaning,
    show_lived,
    show_metier,
    show_place,
    show_sector,
)
from api.web.widget.savoirs import show_abilities, show_confirmation, show_gestures, show_groups, show_tastes
from referentiels.errors import UnknownCodeError

ECRANS: Mapping[str, Callable[[Contexte], Issue]] = MappingProxyType(
    {
        "lieu": show_place,
        "portes": show_doors,
        "metier": show_metier,
        "vecu": show_lived,
        "secteur": show_sector,
        "penchant": show_leaning,
        "formation": show_diploma,
        "savoir": show_abilities,
        "confirmer": show_confirmation,
        "groupes": show_groups,
        "gestes": show_gestures,
        "gouts": show_tastes,
        "resultats": show_leads,
        "fiche": show_sheet,
        "comparer": show_comparison,
        "oppose": show_opposites,
        "emporter": show_departure,
        "reprendre": show_reload,
        "conseiller": show_adviser,
        "avis": show_opinion,
    }
)


def open_screen(ecran: str, ctx: Contexte) -> Page:
    """The page that answers: the screen itself, or the one that its answer leads to.

    Raises:
        UnknownCodeError: There is no such screen.
    """
    if ecran not in ECRANS:
        raise UnknownCodeError("écran", ecran[:40], tuple(ECRANS))
    return follow(ECRANS[ecran](ctx), ctx)


def follow(issue: Issue, ctx: Contexte) -> Page:
    """Go on until there is something to show."""
    while isinstance(issue, Suite):
        ctx = replace(ctx, etat=issue.etat, champs={})
        issue = ECRANS[issue.ecran](ctx)
    return issue

"""Both axes in words, one métier beside the others of its list."""

from collections.abc import Mapping, Sequence

from api.reponses.commun import Json

_MOTS: Mapping[str, tuple[str, str, str, str]] = {
    "attrait": ("rien de dit", "un peu", "assez", "beaucoup"),
    "portee": ("rien de dit", "plus loin", "à quelques pas", "tout près"),
}


def axis_words(metiers: Sequence[Json]) -> Mapping[str, Mapping[str, tuple[int, str]]]:
    """Where each métier stands on each axis beside the others of the list: a third from 1 to 3, and words.

    0 when nothing told bears on it. Never a mark: it tells one piste from another, and nothing of the person.
    """
    lots = {axe: [metier[axe] for metier in metiers] for axe in _MOTS}
    return {
        metier["code_rome"]: {axe: _place(axe, metier[axe], max(lots[axe], default=0.0)) for axe in _MOTS}
        for metier in metiers
    }


def _place(axe: str, valeur: float, plus_haute: float) -> tuple[int, str]:
    tiers = 0 if valeur <= 0 or plus_haute <= 0 else 1 + min(int(3 * valeur / plus_haute), 2)
    return tiers, _MOTS[axe][tiers]

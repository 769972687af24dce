"""How long, in the words of an experience: « serveuse pendant 3 ans » is a serveuse, and three years."""

import re

_NOMBRES = {
    "un": 1, "une": 1, "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "six": 6, "sept": 7, "huit": 8, "neuf": 9,
    "dix": 10, "onze": 11, "douze": 12, "quinze": 15, "vingt": 20, "trente": 30, "quarante": 40,
}  # fmt: skip
_ANNEES_PAR = {"an": 1.0, "mois": 1 / 12, "semaine": 1 / 52, "saison": 0.4}
_DUREE = re.compile(
    r"(?:\b(?:pendant|durant|depuis|il y a|environ|presque|plus d(?:e|['’])|pr[èe]s de|durée|fait|avec|soit)\s*)*"
    rf"(?<![\w.,])(?P<nombre>\d{{1,2}}(?:[.,]\d)?|{'|'.join(_NOMBRES)})\s*"
    r"(?P<unite>ann[ée]e|an|mois|semaine|saison)s?(?!\w)"
    r"(?P<demi>\s+et\s+demie?)?"
    r"(?:\s*(?:d['’]\s*exp[ée]riences?|d['’]\s*anciennet[ée]|de\s+m[ée]tier|de\s+pratique))?"
    r"(?:\s*(?:comme|en tant que?|en qualité de|au poste de|à|chez)(?=\s))?",
    re.IGNORECASE,
)
_DEVANT = re.compile(
    r"^(?:et |alors |donc |bon |euh )*(?:(?:j['’]ai|jai|je)\s+)?"
    r"(?:(?:déjà |deja |longtemps |toujours )*"
    r"(?:été|ete|étais|etais|suis|travaillé|travaille|travailler|bossé|bosse|exercé|exerce|tenu|fait)\s+)"
    r"(?:(?:comme|en tant que?|en qualité de|au poste de|le m[ée]tier de|des missions de|de la|du|un|une)\s+)?"
    r"|^(?:poste|emploi|métier|metier|travail|job)\s+d(?:e\s+|['’]\s*)"
    r"|^(?:ex|anciene?|ancienne|ancien|comme|en tant que?)[\s-]+",
    re.IGNORECASE,
)
_AGE = re.compile(r"(?<!expérience )(?<!experience )\b(?:de|à|a|aux?|des|les)\s*$", re.IGNORECASE)
"""What stands before an age: « des enfants de 3 ans »."""
_ANNEES_MAX = 60.0
_BORD = " ,;:.()-–—"


def split_duration(texte: str) -> tuple[str, float | None]:
    """What was done, without its length and the words before it, and the years told (None when none is).

    « j'ai été serveuse pendant 3 ans » gives (« serveuse », 3.0); lengths told one after the other are added. A text
    that says nothing but a length is given back whole, with its length.
    """
    trouvees = [t for t in _DUREE.finditer(texte) if not _AGE.search(texte[: t.start()])]
    annees = [_years(trouve) for trouve in trouvees]
    reste = texte
    for trouve in reversed(trouvees):
        reste = f"{reste[: trouve.start()]} {reste[trouve.end() :]}"
    reste = " ".join(reste.split()).strip(_BORD)
    reste = _DEVANT.sub("", reste, count=1).strip(_BORD)
    total = min(sum(annees), _ANNEES_MAX) if annees else None
    return reste or texte.strip(), total


def _years(trouve: re.Match[str]) -> float:
    nombre = trouve["nombre"].lower()
    valeur = float(_NOMBRES[nombre]) if nombre in _NOMBRES else float(nombre.replace(",", "."))
    unite = trouve["unite"].lower()
    par = _ANNEES_PAR["an" if unite.startswith("ann") else unite]
    return (valeur + 0.5 * bool(trouve["demi"])) * par

"""Templates: one environment, one way to answer with a page."""

import hashlib
from datetime import date, datetime
from pathlib import Path
from typing import Any

from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from api.errors import Probleme

DOSSIER = Path(__file__).parent
STATIQUES = DOSSIER / "static"
DEBUT_MAX = 240
"""Characters of a definition on a card."""

MOIS = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip
NIVEAUX = {
    1: "Niveau 1",
    2: "Niveau 2",
    3: "Niveau 3 (CAP)",
    4: "Niveau 4 (bac)",
    5: "Niveau 5 (bac + 2)",
    6: "Niveau 6 (bac + 3 ou 4)",
    7: "Niveau 7 (bac + 5)",
    8: "Niveau 8 (doctorat)",
}
VOIES = {
    "scolaire": "sous statut d'élève ou d'étudiant",
    "apprentissage": "en apprentissage",
    "continue": "en formation continue",
    "contrat_professionnalisation": "en contrat de professionnalisation",
    "vae": "par la validation des acquis de l'expérience (VAE)",
    "candidature_individuelle": "en candidature individuelle",
}
RIASEC = {
    "R": "Réaliste : faire, fabriquer, réparer",
    "I": "Investigateur : comprendre, chercher, analyser",
    "A": "Artistique : créer, exprimer",
    "S": "Social : aider, soigner, transmettre",
    "E": "Entreprenant : décider, convaincre, diriger",
    "C": "Conventionnel : organiser, classer, vérifier",
}


def _sentence(texte: str) -> str:
    """The text with a capital, unless it opens with a quotation."""
    return texte[:1].upper() + texte[1:]


def bind_quotes(valeur: Any) -> Any:
    """French quotation marks keep to their words at the end of a line."""
    return valeur.replace("« ", "«\u00a0").replace(" »", "\u00a0»") if isinstance(valeur, str) else valeur


def _opening(texte: str) -> str:
    """The first lines of a definition, enough to know what it is about; the rest is one click away."""
    lignes = [ligne.strip() for ligne in texte.splitlines() if ligne.strip()]
    debut = lignes[:1]
    for ligne in lignes[1:]:
        if len(" ".join(debut)) + len(ligne) > DEBUT_MAX:
            break
        debut.append(ligne)
    return " ".join(ligne if ligne.endswith((".", "!", "?")) else f"{ligne}." for ligne in debut)


def _calm(texte: str) -> str:
    """A title that a source writes in capitals, in lower case: capitals are hard to read, and are no emphasis."""
    return texte.capitalize() if texte.isupper() else texte


def _day(texte: str) -> str:
    """An ISO day in French words."""
    return format_day(date.fromisoformat(texte))


def format_day(jour: date) -> str:
    """A day in French words."""
    return f"{'1er' if jour.day == 1 else jour.day} {MOIS[jour.month - 1]} {jour.year}"


def format_moment(instant: datetime) -> str:
    """A moment in French words, at the hour of this machine."""
    local = instant.astimezone()
    return f"{format_day(local.date())} à {local:%H h %M}"


def _fingerprint() -> str:
    """Changes with the static files, so that a browser may keep them for long."""
    empreinte = hashlib.sha256()
    for fichier in sorted(STATIQUES.iterdir()):
        empreinte.update(fichier.read_bytes())
    return empreinte.hexdigest()[:10]


_environnement = Environment(
    loader=FileSystemLoader(DOSSIER / "templates"),
    autoescape=select_autoescape(default=True),
    undefined=StrictUndefined,
    finalize=bind_quotes,
    trim_blocks=True,
    lstrip_blocks=True,
)
_environnement.filters.update(moment=format_moment, phrase=_sentence, debut=_opening, jour=_day, casse=_calm)
_environnement.globals.update(statiques=_fingerprint(), niveaux=NIVEAUX, voies=VOIES, riasec=RIASEC)


def render(gabarit: str, *, statut: int = 200, cache: str = "no-store", **valeurs: Any) -> Response:
    """A page.

    Args:
        gabarit: Name of the template.
        statut: HTTP status.
        cache: `Cache-Control` of the answer; by default nobody keeps what a person may have typed.
        **valeurs: What the template shows.
    """
    page = _environnement.get_template(gabarit).render(**valeurs)
    return HTMLResponse(page, statut, {"Cache-Control": cache, "Content-Language": "fr"})


def render_problem(request: Request, probleme: Probleme) -> Response:
    """An error as a page with a way out."""
    del request
    reponse = render("probleme.html", statut=probleme.statut, probleme=probleme)
    reponse.headers.update(probleme.entetes)
    return reponse

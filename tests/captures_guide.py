"""The screenshots of docs/guide-conseiller.md: `python -m tests.captures_guide` takes them again, of nobody real."""

import io
import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from fastapi import FastAPI
from PIL import Image
from playwright.sync_api import Browser, Page
from pydantic import SecretStr
from sqlalchemy import insert

from api.acces.controle import TEMOIN
from api.app import create_app
from api.conseil.espace import Espace
from api.persistence.tables_comptes import LigneConseiller
from api.persistence.tables_dossiers import LigneEvenement
from api.service import load_service
from api.settings import PROJET, load_settings
from tests.api.chromium import launch, opened
from tests.api.espace import Navigateur, enter
from tests.api.loopback import serve
from tests.api.seances import Table, open_table

IMAGES = PROJET / "docs/images"
LARGEUR, COULEURS = 768, 64
STRUCTURE = "cio"
"""That of the conseillers of tests; its name says that it is invented."""
CHIFFRES = {
    "seances": {"ouverte": 47},
    "entree": {"metier": 14, "competences": 19, "interets": 12},
    "sans_resultat": {"non": 47},
    "territoire": {"44": 27, "49": 20},
    "femmes": {"1": 160, "2": 290, "3": 250, "4": 190},
    "ecarts": {"envie": 31, "horaires": 17, "lieu": 12},
    "trouve": {"oui": 29, "un_peu": 14},
}


def main() -> None:
    """Take them all, or those whose names are given."""
    voulues = set(sys.argv[1:])
    with tempfile.TemporaryDirectory() as dossier, _service(Path(dossier)) as (application, lieu), launch() as chrome:
        table = _fill(application)
        vise = table.seance.parcours.code_rome if table.seance.parcours else ""
        comparer = "&".join(f"m={code}" for code in (table.seance.premiers[0], vise))
        ecrans = {
            "accueil": ("/conseiller", 900, ""),
            "profil": (table.adresse, 1000, ""),
            "metiers": (f"{table.adresse}/metiers", 1000, ""),
            "liste": (f"{table.adresse}/metiers", 900, ".pleines"),
            "fiche": (f"{table.adresse}/metiers/{vise}", 1000, ""),
            "comparer": (f"{table.adresse}/comparer?{comparer}", 1000, ""),
            "parcours": (f"{table.adresse}/parcours/{vise}", 1000, ""),
            "conclure": (f"{table.adresse}/conclure", 900, ""),
            "synthese": (f"{table.adresse}/synthese", 1100, ""),
        }
        for nom, (adresse, hauteur, cible) in ecrans.items():
            if not voulues or nom in voulues:
                with _seated(chrome, table.navigateur, lieu, hauteur) as page:
                    page.goto(lieu + adresse)
                    _shoot(page, nom, cible)
        if not voulues or "chiffres" in voulues:
            _count(application)
            with _seated(chrome, enter(application, "responsable", role="responsable"), lieu, 1000) as page:
                page.goto(f"{lieu}/conseiller/chiffres")
                _shoot(page, "chiffres")


@contextmanager
def _service(dossier: Path) -> Iterator[tuple[FastAPI, str]]:
    """The application over the catalogue in service, its database apart, at an address of this machine."""
    reglages = load_settings().model_copy(
        update={
            "base": SecretStr(f"sqlite:///{dossier / 'azimut.db'}"),
            "quota_adresse": 0,
            "quota_pages": 0,
            "temoin_https": False,
        }
    )
    application = create_app(reglages, load_service(reglages))
    espace: Espace = application.state.espace
    espace.comptes.create_structure(STRUCTURE, "Lieu de conseil de démonstration")
    with serve(application) as lieu:
        yield application, lieu


def _fill(application: FastAPI) -> Table:
    """A session as it is near its end."""
    table = open_table(application, partage=True)
    espace: Espace = application.state.espace
    with espace.base.writing() as session:
        session.execute(LigneConseiller.__table__.update().values(nom="à vous"))  # type: ignore[attr-defined]
    table.tell()
    for origine in ("recit", "metier"):
        for n, dite in enumerate([c for c in table.seance.competences if c.origine == origine]):
            if n % 3 < 2:
                table.do("competence", code=str(dite.code), etat="confirmee")
    table.do("lieu", commune="Nantes", rayon="30")
    table.do("souhait", souhait="un métier où je parle avec des gens")
    table.do("condition", texte="travail de nuit", mode="eviter")
    table.do("contrainte", texte="pas de permis")
    table.do("ecarter", code_rome=table.seance.premiers[1], motif="horaires")
    premier, _, vise, *_ = table.seance.premiers
    table.do("epingler", code_rome=premier)
    table.do("epingler", code_rome=vise)
    table.do("parcours", code_rome=vise)
    table.do("paroles", paroles="Je ne savais pas que tenir les comptes du club comptait.")
    table.do("convenu", texte="Rencontrer quelqu'un du métier")
    table.do("etape", texte="Demander une immersion", qui="personne", pour_le="2027-01-15", contact="France Travail")
    return table


def _count(application: FastAPI) -> None:
    """Sessions of a month that is over, invented."""
    lignes = [
        {"mois": date(2026, 1, 1), "structure": STRUCTURE, "mesure": mesure, "valeur": valeur,
         "seances": min(nombre, 47), "nombre": nombre}
        for mesure, valeurs in CHIFFRES.items()
        for valeur, nombre in valeurs.items()
    ]  # fmt: skip
    with application.state.espace.base.writing() as session:
        session.execute(insert(LigneEvenement), lignes)


@contextmanager
def _seated(chrome: Browser, qui: Navigateur, lieu: str, hauteur: int) -> Iterator[Page]:
    with opened(chrome, viewport={"width": LARGEUR, "height": hauteur}, color_scheme="light", locale="fr-FR") as page:
        page.context.add_cookies([{"name": TEMOIN, "value": qui.jeton, "url": f"{lieu}/conseiller"}])
        yield page


def _shoot(page: Page, nom: str, cible: str = "") -> None:
    """Write what is on the screen, in few colours."""
    if cible:
        page.locator(cible).first.evaluate("e => { e.open = true; e.scrollIntoView(); }")
    page.wait_for_timeout(300)
    image = Image.open(io.BytesIO(page.screenshot())).convert("RGB").quantize(COULEURS)
    chemin = IMAGES / f"{nom}.png"
    image.save(chemin, optimize=True)
    sys.stdout.write(json.dumps({"image": nom, "octets": chemin.stat().st_size}) + "\n")


if __name__ == "__main__":
    main()

"""The pages of accounts in a real Chromium: without a script, and without a fault that axe finds, at any width."""

from collections.abc import Iterator
from dataclasses import dataclass

import pyotp
import pytest
from fastapi import FastAPI
from playwright.sync_api import Browser, Page, expect

from api.acces.controle import TEMOIN
from api.app import create_app
from api.service import Service
from api.settings import Settings
from tests.api.axe import violations_by_theme
from tests.api.chromium import MARQUES, hidden_width, opened
from tests.api.espace import MOT_DE_PASSE, ensure_structure, open_account
from tests.api.loopback import serve
from tests.api.test_accessibilite import COUPES, STRUCTURE

pytestmark = MARQUES
NOUVEAU = "quatre mots bien à moi"


@dataclass(frozen=True)
class Lieu:
    """A service in service, and what tests prepare in it."""

    application: FastAPI
    adresse: str


@pytest.fixture(scope="module")
def lieu(service: Service, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lieu]:
    reglages = Settings(var=tmp_path_factory.mktemp("var"), quota_connexion=0, quota_pages=0, quota_adresse=0)
    application = create_app(reglages, service)
    open_account(application.state.espace, "lea")
    open_account(application.state.espace, "chef", role="administrateur")
    with serve(application) as adresse:
        yield Lieu(application, adresse)


def type_in(page: Page, **champs: str) -> None:
    for nom, valeur in champs.items():
        page.locator(f"[name={nom}]").fill(valeur)


def sign_in(page: Page, lieu: Lieu, connexion: str, mot_de_passe: str = MOT_DE_PASSE) -> None:
    page.goto(f"{lieu.adresse}/conseiller/compte")
    type_in(page, connexion=connexion, mot_de_passe=mot_de_passe)
    page.get_by_role("button", name="Se connecter").click()


def test_a_first_day_without_a_script(navigateur: Browser, lieu: Lieu) -> None:
    """An account is opened, its password chosen, a second factor set; Chromium keeps the cookie without TLS here."""
    with opened(navigateur, java_script_enabled=False, viewport={"width": 360, "height": 740}) as page:
        sign_in(page, lieu, "chef")
        page.get_by_role("link", name="Les comptes").click()
        type_in(page, connexion="nour", nom="Nour")
        page.get_by_role("button", name="Ouvrir le compte").click()
        provisoire = page.locator(".cle").inner_text()
        page.get_by_role("button", name="Se déconnecter").click()
        expect(page.get_by_role("status")).to_contain_text("déconnecté")
        sign_in(page, lieu, "nour", provisoire)
        type_in(page, actuel=provisoire, nouveau=NOUVEAU, confirmation=NOUVEAU)
        page.get_by_role("button", name="Changer le mot de passe").click()
        page.goto(f"{lieu.adresse}/conseiller/compte")
        type_in(page, actuel=NOUVEAU)
        page.get_by_role("button", name="Mettre en place un code").click()
        generateur = pyotp.TOTP(page.locator(".cle").inner_text())
        type_in(page, code=generateur.now())
        page.get_by_role("button", name="Confirmer").click()
        codes = page.locator(".codes code").all_inner_texts()
        page.get_by_role("button", name="Se déconnecter").click()
        sign_in(page, lieu, "nour", NOUVEAU)
        type_in(page, code=codes[0])
        page.get_by_role("button", name="Continuer").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Mon compte")
        [temoin] = [c for c in page.context.cookies() if c["name"] == TEMOIN]
        assert (temoin["httpOnly"], temoin["secure"], temoin["path"]) == (True, True, "/conseiller")
        page.goto(lieu.adresse)
        assert page.evaluate("1") == 1
        assert "nour" not in page.content()


def _screens(page: Page, lieu: Lieu, nina: str, zoe: str) -> Iterator[str]:
    """Each screen, shown one after the other, by two people who come for the first time."""
    espace = lieu.application.state.espace
    page.goto(f"{lieu.adresse}/conseiller/connexion")
    yield "connexion"
    type_in(page, connexion="lea", mot_de_passe="pas le bon du tout")
    page.get_by_role("button", name="Se connecter").click()
    yield "connexion en erreur"
    ensure_structure(espace)
    _, provisoire = espace.comptes.create(nina, "Nina", "conseiller", "cio")
    sign_in(page, lieu, nina, provisoire)
    yield "mot de passe à choisir"
    type_in(page, actuel=provisoire, nouveau="court", confirmation="court")
    page.get_by_role("button", name="Changer le mot de passe").click()
    yield "mot de passe en erreur"
    type_in(page, actuel=provisoire, nouveau=NOUVEAU, confirmation=NOUVEAU)
    page.get_by_role("button", name="Changer le mot de passe").click()
    page.goto(f"{lieu.adresse}/conseiller/compte?fait=mot-de-passe")
    yield "compte"
    type_in(page, actuel="faux")
    page.get_by_role("button", name="Mettre en place un code").click()
    yield "compte en erreur"
    type_in(page, actuel=NOUVEAU)
    page.get_by_role("button", name="Mettre en place un code").click()
    generateur = pyotp.TOTP(page.locator(".cle").inner_text())
    yield "code à mettre en place"
    type_in(page, code=generateur.now())
    page.get_by_role("button", name="Confirmer").click()
    yield "codes de secours"
    page.goto(f"{lieu.adresse}/conseiller/compte")
    yield "compte avec un code"
    page.goto(f"{lieu.adresse}/conseiller/deconnexion")
    yield "déconnexion"
    page.get_by_role("button", name="Fermer ma session").click()
    sign_in(page, lieu, nina, NOUVEAU)
    yield "code demandé"
    type_in(page, code="000000")
    page.get_by_role("button", name="Continuer").click()
    yield "code en erreur"
    sign_in(page, lieu, "chef")
    page.goto(f"{lieu.adresse}/conseiller/administration")
    yield "administration"
    type_in(page, connexion="é", nom="Zoé")
    page.get_by_role("button", name="Ouvrir le compte").click()
    yield "administration en erreur"
    type_in(page, connexion=zoe, nom="Zoé")
    page.get_by_role("button", name="Ouvrir le compte").click()
    yield "mot de passe provisoire"


@pytest.mark.parametrize("largeur", [320, pytest.param(1280, marks=pytest.mark.mesure)])
def test_no_screen_has_a_fault(navigateur: Browser, lieu: Lieu, largeur: int) -> None:
    fautes: dict[str, list[str]] = {}
    titres = set()
    with opened(navigateur, bypass_csp=True, viewport={"width": largeur, "height": 800}) as page:
        for ecran in _screens(page, lieu, f"nina{largeur}", f"zoe{largeur}"):
            trouvees = violations_by_theme(page)
            trouvees += page.evaluate(STRUCTURE) + page.evaluate(COUPES)
            trouvees += [f"défile de {hidden_width(page)} px"] if hidden_width(page) else []
            petits = page.evaluate(
                "[...document.querySelectorAll('button, .bouton, input:not([type=hidden]), select')]"
                ".filter(e => e.getBoundingClientRect().height < 44).map(e => e.outerHTML.slice(0, 80))"
            )
            en_erreur = ecran.endswith("en erreur")
            assert page.title().startswith("À corriger") is en_erreur, ecran
            assert page.get_by_role("alert").count() == en_erreur, ecran
            assert page.locator("[aria-invalid=true]").count() == en_erreur, ecran
            if trouvees or petits:
                fautes[ecran] = [*trouvees, *petits]
            titres.add(page.title())
    assert fautes == {}
    assert len(titres) >= 12

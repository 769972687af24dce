"""The pages in a real browser: narrow screens, keyboard alone, no script, both colour schemes."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from api.app import create_app
from api.service import Service
from api.settings import Settings
from tests.api.chromium import MARQUES
from tests.api.loopback import serve

pytestmark = MARQUES


@pytest.fixture(scope="module")
def adresse(service: Service, settings: Settings) -> Iterator[str]:
    with serve(create_app(settings, service)) as adresse:
        yield adresse


def ouvrir(navigateur: Browser, adresse: str, **options: Any) -> Page:
    contexte = navigateur.new_context(base_url=adresse, **options)
    contexte.set_default_timeout(15_000)
    return contexte.new_page()


def largeur_cachee(page: Page) -> int:
    mesure = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    return int(page.evaluate(mesure))


def demander(page: Page, texte: str) -> None:
    page.goto("/")
    page.get_by_label("Ce que vous savez faire").fill(texte)
    page.get_by_role("button", name="Voir des métiers").click()
    page.get_by_role("heading", name="Des métiers à explorer", level=1).wait_for()


@pytest.mark.parametrize("largeur", [320, 360, 768, 1280])
def test_no_page_scrolls_sideways(navigateur: Browser, adresse: str, largeur: int) -> None:
    page = ouvrir(navigateur, adresse, viewport={"width": largeur, "height": 800})
    demander(page, "coudre à la machine\nlire un plan\nassembler de petites pièces\n" + "anticonstitutionnellement" * 4)
    assert largeur_cachee(page) == 0
    for detail in page.locator("details > summary").all():
        if detail.is_visible():
            detail.click()
    assert largeur_cachee(page) == 0
    for chemin in ("/", "/metiers/D1102", "/certifications/RNCP11111", "/docs", "/metiers/Z"):
        page.goto(chemin)
        assert largeur_cachee(page) == 0, chemin
    page.context.close()


def test_text_twice_as_large_still_fits(navigateur: Browser, adresse: str) -> None:
    page = ouvrir(navigateur, adresse, viewport={"width": 640, "height": 800})
    demander(page, "coudre à la machine\nlire un plan")
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert largeur_cachee(page) == 0
    page.context.close()


def test_keyboard_alone_leads_from_the_form_to_a_card(navigateur: Browser, adresse: str) -> None:
    page = ouvrir(navigateur, adresse)
    page.goto("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Aller au contenu"
    page.keyboard.press("Enter")
    for _ in range(3):
        if page.evaluate("document.activeElement.id") == "savoir":
            break
        page.keyboard.press("Tab")
    page.keyboard.type("coudre à la machine")
    for _ in range(5):
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.tagName") == "BUTTON"
    contour = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert contour == "solid"
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Des métiers à explorer", level=1).wait_for()
    lien = page.get_by_role("link", name="Couturier / Couturière", exact=True)
    for _ in range(30):
        if lien.evaluate("e => e === document.activeElement"):
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Couturier / Couturière", level=1).wait_for()
    page.context.close()


def test_everything_works_without_scripts(navigateur: Browser, adresse: str) -> None:
    page = ouvrir(navigateur, adresse, java_script_enabled=False)
    demander(page, "coudre à la machine\nlire un plan")
    page.get_by_role("group", name="« lire un plan »").get_by_label("Rien de cela").check()
    page.get_by_role("button", name="Relancer avec ces corrections").click()
    rien = page.get_by_role("group", name="« lire un plan »").get_by_label("Rien de cela")
    expect(rien).to_be_checked()
    assert "lire" not in page.url
    page.context.close()


def test_errors_are_reached_at_once(navigateur: Browser, adresse: str) -> None:
    page = ouvrir(navigateur, adresse)
    page.goto("/")
    page.get_by_role("button", name="Voir des métiers").click()
    alerte = page.get_by_role("alert")
    alerte.wait_for()
    alerte.get_by_role("link").click()
    assert page.evaluate("document.activeElement.id") == "savoir"
    description = page.get_by_label("Ce que vous savez faire").get_attribute("aria-describedby") or ""
    assert "savoir-faute" in description.split()
    page.context.close()


def test_nothing_is_asked_of_any_other_host(navigateur: Browser, adresse: str) -> None:
    page = ouvrir(navigateur, adresse)
    demandes: list[str] = []
    console: list[str] = []
    page.on("request", lambda requete: demandes.append(requete.url))
    page.on("console", lambda message: console.append(message.text))
    demander(page, "coudre à la machine")
    page.goto("/docs")
    assert demandes
    assert all(url.startswith(adresse) for url in demandes)
    assert page.context.cookies() == []
    assert console == []
    page.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_follows_the_colour_scheme(navigateur: Browser, adresse: str, scheme: str) -> None:
    page = ouvrir(navigateur, adresse, color_scheme=scheme)
    page.goto("/")
    fond = page.evaluate("getComputedStyle(document.body).backgroundColor")
    clarte = sum(int(c) for c in fond.removeprefix("rgb(").removesuffix(")").split(",")) / 3
    assert (clarte > 200) == (scheme == "light")
    page.context.close()


def test_forced_colours_keep_buttons_in_sight(navigateur: Browser, adresse: str) -> None:
    page = ouvrir(navigateur, adresse, forced_colors="active")
    page.goto("/")
    bouton = page.get_by_role("button", name="Voir des métiers")
    assert bouton.evaluate("e => getComputedStyle(e).borderTopWidth") == "2px"
    assert bouton.evaluate("e => getComputedStyle(e).borderTopColor !== getComputedStyle(e).backgroundColor")
    page.context.close()

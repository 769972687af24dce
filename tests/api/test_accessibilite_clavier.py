"""The keyboard alone: everything is reached, in order, seen when it is reached, and left."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from api.web.widget.theme import contrast
from tests.api.axe import THEMES
from tests.api.chromium import MARQUES, opened
from tests.api.ecrans import CHEMIN, SITE, Ecran

pytestmark = MARQUES
PARCOURUS = (
    "accueil en erreur", "réponse à préciser", "fiche de métier", "documentation", "lieu en erreur", "portes", "gestes",
    "gouts", "resultats et un métier écarté", "fiche", "conseiller", "reprendre", "avis",
)  # fmt: skip
"""Screens that hold every kind of control."""
CONTROLES = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']"
NUMEROTE = """controles => {
  const vus = [...document.querySelectorAll(controles)].filter(e => e.checkVisibility() && !e.disabled);
  const groupes = new Set();
  const atteints = vus.filter(e => {  // one Tab a group of radio buttons: arrows do the rest
    if (e.type !== 'radio') return true;
    const coche = vus.find(r => r.name === e.name && r.checked);
    return coche ? coche === e : !groupes.has(e.name) && groupes.add(e.name);
  });
  atteints.forEach((e, rang) => { e.dataset.rang = rang; });
  return atteints.map(e => (e.textContent || e.name || e.type).trim().slice(0, 40));
}"""
OU = """() => {
  const e = document.activeElement;
  if (!e || e === document.body) return null;
  const style = getComputedStyle(e);
  const { top, bottom, width } = e.getBoundingClientRect();
  return {
    rang: Number(e.dataset.rang ?? -1),
    contour: style.outlineStyle === 'none' ? 0 : parseFloat(style.outlineWidth),
    couleur: style.outlineColor,
    vu: width > 0 && bottom > 0 && top < innerHeight,
  };
}"""
FOND = "getComputedStyle(document.body).backgroundColor"


@pytest.fixture(scope="module")
def page(navigateur: Browser) -> Iterator[Page]:
    with opened(navigateur, viewport={"width": 360, "height": 700}, reduced_motion="reduce") as page:
        yield page


def screen(nom: str) -> Ecran:
    [ecran] = [e for e in (*SITE, *CHEMIN) if e.nom == nom]
    return ecran


def rgb(couleur: str) -> Any:
    return tuple(int(float(v)) for v in couleur.removeprefix("rgb(").removesuffix(")").split(","))


@pytest.mark.parametrize("nom", PARCOURUS)
def test_tab_reaches_everything_in_order_and_leaves(page: Page, adresse: str, nom: str) -> None:
    screen(nom).open(page, adresse)
    page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    noms = page.evaluate(NUMEROTE, CONTROLES)
    rangs = []
    for _ in range(len(noms) + 5):
        page.keyboard.press("Tab")
        ici = page.evaluate(OU)
        if ici is None or ici["rang"] in rangs:  # out of the page, or round again
            break
        rangs.append(ici["rang"])
        assert ici["contour"] >= 2, f"{noms[ici['rang']]} : la prise de focus ne se voit pas"
        assert ici["vu"], f"{noms[ici['rang']]} : hors de la fenêtre"
    else:
        pytest.fail("le focus ne sort pas de la page")
    attendus = list(range(len(noms)))
    assert rangs in (attendus, attendus[attendus.index(rangs[0]) :]), [noms[r] for r in attendus if r not in rangs]
    page.locator(f"[data-rang='{len(noms) - 1}']").focus()
    page.keyboard.press("Shift+Tab")
    assert page.evaluate(OU)["rang"] == len(noms) - 2, "on revient comme on est venu"


@pytest.mark.parametrize(("nom", "but"), [("accueil", "contenu"), ("départ", "titre"), ("resultats", "titre")])
def test_the_skip_link_comes_first_and_leads_on(page: Page, adresse: str, nom: str, but: str) -> None:
    screen(nom).open(page, adresse)
    page.keyboard.press("Tab")
    lien = page.locator("a.evitement")
    expect(lien).to_be_focused()
    expect(lien).to_be_in_viewport()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == but
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("nom", ["accueil", "départ", "départ aux couleurs d'un hôte"])
def test_the_focus_is_seen_in_every_scheme(page: Page, adresse: str, nom: str, theme: str) -> None:
    page.emulate_media(**THEMES[theme])
    screen(nom).open(page, adresse)
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    ici = page.evaluate(OU)
    assert ici["contour"] >= 3
    if theme != "couleurs forcées":  # the system then chooses both
        assert contrast(rgb(ici["couleur"]), rgb(page.evaluate(FOND))) >= 3
    page.emulate_media(color_scheme="light", forced_colors="none")


def test_what_is_folded_opens_at_the_keyboard(page: Page, adresse: str) -> None:
    screen("resultats").open(page, adresse)
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = false; })")
    pli = page.locator("article details").first
    pli.locator("summary").focus()
    for touche, ouvert in (("Enter", True), ("Space", False)):
        page.keyboard.press(touche)
        assert pli.evaluate("d => d.open") == ouvert


def test_what_changed_is_told_where_the_page_lands(page: Page, adresse: str) -> None:
    screen("resultats").open(page, adresse)
    page.get_by_role("button", name="Pas pour moi").first.click()
    expect(page.get_by_role("status").filter(has_text="C'est noté")).to_be_in_viewport()
    expect(page.locator("#liste")).to_be_focused()
    page.get_by_role("button", name="Le remettre").first.click()
    expect(page.get_by_role("status").filter(has_text="remis")).to_be_in_viewport()


def test_a_page_turns_with_the_device(page: Page, adresse: str) -> None:
    for taille in ((360, 740), (740, 360)):
        page.set_viewport_size({"width": taille[0], "height": taille[1]})
        screen("départ").open(page, adresse)
        expect(page.locator("#titre")).to_be_visible()
        page.get_by_role("button", name="Continuer").scroll_into_view_if_needed()
        expect(page.get_by_role("button", name="Continuer")).to_be_in_viewport()

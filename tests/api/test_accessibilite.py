"""Every page and every screen, as axe, a narrow screen, large text and the accessibility tree see them."""

import re
from dataclasses import dataclass, field
from itertools import product

import pytest
from playwright.sync_api import Browser, Page

from tests.api.axe import THEMES, violations
from tests.api.chromium import MARQUES, hidden_width, opened
from tests.api.ecrans import CHEMIN, LARGEURS, SITE, Ecran

pytestmark = MARQUES
LONGS = {"réponse à préciser", "documentation", "resultats en français facile", "resultats en entier", "oppose"}
"""As long to look at as ten others, and made of the same pieces: left to `make mesures`."""
TOUS = (*SITE, *CHEMIN)
ECRANS = tuple(e for e in TOUS if e.nom not in LONGS)
PAIRES = tuple(product(LARGEURS, THEMES))
HAUTEUR = 800
ESPACES = """* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important; }
p { margin-bottom: 2em !important; }"""
"""What a person may ask of any text (WCAG 1.4.12)."""
COUPES = """() => {
  const vus = [...document.querySelectorAll('body *:not(.invisible, svg *)')].filter(e => e.checkVisibility());
  const coupe = e => {
    const { overflowX, overflowY } = getComputedStyle(e);
    return (overflowX !== 'visible' && overflowX !== 'auto' && e.scrollWidth > e.clientWidth + 1)
      || (overflowY !== 'visible' && overflowY !== 'auto' && e.scrollHeight > e.clientHeight + 1);
  };
  const dehors = e => {
    const { left, right } = e.getBoundingClientRect();
    return !e.closest('.tableau, .evitement') && (left < -1 || right > innerWidth + 1);
  };
  return vus.filter(e => coupe(e) || dehors(e)).map(e => `${e.tagName}.${e.className} ${e.textContent.slice(0, 40)}`);
}"""
"""What is cut, or out of sight."""
STRUCTURE = """() => {
  const tous = selecteur => [...document.querySelectorAll(selecteur)];
  const niveaux = tous('h1, h2, h3, h4, h5, h6').map(e => Number(e.tagName[1]));
  const fautes = [];
  if (document.doctype?.name !== 'html') fautes.push('type de document');
  if (document.documentElement.lang !== 'fr') fautes.push('langue');
  if (niveaux.filter(n => n === 1).length !== 1) fautes.push('un seul titre principal');
  if (niveaux.some((n, i) => i && n > niveaux[i - 1] + 1)) fautes.push(`niveaux de titres ${niveaux}`);
  for (const [selecteur, nombre] of [['main', 1], ['header', 1], ['footer', 1], ['a.evitement', 1], ['iframe', 0]])
    if (tous(selecteur).filter(e => !e.closest('article')).length !== nombre) fautes.push(selecteur);
  const noms = tous('[id]').map(e => e.id);
  if (new Set(noms).size !== noms.length) fautes.push('identifiants répétés');
  for (const e of tous('a[target=_blank]')) if (!e.textContent.includes('onglet')) fautes.push(`fenêtre ${e.href}`);
  for (const e of tous('fieldset')) if (!e.querySelector('legend')?.textContent.trim()) fautes.push('légende');
  for (const e of tous('figure')) {
    const legende = e.querySelector('figcaption')?.textContent.trim();
    if (e.getAttribute('role') !== 'figure' || e.getAttribute('aria-label') !== legende) fautes.push('légende d’image');
  }
  for (const e of tous('table')) if (!e.querySelector('th[scope]')) fautes.push('en-têtes de tableau');
  for (const e of tous('svg')) if (!e.ariaHidden && e.getAttribute('role') !== 'img') fautes.push('image');
  const bannies = '[style], font, center, b, i:not(.jauge i), u, blink, marquee, audio, video, object, embed, canvas';
  for (const e of tous(bannies)) fautes.push(`balise ${e.outerHTML.slice(0, 60)}`);
  return fautes;
}"""
"""What RGAA asks of the structure, and axe does not."""
SANS_NOM = re.compile(r"^\s*- (?:button|link|textbox|checkbox|radio|combobox|listbox|img|heading|article)(?: \[|:|$)")


@dataclass
class Releve:
    """What was seen of one screen."""

    axe: list[str] = field(default_factory=list)
    cachee: dict[str, int] = field(default_factory=dict)
    coupes: list[str] = field(default_factory=list)
    structure: list[str] = field(default_factory=list)
    arbre: str = ""
    titre: str = ""


@pytest.fixture(scope="module")
def releves(navigateur: Browser, adresse: str) -> dict[str, Releve]:
    """Each screen opened once, and looked at in one width and one scheme, each pair in its turn."""
    with opened(navigateur, bypass_csp=True, reduced_motion="reduce") as page:
        return {e.nom: _look(page, e, adresse, *PAIRES[rang % len(PAIRES)]) for rang, e in enumerate(ECRANS)}


def _look(page: Page, ecran: Ecran, adresse: str, largeur: int, theme: str) -> Releve:
    releve = Releve()
    page.set_viewport_size({"width": largeur, "height": HAUTEUR})
    page.emulate_media(**THEMES[theme])
    ecran.open(page, adresse)
    releve.axe = violations(page)
    releve.structure = page.evaluate(STRUCTURE)
    releve.arbre = page.locator("body").aria_snapshot()
    releve.titre = page.title()
    page.set_viewport_size({"width": 320, "height": HAUTEUR})
    releve.cachee["320 px"] = hidden_width(page)
    releve.coupes += page.evaluate(COUPES)
    page.add_style_tag(content=ESPACES)
    releve.cachee["espacement"] = hidden_width(page)
    releve.coupes += page.evaluate(COUPES)
    page.set_viewport_size({"width": 640, "height": HAUTEUR})
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    releve.cachee["texte à 200 %"] = hidden_width(page)
    releve.coupes += page.evaluate(COUPES)
    return releve


@pytest.mark.parametrize("nom", [e.nom for e in ECRANS])
def test_axe_finds_nothing(releves: dict[str, Releve], nom: str) -> None:
    assert releves[nom].axe == []


@pytest.mark.mesure
@pytest.mark.parametrize("ecran", TOUS, ids=lambda e: e.nom)
def test_axe_finds_nothing_at_any_width_in_any_scheme(navigateur: Browser, adresse: str, ecran: Ecran) -> None:
    with opened(navigateur, bypass_csp=True, reduced_motion="reduce") as page:
        releve = _look(page, ecran, adresse, *PAIRES[0])
        assert (releve.structure, releve.coupes, set(releve.cachee.values())) == ([], [], {0})
        ecran.open(page, adresse)
        trouvees = []
        for largeur, theme in PAIRES:
            page.set_viewport_size({"width": largeur, "height": HAUTEUR})
            page.emulate_media(**THEMES[theme])
            trouvees += [f"[{largeur} px, {theme}] {ligne}" for ligne in violations(page)]
        assert trouvees == []


def test_axe_would_find_something(navigateur: Browser) -> None:
    with opened(navigateur) as page:
        page.set_content('<title>Essai</title><p style="color:#aaa;background:#fff">pâle</p><button></button>')
        trouvees = " ".join(violations(page))
    assert all(regle in trouvees for regle in ("color-contrast", "button-name", "html-has-lang"))


@pytest.mark.parametrize("nom", [e.nom for e in ECRANS])
def test_nothing_is_cut_nor_scrolls_sideways(releves: dict[str, Releve], nom: str) -> None:
    """At 320 px, with the spacing of WCAG 1.4.12, then with text twice as large too."""
    assert releves[nom].cachee == dict.fromkeys(releves[nom].cachee, 0)
    assert releves[nom].coupes == []


@pytest.mark.parametrize("nom", [e.nom for e in ECRANS])
def test_the_structure_is_whole(releves: dict[str, Releve], nom: str) -> None:
    assert releves[nom].structure == []


@pytest.mark.parametrize("nom", [e.nom for e in ECRANS])
def test_everything_has_a_name_in_the_accessibility_tree(releves: dict[str, Releve], nom: str) -> None:
    arbre = releves[nom].arbre
    assert "- main:" in arbre
    assert "heading" in arbre
    assert [ligne for ligne in arbre.splitlines() if SANS_NOM.match(ligne)] == []


def test_every_title_tells_its_screen(releves: dict[str, Releve]) -> None:
    for nom, releve in releves.items():
        assert "Azimut" in releve.titre, nom
        assert len(releve.titre) > len("Azimut - x"), nom
        assert ("en erreur" in nom) <= bool(re.search("corriger|revoir", releve.titre)), nom
    titres = [releves[e.nom].titre for e in ECRANS if e in CHEMIN and " " not in e.nom]
    assert len(set(titres)) == len(titres), titres


def test_a_message_is_told_without_moving(releves: dict[str, Releve]) -> None:
    for nom, releve in releves.items():
        assert ("- alert" in releve.arbre) == nom.endswith("en erreur"), nom
    for nom in ("resultats et un métier écarté", "avis donné", "réponse", "réponse sans piste"):
        assert re.search(r"- status:\s+\S", releves[nom].arbre), nom

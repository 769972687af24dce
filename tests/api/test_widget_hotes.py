"""Hosts in a real browser: plain, Bootstrap, WordPress-like, under a strict policy, in a narrow column, no script."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Frame, Page, ViewportSize, expect
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api.acces.partenaires import create_partenaire
from api.app import create_app
from api.service import Service
from api.settings import Settings
from tests.api.chromium import MARQUES, hidden_width, opened
from tests.api.loopback import serve

pytestmark = MARQUES
HOTES = Path(__file__).with_name("hotes")
VENDOR = Path(__file__).with_name("vendor")
NARROW: ViewportSize = {"width": 360, "height": 740}
GARDES = """async () => {
  const memoires = [() => document.cookie.length, () => localStorage.length, () => sessionStorage.length];
  const lues = memoires.map(lire => { try { return lire(); } catch { return 0; } });  // refusée : rien n'y est
  const bases = await indexedDB.databases().catch(() => []);
  return lues.reduce((a, b) => a + b) + bases.length;
}"""
"""What a page keeps in the browser."""
HAUTEUR = "document.querySelector('azimut-orientation').shadowRoot.querySelector('iframe').style.height"


@dataclass
class Hotes:
    """Azimut, and pages that show it: from the origin of a partner, and from another."""

    azimut: str = ""
    port: int = 0

    @property
    def partenaire(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def inconnu(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def answer(self, request: Request) -> Response:
        """A host page, with the address of Azimut in it."""
        nom = request.path_params["nom"]
        fichier = HOTES / nom if (HOTES / nom).is_file() else VENDOR / nom
        if not fichier.is_file():  # the icon that a browser always asks for
            return Response(status_code=204)
        texte = fichier.read_text(encoding="utf-8").replace("{azimut}", self.azimut)
        entetes = {}
        if nom == "stricte.html":
            entetes["Content-Security-Policy"] = (
                f"default-src 'none'; style-src 'self'; script-src {self.azimut}; frame-src {self.azimut}"
            )
        if nom == "sans-cadre.html":
            entetes["Content-Security-Policy"] = f"default-src 'none'; script-src {self.azimut}"
        return Response(texte, media_type="text/css" if nom.endswith(".css") else "text/html", headers=entetes)


@pytest.fixture(scope="module")
def hotes(socle: Service, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hotes]:
    hotes = Hotes()
    app = create_app(Settings(var=tmp_path_factory.mktemp("widget"), quota_adresse=0, quota_pages=0), socle)
    with ExitStack() as pile:
        adresse = pile.enter_context(serve(Starlette(routes=[Route("/{nom}", hotes.answer)])))
        hotes.port = int(adresse.rpartition(":")[2])
        create_partenaire(app.state.guichet.base, "hote", "Hôte", origines=[hotes.partenaire])
        hotes.azimut = pile.enter_context(serve(app))
        yield hotes


def frames(page: Page, nombre: int = 1) -> list[Frame]:
    """The paths shown in a page, once each said that it is ready."""
    page.wait_for_function(
        "n => [...document.querySelectorAll('azimut-orientation')].filter(e => e.dataset.essai).length >= n", arg=nombre
    )
    return [frame for frame in page.frames if "/orientation" in frame.url]


PRET = """addEventListener('message', e => {
  if (e.data.type !== 'azimut:pret') return;
  for (const x of document.querySelectorAll('azimut-orientation'))
    if (x.shadowRoot && x.shadowRoot.querySelector('iframe').contentWindow === e.source) x.dataset.essai = 'pret';
});
for (const nom of ['azimut:resultat', 'azimut:conseiller'])
  document.addEventListener(nom, e => (window.recus ||= []).push([nom, e.detail]));
"""
"""What a test page listens to."""


def visit(page: Page, adresse: str, nombre: int = 1) -> list[Frame]:
    page.add_init_script(PRET)
    page.goto(adresse)
    for element in page.locator("azimut-orientation").all():
        element.scroll_into_view_if_needed()
    return frames(page, nombre)


@pytest.mark.parametrize(
    ("hote", "nombre", "largeur"),
    [("simple", 1, 320), ("bootstrap", 1, 360), ("wordpress", 2, 360), ("stricte", 1, 1280), ("colonne", 1, 768)],
)
def test_the_path_opens_on_every_host(navigateur: Browser, hotes: Hotes, hote: str, nombre: int, largeur: int) -> None:
    with opened(navigateur, viewport={"width": largeur, "height": 740}) as page:
        demandes: list[str] = []
        plaintes: list[str] = []
        page.on("request", lambda requete: demandes.append(requete.url))
        page.on("console", lambda message: plaintes.append(message.text))
        cadres = visit(page, f"{hotes.partenaire}/{hote}.html", nombre)
        assert len(cadres) == nombre
        for cadre in cadres:
            expect(cadre.locator("#titre")).to_be_visible()
            assert hidden_width(cadre) == 0
            assert (
                cadre.evaluate("getComputedStyle(document.querySelector('button[type=submit]')).textTransform")
                == "none"
            )
            assert cadre.evaluate(GARDES) == 0
        assert hidden_width(page) == 0
        element = page.locator("azimut-orientation").first
        assert element.evaluate("e => e.shadowRoot.querySelector('slot').hidden")
        assert element.evaluate("e => e.shadowRoot.querySelector('iframe').title").startswith("Azimut")
        connus = (hotes.azimut, hotes.partenaire)
        assert [url for url in demandes if not url.startswith(connus)] == []
        assert page.context.cookies() == []
        assert page.evaluate(GARDES) == 0
        attendues = 2 if hote == "colonne" else 0  # two of its colours are too pale, and it is told so
        assert len(plaintes) == attendues, plaintes


def test_the_frame_is_as_high_as_its_screen(navigateur: Browser, hotes: Hotes) -> None:
    with opened(navigateur, viewport=NARROW) as page:
        [cadre] = visit(page, f"{hotes.partenaire}/bootstrap.html")
        page.wait_for_function(f"() => {HAUTEUR} != '640px'")
        mesure = "[innerHeight, document.documentElement.scrollHeight]"
        page.wait_for_timeout(100)
        hauteur, contenu = cadre.evaluate(mesure)
        assert contenu <= hauteur <= contenu + 2
        assert cadre.evaluate("document.body.lastElementChild.getBoundingClientRect().bottom") >= hauteur - 80
        for cadre in visit(page, f"{hotes.partenaire}/wordpress.html", 2)[1:]:
            assert cadre.evaluate("innerHeight") == 500


def test_each_screen_is_read_from_its_beginning(navigateur: Browser, hotes: Hotes) -> None:
    with opened(navigateur, viewport={"width": 360, "height": 400}) as page:
        [cadre] = visit(page, f"{hotes.partenaire}/simple.html")
        cadre.get_by_role("button", name="Parler à un conseiller").click()
        expect(cadre.get_by_role("heading", level=1, name="Parler à un conseiller")).to_be_visible()
        page.wait_for_function("scrollY > 0")
        cadre.get_by_role("button", name="Reprendre mon chemin").click()
        expect(cadre.locator("#titre")).to_be_in_viewport()


def test_the_host_is_told_without_anything_of_the_person(navigateur: Browser, hotes: Hotes) -> None:
    with opened(navigateur, viewport=NARROW) as page:
        [cadre] = visit(page, f"{hotes.partenaire}/bootstrap.html")
        bruts: list[Any] = []
        page.expose_function("noter", lambda recu: bruts.append(recu))  # noqa: PLW0108 (Playwright marks what it is given)
        page.evaluate("addEventListener('message', e => noter([e.origin, e.data]))")
        cadre.get_by_role("button", name="Ce que je sais faire").click()
        cadre.get_by_role("textbox").fill("coudre à la machine")
        cadre.get_by_role("button", name="Continuer").click()
        cadre.get_by_role("button", name="pistes").first.click()
        expect(cadre.locator("article.carte").first).to_be_visible()
        page.wait_for_function("window.recus && window.recus.length")
        [[nom, detail]] = page.evaluate("recus")
        assert nom == "azimut:resultat"
        assert detail == {"nombre": cadre.locator("article.carte").count()}
        cadre.get_by_role("button", name="Parler à un conseiller").click()
        page.wait_for_function("recus.length > 1")
        assert page.evaluate("recus[1]") == ["azimut:conseiller", {}]
        assert {origine for origine, _ in bruts} == {hotes.azimut}
        assert {cle for _, donnees in bruts for cle in donnees} == {"type", "hauteur", "nombre"}
        assert "coudre" not in str(bruts) + cadre.url


def test_the_colours_of_the_host_are_followed_when_they_can_be_read(navigateur: Browser, hotes: Hotes) -> None:
    fond = "getComputedStyle(document.body).backgroundColor"
    accent = "getComputedStyle(document.documentElement).getPropertyValue('--azimut-accent')"
    with opened(navigateur, viewport=NARROW) as page:
        [cadre] = visit(page, f"{hotes.partenaire}/stricte.html")
        assert cadre.evaluate(accent) == "#0b5394"
        assert cadre.evaluate(fond) == "rgb(255, 255, 255)"
        cadre.get_by_role("button", name="Je ne sais pas encore").click()
        expect(cadre.get_by_role("button", name="Ce que j'aime")).to_be_visible()
        assert cadre.evaluate(accent) == "#0b5394", "le thème suit d'écran en écran"
        cadre = visit(page, f"{hotes.partenaire}/wordpress.html", 2)[0]
        assert cadre.evaluate(accent) == "#663399"
        assert cadre.evaluate("getComputedStyle(document.body).fontFamily").startswith('"Times New Roman"')
        [cadre] = visit(page, f"{hotes.partenaire}/colonne.html")
        assert cadre.evaluate(accent) != "#ffff00"
        assert cadre.evaluate("innerWidth") == 320


def test_a_page_that_may_not_frame_shows_its_link(navigateur: Browser, hotes: Hotes) -> None:
    with opened(navigateur, viewport=NARROW) as page:
        page.goto(f"{hotes.inconnu}/bootstrap.html")
        lien = page.get_by_role("link", name="Trouver mon métier")
        expect(lien).to_be_visible(timeout=10_000)
        expect(page.locator("azimut-orientation iframe")).to_be_hidden()
        lien.click()
        expect(page.locator("#titre")).to_be_visible()
        assert page.url.startswith(f"{hotes.azimut}/orientation")


def test_a_policy_that_forbids_frames_leaves_the_link(navigateur: Browser, hotes: Hotes) -> None:
    with opened(navigateur, viewport=NARROW) as page:
        page.goto(f"{hotes.partenaire}/sans-cadre.html")
        expect(page.get_by_role("link", name="Explorer des métiers")).to_be_visible(timeout=10_000)


def test_nobody_else_speaks_for_the_path(navigateur: Browser, hotes: Hotes) -> None:
    with opened(navigateur, viewport=NARROW) as page:
        visit(page, f"{hotes.partenaire}/simple.html")
        avant = page.evaluate(HAUTEUR)
        page.evaluate("postMessage({type: 'azimut:hauteur', hauteur: 9000}, '*')")
        page.evaluate("postMessage({type: 'azimut:resultat', nombre: 9}, '*')")
        page.wait_for_timeout(100)
        assert page.evaluate(HAUTEUR) == avant
        assert page.evaluate("window.recus") is None


def test_an_iframe_and_a_link_lead_to_the_same_pages(navigateur: Browser, hotes: Hotes) -> None:
    with opened(navigateur, viewport=NARROW, java_script_enabled=False) as page:
        page.goto(f"{hotes.partenaire}/liens.html")
        [cadre] = [f for f in page.frames if "/orientation" in f.url]
        encadre = cadre.locator("#titre").inner_text()
        cadre.get_by_role("button", name="Je ne sais pas encore").click()
        expect(cadre.get_by_role("button", name="Ce que j'aime")).to_be_visible()
        expect(page.get_by_role("link", name="Le lien de l'élément")).to_be_visible()
        page.get_by_role("link", name="Explorer des métiers").press("Enter")
        assert page.locator("#titre").inner_text() == encadre


def test_an_iframe_alone_is_told_as_much(navigateur: Browser, hotes: Hotes) -> None:
    with opened(navigateur, viewport=NARROW) as page:
        page.goto(f"{hotes.partenaire}/liens.html", wait_until="load")
        saluer = (
            "origine => document.querySelector('iframe').contentWindow.postMessage({type: 'azimut:bonjour'}, origine)"
        )
        page.evaluate("addEventListener('message', e => (window.lus ||= []).push(`${e.origin} ${e.data.type}`))")
        page.evaluate(saluer, hotes.azimut)
        page.wait_for_function("window.lus?.length >= 2")
        assert set(page.evaluate("lus")) == {f"{hotes.azimut} azimut:pret", f"{hotes.azimut} azimut:hauteur"}


def test_attributes_may_change_and_the_element_may_move(navigateur: Browser, hotes: Hotes) -> None:
    with opened(navigateur, viewport=NARROW) as page:
        visit(page, f"{hotes.partenaire}/simple.html")
        element = page.locator("azimut-orientation")
        element.evaluate("e => e.setAttribute('langue', 'facile')")
        expect(page.frame_locator("azimut-orientation iframe").get_by_text("Où habitez-vous ?")).to_be_visible()
        element.evaluate("e => { e.remove(); document.body.prepend(e); e.setAttribute('hauteur', '400'); }")
        expect(page.frame_locator("azimut-orientation iframe").get_by_text("Où habitez-vous ?")).to_be_visible()
        assert page.evaluate(HAUTEUR) == "400px"

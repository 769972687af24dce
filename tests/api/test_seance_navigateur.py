"""A whole session in a real Chromium, on a tablet and on a desk; what survives a restart; axe on every screen."""

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from fastapi import FastAPI
from playwright.sync_api import Browser, Page, expect

from api.acces.controle import TEMOIN
from api.app import create_app
from api.service import Service
from api.settings import Settings
from tests.api.axe import violations, violations_by_theme
from tests.api.chromium import MARQUES, hidden_width, opened
from tests.api.loopback import serve
from tests.api.seances import RECITS, Table, open_table

pytestmark = MARQUES
TOUTES = (360, 768, 1280)
ATTENTE = 15_000


@pytest.fixture(scope="module")
def application(socle: Service, tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    reglages = Settings(
        var=tmp_path_factory.mktemp("var"), quota_adresse=0, quota_pages=0, quota_connexion=0, temoin_https=False
    )
    return create_app(reglages, socle)


@pytest.fixture(scope="module")
def lieu(application: FastAPI) -> Iterator[str]:
    with serve(application) as adresse:
        yield adresse


@pytest.fixture(scope="module")
def pleine(application: FastAPI) -> Table:
    """A session where every part of every screen has something to show."""
    table = open_table(application, "pleine")
    table.tell()
    for n, dite in enumerate(table.seance.competences[:6]):
        table.do("competence", code=str(dite.code), etat="refusee" if n == 5 else "confirmee")
    table.do("lieu", commune="Nantes", rayon="20")
    table.do("gout", item="R01", valeur="oui")
    table.do("souhait", souhait="travailler dehors")
    table.do("condition", texte="travail de nuit", mode="eviter")
    table.do("contrainte", texte="pas de permis")
    table.do("diplome", texte="CAP cuisine", niveau="3")
    premiers = table.seance.premiers
    table.do("epingler", code_rome=premiers[0])
    table.do("epingler", code_rome=premiers[2])
    table.do("ecarter", code_rome=premiers[1], motif="horaires")
    table.do("poids", **{"poids-souhait": "3"})
    ajoute = next(c for c in application.state.service.catalogue.metiers if c not in premiers)
    table.do("metier-ajouter", code_rome=ajoute, par="personne")
    table.do("parcours", code_rome=premiers[0])
    table.do("convenu", texte="Se revoir dans un mois")
    table.do("etape", texte="Appeler le CFA", pour_le="2026-12-01")
    table.do("avis", trouve="oui")
    return table


@contextmanager
def seated(navigateur: Browser, table: Table, lieu: str, **options: object) -> Iterator[Page]:
    """A browser signed in as the conseiller of a dossier."""
    with opened(navigateur, **options) as page:
        page.context.add_cookies([{"name": TEMOIN, "value": table.navigateur.jeton, "url": f"{lieu}/conseiller"}])
        yield page


def tell(page: Page, nature: str, titre: str, annees: str, recit: str) -> None:
    ajout = page.locator("#ajout-experience")
    if ajout.get_attribute("open") is None:
        ajout.locator("summary").click()
    page.select_option("#x-nature", nature)
    page.fill("#x-titre", titre)
    page.fill("#x-annees", annees)
    page.fill("#x-recit", recit)
    nombre = page.locator(".experience").count()
    ajout.get_by_role("button", name="Ajouter").click()
    expect(page.locator(".experience")).to_have_count(nombre + 1)


def begin(page: Page, lieu: str) -> None:
    """Open a dossier from the home page."""
    page.goto(f"{lieu}/conseiller")
    page.fill("#pseudonyme", "Bleuet 7")
    page.check("[name=accord]")
    page.get_by_role("button", name="Ouvrir le dossier").click()
    page.wait_for_url("**/conseiller/dossiers/*")


@pytest.mark.parametrize(("largeur", "script"), [(768, True), (1280, True), (768, False)])
def test_a_whole_session(
    navigateur: Browser, application: FastAPI, lieu: str, tmp_path: Path, largeur: int, *, script: bool
) -> None:
    """Open, three experiences, twenty métiers, a way, the document, the end."""
    table = open_table(application, f"seance-{largeur}-{script}")
    with seated(
        navigateur, table, lieu, java_script_enabled=script, viewport={"width": largeur, "height": 1000}
    ) as page:
        erreurs: list[str] = []
        page.on("pageerror", lambda erreur: erreurs.append(str(erreur)))
        begin(page, lieu)
        for recit in RECITS:
            tell(page, *recit)
        page.locator("[id^=oui-]:visible").first.click()
        expect(page.locator(".confirmees > li")).to_have_count(1)
        refusee = page.locator("[id^=non-]:visible").first
        nom = refusee.get_attribute("id")
        refusee.click()
        expect(page.locator(f"#{nom}")).to_have_count(0)
        page.get_by_role("link", name="Métiers", exact=True).click()
        expect(page.locator(".pleines > .piste")).to_have_count(20)
        expect(page.locator(".point")).to_have_count(20)
        premier = page.locator(".pleines > .piste").first
        code = (premier.get_attribute("id") or "").removeprefix("m-")
        page.locator(f"#e-{code}").click()
        expect(page.locator(f"#e-{code}")).to_have_text(re.compile("Épinglé"))
        second = (page.locator(".pleines > .piste").nth(1).get_attribute("id") or "").removeprefix("m-")
        page.locator(f"#d-{second} summary").click()
        page.select_option(f"#mo-{second}", "sante")
        page.locator(f"#d-{second}").get_by_role("button", name="Écarter ce métier").click()
        expect(page.locator(f"#m-{second}")).to_have_count(0)
        page.locator(f"#m-{code} h3 a").click()
        page.get_by_role("link", name="Comment y arriver").click()
        page.locator("#viser").click()
        expect(page.get_by_text("C'est le parcours choisi")).to_be_visible()
        page.get_by_role("link", name="Conclure").click()
        page.fill("#x-convenu", "Se revoir dans un mois")
        page.locator("section", has=page.locator("#t-convenu")).get_by_role("button", name="Ajouter").click()
        expect(page.locator("section", has=page.locator("#t-convenu")).get_by_role("listitem")).to_have_count(1)
        with page.expect_download() as telechargement:
            page.get_by_role("link", name="Synthèse en PDF").click()
        chemin = tmp_path / "synthese.pdf"
        telechargement.value.save_as(chemin)
        assert chemin.read_bytes().startswith(b"%PDF")
        page.get_by_role("button", name="Terminer la séance").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("La séance est terminée")
        assert not erreurs


@pytest.mark.parametrize(
    "ecran",
    [
        "",
        "metiers",
        "metiers/{code}",
        "comparer",
        "changements",
        "parcours/{code}",
        "conclure",
        "historique",
        "notes",
        "dossier",
    ],
)
def test_axe_finds_nothing(navigateur: Browser, pleine: Table, lieu: str, ecran: str) -> None:
    with seated(navigateur, pleine, lieu, bypass_csp=True, viewport={"width": 1280, "height": 1000}) as page:
        page.goto(f"{lieu}{pleine.adresse}/{ecran.format(code=pleine.seance.premiers[0])}".rstrip("/"))
        page.evaluate("for (const d of document.querySelectorAll('main details:not(.menu)')) d.open = true")
        fautes = violations_by_theme(page)
        for largeur in TOUTES:
            page.set_viewport_size({"width": largeur, "height": 900})
            fautes += [f"[{largeur}] {faute}" for faute in violations(page)]
            assert hidden_width(page) == 0, largeur
        assert not fautes


def test_axe_finds_nothing_around_a_session(navigateur: Browser, application: FastAPI, lieu: str) -> None:
    """Home, home with a fault, a form refused, a conflict, the end with its proof."""
    table = open_table(application, "autour", trace=False)
    with seated(navigateur, table, lieu, bypass_csp=True, viewport={"width": 768, "height": 1000}) as page:
        for geste in ("accueil", "accueil refusé", "refus", "conflit", "fin"):
            if geste == "accueil":
                page.goto(f"{lieu}/conseiller")
            elif geste == "accueil refusé":
                page.get_by_role("button", name="Ouvrir le dossier").click()
            elif geste == "refus":
                page.goto(f"{lieu}{table.adresse}")
                page.get_by_role("button", name="Ajouter").first.click()
                expect(page.get_by_role("alert")).to_be_focused()
            elif geste == "conflit":
                page.goto(f"{lieu}{table.adresse}/conclure")
                table.do("convenu", texte="entre-temps")
                page.fill("#x-convenu", "en retard")
                page.locator("section", has=page.locator("#t-convenu")).get_by_role("button", name="Ajouter").click()
                expect(page.get_by_role("heading", level=1)).to_contain_text("Le dossier a changé")
            else:
                page.goto(f"{lieu}{table.adresse}/conclure")
                page.get_by_role("button", name="Tout effacer et terminer").click()
                expect(page.get_by_role("heading", level=1)).to_have_text("Tout est effacé")
            for largeur in TOUTES:
                page.set_viewport_size({"width": largeur, "height": 900})
                assert not violations(page), (geste, largeur)
                assert hidden_width(page) == 0, (geste, largeur)


def test_what_is_not_sent_survives_and_what_was_sent_does_not(
    navigateur: Browser, application: FastAPI, lieu: str
) -> None:
    table = open_table(application, "brouillon")
    with seated(navigateur, table, lieu) as page:
        page.goto(f"{lieu}{table.adresse}")
        page.fill("#x-titre", "serveuse")
        page.fill("#x-recit", "Je servais en salle")
        page.reload()
        expect(page.locator("#x-recit")).to_have_value("Je servais en salle")
        page.locator("#ajout-experience").get_by_role("button", name="Ajouter").click()
        expect(page.locator(".experience")).to_have_count(1)
        page.reload()
        expect(page.locator("#x-titre")).to_have_value("")
        assert page.evaluate("sessionStorage.length") == 0


def test_a_shared_device_holds_no_draft(navigateur: Browser, application: FastAPI, lieu: str) -> None:
    table = open_table(application, "partage")
    with seated(navigateur, table, lieu) as page:
        page.goto(f"{lieu}/conseiller")
        page.get_by_role("button", name="D'autres utilisent ce poste").click()
        page.goto(f"{lieu}{table.adresse}")
        page.fill("#x-titre", "serveuse")
        assert page.evaluate("sessionStorage.length") == 0
        page.reload()
        expect(page.locator("#x-titre")).to_have_value("")


def test_a_restart_of_the_service_loses_nothing(navigateur: Browser, socle: Service, tmp_path: Path) -> None:
    """The service stops while someone writes: their form waits, says so, and leaves by itself when it is back."""
    reglages = Settings(var=tmp_path, quota_adresse=0, quota_pages=0, quota_connexion=0, temoin_https=False)
    premiere = create_app(reglages, socle)
    table = open_table(premiere)
    with ExitStack() as pile:
        service = pile.enter_context(ExitStack())
        adresse = service.enter_context(serve(premiere))
        page = pile.enter_context(seated(navigateur, table, adresse))
        page.goto(f"{adresse}{table.adresse}")
        page.fill("#x-titre", "serveuse")
        page.fill("#x-recit", "Je servais en salle")
        service.close()
        page.locator("#ajout-experience").get_by_role("button", name="Ajouter").click()
        expect(page.locator(".etat-reseau")).to_contain_text("est gardé ici")
        expect(page.locator("#x-recit")).to_have_value("Je servais en salle")
        pile.enter_context(serve(create_app(reglages, socle), int(adresse.rsplit(":", 1)[1])))
        expect(page.locator(".experience")).to_have_count(1, timeout=ATTENTE)
        expect(page.locator(".etat-reseau")).to_have_text("")
    assert [e.titre for e in table.seance.experiences] == ["serveuse"]


def test_quick_answers_are_all_written(navigateur: Browser, application: FastAPI, lieu: str) -> None:
    """Two people answer faster than the service: each answer waits for its turn."""
    table = open_table(application, "vite")
    table.tell(1)
    with seated(navigateur, table, lieu) as page:
        page.goto(f"{lieu}{table.adresse}")
        noms = page.eval_on_selector_all("[id^=oui-]", "boutons => boutons.slice(0, 4).map(b => b.id)")
        page.evaluate("noms => noms.forEach(nom => document.getElementById(nom).click())", noms)
        expect(page.locator(".confirmees > li")).to_have_count(len(noms))
    assert {c.code for c in table.seance.confirmees} == {int(nom.removeprefix("oui-")) for nom in noms}


def test_a_shared_device_left_alone_closes(navigateur: Browser, application: FastAPI, lieu: str) -> None:
    table = open_table(application, "seule")
    with seated(navigateur, table, lieu) as page:
        page.clock.install()
        page.goto(f"{lieu}/conseiller")
        page.get_by_role("button", name="D'autres utilisent ce poste").click()
        page.goto(f"{lieu}{table.adresse}")
        page.clock.fast_forward(14 * 60_000)
        expect(page.locator(".etat-reseau")).to_contain_text("dans une minute")
        page.clock.fast_forward(60_000)
        page.wait_for_url("**/conseiller/connexion*")
        page.goto(f"{lieu}{table.adresse}")
        expect(page).to_have_url(re.compile("/conseiller/connexion"))


def test_at_the_keyboard_answers_follow_one_another_and_each_is_seen(
    navigateur: Browser, application: FastAPI, lieu: str
) -> None:
    """A « oui » leads to the next question, not past the ones that wait; what was written shows for a moment."""
    table = open_table(application, "clavier-suite")
    table.tell()
    with seated(navigateur, table, lieu) as page:
        page.goto(f"{lieu}{table.adresse}")
        attendus = page.locator("[id^=oui-]:visible").evaluate_all("tous => tous.map(b => b.id)")
        page.locator(f"#{attendus[0]}").focus()
        page.keyboard.press("Enter")
        expect(page.locator(f"#{attendus[0]}")).to_have_count(0)
        expect(page.locator(f"#{attendus[1]}")).to_be_focused()
        expect(page.locator(".annonce")).to_have_text("Réponse sur une compétence notée.")
        boite = page.locator(".annonce").bounding_box()
        assert boite is not None
        assert boite["width"] > 100

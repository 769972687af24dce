"""The path in a real browser: keyboard alone behind each door, no script, narrow screens, a failing network."""

import json
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.api.chromium import MARQUES
from tests.api.ecrans import DIT, ENVOIE
from tests.api.test_navigateur import largeur_cachee, ouvrir

pytestmark = MARQUES

ECRANS_MAX = 6
HAUTEUR = 740
CARTE_MAX = 1.5 * HAUTEUR
"""Pixels of a card before anything is unfolded, on a small phone."""
TABULATIONS_MAX = 80
ESPACEMENT = """() => {
  const feuille = new CSSStyleSheet();
  feuille.replaceSync(`* { line-height: 1.5 !important; letter-spacing: .12em !important;
                           word-spacing: .16em !important }`);
  document.adoptedStyleSheets = [feuille];
}"""
"""The spacing of WCAG 1.4.12."""
VOIX = """
  const voix = {
    speaking: false,
    speak(parole) { self.dit = parole.text; voix.speaking = true },
    cancel() { voix.speaking = false },
  };
  Object.defineProperty(self, "speechSynthesis", { value: voix });
"""
"""A voice that keeps what it is given to say: none is installed where tests run."""


class Clavier:
    """Someone who has a keyboard and nothing else; counts the screens they see."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.ecrans = 0

    def reach(self, selecteur: str) -> None:
        """Tab until the element is focused, and is seen to be."""
        for _ in range(TABULATIONS_MAX):
            self.page.keyboard.press("Tab")
            if self.page.evaluate("s => document.activeElement.matches(s)", selecteur):
                assert self.page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
                return
        pytest.fail(f"« {selecteur} » hors d'atteinte au clavier")

    def press(self, selecteur: str) -> None:
        """Go on by the button."""
        self.reach(selecteur)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")
        self.ecrans += 1
        expect(self.page.locator("h1")).to_have_count(1)

    def write(self, champ: str, texte: str) -> None:
        """Type, then Enter."""
        self.reach(champ)
        self.page.keyboard.type(texte)
        self.page.keyboard.press("Escape")
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")
        self.ecrans += 1


@pytest.fixture
def clavier(navigateur: Browser, adresse_socle: str) -> Iterator[Clavier]:
    page = ouvrir(navigateur, adresse_socle, viewport={"width": 360, "height": 760})
    demandes: list[str] = []
    console: list[str] = []
    page.on("request", lambda requete: demandes.append(requete.url))
    page.on("console", lambda message: console.append(message.text))
    page.goto("/orientation")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Aller à la question")
    personne = Clavier(page)
    personne.write("#lieu", "44000")
    personne.ecrans = 1  # the doors
    yield personne
    assert all(url.startswith(adresse_socle) for url in demandes), "aucune requête tierce"
    assert page.context.cookies() == []
    assert console == []
    page.context.close()


def arrive(clavier: Clavier, cartes: int = 5) -> None:
    expect(clavier.page.get_by_role("heading", level=1)).to_have_text("Des métiers à explorer")
    expect(clavier.page.locator("article.carte")).to_have_count(cartes)
    assert clavier.ecrans <= ECRANS_MAX
    assert largeur_cachee(clavier.page) == 0
    assert re.fullmatch(r"/orientation/\w+(#\w+)?", clavier.page.url.split("/", 3)[3].join(["/", ""]))


def test_door_metier(clavier: Clavier) -> None:
    clavier.press("[value=metier]")
    clavier.write("#metier", "boulangère")
    clavier.press("[name=vecu][value=envie]")
    arrive(clavier)


def test_door_secteur(clavier: Clavier) -> None:
    clavier.press("[value=secteur]")
    clavier.press("[name=secteur][value='102']")
    clavier.press("[name=lettre][value=S]")
    arrive(clavier)


def test_door_formation(clavier: Clavier) -> None:
    clavier.press("[value=formation]")
    clavier.write("#diplome", "cuisine")
    clavier.press("[name=numero]")
    arrive(clavier)


def test_door_competences(clavier: Clavier) -> None:
    clavier.press("[value=competences]")
    clavier.reach("#savoir")
    clavier.page.keyboard.type("je tiens la caisse et je fais du pain")
    clavier.press("main form .actions button")
    clavier.press("[name=suite][value=pistes]")
    arrive(clavier)


def test_door_competences_in_pictures(clavier: Clavier) -> None:
    clavier.press("[value=competences]")
    clavier.press("[name=images]")
    clavier.press("[value=cuisine]")
    clavier.reach("[name=g-0]")
    clavier.page.keyboard.press("Space")
    clavier.press("[name=suite][value=pistes]")
    arrive(clavier)


def test_door_interets(clavier: Clavier) -> None:
    clavier.press("[name=inconnu]")
    for valeur in ("oui", "non", "oui", "bof"):
        clavier.press(f"[name=valeur][value={valeur}]")
    clavier.press("[name=pistes]")
    clavier.ecrans -= 1  # « je ne sais pas » and the door are one and the same screen
    arrive(clavier)


def test_what_follows_the_list_at_the_keyboard(clavier: Clavier) -> None:
    clavier.press("[value=metier]")
    clavier.write("#metier", "boulangère")
    clavier.press("[name=vecu][value=fait]")
    arrive(clavier)
    clavier.press("[name=garder]")
    expect(clavier.page.get_by_role("status").first).to_contain_text("est gardé")
    clavier.press("[name=ecarter]")
    expect(clavier.page.get_by_role("status").first).to_contain_text("est écarté")
    clavier.press("[formaction*=fiche]")
    clavier.press(".retour")
    clavier.press("[formaction*=oppose]")
    clavier.press(".retour")
    clavier.press("[formaction*=emporter]")
    clavier.press("[action*=avis] button")
    clavier.reach("[name=trouve]")
    clavier.page.keyboard.press("Space")
    clavier.press("[name=envoi]")
    expect(clavier.page.get_by_role("status").first).to_contain_text("comptée")
    clavier.press(".aide-humaine")
    expect(clavier.page.get_by_role("heading", level=1)).to_have_text("Parler à un conseiller")
    clavier.press(".retour")


def test_the_whole_path_works_without_scripts(navigateur: Browser, adresse_socle: str) -> None:
    page = ouvrir(navigateur, adresse_socle, java_script_enabled=False, viewport={"width": 320, "height": 700})
    page.goto("/orientation?langue=facile")
    page.get_by_role("button", name="Je ne sais pas encore").click()
    page.get_by_role("button", name="Ce que je sais faire").click()
    page.get_by_role("button", name="Choisir dans des images").click()
    page.get_by_role("button", name="Cuisiner et nettoyer").click()
    page.get_by_label("Cuisiner des plats").check()
    page.get_by_role("button", name="Voir mes pistes").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Des idées de métiers")
    page.get_by_role("button", name="Français courant").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Des métiers à explorer")
    page.get_by_role("button", name=re.compile("^Pas pour moi")).first.click()
    expect(page.get_by_role("status").first).to_contain_text("La liste a changé")
    page.get_by_role("button", name="Repartir avec mes pistes").click()
    with page.expect_download() as fichier:
        page.get_by_role("button", name="Enregistrer mon fichier").click()
    with page.expect_download() as pdf:
        page.get_by_role("button", name="Enregistrer en PDF").click()
    assert pdf.value.suggested_filename == "azimut-mes-pistes.pdf"
    assert pdf.value.path().read_bytes().startswith(b"%PDF-1.7")
    assert page.url.endswith("/orientation/emporter"), "la page reste là"
    chemin = fichier.value.path()
    assert json.loads(chemin.read_text(encoding="utf-8"))["azimut"] == "orientation"
    page.goto("/orientation")
    page.get_by_role("button", name="J'ai déjà un fichier").click()
    page.get_by_label("Votre fichier").set_input_files(chemin)
    page.get_by_role("button", name="Reprendre", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Des métiers à explorer")
    page.context.close()


def test_a_card_says_all_at_a_glance_on_a_phone(navigateur: Browser, adresse_socle: str) -> None:
    """Nothing unfolded: each question has its sentence in sight, in a screen and a half."""
    page = ouvrir(navigateur, adresse_socle, viewport={"width": 360, "height": HAUTEUR})
    page.goto("/orientation")
    champs = {"etat": DIT.pack()}
    with page.expect_navigation():
        page.evaluate(ENVOIE, ["/orientation/resultats", champs])
    cartes = page.locator("article.carte")
    assert cartes.count() == 5
    for carte in cartes.all():
        boite = carte.bounding_box()
        assert boite
        assert boite["height"] <= CARTE_MAX
        for mots in ("Vous avez déjà", "À apprendre", "Comment y arriver", "Le marché du travail", "Femmes et hommes"):
            reponse = carte.locator(".faits > div", has=page.locator("dt", has_text=mots)).locator("dd")
            expect(reponse).to_be_visible()
            assert reponse.inner_text().strip()
        expect(carte.locator(".quoi")).to_be_visible()
        expect(carte.locator(".raison")).to_be_visible()
    page.context.close()


def test_the_browser_goes_back_without_asking(navigateur: Browser, adresse_socle: str) -> None:
    page = ouvrir(navigateur, adresse_socle)
    page.goto("/orientation")
    page.get_by_role("button", name="Je ne sais pas encore").click()
    page.get_by_role("button", name="Un secteur").click()
    page.get_by_role("button", name="Santé", exact=True).click()
    for titre in ("Quel secteur vous attire ?", "Par où voulez-vous commencer ?", "Où cherchez-vous ?"):
        page.evaluate("setTimeout(() => history.back(), 20)")  # bfcache would lose a call that waits
        expect(page.get_by_role("heading", level=1)).to_have_text(titre)
    page.context.close()


def test_names_are_completed_by_arrows(navigateur: Browser, adresse_socle: str) -> None:
    page = ouvrir(navigateur, adresse_socle)
    page.goto("/orientation")
    champ = page.get_by_role("combobox", name="Commune ou code postal")
    champ.press_sequentially("nant")
    expect(page.get_by_role("option").first).to_be_visible()
    champ.press("ArrowDown")
    choisi = page.get_by_role("option", selected=True).text_content()
    champ.press("Enter")
    expect(champ).to_have_value(choisi or "")
    expect(champ).to_have_attribute("aria-expanded", "false")
    page.context.close()


def test_half_a_minute_offline_loses_no_answer(navigateur: Browser, adresse_socle: str) -> None:
    page = ouvrir(navigateur, adresse_socle)
    page.goto("/orientation?territoire=Nantes&entree=interets")
    question = page.locator("h1").text_content()
    page.context.set_offline(True)
    page.get_by_role("button", name="Bof").click()
    expect(page.get_by_role("status")).to_contain_text("Votre réponse est gardée")
    with page.expect_navigation():
        page.context.set_offline(False)
    assert page.locator("h1").text_content() != question
    expect(page.locator("h1")).to_be_visible()
    page.context.close()


def test_a_shared_screen_wipes_itself(navigateur: Browser, adresse_socle: str) -> None:
    page = ouvrir(navigateur, adresse_socle)
    page.clock.install()
    page.goto("/orientation?mode=borne&entree=metier")
    page.get_by_role("button", name="Je ne sais pas encore").click()
    page.get_by_role("combobox", name="Nom du métier").fill("boulangère")
    page.clock.run_for(71_000)
    expect(page.get_by_role("status")).to_have_text("Cet écran s'efface dans 20 secondes. Touchez-le pour continuer.")
    page.keyboard.press("Shift")
    expect(page.locator(".etat-reseau")).to_be_empty()
    page.clock.run_for(89_000)
    expect(page.get_by_role("heading", level=1)).to_have_text("Quel métier ?")
    with page.expect_navigation():
        page.clock.run_for(2_000)
    expect(page.get_by_role("heading", level=1)).to_have_text("Où cherchez-vous ?")
    assert page.url.endswith("/orientation?mode=borne&entree=metier")
    page.context.close()


@pytest.mark.parametrize("largeur", [320, 360, 768, 1280])
def test_no_screen_scrolls_sideways(navigateur: Browser, adresse_socle: str, largeur: int) -> None:
    page = ouvrir(navigateur, adresse_socle, viewport={"width": largeur, "height": 800})
    page.goto("/orientation?territoire=Nantes")
    assert largeur_cachee(page) == 0
    page.get_by_role("button", name="Un secteur").click()
    assert largeur_cachee(page) == 0
    page.get_by_role("button", name="Santé", exact=True).click()
    page.get_by_role("button", name="Je ne sais pas").click()
    for detail in page.locator("summary").all():
        detail.click()
    page.evaluate(ESPACEMENT)
    assert largeur_cachee(page) == 0
    page.evaluate("document.documentElement.dir = 'rtl'")
    assert largeur_cachee(page) == 0
    page.context.close()


def test_buttons_are_large_and_the_first_screen_is_light(navigateur: Browser, adresse_socle: str) -> None:
    page = ouvrir(navigateur, adresse_socle, viewport={"width": 360, "height": 760})
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    recus: list[float] = []
    session.on("Network.loadingFinished", lambda e: recus.append(e["encodedDataLength"]))
    page.goto("/orientation", wait_until="networkidle")
    assert 0 < sum(recus) <= 30_000
    page.get_by_role("button", name="Je ne sais pas encore").click()
    for bouton in page.locator("button, summary, .marque, .case").all():
        if bouton.is_visible():
            boite = bouton.bounding_box()
            assert boite
            assert boite["height"] >= 44, bouton.inner_text()
    page.context.close()


def test_a_screen_is_read_aloud_by_the_browser(navigateur: Browser, adresse_socle: str) -> None:
    page = ouvrir(navigateur, adresse_socle)
    page.add_init_script(VOIX)
    page.goto("/orientation")
    bouton = page.get_by_role("button", name="Écouter")
    bouton.click()
    expect(page.get_by_role("button", name="Arrêter la lecture")).to_be_visible()
    dit = page.evaluate("self.dit")
    assert "Où cherchez-vous" in dit
    assert dit.count("Je ne sais pas encore") == 1
    page.get_by_role("button", name="Arrêter la lecture").click()
    expect(bouton).to_be_visible()
    page.context.close()

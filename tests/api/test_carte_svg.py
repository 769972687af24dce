"""The card to be embedded: accessible, closed to the outside, never a figure without its source, nothing cut."""

import base64
import re
from dataclasses import replace
from hashlib import sha256
from typing import Any, Literal

import pytest
from defusedxml import ElementTree
from fastapi import FastAPI, Response
from fastapi.responses import HTMLResponse
from fastapi.testclient import TestClient
from playwright.sync_api import Browser

from api.lectures.carte_svg import LARGEUR, describe_card, draw_card
from api.service import Service
from referentiels.types import CodeRome, Indicateur
from tests.api.loopback import serve

SVG = "{http://www.w3.org/2000/svg}"
CARTE = "/api/v1/metiers/D1102/indicateurs.svg"


def figure(**champs: Any) -> Indicateur:
    blanc = Indicateur(
        indicateur="tension", libelle="Tension sur le marché du travail", valeur=4.0, statut="publie",
        unite="classe de 1 (faible) à 5 (forte)", population="marché", detail="", maille="bassin", territoire="1",
        millesime="2024", source="ft", producteur="France Travail", licence="Licence Ouverte", objet="D1102",
        libelle_objet="Boulanger", libelle_territoire="NANTES", nomenclature="rome_v3", herite=False, estime=False,
        demonstration=False,
    )  # fmt: skip
    return replace(blanc, **champs)


def style_of(carte: str) -> str:
    racine: Any = ElementTree.fromstring(carte)
    return str(racine.find(f"{SVG}style").text)


def read(carte: bytes) -> tuple[Any, list[str]]:
    racine = ElementTree.fromstring(carte)
    return racine, [texte.text or "" for texte in racine.iter(f"{SVG}text")]


def test_a_reader_is_told_all_that_is_shown(client_socle: TestClient) -> None:
    racine, textes = read(client_socle.get(CARTE, params={"commune": "Nantes"}).content)
    assert racine.get("role") == "img"
    titre, description = racine.find(f"{SVG}title"), racine.find(f"{SVG}desc")
    assert racine.get("aria-labelledby") == f"{titre.get('id')} {description.get('id')}"
    dit = re.sub(r"\s+", " ", f"{titre.text} {description.text}")
    for mot in {mot for texte in textes for mot in texte.split()}:
        assert mot in dit, mot


def test_every_figure_has_its_scale_year_source_and_licence() -> None:
    chiffres = [
        figure(),
        figure(indicateur="projets_recrutement", libelle="Projets de recrutement", valeur=1234.0, unite="projets",
               nomenclature="fap2021", libelle_objet="Boulangers, pâtissiers", estime=True),
        figure(indicateur="salaire_median", libelle="Salaire net mensuel médian", valeur=None, statut="secret"),
    ]  # fmt: skip
    dit = describe_card(chiffres, None).replace("\u00a0", " ").replace("\u202f", " ")
    origine = "bassin d'emploi « Nantes », 2024 ; France Travail, Licence Ouverte"
    assert f"Tension sur le marché du travail : forte ({origine})." in dit
    assert f"1 234 projets (pour « Boulangers, pâtissiers » ; {origine} ; rapprochement estimé)." in dit
    assert "Salaire net mensuel médian : secret statistique (" in dit
    assert "Part des femmes : non renseigné." in dit


def test_the_nearest_scales_come_first_and_the_others_are_counted() -> None:
    mailles = ("national", "departement", "bassin", "region")
    chiffres = [figure(maille=m, producteur=m, valeur=float(n + 1)) for n, m in enumerate(mailles)]
    dit = describe_card(chiffres, None)
    assert dit.index("bassin d'emploi") < dit.index("département :")
    assert "région" not in dit
    assert "2 autres chiffres dans la fiche." in dit


def test_an_exact_number_is_preferred_to_a_least_one() -> None:
    exact = figure(indicateur="projets_recrutement", libelle="Projets de recrutement", valeur=3.0, unite="projets")
    moins = replace(
        exact, indicateur="projets_recrutement_minimum", libelle="Projets de recrutement, au moins", valeur=2.0
    )
    assert "au moins" not in describe_card([moins, exact], None)
    assert "Projets de recrutement, au moins : 2 projets" in describe_card([moins], None)


def test_invented_figures_are_marked(client_socle: TestClient) -> None:
    racine, textes = read(client_socle.get(CARTE).content)
    assert (
        textes.count("donnée de démonstration") == racine.find(f"{SVG}desc").text.count("donnée de démonstration") > 0
    )


def test_hostile_words_stay_words(socle: Service) -> None:
    metier = replace(socle.catalogue.metier("D1102"), intitule='<script>alert("x")</script>\x00\x1b & Cie')
    carte = draw_card(metier, [figure(producteur="]]><b>", libelle_territoire="\x07<i>")], None)
    racine, textes = read(carte)
    assert not list(racine.iter(f"{SVG}script"))
    assert any("<script>" in texte for texte in textes)


def test_nothing_is_run_nor_fetched(client_socle: TestClient) -> None:
    reponse = client_socle.get(CARTE)
    texte = reponse.text
    assert not re.search(r"<script|<foreignObject|<image|<use|href|url\(|@import|\son\w+=|\sstyle=", texte)
    politique = reponse.headers["content-security-policy"]
    style = style_of(texte)
    empreinte = base64.b64encode(sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{empreinte}'" in politique
    assert "default-src 'none'" in politique
    assert "unsafe" not in politique
    assert "frame-ancestors *" in politique
    assert reponse.headers["content-type"] == "image/svg+xml"
    assert reponse.headers["x-content-type-options"] == "nosniff"
    assert reponse.headers["cross-origin-resource-policy"] == "cross-origin"
    assert client_socle.get(CARTE, headers={"If-None-Match": reponse.headers["etag"]}).status_code == 304


def luminance(couleur: str) -> float:
    court = couleur.removeprefix("#")
    paires = [c * 2 for c in court] if len(court) == 3 else [court[n : n + 2] for n in (0, 2, 4)]
    canaux = [int(p, 16) / 255 for p in paires]
    lineaires = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in canaux]
    return sum(poids * c for poids, c in zip((0.2126, 0.7152, 0.0722), lineaires, strict=True))


def test_every_text_contrasts_in_light_and_in_dark(client_socle: TestClient) -> None:
    style = style_of(client_socle.get(CARTE).text)
    clair, sombre = style.split("prefers-color-scheme:dark")
    for lot in (clair, sombre.split("forced-colors")[0]):
        teintes = dict(re.findall(r"--(\w+):(#[0-9a-f]{3,6})", lot))
        for nom in ("encre", "doux", "accent", "demo"):
            haut, bas = sorted((luminance(teintes[nom]), luminance(teintes["fond"])), reverse=True)
            assert (haut + 0.05) / (bas + 0.05) >= 4.5, nom


@pytest.mark.navigateur
@pytest.mark.enable_socket
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_cut_in_a_real_browser(
    navigateur: Browser, adresse_socle: str, socle: Service, scheme: Literal["light", "dark"]
) -> None:
    """Opened by its address, under its own policy: the style holds, and every line fits in the frame."""
    longs = sorted(socle.catalogue.metiers.values(), key=lambda metier: -len(metier.intitule))
    contexte = navigateur.new_context(
        base_url=adresse_socle, color_scheme=scheme, viewport={"width": 320, "height": 900}
    )
    page = contexte.new_page()
    console: list[str] = []
    page.on("console", lambda message: console.append(message.text))
    for code in (CodeRome("D1102"), *(metier.code_rome for metier in longs[:3])):
        page.goto(f"/api/v1/metiers/{code}/indicateurs.svg?commune=44109")
        largeurs = page.evaluate(
            "[...document.querySelectorAll('text')].map(t => { const b = t.getBBox(); return b.x + b.width })"
        )
        assert largeurs
        assert max(largeurs) <= LARGEUR - 8, code
        fond = page.evaluate("getComputedStyle(document.querySelector('rect')).fill")
        assert fond == {"light": "rgb(255, 255, 255)", "dark": "rgb(27, 34, 41)"}[scheme]
        debord = page.evaluate("document.documentElement.getBoundingClientRect().width <= innerWidth")
        assert debord
    assert console == []
    contexte.close()


@pytest.mark.navigateur
@pytest.mark.enable_socket
def test_a_portal_shows_it_as_an_image_or_in_a_frame(navigateur: Browser, adresse_socle: str) -> None:
    """From another origin, as wide as the portal gives it; only what may be framed is."""
    portail = FastAPI()
    with serve(portail) as hote:

        @portail.get("/")
        def show() -> Response:
            image = f'<img src="{adresse_socle}{CARTE}" alt="Chiffres du métier">'
            large = f'<img src="{adresse_socle}{CARTE}" alt="" style="width:100%">'
            cadres = (
                f'<iframe src="{adresse_socle}{CARTE}"></iframe><iframe src="{adresse_socle}/metiers/D1102"></iframe>'
            )
            return HTMLResponse(f"{image}<div style=width:600px>{large}</div>{cadres}")

        page = navigateur.new_page()
        page.goto(hote)
        tailles = page.evaluate(
            "[...document.images].map(i => [i.naturalWidth, i.clientWidth, i.clientHeight > i.clientWidth])"
        )
        assert tailles == [[LARGEUR, LARGEUR, True], [LARGEUR, 600, True]]
        textes = [cadre.evaluate("document.querySelectorAll('text').length") for cadre in page.frames[1:]]
        assert textes[0] > 10
        assert "Boulanger" not in page.frames[2].content()
        page.close()

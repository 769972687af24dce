"""The way to a métier by the page and the command line: what is shown, sent back, and never in an address."""

import json
import logging
import re
import sys
from collections.abc import Iterator
from datetime import date
from html import unescape
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner
from fastapi.testclient import TestClient

import api.cli
from api.app import create_app
from api.service import Service
from api.settings import Settings
from api.web.axes import axis_words
from tests.api.test_parcours import PARCOURS, POURQUOI, PROFIL, build_service

PAGE = "/metiers/D1102/parcours"
HTML = {"Accept": "text/html"}
CHAMPS = {
    "savoir": "coudre à la machine",
    "parcours": "pâtissier 4 ans",
    "souhait": "boulanger",
    "commune": "Nantes",
    "rayon": "20",
}
JARGON = re.compile(r"\b(?:RNCP\d+BC\d+|couverture|indice|portee|attrait|None|True|False|null)\b|\{\{|\}\}|&lt;None")


class _Page(HTMLParser):
    """Headings, links, hidden fields and forms of a page."""

    def __init__(self, texte: str) -> None:
        super().__init__()
        self.titres: list[tuple[int, str]] = []
        self.liens: list[str] = []
        self.caches: list[tuple[str, str]] = []
        self.formulaires: list[tuple[str, str]] = []
        self.balises: set[str] = set()
        self._niveau = 0
        self.feed(texte)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        a = {nom: valeur or "" for nom, valeur in attrs}
        self.balises.add(tag)
        assert "style" not in a
        assert not [nom for nom in a if nom.startswith("on")]
        if tag == "a":
            self.liens.append(a.get("href", ""))
        if tag == "form":
            self.formulaires.append((a.get("method", "get"), a.get("action", "")))
        if tag == "input" and a.get("type") == "hidden":
            self.caches.append((a["name"], a["value"]))
        if re.fullmatch(r"h[1-6]", tag):
            self._niveau = int(tag[1])
            self.titres.append((self._niveau, ""))

    def handle_endtag(self, tag: str) -> None:
        if re.fullmatch(r"h[1-6]", tag):
            self._niveau = 0

    def handle_data(self, data: str) -> None:
        if self._niveau:
            niveau, texte = self.titres[-1]
            self.titres[-1] = (niveau, texte + data)


@pytest.fixture(scope="module")
def riche(tmp_path_factory: pytest.TempPathFactory) -> Service:
    return build_service(tmp_path_factory.mktemp("riche"))


@pytest.fixture(scope="module")
def client(riche: Service, settings: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(settings, riche), base_url="http://azimut.test") as client:
        yield client


def test_the_list_sends_there_what_was_typed(client: TestClient) -> None:
    page = client.post("/", data=CHAMPS).text
    assert f'form="demande" formaction="{PAGE}"' in page
    assert 'id="demande"' in page


def test_the_page_shows_the_whole_way(client: TestClient) -> None:
    reponse = client.post(PAGE, data=CHAMPS, headers=HTML)
    assert reponse.status_code == 200
    assert reponse.headers["content-type"].startswith("text/html")
    page = _Page(reponse.text)
    assert [texte.replace("\xa0", " ") for niveau, texte in page.titres if niveau == 1] == [
        "Comment y arriver : Boulanger / Boulangère"
    ]
    sections = [texte for niveau, texte in page.titres if niveau == 2]
    for attendue in (
        "En bref",
        "Vous avez déjà",
        "Il resterait à apprendre",
        "Bloc par bloc",
        "Diplômes et titres, et leurs voies",
        "Formations qui y mènent",
        "En plusieurs étapes",
    ):
        assert sections.count(attendue) == 1, sections
    niveaux = [niveau for niveau, _ in page.titres]
    assert all(b - a <= 1 for a, b in pairwise(niveaux)), niveaux
    assert "script" not in page.balises
    texte = unescape(reponse.text).replace("\xa0", " ")
    for mots in (
        "Pétrir et façonner des pâtes",
        "ressemblance estimée, à vérifier",
        "Apprentissage",
        "Validation des acquis de l'expérience",
        "mobilité officielle du ROME",
        "à moins de 1 km",
        "4 en tout",
        "Rien n'est décidé, rien n'est conservé.",
        "Parler à un conseiller",
        "données de démonstration",
    ):
        assert mots in texte, mots
    assert "Boulanger" in reponse.text.split("</title>")[0]


def test_the_page_says_its_facts_once_and_in_plain_words(client: TestClient) -> None:
    corps = client.post(PAGE, data=CHAMPS).text.split("<main")[1].split("</main")[0]
    phrases = re.findall(r"<li>([^<]{12,})</li>", corps.split('<div class="blocs">')[0])
    assert len(phrases) == len(set(phrases)) >= 3
    visible = unescape(re.sub(r"<[^>]+>", " ", corps))
    assert not JARGON.search(visible), JARGON.search(visible)


def test_nothing_of_the_person_is_in_an_address_nor_kept(client: TestClient) -> None:
    reponse = client.post(PAGE, data={**CHAMPS, "savoir": "zanzibarette\ncoudre à la machine"})
    assert reponse.headers["cache-control"] == "no-store"
    assert reponse.headers["referrer-policy"] == "no-referrer"
    assert "set-cookie" not in reponse.headers
    assert "etag" not in reponse.headers
    page = _Page(reponse.text)
    internes = [lien for lien in page.liens if not lien.startswith("https://")]
    assert {"/metiers/D1102", "/certifications/RNCP11111"} <= set(internes)
    for lien in page.liens:
        assert not re.search(r"zanzibarette|coudre|nantes|boulanger|p%C3%A2tissier", lien, re.IGNORECASE), lien
    for lien in internes:
        assert "?" not in lien
        assert lien.startswith("#") or client.get(lien).status_code == 200, lien
    assert page.formulaires == [("post", "/#reponse")]


def test_the_address_alone_shows_nothing(client: TestClient) -> None:
    reponse = client.get(PAGE, headers=HTML, follow_redirects=False)
    assert reponse.status_code in {303, 405}
    assert "pâtes" not in unescape(reponse.text)


def test_going_back_gives_the_same_list(client: TestClient) -> None:
    corrige = {**CHAMPS, "savoir": "coudre à la machine\nlire un plan", "lu-0-texte": "lire un plan", "lu-0-choix": "7"}
    page = _Page(client.post(PAGE, data=corrige).text)
    assert dict(page.caches) == corrige
    assert len(page.caches) == len(corrige)
    avant, apres = client.post("/", data=corrige).text, client.post("/", data=dict(page.caches)).text
    assert apres == avant


def test_a_text_of_several_lines_comes_back_whole(client: TestClient) -> None:
    savoir = 'coudre à la machine\r\nlire un "plan" & plus\r\n  tenir une caisse'
    page = _Page(client.post(PAGE, data={**CHAMPS, "savoir": savoir}).text)
    assert dict(page.caches)["savoir"].replace("\r\n", "\n") == savoir.replace("\r\n", "\n")


@pytest.mark.parametrize("champ", ["savoir", "parcours", "souhait", "commune", "commune-choix", "rayon"])
def test_what_is_typed_is_escaped(client: TestClient, champ: str) -> None:
    mauvais = '"><script>alert(1)</script><img src=x onerror=alert(1)>'
    reponse = client.post(PAGE, data={**CHAMPS, champ: mauvais})
    assert reponse.status_code == 200
    assert not {"script", "img"} & _Page(reponse.text).balises
    assert dict(_Page(reponse.text).caches)[champ] == mauvais


def test_what_the_catalogue_holds_is_escaped(client: TestClient) -> None:
    texte = client.post(PAGE, data=CHAMPS).text
    assert "Savoir pétrir et &lt;façonner&gt; des pâtes" in texte
    assert "Brevet &lt;essai&gt; de boulange" in texte
    assert "<façonner>" not in texte
    assert "<essai>" not in texte


def test_the_name_of_a_field_is_escaped_too(client: TestClient) -> None:
    texte = client.post(PAGE, data={**CHAMPS, '"><script>': "x"}).text
    assert "script" not in _Page(texte).balises


@pytest.mark.parametrize(
    "champs",
    [{}, {"commune": "Nantes"}, {"savoir": "zzkqx"}, {"savoir": "coudre à la machine", "commune": "Nowhere-sur-Mer"}],
)
def test_little_or_nothing_typed_still_shows_a_way(client: TestClient, champs: dict[str, str]) -> None:
    reponse = client.post(PAGE, data=champs)
    assert reponse.status_code == 200
    texte = unescape(reponse.text)
    assert "Il resterait à apprendre" in texte
    assert "Pétrir et façonner des pâtes" in texte
    assert "Formations qui y mènent" in texte
    assert dict(_Page(reponse.text).caches) == champs


def test_an_unknown_metier_is_a_page_with_a_way_out(client: TestClient) -> None:
    reponse = client.post("/metiers/D1103/parcours", data=CHAMPS, headers=HTML)
    assert reponse.status_code in {404, 422}
    assert reponse.headers["content-type"].startswith("text/html")
    texte = unescape(reponse.text)
    assert "D1103" in texte
    assert "D1102" in texte
    assert 'href="/"' in texte


def test_a_metier_out_of_the_list_says_so_and_still_shows_the_way(client: TestClient) -> None:
    texte = unescape(client.post("/metiers/N4101/parcours", data={"savoir": "tailler des végétaux"}).text)
    assert "n'y mène" in texte
    assert "Conduire un véhicule lourd" in texte
    assert "Bloc par bloc" not in texte
    assert "En plusieurs étapes" not in texte


def test_no_word_of_a_person_reaches_the_journal(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    mot = "zanzibarette"
    with caplog.at_level(logging.DEBUG):
        client.post(PAGE, data={"savoir": mot, "parcours": mot, "souhait": mot, "commune": mot})
        client.post(f"/metiers/{mot}/parcours", data={"savoir": mot})
    notres = [r.getMessage() for r in caplog.records if not r.name.startswith("httpx")]
    assert len([m for m in notres if " ms" in m]) == 2
    assert not [m for m in notres if mot in m]


# --- both axes in words -----------------------------------------------------------------------------------------------


def test_axes_in_words_compare_within_the_list_only() -> None:
    valeurs = (("A", 0.9, 0.0), ("B", 0.4, 0.2), ("C", 0.1, 0.05))
    mots = axis_words([{"code_rome": code, "attrait": a, "portee": p} for code, a, p in valeurs])
    assert [mots[code]["attrait"] for code in "ABC"] == [(3, "beaucoup"), (2, "assez"), (1, "un peu")]
    assert [mots[code]["portee"] for code in "ABC"] == [(0, "rien de dit"), (3, "tout près"), (1, "plus loin")]
    assert axis_words([]) == {}
    muet = axis_words([{"code_rome": "A", "attrait": 0.0, "portee": 0.0}])
    assert {tiers for tiers, _ in muet["A"].values()} == {0}


def test_a_better_axis_never_reads_worse() -> None:
    metiers = [{"code_rome": str(n), "attrait": n / 50, "portee": n / 100} for n in range(51)]
    mots = axis_words(metiers)
    for axe in ("attrait", "portee"):
        tiers = [mots[str(n)][axe][0] for n in range(51)]
        assert tiers == sorted(tiers)
        assert set(tiers) == {0, 1, 2, 3}


# --- the command line -------------------------------------------------------------------------------------------------


@pytest.fixture
def profil(tmp_path: Path) -> str:
    fichier = tmp_path / "profil.json"
    fichier.write_text(json.dumps(PROFIL), encoding="utf-8")
    return str(fichier)


def lancer(monkeypatch: pytest.MonkeyPatch, riche: Service, *arguments: str) -> str:
    monkeypatch.setattr(api.cli, "_load", lambda: riche)
    resultat = CliRunner().invoke(api.cli.cli, ["parcours", *arguments], catch_exceptions=False)
    assert resultat.exit_code == 0, resultat.output
    return resultat.output


def test_the_command_answers_as_the_api(
    monkeypatch: pytest.MonkeyPatch, riche: Service, client: TestClient, profil: str
) -> None:
    jour = date.today().isoformat()
    sortie = lancer(monkeypatch, riche, "--profil", profil, "--metier", "D1102", "--jour", jour, "--json")
    assert json.loads(sortie) == client.post(PARCOURS, json=PROFIL).json()
    sortie = lancer(monkeypatch, riche, "--profil", profil, "--metier", "D1102", "--pourquoi", "--json")
    assert json.loads(sortie) == client.post(POURQUOI, json=PROFIL).json()


def test_the_command_speaks_in_sentences(monkeypatch: pytest.MonkeyPatch, riche: Service, profil: str) -> None:
    sortie = lancer(monkeypatch, riche, "--profil", profil, "--metier", "d1102")
    for mots in (
        "bloc RNCP11111BC01 : Savoir pétrir et <façonner> des pâtes",
        "certification RNCP11111",
        "apprentissage",
        "formation : BP BOULANGE",
        "étapes : Pâtissier / Pâtissière → Boulanger / Boulangère",
    ):
        assert mots in sortie
    pourquoi = lancer(monkeypatch, riche, "--profil", profil, "--metier", "D1102", "--pourquoi")
    assert "- Ce métier est au rang 1 de votre liste." in pourquoi
    assert "bloc RNCP" not in pourquoi


def test_the_day_settles_the_draw(monkeypatch: pytest.MonkeyPatch, riche: Service, profil: str) -> None:
    def ordre(jour: str) -> list[str]:
        sortie = lancer(monkeypatch, riche, "--profil", profil, "--metier", "D1102", "--jour", jour, "--json")
        assert json.loads(sortie)["jour"] == jour
        return [f["identifiant"] for f in json.loads(sortie)["metier"]["formations"]["proches"]]

    jours = [f"2026-03-{n:02}" for n in range(1, 13)]
    ordres = [ordre(jour) for jour in jours]
    assert ordres == [ordre(jour) for jour in jours]
    assert len({o[0] for o in ordres}) > 1


@pytest.mark.parametrize(
    ("arguments", "statut", "mots"),
    [
        (("--metier", "D1103"), 1, "D1102"),
        (("--metier", "D1102", "--jour", "demain"), 2, "--jour"),
        ((), 2, "--metier"),
    ],
)
def test_a_wrong_command_is_one_french_sentence(
    monkeypatch: pytest.MonkeyPatch,
    riche: Service,
    profil: str,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    statut: int,
    mots: str,
) -> None:
    monkeypatch.setattr(api.cli, "_load", lambda: riche)
    monkeypatch.setattr(sys, "argv", ["azimut", "parcours", "--profil", profil, *arguments])
    with pytest.raises(SystemExit) as sortie:
        api.cli.main()
    assert sortie.value.code == statut
    ecrit = capsys.readouterr()
    assert ecrit.out == ""
    assert mots in ecrit.err
    assert len(ecrit.err.strip().splitlines()) == 1

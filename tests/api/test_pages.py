"""The pages without a browser: what is typed, what is answered, what is never shown."""

import re
from html import unescape
from html.parser import HTMLParser

import pytest
from fastapi.testclient import TestClient

from api.service import Service
from api.web.formulaire import AUCUN, Lecture, Saisie, build_profile, read_form
from api.web.gabarits import STATIQUES


def profil(service: Service, **champs: object) -> dict[str, object]:
    return build_profile(Saisie(**champs), service.recherche, avec_commune=True)  # type: ignore[arg-type]


def test_pieces_become_competences_and_names_of_metiers_experiences(service: Service) -> None:
    lu = profil(service, savoir="je sais coudre à la machine, lire un plan\nj'ai été boulanger pendant 3 ans")
    assert lu["competences"] == [{"texte": "coudre à la machine"}, {"texte": "lire un plan"}]
    assert lu["experiences"] == [{"texte": "boulanger", "annees": 3.0}]


def test_past_metiers_hold_their_duration(service: Service) -> None:
    lu = profil(service, parcours="vendeuse 2,5 ans; aide à domicile (6 mois)\njardinier")
    assert lu["experiences"] == [
        {"texte": "vendeuse", "annees": 2.5},
        {"texte": "aide à domicile", "annees": 0.5},
        {"texte": "jardinier", "annees": None},
    ]


def test_corrections_are_followed(service: Service) -> None:
    lectures = {"lire un plan": Lecture("lire un plan", "7"), "coudre": Lecture("coudre", AUCUN)}
    lectures["bricoler"] = Lecture("bricoler", "A1203")
    lu = profil(service, savoir="lire un plan\ncoudre\nbricoler", lectures=lectures)
    assert lu["competences"] == [{"code": "7"}]
    assert lu["experiences"] == [{"code_rome": "A1203", "annees": None}]


def test_a_misread_wish_is_replaced_or_left_out(service: Service) -> None:
    lectures = {"x": Lecture("dehors", "=Entretenir, un espace vert"), "y": Lecture("coudre", AUCUN)}
    lu = profil(service, souhait="Coudre, travailler DEHORS", lectures=lectures)
    assert lu["souhait"] == "travailler Entretenir  un espace vert"


def test_the_form_keeps_what_was_typed_and_bounds_it() -> None:
    saisie, erreurs = read_form({"savoir": "x" * 2001, "rayon": "7", "commune": " Nantes\n"})
    assert len(saisie.savoir) == 2001
    assert (saisie.rayon, saisie.commune) == (30, "Nantes")
    assert [e.champ for e in erreurs] == ["savoir"]
    assert [e.champ for e in read_form({"commune": "Nantes"})[1]] == ["savoir"]


def test_an_answer_shows_reasons_and_no_mark(client: TestClient) -> None:
    reponse = client.post("/", data={"savoir": "coudre à la machine\nassembler de petites pièces", "commune": "Nantes"})
    page = unescape(reponse.text)
    assert reponse.status_code == 200
    assert reponse.headers["cache-control"] == "no-store"
    for mots in (
        "Couturier / Couturière",
        "Pourquoi ce métier est ici",
        "Vous avez déjà",
        "Il resterait à apprendre",
        "Certificat de couture",
        "Ce que nous avons compris",
        "Parler à un conseiller",
        "données de démonstration",
        "Nantes (44)",
    ):
        assert mots in page
    corps = page.split("<main")[1].split("</main")[0]
    assert "%" not in corps
    assert "indice" not in corps


def test_nothing_typed_is_told_kindly(client: TestClient) -> None:
    reponse = client.post("/", data={"commune": "Nantes"})
    assert reponse.status_code == 422
    assert 'role="alert"' in reponse.text
    assert 'href="#savoir"' in reponse.text
    assert 'aria-invalid="true"' in reponse.text
    assert 'value="Nantes"' in reponse.text


def test_words_that_mean_nothing_to_us_get_help(client: TestClient) -> None:
    page = unescape(client.post("/", data={"savoir": "zzkqx"}).text).replace("\u00a0", " ")
    assert "« zzkqx » n'a pas été reconnu : essayez" in page
    assert "competences[0]" not in page
    assert "Pour avancer" in page


def test_an_unknown_commune_is_a_field_to_correct_and_the_answer_stays(client: TestClient) -> None:
    page = unescape(
        client.post("/", data={"savoir": "coudre à la machine", "commune": "Nowhere-sur-Mer"}).text
    ).replace("\u00a0", " ")
    assert "Nous n'avons pas trouvé « Nowhere-sur-Mer »" in page
    assert "Couturier / Couturière" in page


def test_a_correction_stays_in_sight(client: TestClient) -> None:
    donnees = {"savoir": "coudre à la machine\nlire un plan", "lu-0-texte": "lire un plan", "lu-0-choix": "7"}
    page = unescape(client.post("/", data=donnees).text)
    assert re.search(r'value="7" checked><label[^>]*>Assembler de petites pièces', page)
    voulu = {"souhait": "coudre à la machine", "lu-0-texte": "coudre à la machine", "lu-0-choix": "=Lire un plan"}
    page = unescape(client.post("/", data=voulu).text)
    assert re.search(r'value="=Lire un plan" checked><label[^>]*>Lire un plan', page)
    assert "« Lire un plan »" not in page.replace("\xa0", " ").split("Ce que nous avons compris")[1]
    sans = {"savoir": "coudre à la machine\nlire un plan", "lu-0-texte": "lire un plan", "lu-0-choix": AUCUN}
    assert re.search(r'value="non" checked><label[^>]*>Rien de cela', client.post("/", data=sans).text)


@pytest.mark.parametrize("choix", ["999999999999999999999", "=", "=" + "x" * 5000, "Z9999", "<script>", "-1", ""])
def test_a_forged_correction_breaks_nothing(client: TestClient, choix: str) -> None:
    donnees = {"savoir": "lire un plan", "lu-0-texte": "lire un plan", "lu-0-choix": choix}
    assert client.post("/", data=donnees).status_code == 200


def test_what_is_typed_is_escaped(client: TestClient) -> None:
    page = client.post("/", data={"savoir": "<script>alert(1)</script>", "commune": '"><img src=x>'}).text
    assert "<script" not in page
    assert "<img" not in page
    assert "Brevet &lt;essai&gt;" in client.get("/metiers/D1102").text


@pytest.mark.parametrize("adresse", ["/metiers/D1103", "/certifications/RNCP9", "/rien", "/erreurs/rien"])
def test_a_missing_page_is_a_page_with_a_way_out(client: TestClient, adresse: str) -> None:
    reponse = client.get(adresse, headers={"Accept": "text/html"})
    assert reponse.status_code == 404
    assert reponse.headers["content-type"].startswith("text/html")
    assert 'href="/"' in reponse.text


class _Page(HTMLParser):
    """Links, identifiers, labels and headings of a page."""

    def __init__(self, texte: str) -> None:
        super().__init__()
        self.liens: list[str] = []
        self.ids: list[str] = []
        self.references: list[str] = []
        self.champs: list[str] = []
        self.labels: set[str] = set()
        self.titres: list[int] = []
        self.balises: list[str] = []
        self.feed(texte)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        a = dict(attrs)
        self.balises.append(tag)
        if tag == "a" and a.get("href"):
            self.liens.append(a["href"] or "")
        if a.get("id"):
            self.ids.append(a["id"] or "")
        for nom in ("aria-describedby", "aria-labelledby", "for"):
            self.references += (a.get(nom) or "").split()
        if tag == "label":
            self.labels.add(a.get("for") or "")
        if tag in {"textarea", "select"} or (tag == "input" and a.get("type") != "hidden"):
            self.champs.append(a.get("id") or "?")
        if re.fullmatch(r"h[1-6]", tag):
            self.titres.append(int(tag[1]))
        assert "style" not in a
        assert not [nom for nom in a if nom.startswith("on")]


def test_no_dead_link_and_a_sound_structure_on_every_page(client: TestClient) -> None:
    vues: set[str] = set()
    reponse = client.post("/", data={"savoir": "coudre à la machine\nconduire une cuisson\nboulanger", "commune": "x"})
    a_voir: list[tuple[str, str]] = [("POST /", reponse.text), ("/", client.get("/").text)]
    while a_voir:
        adresse, texte = a_voir.pop()
        page = _Page(texte)
        assert len(page.ids) == len(set(page.ids)), adresse
        assert set(page.references) <= set(page.ids), adresse
        assert set(page.champs) <= page.labels, adresse
        assert page.titres.count(1) == 1, adresse
        assert all(b - a <= 1 for a, b in zip(page.titres, page.titres[1:], strict=False)), (adresse, page.titres)
        assert {"main", "header", "footer", "title"} <= set(page.balises), adresse
        # Those of the path only improve it: test_orientation_navigateur.py goes through it without them.
        assert "script" not in page.balises or adresse == "/orientation", adresse
        for lien in page.liens:
            if lien.startswith("#"):
                assert lien[1:] in page.ids, (adresse, lien)
            elif lien.startswith("/") and lien not in vues:
                vues.add(lien)
                suivante = client.get(lien)
                assert suivante.status_code == 200, (adresse, lien)
                if suivante.headers["content-type"].startswith("text/html"):
                    a_voir.append((lien, suivante.text))
            else:
                assert lien.startswith(("https://", "/")), lien
    assert {"/metiers/B1803", "/certifications/RNCP22222", "/docs", "/erreurs/code-inconnu"} <= vues


def test_a_certification_tells_its_state_in_words(client: TestClient) -> None:
    page = unescape(client.get("/certifications/rncp11111").text)
    for mots in ("Enregistrée jusqu'au 1er janvier 2030", "En apprentissage", "Produire du pain", "Niveau 4 (bac)"):
        assert mots in page
    assert "non renseigné" in unescape(client.get("/certifications/RNCP22222").text)


def test_pages_are_light(client: TestClient) -> None:
    poids = len(client.get("/").content) + sum(f.stat().st_size for f in STATIQUES.glob("azimut.*"))
    assert poids < 30_000


def _luminance(couleur: str) -> float:
    canaux = [int(couleur[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    lineaires = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in canaux]
    return 0.2126 * lineaires[0] + 0.7152 * lineaires[1] + 0.0722 * lineaires[2]


@pytest.mark.parametrize("rang", [0, 1], ids=["clair", "sombre"])
def test_colours_are_told_apart(rang: int) -> None:
    blocs = re.findall(r":root \{(.*?)\}", (STATIQUES / "azimut.css").read_text(encoding="utf-8"), re.DOTALL)
    couleurs = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", blocs[rang]))

    def contraste(a: str, b: str) -> float:
        clair, sombre = sorted((_luminance(couleurs[a]), _luminance(couleurs[b])), reverse=True)
        return (clair + 0.05) / (sombre + 0.05)

    for fond in ("fond", "papier"):
        for encre in ("encre", "doux", "accent", "faute", "demo", "etiquette"):
            assert contraste(encre, fond) >= 4.5, (encre, fond)
        assert contraste("champ", fond) >= 3
    for encre, fond in (("encre", "voile"), ("encre", "avis"), ("faute", "faute-fond"), ("sur-accent", "accent")):
        assert contraste(encre, fond) >= 4.5, (encre, fond)
    assert contraste("accent", "faute-fond") >= 4.5

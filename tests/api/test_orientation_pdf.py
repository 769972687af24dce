"""« Enregistrer en PDF »: what a citizen takes home, in both languages and in every mode."""

import io
import re

import pytest
from fastapi.testclient import TestClient
from pypdf import PdfReader

from api.web.widget.etat import Etat
from api.web.widget.papier import NOM_PDF
from tests.api.ecrans import DIT


def text_of(contenu: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(contenu)).pages).split())


def test_the_screen_offers_it_without_script_nor_address(client_socle: TestClient) -> None:
    for requete, mots in (
        ("", "Une ou deux pages"),
        ("?langue=facile", "un document à garder"),
        ("?mode=borne", "Cet écran est partagé"),
    ):
        page = client_socle.post(f"/orientation/emporter{requete}", data={"etat": DIT.pack()}).text
        [formulaire] = re.findall(r'<form method="post" action="(/orientation/pdf[^"]*)">', page)
        assert formulaire == f"/orientation/pdf{requete}"
        assert "Enregistrer en PDF" in page
        assert mots in page
    reponse = client_socle.get("/orientation/pdf", follow_redirects=False)
    assert (reponse.status_code, reponse.headers["location"]) == (303, "/orientation"), "une adresse seule ne dit rien"


@pytest.mark.parametrize("requete", ["", "?langue=facile", "?mode=borne", "?mode=mineur"])
def test_it_is_a_file_that_nothing_keeps(client_socle: TestClient, requete: str) -> None:
    reponse = client_socle.post(f"/orientation/pdf{requete}", data={"etat": DIT.pack()})
    assert reponse.status_code == 200
    assert reponse.headers["content-type"] == "application/pdf"
    assert reponse.headers["content-disposition"] == f'attachment; filename="{NOM_PDF}"'
    assert reponse.headers["cache-control"] == "no-store"
    assert "set-cookie" not in reponse.headers
    texte = text_of(reponse.content)
    assert ("Mes idées de métiers" if "facile" in requete else "Mes pistes de métiers") in texte
    for mots in (
        "tenir une caisse",
        "Parler à un conseiller",
        "à explorer" if "facile" not in requete else "des idées",
    ):
        assert mots in texte
    assert ("Nantes (44)" in texte) == ("mineur" not in requete)
    assert "http://azimut.test/orientation" in texte
    assert "44109" not in texte
    assert len(PdfReader(io.BytesIO(reponse.content)).pages) <= 2


def test_what_was_kept_comes_first_and_nothing_said_still_makes_a_page(client_socle: TestClient) -> None:
    garde = text_of(client_socle.post("/orientation/pdf", data={"etat": DIT.pack()}).content)
    assert "Vendeur / Vendeuse" in garde or "Pâtissier / Pâtissière" in garde
    premieres = text_of(client_socle.post("/orientation/pdf", data={"etat": DIT.change(gardes=()).pack()}).content)
    assert premieres.count("Pourquoi il est ici") > garde.count("Pourquoi il est ici")
    vide = client_socle.post("/orientation/pdf", data={"etat": Etat().pack()})
    assert "En parler avec un conseiller" in text_of(vide.content)
    assert client_socle.post("/orientation/pdf", data={"etat": "abîmé"}).status_code == 422

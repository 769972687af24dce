"""Forms, files and claims made by hand to break a session or to take an account: none does."""

import json
import sqlite3
from contextlib import closing
from urllib.parse import urlencode

import pytest
from fastapi import FastAPI

from api.app import create_app
from api.service import Service
from api.settings import Settings
from tests.api.seances import Table, open_table, words_of


@pytest.fixture(scope="module")
def application(socle: Service, tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    reglages = Settings(var=tmp_path_factory.mktemp("var"), quota_adresse=0, quota_pages=0, quota_connexion=0)
    return create_app(reglages, socle)


@pytest.fixture
def table(application: FastAPI) -> Table:
    return open_table(application)


LONG = "é" * 5_000
CODE = "D1106"
HOSTILES: tuple[tuple[str, dict[str, str]], ...] = (
    ("parcours", {"code_rome": CODE, "voie": LONG}),
    ("parcours", {"code_rome": CODE, "voie": " "}),
    ("parcours", {"code_rome": CODE, "certification": "RNCP١٢"}),
    ("parcours", {"code_rome": CODE, "certification": LONG}),
    ("formation", {"code_rome": CODE, "identifiant": LONG, "intitule": LONG, "debut": LONG, "certification": LONG}),
    ("formation", {"code_rome": CODE, "identifiant": " x", "intitule": "\x00"}),
    ("etape", {"texte": LONG, "contact": LONG, "pour_le": "2026-W49-2"}),
    ("etape", {"texte": "x", "pour_le": "٢٠٢٦-01-01"}),
    ("etape", {"texte": "\x00", "contact": "\ufffe"}),
    ("ecarter", {"code_rome": CODE, "motif": "autre", "motif-dit": LONG}),
    ("ecarter", {"code_rome": CODE, "motif": LONG}),
    ("gout", {"item": "A٠١", "valeur": "oui"}),
    ("gout", {"item": "Z99", "valeur": "oui"}),
    ("centre", {"centre": LONG}),
    ("contrainte", {"texte": LONG}),
    ("diplome", {"texte": LONG, "niveau": "²"}),
    ("condition", {"texte": LONG, "mode": LONG}),
    ("lieu", {"commune": LONG, "rayon": "٣٠"}),
    ("lieu", {"commune": "Nantes", "rayon": "٣٠"}),
    ("experience", {"titre": LONG, "annees": "٣", "nature": LONG}),
    ("experience", {"titre": "\x00\ud7ff", "annees": "99,99"}),
    ("experience-metier", {"experience": LONG, "code_rome": LONG}),
    ("experience-metier", {"experience": "e1", "texte": LONG}),
    ("competence-ajouter", {"texte": LONG}),
    ("competence", {"code": "9" * 400, "etat": "confirmee", "niveau": "²"}),
    ("competence", {"code": "²", "etat": "confirmee"}),
    ("competences", {"experience": LONG}),
    ("metier-ajouter", {"texte": LONG}),
    ("poids", {"poids-souhait": "²"}),
    ("paroles", {"paroles": LONG}),
    ("souhait", {"souhait": LONG}),
    ("convenu", {"texte": LONG}),
    ("avis", {"trouve": LONG}),
)


@pytest.mark.parametrize(("geste", "champs"), HOSTILES)
@pytest.mark.parametrize("vers", ["", "parcours"])
def test_no_form_made_by_hand_breaks_a_session(table: Table, geste: str, champs: dict[str, str], vers: str) -> None:
    reponse = table.do(geste, vers=vers, **champs)
    assert reponse.status_code in {303, 404, 422}, reponse.text[:500]
    for ecran in ("", "parcours", "conclure", "historique", "synthese"):
        page = table.get(ecran)
        assert page.status_code == 200, f"{ecran} : {page.text[:300]}"


@pytest.mark.parametrize("charset", ["utf-7", "utf-16-le", "idna", "punycode", "raw_unicode_escape", "zlib"])
def test_a_form_in_a_strange_alphabet_is_refused_or_read(table: Table, charset: str) -> None:
    corps = b'--x\r\nContent-Disposition: form-data; name="notes"\r\n\r\n+2AA- \\ud800 xn--a-\xff\r\n--x--\r\n'
    entetes = {
        "Content-Type": f"multipart/form-data; boundary=x; charset={charset}",
        "X-Jeton-CSRF": table.navigateur.csrf,
    }
    reponse = table.navigateur.client.post(f"{table.adresse}/notes", content=corps, headers=entetes)
    assert reponse.status_code < 500, reponse.text[:300]


FICHIERS = (
    {"diplomes": [{"numero": "RNCP38663", "nom": "x" * 200}]},
    {"competences": [{"code": None, "texte": "x" * 200}] * 80},
    {"lieu": {"nature": "commune", "code": "44", "nom": "x"}},
    {"lieu": {"nature": "commune", "code": "0A", "nom": "x"}},
    {"lieu": {"nature": "commune", "code": "99999", "nom": "x" * 200}},
    {"exclus": [f"{lettre}{n}" for lettre in "ABCDEFGHIJKLMN" for n in range(1101, 1115)]},
    {"gardes": ["D1106"] * 30, "envies": ["D1106"] * 5, "exerces": ["D1106"] * 10},
    {"gouts": [{"item": "A٠١", "valeur": "oui"}]},
    {"competences": [{"code": 10**10, "texte": "\u202e" + "x" * 100}]},
)


@pytest.mark.parametrize("etat", FICHIERS)
def test_a_file_that_looks_like_ours_breaks_nothing(table: Table, etat: dict[str, object]) -> None:
    fichier = {
        "azimut": "orientation",
        "version": 1,
        "fait_le": "2026-01-01",
        "metiers_gardes": [],
        "etat": {"v": 1, **etat},
    }
    for corps in (json.dumps(fichier), json.dumps({**fichier, "fait_le": "²"})):
        reponse = table.post("fichier", version="1", fichier=corps)
        assert reponse.status_code in {303, 422}, reponse.text[:300]
    for ecran in ("", "metiers", "conclure", "synthese", "fichier", "changements"):
        assert table.get(ecran).status_code == 200, ecran


def test_a_form_repeated_to_the_limit_is_refused(table: Table) -> None:
    corps = urlencode([("jeton_csrf", table.navigateur.csrf), *((f"c{n}", "") for n in range(2_000))])
    entetes = {"Content-Type": "application/x-www-form-urlencoded"}
    reponse = table.navigateur.client.post(f"{table.adresse}/notes", content=corps, headers=entetes)
    assert 400 <= reponse.status_code < 500


def test_a_database_that_does_not_answer_loses_nothing(table: Table) -> None:
    """What was sent is refused in words, and the very same form is taken once the database is back."""
    base = table.application.state.guichet.base
    avant = table.dossier
    with closing(sqlite3.connect(base.url.database, isolation_level=None)) as autre:
        autre.execute("BEGIN IMMEDIATE")
        refus = table.do_at(avant.version, "convenu", texte="Appeler le CFA")
        assert refus.status_code == 503
        assert refus.headers["retry-after"]
        assert "Rien n" in words_of(refus.text)
        autre.execute("ROLLBACK")
    base.disjoncteur.reset()
    assert table.dossier == avant
    assert table.do_at(avant.version, "convenu", texte="Appeler le CFA").status_code == 303
    assert table.seance.convenu == ("Appeler le CFA",)

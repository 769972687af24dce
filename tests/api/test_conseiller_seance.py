"""A whole session without a script, and what must never happen in one: loss, leak, running what someone typed."""

import html
import json
import re

import pytest
from fastapi import FastAPI
from markupsafe import escape

from api.app import create_app
from api.conseil.gestes import GESTES
from api.conseil.seance import read_seance
from api.persistence.avis import read_opinions
from api.service import Service
from api.settings import Settings
from api.web.widget.emporter import read_file
from tests.api.seances import Table, open_table, words_of

PIEGE = """<script>alert(1)</script>"'><img src=x onerror=alert(2)>{{ 7 * 7 }}"""
"""What runs in a page that forgets to escape it, in a text or in an attribute."""
ECRANS = (
    "", "metiers", "metiers/{code}", "changements", "comparer?m={code}&m={autre}", "parcours", "parcours/{code}",
    "conclure", "historique", "dossier", "notes", "synthese",
)  # fmt: skip


@pytest.fixture(scope="module")
def application(socle: Service, tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    reglages = Settings(var=tmp_path_factory.mktemp("var"), quota_adresse=0, quota_pages=0, quota_connexion=0)
    return create_app(reglages, socle)


@pytest.fixture
def table(application: FastAPI) -> Table:
    return open_table(application)


def test_a_whole_session_without_a_script(table: Table) -> None:
    table.tell()
    a_confirmer = re.findall(r'id="oui-(\d+)"', table.get().text)
    assert len(a_confirmer) > 4
    assert table.do("competence", code=a_confirmer[0], etat="confirmee").status_code == 303
    assert table.do("competence", code=a_confirmer[1], etat="refusee").status_code == 303
    assert table.do("lieu", commune="Nantes", rayon="20", ancre="ou").headers["location"].endswith("#ou")
    table.do("gout", item="R01", valeur="oui")
    table.do("condition", texte="travail de nuit", mode="eviter")
    metiers = re.findall(r'<li class="piste[^>]* id="m-(\w+)"', table.get("metiers").text)
    assert len(metiers) == 20
    assert table.do("epingler", code_rome=metiers[0], vers="metiers").headers["location"].endswith("/metiers")
    table.do("ecarter", code_rome=metiers[1], motif="sante", vers="metiers")
    table.do("parcours", code_rome=metiers[0], vers="parcours")
    table.do("convenu", texte="Se revoir dans un mois", vers="conclure")
    table.do("etape", texte="Appeler le CFA", pour_le="2026-12-01", contact="02 40 00 00 00", vers="conclure")
    table.do("avis", trouve="oui", clair="oui", vers="conclure")
    page = table.get("synthese").text
    for dit in ("Se revoir dans un mois", "Appeler le CFA", "Bleuet 12"):
        assert dit in page
    pdf = table.get("synthese.pdf")
    assert pdf.content.startswith(b"%PDF")
    assert pdf.headers["cache-control"] == "no-store"
    fin = table.post("fin", version=str(table.dossier.version))
    assert "La séance est terminée" in fin.text
    assert "storage" in fin.headers["clear-site-data"]


@pytest.fixture(scope="module")
def piegee(application: FastAPI) -> Table:
    """A dossier whose every free field holds the trap."""
    table = open_table(application, "piegee")
    table.tell(1)
    code = table.seance.premiers[0]
    ajoute = next(c for c in table.application.state.service.catalogue.metiers if c not in table.seance.premiers)
    for geste, champs in (
        ("experience", {"titre": PIEGE, "recit": PIEGE, "nature": "benevolat"}),
        ("centre", {"centre": PIEGE}),
        ("souhait", {"souhait": PIEGE}),
        ("diplome", {"texte": PIEGE}),
        ("contrainte", {"texte": PIEGE}),
        ("ecarter", {"code_rome": table.seance.premiers[3], "motif": "autre", "motif-dit": PIEGE}),
        ("metier-ajouter", {"code_rome": ajoute, "par": PIEGE}),
        ("parcours", {"code_rome": code, "certification": "RNCP1", "voie": PIEGE}),
        ("formation", {"code_rome": code} | dict.fromkeys(("identifiant", "intitule", "organisme", "commune"), PIEGE)),
        ("convenu", {"texte": PIEGE}),
        ("etape", {"texte": PIEGE, "contact": PIEGE}),
        ("paroles", {"paroles": PIEGE}),
        ("epingler", {"code_rome": code}),
    ):  # fmt: skip
        assert table.do(geste, **champs).status_code == 303, geste
    table.post("notes", version=str(table.dossier.version), notes=PIEGE)
    return table


@pytest.mark.parametrize("ecran", ECRANS)
def test_nothing_typed_ever_runs_and_nothing_is_kept_by_the_browser(piegee: Table, ecran: str) -> None:
    code, autre = piegee.seance.premiers[:2]
    reponse = piegee.get(ecran.format(code=code, autre=autre))
    assert reponse.status_code == 200
    assert "<script>alert" not in reponse.text
    assert "<img src=x" not in reponse.text
    assert not re.search(r"""value="[^"]*["']><img""", reponse.text)
    assert reponse.headers["cache-control"] == "no-store"
    if ecran != "synthese":
        assert "default-src 'none'" in reponse.headers["content-security-policy"]


@pytest.mark.parametrize("geste", sorted(GESTES))
def test_a_form_refused_shows_what_was_typed_and_runs_nothing(table: Table, geste: str) -> None:
    reponse = table.do(geste, **dict.fromkeys(("titre", "texte", "commune", "annees", "code", "code_rome"), PIEGE))
    assert reponse.status_code in {303, 422}
    assert "<script>alert" not in reponse.text
    if reponse.status_code == 422 and geste == "lieu":
        assert escape(PIEGE) in reponse.text


def test_notes_stay_out_of_everything_else(table: Table) -> None:
    table.tell(1)
    secret = "parle peu, revoir seule"
    assert table.post("notes", version=str(table.dossier.version), notes=secret).status_code == 303
    table.do("epingler", code_rome=table.seance.premiers[0])
    assert secret in table.get("notes").text
    assert secret not in table.dossier.contenu
    code, autre = table.seance.premiers[:2]
    for ecran in (*ECRANS, "fichier"):
        if ecran != "notes":
            assert secret not in table.get(ecran.format(code=code, autre=autre)).text, ecran
    assert secret in table.get("export").text, "la personne a droit à tout ce qui est gardé"


def test_someone_else_writing_loses_nothing(table: Table) -> None:
    table.tell(1)
    lue = table.dossier.version
    table.do("convenu", texte="écrit par l'autre")
    reponse = table.do_at(lue, "convenu", texte="écrit par moi", vers="conclure")
    assert reponse.status_code == 409
    dit = words_of(reponse.text)
    assert "écrit par moi" in dit
    assert "écrit par l'autre" in html.unescape(dit)
    assert table.seance.convenu == ("écrit par l'autre",)
    # The screen carries the form with the version that is there: nothing is typed again.
    champs = dict(
        re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', reponse.text.split("Ce que vous env")[1])
    )
    rejoue = {nom: html.unescape(valeur) for nom, valeur in champs.items() if nom != "jeton_csrf"}
    assert table.post("gestes", **rejoue).status_code == 303
    assert list(table.seance.convenu) == ["écrit par l'autre", "écrit par moi"]


def test_the_same_form_sent_twice_is_written_once(table: Table) -> None:
    """Its answer was lost on the way: the browser sends it again."""
    version = table.dossier.version
    premier = table.do_at(version, "experience", titre="serveuse", nature="emploi")
    second = table.do_at(version, "experience", titre="serveuse", nature="emploi")
    assert premier.status_code == second.status_code == 303
    assert len(table.seance.experiences) == 1


def test_notes_of_two_people_are_both_shown(table: Table) -> None:
    lue = str(table.dossier.version)
    table.post("notes", version=lue, notes="notes de l'autre")
    reponse = table.post("notes", version=lue, notes="mes notes à moi")
    assert reponse.status_code == 409
    assert "notes de l&#39;autre" in reponse.text
    assert "mes notes à moi" in reponse.text
    assert table.dossier.notes == "notes de l'autre"


def test_a_fragment_is_the_screen_alone_written_before_it_is_shown(table: Table) -> None:
    table.tell(1)
    reponse = table.navigateur.client.post(
        f"{table.adresse}/gestes",
        data={"geste": "souhait", "souhait": "travailler dehors", "version": str(table.dossier.version)},
        headers={"X-Fragment": "1", "X-Jeton-CSRF": table.navigateur.csrf},
    )
    assert reponse.status_code == 200
    assert reponse.text.lstrip().startswith("<main")
    assert "<html" not in reponse.text
    assert f'name="version" value="{table.dossier.version}"' in reponse.text
    assert table.seance.souhait == "travailler dehors"
    assert reponse.headers["x-adresse"] == table.adresse


def test_without_a_record_nothing_is_left(application: FastAPI) -> None:
    table = open_table(application, trace=False)
    table.tell(1)
    fin = table.post("fin", version=str(table.dossier.version))
    assert "Tout est effacé" in fin.text
    assert table.get().status_code == 404
    assert table.adresse not in table.navigateur.client.get("/conseiller").text


def test_no_record_without_consent_and_no_name(application: FastAPI) -> None:
    navigateur = open_table(application).navigateur
    for champs in ({"pseudonyme": "Bleuet"}, {"pseudonyme": "06 12 34 56 78", "accord": "oui"}, {"accord": "oui"}):
        corps = {"jeton_csrf": navigateur.csrf, "trace": "oui", **champs}
        reponse = navigateur.client.post("/conseiller/dossiers", data=corps)
        assert reponse.status_code == 422, champs
        assert 'role="alert"' in reponse.text


def test_erasing_gives_a_proof_that_says_nothing(table: Table) -> None:
    assert table.post("effacer").status_code == 422
    reponse = table.post("effacer", sur="oui")
    assert "Preuve d&#39;effacement" in reponse.text or "Preuve d'effacement" in reponse.text
    assert "Bleuet" not in reponse.text
    assert table.identifiant not in reponse.text
    assert table.get().status_code == 404


def test_a_closed_dossier_is_read_and_reopened(table: Table) -> None:
    table.tell(1)
    table.post("fin", version=str(table.dossier.version), clore="oui")
    assert table.get().status_code == 200
    assert table.do("convenu", texte="trop tard").status_code == 422
    assert table.post("rouvrir").status_code == 303
    assert table.do("convenu", texte="de nouveau").status_code == 303


def test_a_file_goes_to_orientation_and_comes_back(application: FastAPI, table: Table) -> None:
    table.tell(2)
    code = str(table.seance.competences[0].code)
    table.do("competence", code=code, etat="confirmee")
    table.do("epingler", code_rome=table.seance.premiers[0])
    table.do("lieu", commune="Nantes")
    fichier = table.get("fichier").content
    etat = read_file(fichier)
    assert etat.gardes == table.seance.epingles
    assert [str(c.code) for c in etat.competences] == [code]
    autre = open_table(application)
    reponse = autre.navigateur.client.post(
        f"{autre.adresse}/fichier",
        data={"jeton_csrf": autre.navigateur.csrf, "version": "1"},
        files={"fichier": ("azimut-mes-pistes.json", fichier)},
    )
    assert reponse.status_code == 303
    assert autre.seance.epingles == table.seance.epingles
    assert [c.origine for c in autre.seance.confirmees] == ["fichier"]
    assert {e.code_rome for e in autre.seance.experiences} == {
        e.code_rome for e in table.seance.experiences if e.code_rome
    }


@pytest.mark.parametrize("contenu", [b"", b"\x00\xff" * 500, b"[" * 5_000, b"{" + b'"a":' * 2_000, b"x" * 200_000])
def test_a_hostile_file_changes_nothing(table: Table, contenu: bytes) -> None:
    reponse = table.navigateur.client.post(
        f"{table.adresse}/fichier",
        data={"jeton_csrf": table.navigateur.csrf, "version": "1"},
        files={"fichier": ("../../etc/passwd", contenu)},
    )
    assert reponse.status_code == 422
    assert table.dossier.version == 1


def test_the_next_time_tells_what_changed(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    table.tell(1)
    monkeypatch.setattr(
        "api.web.conseiller.travail.AUTRE_FOIS", type(table.dossier.modifie_le - table.dossier.modifie_le)(0)
    )
    table.do("experience", titre="maçonne", nature="emploi")
    monkeypatch.undo()
    page = words_of(table.get("historique").text)
    assert "Ce qui a changé depuis le" in page
    assert "maçonne" in page
    assert read_seance(table.dossier.contenu).avant is not None


def test_the_two_questions_are_counted_without_the_person(application: FastAPI, table: Table) -> None:
    base = application.state.guichet.base
    avant = sum(c.nombre for c in read_opinions(base))
    table.do("avis", trouve="oui", clair="non")
    table.post("fin", version=str(table.dossier.version))
    assert sum(c.nombre for c in read_opinions(base)) == avant + 2
    table.post("fin", version=str(table.dossier.version))
    assert sum(c.nombre for c in read_opinions(base)) == avant + 2, "une autre fois, les mêmes réponses"


def test_a_shared_device_keeps_nothing(application: FastAPI) -> None:
    table = open_table(application, trace=False)
    client = table.navigateur.client
    client.post("/conseiller/poste", data={"jeton_csrf": table.navigateur.csrf, "partage": "oui"})
    assert 'data-partage="oui"' in table.get().text
    fin = table.post("fin", version="1")
    assert "votre session est fermée" in fin.text
    assert client.get("/conseiller").headers["location"].startswith("/conseiller/connexion")


def test_the_export_holds_all_that_is_kept(table: Table) -> None:
    table.tell(1)
    corps = table.get("export").json()
    assert corps["pseudonyme"] == "Bleuet 12"
    assert len(corps["versions"]) == table.dossier.version
    assert "vendeuse en boulangerie" in json.dumps(corps, ensure_ascii=False)


def test_even_a_pseudonym_runs_nothing(application: FastAPI) -> None:
    navigateur = open_table(application).navigateur
    corps = {"jeton_csrf": navigateur.csrf, "trace": "oui", "accord": "oui", "pseudonyme": "<b onclick=alert(1)>x</b>"}
    reponse = navigateur.client.post("/conseiller/dossiers", data=corps)
    assert reponse.status_code == 303
    for adresse in ("/conseiller", reponse.headers["location"], f"{reponse.headers['location']}/synthese"):
        assert "<b onclick" not in navigateur.client.get(adresse).text


def test_the_history_tells_runs_once(table: Table) -> None:
    table.tell(3)
    page = words_of(table.get("historique").text)
    assert "expérience ajoutée (3 fois)" in page
    assert "Depuis la version 2" in words_of(table.get("historique?version=2").text)
    assert table.get("historique?version=99").status_code == 404


def test_what_cannot_be_read_is_neither_lost_nor_written_over(table: Table) -> None:
    """A dossier written by another version of Azimut."""
    dossiers, etrange = table.application.state.dossiers, '{"v":9,"souhait":"plus tard"}'
    dossiers.save(table.navigateur.conseiller, table.identifiant, 1, contenu=etrange, notes="", motif="autre version")
    assert "ne peut pas relire ce dossier" in table.get().text
    for suite, champs in (
        ("gestes", {"geste": "convenu", "texte": "x", "version": "2"}),
        ("fichier", {"fichier": "{}"}),
    ):
        assert table.post(suite, **champs).status_code == 422
    assert table.post("fin", version="2").status_code == 200
    assert table.dossier.contenu == etrange
    assert "plus tard" in table.get("export").text
    assert "Preuve" in table.post("effacer", sur="oui").text


@pytest.mark.parametrize("version", ["", "0", "-1", "²", "x", "9" * 5_000, "١"])
def test_a_version_that_is_none_is_refused(table: Table, version: str) -> None:
    assert table.post("gestes", geste="convenu", texte="x", version=version).status_code == 422
    assert table.post("notes", notes="x", version=version).status_code == 409
    assert table.do("lieu", commune="Nantes", rayon=version).status_code == 303

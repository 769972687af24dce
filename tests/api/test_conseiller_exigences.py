"""What a demanding conseillère, then the person, would not forgive: told wrong, lost on the way, or never told."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote

import pytest
from fastapi import FastAPI
from markupsafe import escape

from api.app import create_app
from api.conseil.effacement import read_proof, verify_proof
from api.service import Service
from api.settings import Settings
from api.web.conseiller.graphiques import draw_charts
from api.web.widget.contexte import questionnaire
from referentiels.types import CodeRome
from tests.api.espace import enter
from tests.api.seances import Table, open_table, words_of


@pytest.fixture(scope="module")
def application(socle: Service, tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    var: Path = tmp_path_factory.mktemp("var")
    return create_app(Settings(var=var, quota_adresse=0, quota_pages=0, quota_connexion=0), socle)


@pytest.fixture
def table(application: FastAPI) -> Iterator[Table]:
    yield open_table(application)


def document(table: Table) -> str:
    return words_of(table.get("synthese").text)


@pytest.mark.parametrize(("role", "page"), [("responsable", "chiffres"), ("administrateur", "administration")])
def test_who_holds_no_dossier_arrives_on_their_own_page(application: FastAPI, role: str, page: str) -> None:
    reponse = enter(application, role, role=role).client.get("/conseiller")
    assert (reponse.status_code, reponse.headers["location"]) == (303, f"/conseiller/{page}")


def test_what_nobody_confirmed_is_never_told_as_known(table: Table) -> None:
    """A métier that was done lends compétences to the engine: to the person, they are questions."""
    table.tell(1)
    code = table.seance.premiers[0]
    table.do("epingler", code_rome=code)
    fiche = words_of(table.get(f"metiers/{code}").text)
    assert "À vérifier ensemble" in fiche
    assert "Rien de ce que vous avez confirmé" in fiche
    comparaison = words_of(table.get(f"comparer?m={code}&m={table.seance.premiers[1]}").text)
    assert comparaison.count("rien de confirmé ensemble") == 2
    assert "Vous avez déjà Rien de sûr" in document(table)
    moteur = table.application.state.service
    dite = next(c.competence for c in moteur.catalogue.fiche(CodeRome(code)).competences if c.coeur_metier)
    table.do("competence-ajouter", texte=dite.libelle)
    assert [c.code for c in table.seance.confirmees] == [dite.code_ogr]
    assert re.search(rf"Vous avez déjà «\s{re.escape(str(escape(dite.libelle)))}\s»\s*À apprendre", document(table))
    assert str(escape(dite.libelle)) in words_of(table.get(f"metiers/{code}").text)


def test_the_words_of_what_is_done_unpaid_count(table: Table) -> None:
    """Someone who mends engines at home is not further from mending them than someone who never did."""
    moteur = table.application.state.service
    table.do("experience", nature="vie_personnelle", titre="je fais le pain et les gâteaux", annees="3")
    [dite] = table.seance.experiences
    table.do("experience-metier", experience=dite.identifiant, texte="Boulanger / Boulangère")
    assert table.seance.to_profile(questionnaire()).experiences[0].texte is None, "un métier choisi à la main"
    table.do("experience", nature="benevolat", titre="boulangère", annees="3")
    profil = table.seance.to_profile(questionnaire())
    assert [e.texte for e in profil.experiences] == [None, "boulangère"]
    assert "D1102" not in moteur.recommender.assess(profil).compris.exerces, "bénévole : à explorer encore"


def test_the_document_tells_the_way_that_was_chosen_and_no_other(table: Table) -> None:
    table.tell(1)
    moteur = table.application.state.service
    forme = r'name="certification" value="(\w+)"><input type="hidden" name="voie" value="([^"]+)"'
    pages = ((c, re.search(forme, table.get(f"parcours/{c}").text)) for c in moteur.catalogue.metiers)
    code, choix = next((c, trouve) for c, trouve in pages if trouve)
    table.do("parcours", code_rome=code, certification=choix[1], voie=choix[2])
    table.do("formation", code_rome=code, identifiant="partie", intitule="Formation d'autrefois", organisme="Greta Est")
    page = document(table)
    assert re.search(rf"Façons d'y entrer {re.escape(choix[2])} (?!,)", page.replace("&#39;", "'"))
    assert "Formation d&#39;autrefois" in page
    assert "Greta Est" in page
    assert "Métiers sur la route" not in page, "personne n'a choisi de passer par là"
    conclure = words_of(table.get("conclure").text)
    assert choix[2] in conclure
    assert "Formation d&#39;autrefois" in conclure


def test_the_document_leaves_out_nothing_that_was_written_down(table: Table) -> None:
    table.tell()
    for n in range(4):
        table.do("contrainte", texte=f"contrainte {n}")
    table.do("condition", texte="travail de nuit", mode="exclure")
    table.do("centre", centre="la couture")
    table.do("diplome", texte="CAP cuisine", niveau="3")
    table.do("souhait", souhait="dehors\nau calme\nprès de chez moi")
    table.do("paroles", paroles="J'avance.\nJe sais où aller.\nMerci.")
    page = document(table)
    for dit in (
        "contrainte 3",
        "Je ne veux pas : Travail de nuit",
        "la couture",
        "CAP cuisine",
        "près de chez moi",
        "Merci.",
    ):
        assert dit in page, dit
    assert "… et" not in page.partition("Métiers à explorer")[0]


def test_the_document_tells_whose_idea_a_metier_was(table: Table) -> None:
    table.tell(1)
    hors = [c for c in table.application.state.service.catalogue.metiers if c not in table.seance.premiers][:2]
    for code, qui in zip(hors, ("personne", "conseiller"), strict=True):
        table.do("metier-ajouter", code_rome=code, par=qui)
    page = document(table)
    assert page.count("(choisi par vous)") == 1
    assert page.count("Votre conseillère ou conseiller vous l&#39;a proposé") == 1
    assert words_of(table.get("conclure").text).count(" ajouté") == 2


def test_the_proof_that_is_handed_over_can_be_verified(table: Table) -> None:
    page = table.post("effacer", sur="oui").text
    lien = re.search(r'href="data:application/json;charset=utf-8,([^"]+)" download="azimut-preuve.json"', page)
    assert lien
    preuve = read_proof(json.loads(unquote(lien[1])))
    dossiers = table.application.state.dossiers
    assert verify_proof(dossiers._base, dossiers._coffre, preuve)
    assert not verify_proof(dossiers._base, dossiers._coffre, replace(preuve, lignes=preuve.lignes + 1))


def test_the_next_time_begins_with_what_was_left(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    table.tell(1)
    table.do("convenu", texte="Visiter un atelier")
    version = table.dossier.version
    monkeypatch.setattr("api.web.conseiller.travail.AUTRE_FOIS", timedelta(0))
    assert "Visiter un atelier" in words_of(table.get().text)
    assert "Ce qui a changé depuis le" in words_of(table.get("historique").text)
    assert table.dossier.version == version, "lire n'écrit rien"
    monkeypatch.undo()
    assert "La dernière fois" not in table.get().text


def test_a_reason_that_is_missing_is_asked_where_it_was_typed(table: Table) -> None:
    table.tell(1)
    code = table.seance.premiers[1]
    page = table.do("ecarter", code_rome=code, motif="autre", vers="metiers").text
    assert f'id="d-{code}" open' in page
    assert page.count("aria-invalid") == 1
    bloc = page.partition(f'id="d-{code}"')[2].partition("</details>")[0]
    assert '<option value="autre" selected>' in bloc


def test_an_unknown_condition_is_answered_with_those_that_are_near(table: Table) -> None:
    page = table.do("condition", texte="zorglub", mode="exclure").text
    assert "condition connue" in page
    assert '<option value="exclure" selected>' in page
    assert page.count("<option value=") > 20, "les conditions que l'on peut dire"


def test_what_was_written_is_said(table: Table) -> None:
    assert "Notes enregistrées." in table.navigateur.client.get(
        table.post("notes", notes="à revoir", version=str(table.dossier.version)).headers["location"]
    ).text  # fmt: skip
    accord = table.post("consentement", accord="oui", version=str(table.dossier.version))
    assert "Accord enregistré." in table.navigateur.client.get(accord.headers["location"]).text
    for champ in ("notes", "dossier"):
        assert "enregistré" not in words_of(table.get(champ).text).partition("Plus")[2][:400]


def test_two_families_of_metiers_never_share_a_chart(socle: Service) -> None:
    modele = next(
        i for code in socle.catalogue.metiers for i in socle.catalogue.indicateurs(code, None) if i.statut == "publie"
    )
    deux = [
        replace(modele, indicateur="repartition_salaires", detail=detail, valeur=50.0, libelle_objet=famille)
        for famille in ("Secrétaires", "Cadres")
        for detail in ("Moins de 1250 €", "1250 € ou plus")
    ]
    graphiques = draw_charts(deux)
    assert [len(g.barres) for g in graphiques] == [2, 2]
    assert len({g.titre for g in graphiques}) == 2
    tensions = [replace(modele, indicateur="tension", valeur=n, libelle_objet=f) for n, f in ((2.0, "A"), (4.0, "B"))]
    assert len({b.titre for g in draw_charts(tensions) for b in g.barres}) == 2


def test_the_paper_has_a_way_back_that_is_not_printed(table: Table) -> None:
    page = table.get("synthese").text
    assert f'<nav class="retour" aria-label="Retour"><a href="{table.adresse}/conclure">' in page
    assert "Revenir" not in page.partition("<main>")[2]


def test_how_far_is_told_as_the_person_said(table: Table) -> None:
    table.tell(1)
    table.do("lieu", commune="Nantes", rayon="5")
    pages = document(table) + words_of(table.get("comparer?m=" + "&m=".join(table.seance.premiers[:4])).text)
    assert "30 km" not in pages


def test_what_would_change_nothing_is_folded_and_one_is_singular(table: Table) -> None:
    table.tell()
    for n, valeur in enumerate(("oui", "non", "oui"), 1):
        table.do("gout", item=f"R0{n}", valeur=valeur)
    for dite in table.seance.competences[:3]:
        table.do("competence", code=str(dite.code), etat="confirmee")
    page = words_of(table.get("changements").text)
    assert not re.search(r"\b1 des (\d+|dix) premiers métiers changeraient", page)
    avant = page.partition("Ce qui, retiré seul")[0]
    assert "resteraient les mêmes" not in avant

"""Ways to a métier by the API and the command line: shapes, errors, nothing kept, an index that adds up."""

import logging
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pydantic import BaseModel

from api.app import create_app
from api.service import Service
from api.settings import Settings
from api.v1 import modeles, modeles_parcours
from recommender.config import load_config
from recommender.pipeline import Recommender
from referentiels import types as t
from referentiels.catalogue import Catalogue
from referentiels.schema import TABLES
from referentiels.store import Store, write_store
from tests.api.essai import BP, CAP, RechercheEssai, _rows

RECOMMANDER = "/api/v1/recommandations"
EFFETS = "/api/v1/recommandations/effets"
PARCOURS, POURQUOI = "/api/v1/metiers/D1102/parcours", "/api/v1/metiers/D1102/pourquoi"
SUITES = "/api/v1/certifications/RNCP11111/suites"
ROUTES = (PARCOURS, POURQUOI, EFFETS)
BTS, ANCIENNE = t.NumeroFiche("RNCP33333"), t.NumeroFiche("RNCP44444")
PROFIL: dict[str, Any] = {
    "experiences": [{"code_rome": "D1104", "annees": 4}],
    "competences": ["coudre à la machine"],
    "souhait": "boulanger",
    "territoire": {"commune": "Nantes", "rayon_km": 20},
}
JSON = {"Content-Type": "application/json"}
AXES = {"attrait": {"souhait", "ensemble", "cas", "interets", "conditions"}}


def build_riche(dossier: Path) -> Catalogue:
    """The small catalogue, with blocs that cover, formations, and certifications that follow one another."""
    rows = _rows()
    brevet, couture = rows[t.Certification]
    rows[t.Certification] += [
        replace(brevet, numero=BTS, intitule="Diplôme supérieur de boulange", niveau=5),
        replace(couture, numero=ANCIENNE, intitule="Ancien brevet", niveau=4, active=False),
    ]
    rows[t.CertificationRome].append(t.CertificationRome(BTS, t.CodeRome("D1102"), "D1102", "essai"))
    rows[t.ContinuiteCertification] = [t.ContinuiteCertification(ANCIENNE, BP, "essai")]
    rows[t.BlocCompetences] = [
        t.BlocCompetences(t.CodeBloc("RNCP11111BC01"), BP, "Savoir pétrir et <façonner> des pâtes", "", "essai"),
        t.BlocCompetences(t.CodeBloc("RNCP11111BC02"), BP, "Tenir une caisse", "", "essai"),
    ]
    rows[t.CertificationVoie] += [t.CertificationVoie(BP, "vae", True, "essai")]
    rows[t.Mobilite] += [t.Mobilite(t.CodeRome("D1104"), t.CodeRome("D1102"), 1)]
    rows[t.Organisme] = [t.Organisme(f"s:{n}", f"École {n}", None, None, None, "s") for n in range(4)]
    rows[t.Formation] = [
        t.Formation(f"f{n}", f"BP BOULANGE {n}", BP, None, (), 4, None, 400, f"s:{n}", None, "s", False)
        for n in range(4)
    ]
    voies: tuple[t.Voie, ...] = ("apprentissage", "apprentissage", "scolaire", "continue")
    rows[t.ActionFormation] = [
        t.ActionFormation(f"f{n}/0", f"f{n}", voie, None, t.CodeCommune("44109"), None, None, None, None)
        for n, voie in enumerate(voies)
    ]
    chemin = dossier / "catalogue.sqlite"
    write_store(chemin, [(table, rows.get(table.nature, [])) for table in TABLES])
    return Catalogue(Store(chemin), "catalogue-riche")


def build_service(dossier: Path) -> Service:
    """A service over that catalogue."""
    catalogue = build_riche(dossier)
    recherche = RechercheEssai(catalogue)
    return Service(catalogue, recherche, Recommender(catalogue, recherche, load_config(None)))


@pytest.fixture(scope="module")
def riche(tmp_path_factory: pytest.TempPathFactory) -> Service:
    return build_service(tmp_path_factory.mktemp("riche"))


@pytest.fixture(scope="module")
def client(riche: Service, settings: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(settings, riche), base_url="http://azimut.test") as client:
        yield client


def recommander(client: TestClient, profil: Mapping[str, Any]) -> dict[str, Any]:
    corps: dict[str, Any] = client.post(RECOMMANDER, json=profil).json()
    return corps


# --- shapes -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("profil", [PROFIL, {}, {"souhait": "boulanger"}, {"experiences": [{"code_rome": "D1102"}]}])
@pytest.mark.parametrize(
    ("adresse", "modele"),
    [
        (PARCOURS, modeles_parcours.ParcoursModele),
        (POURQUOI, modeles_parcours.PourquoiModele),
        (EFFETS, modeles_parcours.EffetsModele),
        ("/api/v1/metiers/n4101/parcours", modeles_parcours.ParcoursModele),
        ("/api/v1/metiers/N4101/pourquoi", modeles_parcours.PourquoiModele),
    ],
)
def test_answers_have_the_published_shape_and_are_kept_nowhere(
    client: TestClient, adresse: str, modele: type[BaseModel], profil: dict[str, Any]
) -> None:
    reponse = client.post(adresse, json=profil)
    assert reponse.status_code == 200
    modele.model_validate(reponse.json(), strict=True)
    assert reponse.headers["cache-control"] == "no-store"
    assert "etag" not in reponse.headers
    assert "set-cookie" not in reponse.headers
    assert reponse.json()["provenance"]["config"]


def test_the_way_holds_blocs_certifications_formations_and_steps(client: TestClient) -> None:
    corps = client.post(PARCOURS, json=PROFIL).json()
    couverture = corps["couverture"]
    (bloc,) = couverture["blocs"]
    assert bloc["code"] == "RNCP11111BC01"
    assert [lien["code"] for lien in bloc["couvre"]] == [1]
    assert bloc["couvre"][0]["par"] == "mots"
    assert 0.5 < bloc["couvre"][0]["probabilite"] < 1
    assert (couverture["part"], couverture["exact"], couverture["borne"]) == (1.0, True, 1.0)
    assert 0 < couverture["part_totale"] < 1
    manquantes = corps["metier"]["competences"]["manquantes"]
    assert {lien["code"] for lien in bloc["couvre"]} <= {c["code"] for c in manquantes}
    (premiere,) = [c for c in corps["certifications"] if c["numero"] == BP]
    assert premiere["blocs"] == ["RNCP11111BC01"]
    assert premiere["blocs_en_tout"] == 2
    assert [voie["voie"] for voie in premiere["voies"]] == ["apprentissage", "vae"]
    assert all(voie["phrase"] for voie in premiere["voies"])
    assert corps["metier"]["formations"]["total"] == 4
    assert {f["commune"] for f in corps["metier"]["formations"]["proches"]} == {"Nantes"}
    (chemin,) = corps["chemins"]
    assert (chemin["depart"]["code_rome"], chemin["depart_dit"]) == ("D1104", True)
    assert [etape["code_rome"] for etape in chemin["etapes"]] == ["D1102"]
    assert corps["phrases"]
    assert corps["jour"] == date.today().isoformat()


def test_who_holds_all_has_nothing_to_learn(client: TestClient) -> None:
    corps = client.post(PARCOURS, json={"experiences": [{"code_rome": "D1102", "annees": 10}]}).json()
    assert corps["metier"]["competences"]["manquantes"] == []
    assert corps["couverture"]["blocs"] == []
    assert corps["couverture"]["part_totale"] in {0.0, 1.0}


def test_a_preferred_way_in_leaves_no_other_out(client: TestClient) -> None:
    tout = client.post(PARCOURS, json=PROFIL).json()["metier"]["formations"]
    for voie in ("scolaire", "continue"):
        choisi = client.post(f"{PARCOURS}?voie={voie}&voie=vae", json=PROFIL).json()["metier"]["formations"]
        assert choisi["total"] == tout["total"] == 4
        assert choisi["proches"][0]["voie"] == voie
        assert {f["identifiant"] for f in choisi["proches"]} == {f["identifiant"] for f in tout["proches"]}


def test_an_empty_profile_is_told_what_the_metier_asks(client: TestClient) -> None:
    corps = client.post(PARCOURS, json={}).json()
    assert corps["metier"]["indice"] == 0
    assert corps["metier"]["explications"] == []
    assert corps["metier"]["competences"]["acquises"] == []
    assert {c["code"] for c in corps["metier"]["competences"]["manquantes"]} == {1, 2, 9, 300}
    assert client.post(EFFETS, json={}).json()["effets"] == []
    pourquoi = client.post(POURQUOI, json={}).json()
    assert (pourquoi["rang"], pourquoi["metier"]) == (None, None)
    assert any("Pour commencer" in phrase for phrase in pourquoi["phrases"])


@pytest.mark.parametrize("commune", ["Nowhere-sur-Mer", "99999", "<script>"])
def test_an_unknown_commune_hides_nothing(client: TestClient, commune: str) -> None:
    ailleurs = {**PROFIL, "territoire": {"commune": commune}}
    corps, connu = client.post(PARCOURS, json=ailleurs).json(), client.post(PARCOURS, json=PROFIL).json()
    assert corps["metier"]["formations"]["total"] == 4
    assert {f["distance_km"] for f in corps["metier"]["formations"]["proches"]} == {None}
    assert corps["metier"]["indice"] == connu["metier"]["indice"]
    assert corps["chemins"] == connu["chemins"]


# --- why, and what weighs ---------------------------------------------------------------------------------------------


def test_why_gives_the_rank_of_the_list(client: TestClient) -> None:
    liste = recommander(client, PROFIL)["metiers"]
    for rang, propose in enumerate(liste, start=1):
        corps = client.post(f"/api/v1/metiers/{propose['code_rome']}/pourquoi", json=PROFIL).json()
        assert corps["rang"] == rang
        assert corps["metier"]["indice"] == propose["indice"]
        assert corps["metier"]["explications"] == propose["explications"]
        assert any(f"rang {rang} " in phrase for phrase in corps["phrases"])


@pytest.mark.parametrize(
    ("profil", "mots"),
    [
        ({**PROFIL, "exclusions": ["D1102"]}, "Vous avez demandé de l'écarter"),
        ({"experiences": [{"code_rome": "D1102"}]}, "déjà exercé"),
        ({"competences": ["tailler des végétaux"]}, "n'y mène"),
    ],
)
def test_why_not_tells_the_true_cause(client: TestClient, profil: dict[str, Any], mots: str) -> None:
    corps = client.post(POURQUOI, json=profil).json()
    assert corps["rang"] is None
    assert mots in corps["phrases"][0]
    assert "D1102" not in {m["code_rome"] for m in recommander(client, profil)["metiers"]}


def test_effects_are_what_happens_without_each_thing(client: TestClient) -> None:
    effets = client.post(EFFETS, json=PROFIL).json()["effets"]
    assert {e["champ"] for e in effets} == {"souhait", "experiences[0]", "competences[0]"}
    assert [e["restes"] for e in effets] == sorted(e["restes"] for e in effets)
    premiers = [m["code_rome"] for m in recommander(client, PROFIL)["metiers"][:10]]
    sans = {
        "souhait": {**PROFIL, "souhait": ""},
        "experiences[0]": {**PROFIL, "experiences": []},
        "competences[0]": {**PROFIL, "competences": []},
    }
    for effet in effets:
        autres = [m["code_rome"] for m in recommander(client, sans[effet["champ"]])["metiers"][:10]]
        assert effet["restes"] == sum(code in autres for code in premiers)
        assert [e["code_rome"] for e in effet["entrants"]] == [code for code in autres if code not in premiers]
        assert effet["libelle"] in effet["phrase"]


def test_sex_and_age_change_no_way(client: TestClient) -> None:
    for adresse in ROUTES:
        nu = client.post(adresse, json=PROFIL).json()
        assert client.post(adresse, json={**PROFIL, "sexe": "F", "age": 61, "nom": "Martin"}).json() == nu


# --- what comes after -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["RNCP11111", "11111", "rncp22222", ANCIENNE])
def test_what_comes_after_is_cacheable(client: TestClient, code: str) -> None:
    adresse = f"/api/v1/certifications/{code}/suites"
    reponse = client.get(adresse)
    modeles_parcours.EtApresModele.model_validate(reponse.json(), strict=True)
    marque = reponse.headers["etag"]
    assert reponse.headers["cache-control"].startswith("public")
    inchange = client.get(adresse, headers={"If-None-Match": marque})
    assert (inchange.status_code, inchange.content) == (304, b"")
    assert client.get(adresse, headers={"If-None-Match": '"autre"'}).status_code == 200


def test_a_replaced_certification_opens_what_its_heir_opens(client: TestClient) -> None:
    metiers = client.get(f"/api/v1/certifications/{ANCIENNE}/suites").json()["metiers"]
    assert [(m["code_rome"], m["par"]) for m in metiers] == [("D1102", BP)]


def test_a_further_certification_follows_and_a_lower_one_does_not(client: TestClient) -> None:
    assert [s["numero"] for s in client.get(SUITES).json()["suites"]] == [BTS]
    assert client.get(f"/api/v1/certifications/{BTS}/suites").json()["suites"] == []
    assert client.get(f"/api/v1/certifications/{CAP}/suites").json()["suites"] == []


# --- errors -----------------------------------------------------------------------------------------------------------


def check_problem(reponse: Any, statut: int, cle: str) -> dict[str, Any]:
    assert reponse.status_code == statut
    assert reponse.headers["content-type"] == "application/problem+json"
    assert reponse.headers["cache-control"] == "no-store"
    corps: dict[str, Any] = reponse.json()
    modeles.ProblemeModele.model_validate(corps, strict=True)
    assert corps["type"] == f"/erreurs/{cle}"
    assert corps["conseil"]
    assert not re.search(r"\b(?:field|input|value|valid|should|error)\b", f"{corps['title']} {corps['detail']}", re.I)
    return corps


@pytest.mark.parametrize("suffixe", ["parcours", "pourquoi"])
def test_an_unknown_metier_names_the_nearest_ones(client: TestClient, suffixe: str) -> None:
    reponse = client.post(f"/api/v1/metiers/D1103/{suffixe}", json=PROFIL)
    assert reponse.status_code in {404, 422}
    corps = check_problem(reponse, reponse.status_code, "code-inconnu")
    assert "D1102" in corps["proches"]
    assert "D1103" in corps["detail"]


def test_an_unknown_certification_is_not_found(client: TestClient) -> None:
    check_problem(client.get("/api/v1/certifications/RNCP9/suites"), 404, "code-inconnu")


@pytest.mark.parametrize("adresse", ROUTES)
@pytest.mark.parametrize(
    ("contenu", "entetes", "statut", "cle"),
    [
        (b"{", JSON, 400, "json-illisible"),
        (b"[1]", JSON, 400, "json-illisible"),
        (b"", JSON, 400, "json-illisible"),
        (b"{}", {"Content-Type": "text/plain"}, 415, "format-refuse"),
        (b'{"souhait": 3}', JSON, 422, "saisie-invalide"),
        (b'{"souhait": "boulanger", "ponderation": {"charme": 1}}', JSON, 422, "saisie-invalide"),
        (b" " * 300_000, JSON, 413, "corps-trop-grand"),
    ],
)
def test_wrong_bodies_are_told_apart(
    client: TestClient, adresse: str, contenu: bytes, entetes: dict[str, str], statut: int, cle: str
) -> None:
    check_problem(client.post(adresse, content=contenu, headers=entetes), statut, cle)


def test_an_unknown_way_in_names_the_known_ones(client: TestClient) -> None:
    corps = check_problem(client.post(f"{PARCOURS}?voie=vae&voie=piston", json=PROFIL), 422, "saisie-invalide")
    assert corps["erreurs"][0]["champ"].startswith("voie")
    assert "apprentissage" in corps["erreurs"][0]["message"]


def test_these_addresses_take_no_other_method(client: TestClient) -> None:
    for adresse in ROUTES:
        check_problem(client.get(adresse), 405, "methode-refusee")
    check_problem(client.post(SUITES, json={}), 405, "methode-refusee")


def test_no_word_of_a_person_reaches_the_journal(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    mot = "zanzibarette"
    with caplog.at_level(logging.DEBUG):
        for adresse in ROUTES:
            client.post(adresse, json={"souhait": mot, "competences": [mot], "territoire": {"commune": mot}})
            client.post(adresse, json={"competences": [{"texte": mot, "niveau": mot}]})
        client.post(f"/api/v1/metiers/{mot}/parcours", json=PROFIL)
        client.post(f"{PARCOURS}?voie={mot}", json=PROFIL)
        client.get(f"/api/v1/certifications/{mot}/suites")
    notres = [r.getMessage() for r in caplog.records if not r.name.startswith("httpx")]
    assert len([m for m in notres if " ms" in m]) == 9
    assert not [m for m in notres if mot in m]


# --- the new fields of a recommendation -------------------------------------------------------------------------------


def read_formula(formule: str) -> tuple[float, float, float]:
    nombre = r"(\d+(?:,\d+)?)"
    trouve = re.match(rf"indice = \({nombre} × attrait \+ {nombre} × portée\) ÷ {nombre}\.", formule)
    assert trouve is not None, formule
    attrait, portee, total = (float(n.replace(",", ".")) for n in trouve.groups())
    return attrait, portee, total


@pytest.mark.parametrize(
    "propre",
    [{}, {"marche": 2}, {"souhait": 0}, {"competences": 3, "mobilites": 0}, {"souhait": 0.3, "marche": 0.7}],
)
def test_the_index_can_be_made_again_from_the_answer(client: TestClient, propre: dict[str, float]) -> None:
    profil = {**PROFIL, "interets": {"riasec": {"R": 1}}, "conditions": {}, "ponderation": propre}
    corps = recommander(client, profil)
    poids_attrait, poids_portee, total = read_formula(corps["formule"])
    ponderation = corps["ponderation"]
    assert {critere: ponderation[critere] for critere in propre} == propre
    assert poids_attrait == pytest.approx(sum(ponderation[c] for c in AXES["attrait"]), abs=1e-9)
    assert poids_portee == pytest.approx(sum(v for c, v in ponderation.items() if c not in AXES["attrait"]), abs=1e-9)
    assert total >= poids_attrait + poids_portee - 1e-9
    assert len(corps["metiers"]) > 3
    for metier in corps["metiers"]:
        refait = (poids_attrait * metier["attrait"] + poids_portee * metier["portee"]) / total
        assert metier["indice"] == pytest.approx(refait, abs=1e-9)
        assert metier["indice"] == pytest.approx(sum(e["contribution"] for e in metier["explications"]), abs=1e-9)
        for axe, poids in (("attrait", poids_attrait), ("portee", poids_portee)):
            part = sum(e["contribution"] for e in metier["explications"] if e["axe"] == axe)
            assert metier[axe] == pytest.approx(part * total / poids if poids else 0.0, abs=1e-9)
        for e in metier["explications"]:
            assert e["axe"] == ("attrait" if e["critere"] in AXES["attrait"] else "portee")
            assert ponderation[e["critere"]] > 0
            assert e["phrase"]
            assert e["preuves"]


def test_the_market_weighs_only_when_asked(client: TestClient) -> None:
    defaut = recommander(client, PROFIL)
    demande = recommander(client, {**PROFIL, "ponderation": {"marche": 1}})
    assert defaut["ponderation"]["marche"] == 0
    assert demande["ponderation"]["marche"] == 1
    assert "marche 0" in defaut["formule"]
    assert "marche 1" in demande["formule"]
    criteres = {e["critere"] for m in defaut["metiers"] for e in m["explications"]}
    assert "souhait" in criteres
    assert "marche" not in criteres


def test_each_metier_shows_its_nearest_formations_of_the_day(client: TestClient) -> None:
    corps = recommander(client, PROFIL)
    assert corps["jour"] == date.today().isoformat()
    par_code = {m["code_rome"]: m for m in corps["metiers"]}
    assert par_code["D1102"]["formations"]["total"] == 4
    assert 0 < len(par_code["D1102"]["formations"]["proches"]) <= 3
    assert par_code["B1803"]["formations"]["proches"] == []
    for metier in corps["metiers"]:
        assert all(isinstance(geste, str) and geste for geste in metier["gestes"])

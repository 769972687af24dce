"""The routes of version 1, held to the shapes they publish."""

import logging
from datetime import date
from typing import Any, cast

import pytest
from fastapi.testclient import TestClient
from pydantic import BaseModel

from api.app import create_app
from api.cache import DUREE
from api.profils.profil import EXEMPLE
from api.reponses.commun import answer_as_dict
from api.service import Service
from api.settings import Settings
from api.v1 import modeles, modeles_fiches, modeles_interets
from recommender.pipeline import Recommender
from recommender.types import Profil, Recommandation
from referentiels.errors import CorruptCatalogueError

RECOMMANDER = "/api/v1/recommandations"
LECTURES = (
    "/api/v1/recherche?q=boulangère",
    "/api/v1/metiers/D1102",
    "/api/v1/certifications/RNCP11111",
    "/api/v1/territoires?q=nantes",
)


def test_the_questionnaire_asks_until_it_knows(client: TestClient) -> None:
    reponses: list[dict[str, str]] = []
    while True:
        reponse = client.post("/api/v1/interets", json={"reponses": reponses})
        assert reponse.status_code == 200
        assert reponse.headers["cache-control"] == "no-store"
        corps = modeles_interets.QuestionnaireModele.model_validate(reponse.json())
        if corps.question is None:
            break
        aime = corps.question.identifiant.startswith("S")
        reponses.append({"identifiant": corps.question.identifiant, "valeur": "oui" if aime else "non"})
    assert 8 <= len(reponses) <= 15
    assert corps.gouts.tete[0] == ["S"]
    assert corps.gouts.riasec["S"] == max(corps.gouts.riasec.values())
    profil = {"interets": {"riasec": reponse.json()["gouts"]["riasec"]}}
    assert client.post(RECOMMANDER, json=profil).status_code == 200


@pytest.mark.parametrize(
    "corps",
    [
        {"reponses": [{"identifiant": "Z99", "valeur": "oui"}]},
        {"reponses": [{"identifiant": "R01", "valeur": "peut-être"}]},
        {"reponses": "non"},
        {"age": 12},
    ],
)
def test_a_bad_answer_to_the_questionnaire_is_refused(client: TestClient, corps: dict[str, object]) -> None:
    reponse = client.post("/api/v1/interets", json=corps)
    assert reponse.status_code == 422
    assert reponse.json()["erreurs"][0]["message"]


@pytest.mark.parametrize(
    ("adresse", "modele"),
    [
        ("/api/v1/sante", modeles.SanteModele),
        ("/api/v1/recherche?q=boulangère", modeles.RechercheModele),
        ("/api/v1/metiers/D1102", modeles_fiches.MetierModele),
        ("/api/v1/metiers/d1104", modeles_fiches.MetierModele),
        ("/api/v1/certifications/11111", modeles_fiches.CertificationModele),
        ("/api/v1/certifications/RNCP22222", modeles_fiches.CertificationModele),
        ("/api/v1/territoires?q=44", modeles.TerritoiresModele),
    ],
)
def test_reads_answer_the_published_shape(client: TestClient, adresse: str, modele: type[BaseModel]) -> None:
    reponse = client.get(adresse)
    assert reponse.status_code == 200
    modele.model_validate(reponse.json(), strict=True)


@pytest.mark.parametrize("profil", [EXEMPLE, {"competences": ["coudre à la machine"]}, {"souhait": "boulanger"}, {}])
def test_recommendations_answer_the_published_shape(client: TestClient, profil: dict[str, Any]) -> None:
    reponse = client.post(RECOMMANDER, json=profil)
    assert reponse.status_code == 200
    modeles.RecommandationModele.model_validate(reponse.json(), strict=True)
    assert reponse.headers["cache-control"] == "no-store"


def test_a_recommendation_carries_its_reasons_and_its_provenance(client: TestClient) -> None:
    corps = client.post(RECOMMANDER, json={"competences": ["coudre à la machine"], "sexe": "F", "x": 1}).json()
    premier = corps["metiers"][0]
    assert premier["code_rome"] == "B1803"
    assert premier["explications"][0]["phrase"]
    assert [c["code"] for c in premier["competences"]["acquises"]] == [6]
    assert [c["code"] for c in premier["competences"]["manquantes"]] == [7]
    attendue = {"numero": "RNCP22222", "intitule": "Certificat de couture", "niveau": 3}
    assert premier["certifications"] == [attendue]
    assert corps["compris"][0]["libelle"] == "Coudre à la machine"
    assert corps["avertissements"][:2] == [
        "Champ « sexe » : Azimut n'en tient jamais compte.",
        "Champ inconnu « x » : ignoré.",
    ]
    assert corps["provenance"]["catalogue"] == "catalogue-essai"
    assert corps["provenance"]["index"] == "index-essai"
    assert [s["demonstration"] for s in corps["provenance"]["sources"]] == [False, True]
    assert corps["nombre_evalues"] == 8


def test_the_answer_is_the_engine_s_own(client: TestClient, service: Service) -> None:
    profil, jour = Profil(souhait="boulanger"), date.today()
    reponse = service.recommender.recommend(profil, 3)
    formations = service.guide.near(profil, reponse, jour)
    directe = answer_as_dict(reponse, service.catalogue, "index-essai", (), formations, jour)
    assert client.post(f"{RECOMMANDER}?limite=3", json={"souhait": "boulanger"}).json() == directe


def test_sex_age_and_names_change_nothing_but_a_warning(client: TestClient) -> None:
    profil = {"competences": ["tenir une caisse"], "souhait": "vendeur"}
    nu = client.post(RECOMMANDER, json=profil).json()
    charge = client.post(RECOMMANDER, json={**profil, "sexe": "F", "age": 60, "nom": "Martin"}).json()
    assert len(charge.pop("avertissements")) == len(nu.pop("avertissements")) + 3
    assert charge == nu


def test_an_empty_profile_is_guided(client: TestClient) -> None:
    corps = client.post(RECOMMANDER, json={}).json()
    assert corps["metiers"] == []
    assert any("Pour commencer" in phrase for phrase in corps["avertissements"])


def test_the_limit_is_kept(client: TestClient) -> None:
    profil = {"competences": ["tenir une caisse", "lire un plan", "conduire une cuisson au four"]}
    assert len(client.post(f"{RECOMMANDER}?limite=2", json=profil).json()["metiers"]) == 2
    for limite in ("0", "101", "deux"):
        reponse = client.post(f"{RECOMMANDER}?limite={limite}", json=profil)
        assert reponse.status_code == 422
        assert reponse.json()["erreurs"][0]["champ"] == "limite"


def test_search_keeps_to_the_natures_asked_for(client: TestClient) -> None:
    corps = client.get("/api/v1/recherche?q=conduire&nature=competence&nature=metier&limite=50").json()
    assert {r["nature"] for r in corps["resultats"]} == {"competence"}
    assert client.get("/api/v1/recherche?q=%20").json()["resultats"] == []
    faute = client.get("/api/v1/recherche?q=x&nature=emploi").json()
    assert "metier" in faute["erreurs"][0]["message"]
    assert client.get("/api/v1/recherche").json()["erreurs"] == [{"champ": "q", "message": "ce champ est obligatoire."}]


@pytest.mark.parametrize("adresse", LECTURES)
def test_reads_are_kept_until_they_change(client: TestClient, adresse: str) -> None:
    reponse = client.get(adresse)
    marque = reponse.headers["etag"]
    assert f"max-age={DUREE}" in reponse.headers["cache-control"]
    inchange = client.get(adresse, headers={"If-None-Match": f'"autre", {marque}'})
    assert (inchange.status_code, inchange.content) == (304, b"")
    assert inchange.headers["etag"] == marque
    assert client.get(adresse, headers={"If-None-Match": 'W/"autre"'}).status_code == 200


def test_addresses_that_hold_a_person_s_words_stay_out_of_shared_caches(client: TestClient) -> None:
    assert client.get("/api/v1/recherche?q=x").headers["cache-control"].startswith("private")
    assert client.get("/api/v1/metiers/D1102").headers["cache-control"].startswith("public")


def test_long_answers_are_compressed(client: TestClient) -> None:
    reponse = client.get("/api/v1/metiers/D1102", headers={"Accept-Encoding": "gzip"})
    assert reponse.headers["content-encoding"] == "gzip"
    assert "accept-encoding" in reponse.headers["vary"].lower()


@pytest.mark.parametrize("adresse", ["/", "/api/v1/sante", "/rien", "/static/azimut.css", "/api/v1/metiers/Z9"])
def test_every_answer_wears_the_security_headers(client: TestClient, adresse: str) -> None:
    entetes = client.get(adresse).headers
    politique = entetes["content-security-policy"]
    assert "default-src 'none'" in politique
    assert "frame-ancestors 'none'" in politique
    assert "unsafe" not in politique
    assert entetes["x-content-type-options"] == "nosniff"
    assert entetes["referrer-policy"] == "no-referrer"


def test_an_unknown_code_is_a_problem_with_a_way_out(client: TestClient) -> None:
    reponse = client.get("/api/v1/metiers/D1103")
    assert reponse.status_code == 404
    assert reponse.headers["content-type"] == "application/problem+json"
    corps = reponse.json()
    modeles.ProblemeModele.model_validate(corps, strict=True)
    assert corps["type"] == "/erreurs/code-inconnu"
    assert "D1102" in corps["proches"]
    assert client.get(corps["type"]).status_code == 200


@pytest.mark.parametrize(
    ("corps", "entetes", "statut", "cle"),
    [
        (b"{", {"Content-Type": "application/json"}, 400, "json-illisible"),
        (b"\xff\xfe", {"Content-Type": "application/json"}, 400, "json-illisible"),
        (b"[" * 10_000, {"Content-Type": "application/json"}, 400, "json-trop-profond"),
        (b"[" * 100_000, {"Content-Type": "application/json"}, 413, "corps-trop-grand"),
        (b"", {"Content-Type": "application/json"}, 400, "json-illisible"),
        (b"[1]", {"Content-Type": "application/json"}, 400, "json-illisible"),
        (b"{}", {"Content-Type": "text/plain"}, 415, "format-refuse"),
        (b'{"souhait": 3}', {"Content-Type": "application/json"}, 422, "saisie-invalide"),
        (b'{"souhait": "\\ud800"}', {"Content-Type": "application/json"}, 422, "saisie-invalide"),
        (b'{"ponderation": {"charme": 1}}', {"Content-Type": "application/json"}, 422, "saisie-invalide"),
        (b" " * 300_000, {"Content-Type": "application/json"}, 413, "corps-trop-grand"),
    ],
)
def test_wrong_bodies_are_told_apart(
    client: TestClient, corps: bytes, entetes: dict[str, str], statut: int, cle: str
) -> None:
    reponse = client.post(RECOMMANDER, content=corps, headers=entetes)
    assert reponse.status_code == statut
    assert reponse.headers["content-type"] == "application/problem+json"
    probleme = reponse.json()
    assert probleme["type"] == f"/erreurs/{cle}"
    assert probleme["conseil"]


def test_strange_keys_and_numbers_never_break_the_answer(client: TestClient) -> None:
    corps = b'{"\\ud800cle\\u0000": 1, "souhait": "boulanger", "age": 1e400, "nom": NaN}'
    reponse = client.post(RECOMMANDER, content=corps, headers={"Content-Type": "application/json"})
    assert reponse.status_code == 200
    assert len(reponse.json()["avertissements"]) >= 2


def test_a_body_sent_in_pieces_is_measured_too(client: TestClient) -> None:
    morceaux = (b" " * 10_000 for _ in range(40))
    reponse = client.post(RECOMMANDER, content=morceaux, headers={"Content-Type": "application/json"})
    assert reponse.status_code == 413


def test_unknown_places_and_methods_are_problems(client: TestClient) -> None:
    absente = client.get("/api/v1/rien")
    assert (absente.status_code, absente.json()["type"]) == (404, "/erreurs/page-inconnue")
    refusee = client.delete("/api/v1/sante")
    assert (refusee.status_code, refusee.json()["type"]) == (405, "/erreurs/methode-refusee")
    assert refusee.headers["allow"] == "GET, HEAD"


class MoteurCasse:
    """An engine that fails as told."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def recommend(self, _profil: Profil, _limite: int, /) -> Recommandation:
        raise self.error


def casser(service: Service, settings: Settings, error: Exception) -> TestClient:
    moteur = cast("Recommender", MoteurCasse(error))
    return TestClient(create_app(settings, Service(service.catalogue, service.recherche, moteur)))


def test_the_unforeseen_tells_nothing_of_our_insides(
    service: Service, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    casse = casser(service, settings, RuntimeError("/etc/secret et les mots de la personne"))
    with caplog.at_level(logging.INFO, "azimut"):
        reponse = casse.post(RECOMMANDER, json={"souhait": "boulanger"})
    assert reponse.status_code == 500
    assert reponse.json()["type"] == "/erreurs/erreur-interne"
    assert "secret" not in reponse.text
    assert "secret" not in caplog.text
    assert "RuntimeError" in caplog.text
    assert reponse.headers["x-content-type-options"] == "nosniff"


def test_a_broken_catalogue_asks_to_come_back(service: Service, settings: Settings) -> None:
    reponse = casser(service, settings, CorruptCatalogueError("fichier abîmé")).post(RECOMMANDER, json={"souhait": "x"})
    assert (reponse.status_code, reponse.headers["retry-after"]) == (503, "60")
    assert "abîmé" not in reponse.text


def test_no_word_of_a_person_reaches_the_journal(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    mot = "zanzibarette"
    with caplog.at_level(logging.DEBUG):
        client.post(RECOMMANDER, json={"souhait": mot, "competences": [mot], "nom": mot, mot: 1})
        client.post(RECOMMANDER, json={"competences": [{"texte": mot, "niveau": mot}]})
        client.post(RECOMMANDER, content=mot, headers={"Content-Type": "application/json"})
        client.get("/api/v1/recherche", params={"q": mot})
        client.get("/api/v1/territoires", params={"q": mot})
        client.get(f"/api/v1/metiers/{mot}")
        client.get(f"/{mot}")
        client.post("/", data={"savoir": mot, "commune": mot})
    notres = [r.getMessage() for r in caplog.records if not r.name.startswith("httpx")]
    assert len([m for m in notres if " ms" in m]) == 8
    assert not [m for m in notres if mot in m]


def test_openapi_is_in_french_with_examples(client: TestClient) -> None:
    schema = client.get("/openapi.json").json()
    assert schema["openapi"].startswith("3.1")
    operations = [o for chemin in schema["paths"].values() for o in chemin.values()]
    assert operations
    for operation in operations:
        assert operation["summary"]
        assert operation["description"]
        for parametre in operation.get("parameters", []):
            assert parametre["description"]
    exemples = schema["paths"][RECOMMANDER]["post"]["requestBody"]["content"]["application/json"]["examples"]
    for exemple in exemples.values():
        assert client.post(RECOMMANDER, json=exemple["value"]).status_code == 200
    assert "ProblemeModele" in schema["components"]["schemas"]
    assert "HTTPValidationError" not in str(schema)


@pytest.mark.parametrize("adresse", ["/", "/api/v1/sante", "/api/v1/metiers/D1102", "/metiers/D1102"])
def test_head_answers_as_get_without_a_body(client: TestClient, adresse: str) -> None:
    pleine, vide = client.get(adresse), client.head(adresse)
    assert (vide.status_code, vide.content) == (pleine.status_code, b"")
    assert vide.headers["content-type"] == pleine.headers["content-type"]
    assert "content-security-policy" in vide.headers

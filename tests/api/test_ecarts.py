"""The gap between a profile and a métier, and the ways from a métier to another."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.service import Service
from api.settings import Settings
from api.v1 import modeles_ecarts
from tests.api.test_parcours import PARCOURS, PROFIL, build_service

ECARTS, TRAJET = "/api/v1/ecarts", "/api/v1/parcours"


@pytest.fixture(scope="module")
def riche(tmp_path_factory: pytest.TempPathFactory) -> Service:
    return build_service(tmp_path_factory.mktemp("ecarts"))


@pytest.fixture(scope="module")
def client(riche: Service, settings: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(settings.model_copy(update={"quota_adresse": 0}), riche)) as client:
        yield client


def trajet(client: TestClient, **parametres: Any) -> modeles_ecarts.TrajetModele:
    reponse = client.get(TRAJET, params=parametres)
    assert reponse.status_code == 200, reponse.text
    return modeles_ecarts.TrajetModele.model_validate(reponse.json(), strict=True)


@pytest.mark.parametrize("profil", [PROFIL, {}, {"souhait": "boulanger"}, {"experiences": [{"code_rome": "D1102"}]}])
def test_the_gap_is_that_of_the_whole_way_without_formations_nor_steps(
    client: TestClient, profil: dict[str, Any]
) -> None:
    reponse = client.post(ECARTS, json={"metier": "d1102", "profil": profil})
    assert reponse.headers["cache-control"] == "no-store"
    ecart = modeles_ecarts.EcartsModele.model_validate(reponse.json(), strict=True)
    entier = client.post(PARCOURS, json=profil).json()
    corps = reponse.json()
    assert corps["couverture"] == entier["couverture"]
    assert corps["certifications"] == entier["certifications"]
    assert corps["portee"] == entier["metier"]["portee"]
    for part in ("acquises", "transferables"):
        assert corps["competences"][part] == entier["metier"]["competences"][part]
    importances = [c.importance for c in ecart.competences.manquantes]
    assert importances == sorted(importances, reverse=True)
    assert entier["metier"]["formations"]["remarque"] not in ecart.phrases


def test_what_was_not_read_is_said_and_each_fault_is_named(client: TestClient) -> None:
    corps = client.post(ECARTS, json={"metier": "D1102", "profil": {"age": 30}}).json()
    assert corps["avertissements"] == ["Champ « age » : Azimut n'en tient jamais compte."]
    for envoi, champ in (
        ({"metier": "D1103"}, "metier"),
        ({}, "metier"),
        ({"metier": "D1102", "voies": ["avion"]}, "voies[0]"),
        ({"metier": "D1102", "profil": {"competences": [{"code": 1, "niveau": 9}]}}, "profil.competences[0].niveau"),
    ):
        reponse = client.post(ECARTS, json=envoi)
        assert (reponse.status_code, reponse.json()["erreurs"][0]["champ"]) == (422, champ)
    assert "D1102" in client.post(ECARTS, json={"metier": "D1103"}).json()["proches"]


def test_a_step_says_what_it_teaches_and_the_last_one_what_is_left(client: TestClient) -> None:
    reponse = trajet(client, de="d1104", vers="D1102")
    directe = reponse.chemins[0]
    [etape] = directe.etapes
    assert (etape.lien, etape.code_rome) == ("mobilite", "D1102")
    # Of what bread asks, pastry already asked for cooking and hygiene: kneading and fermentation are left.
    assert {a.code for a in etape.apprend} == {1, 300}
    assert (etape.apprend_en_tout, etape.dont_pour_l_arrivee) == (2, 2)
    assert (reponse.pourquoi, reponse.plus_long, reponse.certifications) == (None, None, [])


def test_several_ways_go_by_other_metiers(client: TestClient) -> None:
    chemins = trajet(client, de="B1803", vers="N4101", nombre=5).chemins
    milieux = [e.code_rome for chemin in chemins for e in chemin.etapes[:-1]]
    assert chemins
    assert len(milieux) == len(set(milieux))
    assert [c.cout for c in chemins] == sorted(c.cout for c in chemins)
    assert all(c.etapes[-1].code_rome == "N4101" for c in chemins)


def test_no_way_says_why_and_proposes(client: TestClient) -> None:
    # Sewing → electronics → driving: two steps are one too many here, and the shortest way is told.
    court = trajet(client, de="B1803", vers="N4101", etapes=1)
    assert court.chemins == []
    assert court.pourquoi is not None
    assert "en une étape" in court.pourquoi
    assert court.plus_long is not None
    assert [e.code_rome for e in court.plus_long.etapes] == ["H2202", "N4101"]
    assert [(m.code_rome, m.etapes) for m in court.a_portee] == [("H2202", 1)]
    # Nothing leads from gardens to bread: its certifications do.
    aucun = trajet(client, de="A1203", vers="D1102")
    assert (aucun.chemins, aucun.plus_long, aucun.a_portee) == ([], None, [])
    assert "Aucun chemin plus long" in (aucun.pourquoi or "")
    assert [c.numero for c in aucun.certifications] == ["RNCP11111", "RNCP33333"]
    assert "même métier" in (trajet(client, de="D1102", vers="d1102").pourquoi or "")


@pytest.mark.parametrize(
    ("parametres", "statut", "champ"),
    [
        ({"de": "D1103", "vers": "D1102"}, 404, "de"),
        ({"de": "D1102", "vers": "Z"}, 404, "vers"),
        ({"de": "D1102"}, 422, "vers"),
        ({"de": "D1102", "vers": "D1104", "etapes": 4}, 422, "etapes"),
        ({"de": "D1102", "vers": "D1104", "nombre": 0}, 422, "nombre"),
    ],
)
def test_bad_ends_are_problems(client: TestClient, parametres: dict[str, Any], statut: int, champ: str) -> None:
    reponse = client.get(TRAJET, params=parametres)
    assert (reponse.status_code, reponse.json()["erreurs"][0]["champ"]) == (statut, champ)


def test_ways_are_public_and_kept(client: TestClient) -> None:
    reponse = client.get(TRAJET, params={"de": "D1102", "vers": "D1104"})
    assert reponse.headers["cache-control"].startswith("public")
    assert "etag" in reponse.headers

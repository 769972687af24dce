"""Whole lists page by page, and past versions of the catalogue read where they are kept."""

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.app import create_app
from api.lectures.versions import OUVERTS_MAX, Archives
from api.service import Service
from api.settings import Settings
from api.v1 import modeles, modeles_fiches, modeles_listes
from api.v1.routes_versions import EXEMPLE
from recommender.config import load_config
from recommender.pipeline import Recommender
from referentiels import types as t
from referentiels.catalogue import COURANT, FICHIER, MANIFESTE, Catalogue, file_digest
from referentiels.schema import SCHEMA, TABLES
from referentiels.store import write_store
from tests.api.essai import RechercheEssai, _rows

METIERS, CERTIFICATIONS, FICHE = "/api/v1/metiers", "/api/v1/certifications", "/api/v1/metiers/D1102"
JOURS = (1_000_000_000, 1_100_000_000, 1_200_000_000, 1_300_000_000)
"""2001-09-09, 2004-11-09, 2008-01-10 and 2011-03-13."""


def build_version(racine: Path, intitule: str, moment: int) -> str:
    """A built catalogue whose D1102 bears a name of its own; its hash."""
    rows = _rows()
    rows[t.Metier][0] = replace(rows[t.Metier][0], intitule=intitule)
    provisoire = racine / "provisoire"
    provisoire.mkdir(parents=True)
    write_store(provisoire / FICHIER, [(table, rows.get(table.nature, [])) for table in TABLES])
    empreinte = file_digest(provisoire / FICHIER)
    manifeste = provisoire / MANIFESTE
    manifeste.write_text(json.dumps({"schema": SCHEMA, "empreinte": empreinte, "lignes": {}}))
    os.utime(manifeste, (moment, moment))
    provisoire.rename(racine / empreinte[:16])
    return empreinte[:16]


def build_versions(racine: Path) -> list[str]:
    """Four versions: three published one after the other, and one that was never put in service."""
    noms = [build_version(racine, f"Boulanger {n}", moment) for n, moment in enumerate(JOURS)]
    (racine / COURANT).write_text(noms[2])
    return noms


def serve(racine: Path) -> FastAPI:
    catalogue = Catalogue.load(racine)
    recherche = RechercheEssai(catalogue)
    service = Service(catalogue, recherche, Recommender(catalogue, recherche, load_config(None)))
    return create_app(Settings(var=racine.parent, quota_adresse=0), service)


@pytest.fixture(scope="module")
def racine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("versions") / "catalogue"


@pytest.fixture(scope="module")
def noms(racine: Path) -> list[str]:
    return build_versions(racine)


@pytest.fixture(scope="module")
def client(racine: Path, noms: list[str]) -> Iterator[TestClient]:
    with TestClient(serve(racine), base_url="http://azimut.test") as client:
        yield client


def test_every_metier_is_listed_by_following_the_link(client: TestClient) -> None:
    adresse, codes = f"{METIERS}?limite=3", []
    while adresse:
        reponse = client.get(adresse)
        corps = modeles_listes.MetiersModele.model_validate(reponse.json(), strict=True)
        codes += [m.code_rome for m in corps.metiers]
        adresse = reponse.links["next"]["url"] if "next" in reponse.links else ""
    assert codes == sorted(codes)
    assert len(codes) == len(set(codes)) == corps.total == 8


@pytest.mark.parametrize(
    ("parametres", "codes"),
    [
        ({"domaine": "D11"}, ["D1102", "D1104", "D1106"]),
        ({"domaine": "d"}, ["D1102", "D1104", "D1106"]),
        ({"domaine": "N"}, ["N4101"]),
    ],
)
def test_metiers_are_filtered_by_domaine(client: TestClient, parametres: dict[str, Any], codes: list[str]) -> None:
    corps = client.get(METIERS, params=parametres).json()
    assert [m["code_rome"] for m in corps["metiers"]] == codes
    inconnu = client.get(METIERS, params={"domaine": "D99"})
    corps = inconnu.json()
    assert (inconnu.status_code, corps["erreurs"][0]["champ"], corps["proches"]) == (404, "domaine", ["D11"])


@pytest.mark.parametrize(
    ("parametres", "numeros"),
    [
        ({}, ["RNCP11111"]),
        ({"actives": False}, ["RNCP11111", "RNCP22222"]),
        ({"actives": False, "niveau": 3}, ["RNCP22222"]),
        ({"niveau": [3, 4]}, ["RNCP11111"]),
        ({"domaine": "B", "actives": False}, ["RNCP22222"]),
        ({"repertoire": "RS"}, []),
    ],
)
def test_certifications_are_filtered(client: TestClient, parametres: dict[str, Any], numeros: list[str]) -> None:
    reponse = client.get(CERTIFICATIONS, params=parametres)
    corps = modeles_listes.CertificationsModele.model_validate(reponse.json(), strict=True)
    assert [c.numero for c in corps.certifications] == numeros
    assert corps.total == len(numeros)


def test_lists_are_cut_and_their_cursors_kept_to_their_filters(client: TestClient) -> None:
    premiere = client.get(CERTIFICATIONS, params={"actives": False, "limite": 1}).json()
    suite = {"actives": False, "limite": 1, "curseur": premiere["suivant"]}
    assert [c["numero"] for c in client.get(CERTIFICATIONS, params=suite).json()["certifications"]] == ["RNCP22222"]
    assert client.get(CERTIFICATIONS, params={**suite, "actives": True}).status_code == 422
    assert client.get(METIERS, params={"curseur": premiere["suivant"]}).status_code == 422


def test_a_search_goes_on_where_it_stopped(client: TestClient) -> None:
    entiere = client.get("/api/v1/recherche", params={"q": "conduire lire aider", "limite": 50}).json()["resultats"]
    assert len(entiere) > 1
    adresse, vus = "/api/v1/recherche?q=conduire lire aider&limite=1", []
    while adresse:
        reponse = client.get(adresse)
        modeles.RechercheModele.model_validate(reponse.json(), strict=True)
        vus += reponse.json()["resultats"]
        adresse = reponse.links["next"]["url"] if "next" in reponse.links else ""
    assert vus == entiere


def test_versions_tell_what_answers_are_made_of(client: TestClient, noms: list[str]) -> None:
    reponse = client.get("/api/v1/versions")
    corps = modeles_listes.VersionsModele.model_validate(reponse.json(), strict=True)
    assert "etag" in reponse.headers
    assert (corps.catalogue, corps.index, corps.modele) == (noms[2], "index-essai", None)
    assert corps.config == load_config(None).empreinte
    assert corps.construit == "2008-01-10T21:20:00+00:00"
    assert [s.cle for s in corps.sources] == ["essai", "socle_formations"]
    modeles_listes.VersionsModele.model_validate(EXEMPLE, strict=True)
    # The one in service first; the one that was built and never published is none.
    assert [(v.hash, v.en_service) for v in corps.gardees] == [(noms[2], True), (noms[1], False), (noms[0], False)]


def test_a_kept_version_is_read_by_its_hash_or_its_day(client: TestClient, noms: list[str]) -> None:
    for parametres, rang in (
        ({}, 2),
        ({"version": noms[2]}, 2),
        ({"version": noms[0]}, 0),
        ({"au": "2001-09-09"}, 0),
        ({"au": "2007-01-01"}, 1),
        ({"au": "2999-01-01"}, 2),
    ):
        reponse = client.get(FICHE, params=parametres)
        fiche = modeles_fiches.MetierModele.model_validate(reponse.json(), strict=True)
        assert fiche.intitule == f"Boulanger {rang}"
        assert fiche.provenance.catalogue == noms[rang]
        assert fiche.provenance.index == ("index-essai" if rang == 2 else "aucun")


@pytest.mark.parametrize(
    "adresse",
    [
        METIERS,
        CERTIFICATIONS,
        f"{FICHE}/indicateurs",
        f"{FICHE}/indicateurs.svg",
        f"{CERTIFICATIONS}/RNCP11111",
        f"{CERTIFICATIONS}/RNCP11111/blocs",
    ],
)
def test_every_card_and_list_has_its_past(client: TestClient, noms: list[str], adresse: str) -> None:
    assert client.get(adresse, params={"version": noms[0]}).status_code == 200
    assert client.get(adresse, params={"version": "0" * 16}).status_code == 404


@pytest.mark.parametrize(
    "parametres", [{"version": "0" * 16}, {"au": "1999-01-01"}, {"version": "../../etc"}, {"version": ""}]
)
def test_a_version_that_is_not_kept_names_those_that_are(
    client: TestClient, noms: list[str], parametres: dict[str, str]
) -> None:
    reponse = client.get(FICHE, params=parametres)
    corps = reponse.json()
    assert (reponse.status_code, corps["type"]) == (404, "/erreurs/version-non-gardee")
    assert corps["proches"] == [noms[2], noms[1], noms[0]]
    assert noms[0] in corps["detail"]


def test_a_version_and_a_day_do_not_go_together(client: TestClient, noms: list[str]) -> None:
    reponse = client.get(FICHE, params={"version": noms[0], "au": "2001-09-09"})
    assert (reponse.status_code, reponse.json()["erreurs"][0]["champ"]) == (422, "au")


def test_a_version_cleared_away_or_damaged_is_kept_no_more(tmp_path: Path) -> None:
    racine = tmp_path / "catalogue"
    noms = build_versions(racine)
    client = TestClient(serve(racine))
    (racine / noms[1] / FICHIER).write_bytes(b"abime")
    assert client.get(FICHE, params={"version": noms[1]}).status_code == 404
    assert client.get(FICHE, params={"version": noms[0], "commune": "44109"}).status_code == 200
    shutil.rmtree(racine / noms[0])
    reponse = client.get(FICHE, params={"version": noms[0], "rayon_km": 12})
    assert (reponse.status_code, noms[0] in reponse.json()["detail"]) == (404, False)


def test_few_past_catalogues_are_held_open(racine: Path, noms: list[str]) -> None:
    courant = Catalogue.open(racine / noms[3])
    archives = Archives(racine)
    ouverts = [archives.read(courant, nom, None) for nom in noms]
    assert [catalogue.version for catalogue in ouverts] == noms
    assert ouverts[3] is courant
    assert len(archives._ouverts) == OUVERTS_MAX
    assert archives.read(courant, noms[2], None) is ouverts[2]
    assert archives.read(courant, noms[0], None) is not ouverts[0]

"""Open data: whole tables in little memory, under their licences, safe in a spreadsheet, and kept while they hold."""

import csv
import io
import json
import threading
import time
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.lectures.export import Forme, Licences, find_jeu, neutralise, write_export
from api.lectures.jeux import JEUX, Colonne, Jeu, Ligne
from api.service import Service
from api.v1 import modeles_export, routes_export
from referentiels import types as t
from referentiels.catalogue import Catalogue
from referentiels.schema import TABLES
from referentiels.store import Store, write_store

EXPORT = "/api/v1/export"


def read_csv(octets: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(octets.decode(), newline="")))


@pytest.fixture(scope="module")
def liste(client_socle: TestClient) -> dict[str, Any]:
    reponse = client_socle.get(EXPORT)
    modeles_export.ExportModele.model_validate(reponse.json(), strict=True)
    corps: dict[str, Any] = reponse.json()
    return corps


def test_every_table_is_given_both_ways_with_the_same_rows(client_socle: TestClient, liste: dict[str, Any]) -> None:
    for jeu in liste["jeux"]:
        lignes = read_csv(client_socle.get(jeu["csv"]).content)
        objets = [json.loads(ligne) for ligne in client_socle.get(jeu["jsonl"]).text.splitlines()]
        assert len(lignes) == len(objets)
        assert lignes or jeu["cle"] == "continuites", f"{jeu['cle']} est vide"
        noms = [colonne["nom"] for colonne in jeu["colonnes"]]
        assert {tuple(ligne) for ligne in lignes} == {tuple(objet) for objet in objets}
        assert {tuple(ligne) for ligne in lignes} <= {tuple(noms)}
        assert all(colonne["sens"].endswith(".") for colonne in jeu["colonnes"])


def test_tables_hold_what_the_catalogue_holds(client_socle: TestClient, socle: Service) -> None:
    catalogue = socle.catalogue
    metiers = read_csv(client_socle.get(f"{EXPORT}/metiers.csv").content)
    assert {x["code_rome"]: x["intitule"] for x in metiers} == {
        m.code_rome: m.intitule for m in catalogue.metiers.values()
    }
    assert {x["emploi_cadre"] for x in metiers} <= {"true", "false", ""}
    chiffres = [json.loads(x) for x in client_socle.get(f"{EXPORT}/indicateurs.jsonl").text.splitlines()]
    assert len(chiffres) == catalogue.store.count(t.Mesure)
    assert all(x["unite"] and x["population"] and x["millesime"] and x["licence"] for x in chiffres)
    assert all(x["demonstration"] for x in chiffres)
    lieux = [json.loads(x) for x in client_socle.get(f"{EXPORT}/territoires.jsonl").text.splitlines()]
    assert next(x for x in lieux if x["code"] == "44109")["codes_postaux"][0] == "44000"
    formations = read_csv(client_socle.get(f"{EXPORT}/formations.csv").content)
    assert {x["action"] for x in formations} == {a.id for a in catalogue.all(t.ActionFormation)}


@pytest.mark.parametrize("debut", ["=1+1", "+33", "-5", "@somme", "\tx", "\rx", "＝1"])
def test_a_cell_is_never_a_formula(debut: str) -> None:
    assert neutralise(debut) == f"'{debut}"
    assert neutralise(f"a{debut}") == f"a{debut}"


class Inventee:
    """A table of our own: as many rows as asked, counted while they are read, and whether the reading was closed."""

    def __init__(self, nombre: int, ligne: Ligne) -> None:
        self.nombre, self.ligne, self.lues, self.fermee = nombre, ligne, 0, threading.Event()

    def __call__(self, _store: Store, _sources: object) -> Iterator[Ligne]:
        try:
            for _ in range(self.nombre):
                self.lues += 1
                yield self.ligne
        finally:
            self.fermee.set()

    def jeu(self) -> Jeu:
        return Jeu("metiers", "Essai", "rome", tuple(Colonne(f"c{n}", "Essai.") for n in range(len(self.ligne))), self)


@pytest.mark.parametrize("forme", ["csv", "jsonl"])
def test_values_of_every_kind_are_written(catalogue_socle: Catalogue, forme: Forme) -> None:
    ligne: Ligne = ('=a "b"\nc', -1.5, 3, True, None, date(2026, 1, 2), ("=x", "y"))
    ecrit = b"".join(write_export(catalogue_socle, Inventee(1, ligne).jeu(), forme))
    if forme == "csv":
        [lue] = read_csv(ecrit)
        assert list(lue.values()) == ['\'=a "b"\nc', "-1.5", "3", "true", "", "2026-01-02", "'=x|y"]
    else:
        assert list(json.loads(ecrit).values()) == ['=a "b"\nc', -1.5, 3, True, None, "2026-01-02", ["=x", "y"]]


@pytest.mark.parametrize("forme", ["csv", "jsonl"])
def test_a_large_table_takes_no_more_memory_than_a_small_one(catalogue_socle: Catalogue, forme: Forme) -> None:
    def peak(nombre: int) -> tuple[int, int]:
        tracemalloc.start()
        octets = sum(
            len(morceau) for morceau in write_export(catalogue_socle, Inventee(nombre, ("x" * 100,)).jeu(), forme)
        )
        pic = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return octets, pic

    petit, grand = peak(2_000), peak(100_000)
    assert grand[0] > 40 * petit[0]
    assert grand[1] < 2 * petit[1] < 2_000_000


def test_a_real_table_is_read_row_by_row(catalogue_socle: Catalogue) -> None:
    jeu = find_jeu("metiers_competences")
    assert jeu is not None
    lignes = jeu.rows(Store(catalogue_socle.store.chemin, TABLES), frozenset({"socle"}))
    tracemalloc.start()
    nombre = sum(1 for _ in lignes)
    pic = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert nombre == catalogue_socle.store.count(t.MetierCompetence) > 5_000
    assert pic < 200_000


def _licensed(dossier: Path, licences: dict[str, str]) -> Catalogue:
    """A catalogue of one formation a source, each under a licence."""
    source = t.SourceChargee(
        "", "Titre", "formations", "officiel", "Nous", "", "2026", (), "", 1, 0, False
    )  # fmt: skip
    formation = t.Formation("", "Formation", None, None, (), None, None, None, None, None, "")
    rows: dict[type[Any], list[Any]] = {
        t.SourceChargee: [replace(source, cle=cle, licence=licence) for cle, licence in licences.items()],
        t.Formation: [replace(formation, id=cle, source=cle) for cle in licences],
    }
    chemin = dossier / "catalogue.sqlite"
    write_store(chemin, [(table, rows.get(table.nature, [])) for table in TABLES])
    return Catalogue(Store(chemin, TABLES), "essai")


def test_only_what_a_licence_allows_is_given(tmp_path: Path) -> None:
    licences = {"a": "Licence Ouverte 2.0", "b": "ODbL", "c": "Licence de chaque Carif-Oref", "d": "EUPL-1.2"}
    catalogue = _licensed(tmp_path, licences)
    jeu = find_jeu("formations")
    assert jeu is not None
    donnees = [json.loads(x) for x in b"".join(write_export(catalogue, jeu, "jsonl")).splitlines()]
    assert [x["source"] for x in donnees] == ["a", "d"]
    ecartees = {s.cle: raison for s, raison in Licences.of(catalogue, jeu).ecartees}
    assert set(ecartees) == {"b", "c"}
    assert "même licence" in ecartees["b"]


def test_sources_to_credit_and_left_out_are_told(liste: dict[str, Any], catalogue_socle: Catalogue) -> None:
    for jeu, dit in zip(JEUX, liste["jeux"], strict=True):
        attendues = {s.cle for s in catalogue_socle.sources if s.famille == jeu.famille}
        assert {s["cle"] for s in dit["sources"]} | {s["cle"] for s in dit["sources_ecartees"]} == attendues
        assert dit["sources"]


def test_a_file_is_kept_while_the_catalogue_holds(client_socle: TestClient) -> None:
    reponse = client_socle.get(f"{EXPORT}/mobilites.csv", headers={"Accept-Encoding": "gzip"})
    assert reponse.headers["content-encoding"] == "gzip"
    assert reponse.headers["content-type"] == "text/csv; charset=utf-8; header=present"
    assert reponse.headers["content-disposition"] == 'attachment; filename="azimut-mobilites.csv"'
    assert reponse.headers["cache-control"].startswith("public")
    encore = client_socle.get(f"{EXPORT}/mobilites.csv", headers={"If-None-Match": reponse.headers["etag"]})
    assert (encore.status_code, encore.content) == (304, b"")
    autre = client_socle.get(f"{EXPORT}/mobilites.jsonl", headers={"If-None-Match": reponse.headers["etag"]})
    assert autre.status_code == 200


@pytest.mark.parametrize("adresse", ["rien.csv", "metier.csv", "metiers.xml", "metiers", "../metiers.csv"])
def test_what_is_not_given_is_a_problem(client_socle: TestClient, adresse: str) -> None:
    reponse = client_socle.get(f"{EXPORT}/{adresse}")
    assert reponse.status_code == 404
    assert reponse.headers["content-type"] == "application/problem+json"
    assert "metiers" in client_socle.get(f"{EXPORT}/metier.csv").json()["proches"]


@pytest.mark.parametrize("encodage", ["gzip", "identity"])
def test_the_headers_alone_read_one_piece(
    client_socle: TestClient, monkeypatch: pytest.MonkeyPatch, encodage: str
) -> None:
    inventee = Inventee(50_000, ("x" * 200,))
    monkeypatch.setattr(routes_export, "find_jeu", lambda _cle: inventee.jeu())
    entetes = {"Accept-Encoding": encodage}
    tete = client_socle.head(f"{EXPORT}/metiers.csv", headers=entetes)
    assert (tete.status_code, tete.content) == (200, b"")
    assert inventee.lues < 1_000
    entier = client_socle.get(f"{EXPORT}/metiers.csv", headers=entetes)
    propres = {"x-request-id", "ratelimit"}
    assert {n: v for n, v in tete.headers.items() if n not in propres} == {
        n: v for n, v in entier.headers.items() if n not in propres
    }


@pytest.mark.enable_socket
def test_a_client_that_hangs_up_stops_the_reading(
    adresse_socle: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    immense = Inventee(50_000_000, ("x" * 200,))
    monkeypatch.setattr(routes_export, "find_jeu", lambda _cle: immense.jeu())
    connexion = HTTPConnection(adresse_socle.removeprefix("http://"), timeout=10)
    connexion.request("GET", f"{EXPORT}/metiers.csv")
    reponse = connexion.getresponse()
    assert len(reponse.read(100_000)) == 100_000
    reponse.close()
    connexion.close()
    assert immense.fermee.wait(10), "la lecture continue pour personne"
    lues = immense.lues
    time.sleep(0.1)
    assert immense.lues == lues < 5_000_000
    suivante = HTTPConnection(adresse_socle.removeprefix("http://"), timeout=10)
    suivante.request("GET", "/api/v1/sante")
    assert suivante.getresponse().status == 200
    suivante.close()
    assert not [r for r in caplog.records if r.levelname == "ERROR"]

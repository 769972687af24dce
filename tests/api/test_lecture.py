"""Cards read by anyone: what is joined to a métier, its figures as they are published, a certification in time."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pydantic import BaseModel

from api.lectures.fiches import trace_continuity
from api.reponses.fiches import certification_as_dict
from api.service import Service
from api.v1 import modeles_fiches as m
from recommender.couverture import VOIES
from referentiels import types as t
from referentiels.catalogue import Catalogue
from referentiels.schema import TABLES
from referentiels.store import Store, write_store

METIER = "/api/v1/metiers/D1102"


@pytest.fixture(scope="module")
def boulanger(client_socle: TestClient) -> dict[str, Any]:
    reponse = client_socle.get(METIER, params={"commune": "Nantes"})
    assert reponse.status_code == 200
    corps: dict[str, Any] = reponse.json()
    return corps


@pytest.mark.parametrize(
    ("adresse", "modele"),
    [
        (METIER, m.MetierModele),
        (f"{METIER}?commune=44109&rayon_km=5", m.MetierModele),
        (f"{METIER}/indicateurs", m.IndicateursModele),
        (f"{METIER}/indicateurs?commune=Nantes", m.IndicateursModele),
        ("/api/v1/certifications/RNCP37537", m.CertificationModele),
        ("/api/v1/certifications/37537/blocs", m.BlocsModele),
    ],
)
def test_cards_answer_the_published_shape(client_socle: TestClient, adresse: str, modele: type[BaseModel]) -> None:
    reponse = client_socle.get(adresse)
    assert reponse.status_code == 200
    modele.model_validate(reponse.json(), strict=True)
    assert client_socle.get(adresse, headers={"If-None-Match": reponse.headers["etag"]}).status_code == 304


def test_formations_are_near_the_commune_and_only_then(client_socle: TestClient, boulanger: dict[str, Any]) -> None:
    assert boulanger["lieu"] == {"code": "44109", "nom": "Nantes"}
    assert boulanger["formations"]["total"] > 0
    assert boulanger["jour"]
    menent = {certification["numero"] for certification in boulanger["certifications"]}
    assert {formation["certification"] for formation in boulanger["formations"]["proches"]} <= menent
    distances = [f["distance_km"] for f in boulanger["formations"]["proches"] if f["distance_km"] is not None]
    assert distances == sorted(distances)
    nue = client_socle.get(METIER).json()
    assert (nue["lieu"], nue["formations"], nue["jour"]) == (None, None, None)


def test_mobilities_go_both_ways(service: Service, client: TestClient) -> None:
    [mobilite] = service.catalogue.all(t.Mobilite)
    depart = client.get(f"/api/v1/metiers/{mobilite.code_rome}").json()
    arrivee = client.get(f"/api/v1/metiers/{mobilite.code_rome_cible}").json()
    assert [x["code_rome"] for x in depart["mobilites"]] == [mobilite.code_rome_cible]
    assert [x["code_rome"] for x in arrivee["mobilites_depuis"]] == [mobilite.code_rome]
    assert depart["mobilites_depuis"] == arrivee["mobilites"] == []


def test_the_ways_in_are_those_of_active_certifications(boulanger: dict[str, Any], client: TestClient) -> None:
    actives = {voie for c in boulanger["certifications"] if c["active"] for voie in c["voies"]}
    assert [voie["voie"] for voie in boulanger["voies"]] == [voie for voie in VOIES if voie in actives]
    [brevet] = client.get(METIER).json()["certifications"]
    assert (brevet["active"], brevet["estime"], brevet["voies"]) == (True, False, ["apprentissage"])


def test_every_figure_says_all_that_it_owes(client_socle: TestClient) -> None:
    corps = client_socle.get(f"{METIER}/indicateurs", params={"commune": "Nantes"}).json()
    assert corps["indicateurs"]
    for chiffre in corps["indicateurs"]:
        assert all(chiffre[champ] for champ in ("unite", "population", "maille", "millesime", "source", "licence"))
        assert chiffre["affiche"]
        assert chiffre["echelle"]
        assert chiffre["herite"] or chiffre["nomenclature"].startswith("rome")
        assert (chiffre["valeur"] is None) == (chiffre["affiche"] in {"non renseigné", "secret statistique"})
    mailles = {chiffre["maille"] for chiffre in corps["indicateurs"]}
    assert len(mailles) > 1, "une partie des chiffres n'est publiée que plus largement"
    assert corps["carte"] == f"{METIER}/indicateurs.svg?commune=44109"
    assert client_socle.get(corps["carte"]).status_code == 200


def test_what_nobody_publishes_is_said_so(client: TestClient) -> None:
    corps = client.get(f"{METIER}/indicateurs").json()
    assert corps["indicateurs"] == []
    assert [rubrique["indicateur"] for rubrique in corps["non_renseignes"]] == [
        "tension", "projets_recrutement", "salaire_median", "part_femmes",
    ]  # fmt: skip


@pytest.mark.parametrize("suite", ["", "/indicateurs", "/indicateurs.svg"])
@pytest.mark.parametrize(
    ("metier", "commune", "statut", "cle"),
    [
        ("D9999", None, 404, "code-inconnu"),
        ("D1102", "Nowhere-sur-Mer", 404, "code-inconnu"),
        ("D1102", "Bretagne", 422, "saisie-invalide"),
        ("D1102", "x" * 300, 422, "saisie-invalide"),
        ("D1102%00", None, 404, "code-inconnu"),
    ],
)
def test_what_is_not_there_is_a_problem(
    client_socle: TestClient, metier: str, commune: str | None, statut: int, cle: str, suite: str
) -> None:
    parametres = {"commune": commune} if commune else {}
    reponse = client_socle.get(f"/api/v1/metiers/{metier}{suite}", params=parametres)
    assert (reponse.status_code, reponse.json()["type"]) == (statut, f"/erreurs/{cle}")


def _renewed(dossier: Path, liens: list[tuple[str, str]]) -> Catalogue:
    """A catalogue of certifications that replace one another."""
    numeros = sorted({numero for lien in liens for numero in lien})
    blanche = t.Certification(
        t.NumeroFiche(""), "Titre", None, "RNCP", 4, None, None, None, None, None, None, "essai"
    )  # fmt: skip
    rows: dict[type[Any], list[Any]] = {
        t.Certification: [replace(blanche, numero=t.NumeroFiche(n), active=n == numeros[-1]) for n in numeros],
        t.ContinuiteCertification: [
            t.ContinuiteCertification(t.NumeroFiche(a), t.NumeroFiche(b), "essai") for a, b in liens
        ],
    }
    write_store(dossier / "c.sqlite", [(table, rows.get(table.nature, [])) for table in TABLES])
    return Catalogue(Store(dossier / "c.sqlite", TABLES), "essai")


def test_continuity_goes_from_one_fiche_to_the_next(tmp_path: Path) -> None:
    catalogue = _renewed(tmp_path, [("RNCP1", "RNCP2"), ("RNCP2", "RNCP3"), ("RNCP2", "RNCP4"), ("RNCP4", "RNCP2")])
    nouvelles = trace_continuity(catalogue, t.NumeroFiche("RNCP1"), "nouvelles")
    assert [(x.certification.numero, x.pas) for x in nouvelles] == [("RNCP2", 1), ("RNCP3", 2), ("RNCP4", 2)]
    anciennes = trace_continuity(catalogue, t.NumeroFiche("RNCP3"), "anciennes")
    assert [(x.certification.numero, x.pas) for x in anciennes] == [("RNCP2", 1), ("RNCP1", 2), ("RNCP4", 2)]
    fiche = catalogue.certification("RNCP1")
    corps = certification_as_dict(fiche, {"catalogue": "", "index": "", "sources": []}, anciennes, nouvelles)
    m.CertificationModele.model_validate(corps, strict=True)
    assert [c["active"] for c in corps["continuite"]["nouvelles"]] == [False, False, True]


def test_blocs_are_read_line_by_line(client: TestClient) -> None:
    corps = client.get("/api/v1/certifications/RNCP11111/blocs").json()
    assert [bloc["competences"] for bloc in corps["blocs"]] == [["Pétrir", "Cuire"]]
    assert client.get("/api/v1/certifications/RNCP22222/blocs").json()["blocs"] == []


def test_former_names_still_answer(client: TestClient) -> None:
    texte = {"texte": "je tiens la caisse"}
    assert (
        client.post("/api/v1/competences/extraction", json=texte).json()
        == client.post("/api/v1/competences/extraire", json=texte).json()
    )
    assert (
        client.post("/api/v1/interets", json={}).json() == client.post("/api/v1/interets/questionnaire", json={}).json()
    )
    contrat = client.get("/openapi.json").json()["paths"]
    assert contrat["/api/v1/interets"]["post"]["deprecated"]
    assert "deprecated" not in contrat["/api/v1/interets/questionnaire"]["post"]

"""The formation offer as a list: each formation once, near first, nothing lost between pages, nothing emptied."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given
from hypothesis import settings as reglages
from hypothesis import strategies as st

from api.app import create_app
from api.service import Service
from api.settings import Settings
from api.v1 import modeles_formations
from recommender.annuaire import Annuaire, Demande
from recommender.config import load_config
from recommender.formations import Offre
from recommender.pipeline import Recommender
from referentiels import types as t
from referentiels.catalogue import Catalogue
from referentiels.schema import TABLES
from referentiels.store import Store, write_store
from tests.api.essai import BP, CAP, RechercheEssai, _commune, _rows

OFFRE = "/api/v1/formations"
JOUR = date(2026, 11, 21)
LAVAL, BREST = t.CodeCommune("53130"), t.CodeCommune("29019")
ATELIERS = 45


def formation(
    ident: str, intitule: str, organisme: str | None, certification: t.NumeroFiche | None = None
) -> t.Formation:
    source = ident.split(":", maxsplit=1)[0]
    return t.Formation(
        ident, intitule, certification, None, (), 4, None, 400, organisme, f"https://{source}.example", source, False
    )


def action(
    parente: str, voie: t.Voie | None, commune: t.CodeCommune | None, modalite: t.Modalite | None = None
) -> t.ActionFormation:
    return t.ActionFormation(f"{parente}/0", parente, voie, modalite, commune, "Un lieu", None, None, 12)


def build_offre(dossier: Path) -> Catalogue:
    """Two sources of one formation, one without certification, one at a distance, one placed nowhere, many alike."""
    rows = _rows()
    rows[t.Commune] += [
        replace(_commune(), code=LAVAL, nom="Laval", codes_postaux=("53000",), latitude=48.07, longitude=-0.77),
        replace(_commune(), code=BREST, nom="Brest", codes_postaux=("29200",), latitude=48.39, longitude=-4.49),
    ]
    rows[t.Organisme] = [
        t.Organisme("a:1", "Lycée du Pain", "11111111100011", None, None, "a"),
        t.Organisme("b:1", "LYCEE DU PAIN", "11111111100011", None, None, "b"),
        t.Organisme("c:1", "Université", None, None, None, "c"),
        t.Organisme("d:1", "Au loin", None, None, None, "d"),
        *(t.Organisme(f"e:{n}", f"Atelier {n}", None, None, None, "e") for n in range(ATELIERS)),
    ]
    ateliers = [formation(f"e:{n}", f"Couture, atelier {n}", f"e:{n}", CAP) for n in range(ATELIERS)]
    rows[t.Formation] = [
        formation("a:bp", "BP boulanger", "a:1", BP),
        formation("b:bp", "Brevet professionnel de boulange", "b:1", BP),
        formation("c:licence", "Licence de chimie", "c:1"),
        formation("d:distance", "Boulanger à distance", "d:1", BP),
        formation("d:nulle-part", "Boulange itinérante", "d:1", BP),
        *ateliers,
    ]
    rows[t.ActionFormation] = [
        action("a:bp", "apprentissage", t.CodeCommune("44109")),
        replace(action("a:bp", "apprentissage", BREST), id="a:bp/1"),
        action("b:bp", "scolaire", t.CodeCommune("44109")),
        action("c:licence", "scolaire", LAVAL),
        action("d:distance", "continue", None, "distance"),
        *(action(f"e:{n}", "continue", t.CodeCommune("44109")) for n in range(ATELIERS)),
    ]
    rows[t.SessionFormation] = [t.SessionFormation("s1", "a:bp/0", date(2999, 1, 4), date(2999, 6, 30), "ouvert")]
    chemin = dossier / "catalogue.sqlite"
    write_store(chemin, [(table, rows.get(table.nature, [])) for table in TABLES])
    return Catalogue(Store(chemin), "catalogue-offre")


class RechercheOffre(RechercheEssai):
    """A search that knows one formation by meaning."""

    def __init__(self, catalogue: Catalogue) -> None:
        super().__init__(catalogue)
        self._entrees.append(("formation", "c:licence", "étudier les molécules"))


@pytest.fixture(scope="module")
def offre(tmp_path_factory: pytest.TempPathFactory) -> Service:
    catalogue = build_offre(tmp_path_factory.mktemp("offre"))
    recherche = RechercheOffre(catalogue)
    return Service(catalogue, recherche, Recommender(catalogue, recherche, load_config(None)))


@pytest.fixture(scope="module")
def app(offre: Service, settings: Settings) -> FastAPI:
    return create_app(settings.model_copy(update={"quota_adresse": 0}), offre)


@pytest.fixture(scope="module")
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app, base_url="http://azimut.test") as client:
        yield client


@pytest.fixture(scope="module")
def annuaire(offre: Service) -> Annuaire:
    return Annuaire(Offre.of(offre.catalogue), offre.catalogue.store)


def lire(client: TestClient, adresse: str = OFFRE, **parametres: Any) -> dict[str, Any]:
    reponse = client.get(adresse, params=parametres)
    assert reponse.status_code == 200, reponse.text
    corps: dict[str, Any] = reponse.json()
    if adresse == OFFRE:
        modeles_formations.FormationsListeModele.model_validate(corps, strict=True)
    return corps


def test_two_sources_of_one_formation_are_one_with_both_origins(client: TestClient) -> None:
    corps = lire(client, certification="11111", commune="Nantes")
    premiere = next(f for f in corps["formations"] if f["commune"] == "Nantes")
    assert premiere["origines"] == ["a:bp", "b:bp"]
    assert premiere["sources"] == ["a", "b"]
    assert premiere["voies"] == ["scolaire", "apprentissage"]
    assert (premiere["distance_km"], premiere["dans_rayon"]) == (0.0, True)
    assert premiere["debut"] == "2999-01-04"


def test_every_formation_is_there_once_with_or_without_certification(client: TestClient) -> None:
    corps = lire(client, limite=100)
    identifiants = [f["identifiant"] for f in corps["formations"]]
    assert corps["total"] == len(identifiants) == len(set(identifiants)) == ATELIERS + 5
    assert any(f["intitule"] == "Licence de chimie" and not f["certifications"] for f in corps["formations"])
    assert corps["tri"] == "nom"
    assert corps["formations"][0]["intitule"].startswith("B")


def test_near_comes_first_and_what_lies_beyond_is_counted(client: TestClient) -> None:
    corps = lire(client, commune="Nantes", rayon_km=30, limite=100)
    # 45 workshops, one school, one formation at a distance; Laval, Brest and the one placed nowhere lie beyond.
    assert (corps["total"], corps["au_dela"], corps["relaches"]) == (ATELIERS + 2, 3, [])
    assert {f["dans_rayon"] for f in corps["formations"]} == {True}
    large = lire(client, commune="Nantes", rayon_km=1000, limite=100)
    distances = [f["distance_km"] for f in large["formations"] if f["distance_km"] is not None]
    assert distances == sorted(distances)
    assert (large["total"], large["au_dela"]) == (ATELIERS + 4, 1)


@pytest.mark.parametrize(
    ("filtres", "leves", "total"),
    [
        ({"q": "chimie", "commune": "Nantes"}, ["rayon_km"], 1),
        ({"q": "bp boulanger", "voie": "vae"}, ["voie"], 2),
        ({"q": "chimie", "commune": "Nantes", "voie": "vae"}, ["voie", "rayon_km"], 1),
        ({"q": "molécules"}, ["q"], 1),
        ({"certification": "RNCP11111", "metier": "B1803"}, ["metier"], 4),
        ({"certification": "RNCP11111", "metier": "D1102"}, [], 4),
        ({"metier": "d1102"}, [], 4),
    ],
)
def test_a_filter_that_empties_is_relaxed_and_told(
    client: TestClient, filtres: dict[str, Any], leves: list[str], total: int
) -> None:
    corps = lire(client, **filtres)
    assert (corps["relaches"], corps["total"]) == (leves, total)
    assert len(corps["remarques"]) == len(leves)


def test_what_cannot_be_found_is_said(client: TestClient) -> None:
    corps = lire(client, q="xyzzy")
    assert (corps["total"], corps["formations"], corps["suivant"]) == (0, [], None)
    assert "conseiller" in corps["remarques"][0]
    assert "rangée par intitulé" in lire(client, tri="distance")["remarques"][0]


def test_words_are_read_from_their_beginnings_without_accents(client: TestClient) -> None:
    assert lire(client, q="ITINERANTE boul")["formations"][0]["intitule"] == "Boulange itinérante"
    assert lire(client, q="oulange")["total"] == 0


@pytest.mark.parametrize("tri", ["distance", "nom"])
def test_pages_give_each_formation_once_by_following_the_link(client: TestClient, tri: str) -> None:
    entiere = [f["identifiant"] for f in lire(client, commune="Nantes", tri=tri, limite=100)["formations"]]
    adresse, vus = f"{OFFRE}?commune=Nantes&tri={tri}&limite=7", []
    while True:
        reponse = client.get(adresse)
        vus += [f["identifiant"] for f in reponse.json()["formations"]]
        if "next" not in reponse.links:
            break
        adresse = reponse.links["next"]["url"]
        assert reponse.json()["suivant"] in adresse
    assert vus == entiere


def test_a_cursor_of_another_question_or_catalogue_is_refused(client: TestClient, app: FastAPI, offre: Service) -> None:
    suivant = lire(client, commune="Nantes")["suivant"]
    autre = client.get(OFFRE, params={"commune": "Laval", "curseur": suivant})
    assert (autre.status_code, autre.json()["erreurs"][0]["champ"]) == (422, "curseur")
    altere = client.get(OFFRE, params={"commune": "Nantes", "curseur": suivant[:-3] + "AAA"})
    assert (altere.status_code, altere.json()["type"]) == (422, "/erreurs/saisie-invalide")
    renouvele = Catalogue(offre.catalogue.store, "catalogue-nouveau")
    try:
        app.state.service = Service(renouvele, offre.recherche, offre.recommender)
        perime = client.get(OFFRE, params={"commune": "Nantes", "curseur": suivant})
    finally:
        app.state.service = offre
    assert (perime.status_code, perime.json()["type"]) == (410, "/erreurs/curseur-perime")
    assert "au début" in perime.json()["conseil"]
    assert client.get("/erreurs/curseur-perime").status_code == 200


def test_equals_are_drawn_each_day_the_same_way_all_day(annuaire: Annuaire) -> None:
    demandes = [Demande(date(2026, 11, jour), position=(47.2, -1.55), tri="distance") for jour in range(1, 29)]
    tetes = [annuaire.find(demande, 0, 1).fiches[0].identifiant for demande in demandes]
    assert len(set(tetes)) > 10
    assert tetes == [annuaire.find(demande, 0, 1).fiches[0].identifiant for demande in demandes]


@reglages(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    texte=st.sampled_from(["", "bou", "couture atelier", "licence"]),
    voies=st.lists(st.sampled_from(["scolaire", "continue", "vae"]), unique=True),
    rayon=st.sampled_from([1.0, 50.0, 150.0, 1000.0]),
    lieu=st.sampled_from([None, (47.2, -1.55), (48.39, -4.49)]),
    tri=st.sampled_from(["distance", "nom"]),
    pas=st.integers(1, 20),
)
def test_any_question_is_cut_into_pages_without_loss(
    annuaire: Annuaire,
    texte: str,
    voies: list[t.Voie],
    rayon: float,
    lieu: tuple[float, float] | None,
    tri: Any,
    pas: int,
) -> None:
    demande = Demande(JOUR, texte=texte, voies=voies, rayon_km=rayon, position=lieu, tri=tri)
    entiere = annuaire.find(demande, 0, 100)
    pages = [annuaire.find(demande, debut, pas) for debut in range(0, entiere.total, pas)]
    assert [f for page in pages for f in page.fiches] == list(entiere.fiches)
    assert len(entiere.fiches) == entiere.total > 0
    origines = [o for f in entiere.fiches for o in (f.identifiant, f.commune)]
    assert len({f.identifiant for f in entiere.fiches}) == entiere.total, origines
    if not entiere.rayon_leve and lieu is not None:
        assert all(f.dans_rayon or f.voies for f in entiere.fiches)
    if voies and not entiere.voies_levees:
        assert all(set(f.voies) & set(voies) for f in entiere.fiches)


def test_one_formation_tells_all_its_sources(client: TestClient) -> None:
    for identifiant in ("a:bp/0", "b:bp", "b:bp/0"):
        corps = lire(client, f"{OFFRE}/{identifiant}")
        modeles_formations.FormationEntiereModele.model_validate(corps, strict=True)
        assert [o["source"] for o in corps["origines"]] == ["a", "b"]
        assert [c["numero"] for c in corps["certifications"]] == [BP]
    assert [s["debut"] for s in corps["origines"][0]["actions"][0]["sessions"]] == ["2999-01-04"]
    assert lire(client, f"{OFFRE}/a:bp/0")["autres_lieux"] == ["a:bp/1"]
    assert lire(client, f"{OFFRE}/a:bp/1")["formation"]["commune"] == "Brest"


@pytest.mark.parametrize("identifiant", ["rien", "a:bp/2", "../../etc/passwd", "%00", "é" * 60])
def test_an_unknown_formation_is_a_problem(client: TestClient, identifiant: str) -> None:
    reponse = client.get(f"{OFFRE}/{identifiant}")
    assert reponse.status_code == 404
    assert reponse.json()["type"] in {"/erreurs/code-inconnu", "/erreurs/page-inconnue"}


@pytest.mark.parametrize("champ", ["commune", "certification", "metier"])
def test_an_unknown_filter_is_named(client: TestClient, champ: str) -> None:
    reponse = client.get(OFFRE, params={champ: "Z9999"})
    corps = reponse.json()
    assert (reponse.status_code, corps["type"]) == (404, "/erreurs/code-inconnu")
    assert [faute["champ"] for faute in corps["erreurs"]] == [champ]


def test_reads_are_kept_and_words_stay_private(client: TestClient) -> None:
    publique, privee = client.get(OFFRE, params={"commune": "Nantes"}), client.get(OFFRE, params={"q": "bou"})
    assert publique.headers["cache-control"].startswith("public")
    assert privee.headers["cache-control"].startswith("private")
    inchangee = client.get(OFFRE, params={"q": "bou"}, headers={"If-None-Match": privee.headers["etag"]})
    assert (inchangee.status_code, inchangee.content) == (304, b"")


@pytest.mark.parametrize(
    ("parametres", "champ"),
    [
        ({"rayon_km": "0"}, "rayon_km"),
        ({"rayon_km": "inf", "commune": "Nantes"}, "rayon_km"),
        ({"limite": "101"}, "limite"),
        ({"voie": "avion"}, "voie[0]"),
        ({"tri": "prix"}, "tri"),
        ({"commune": "Loire-Atlantique"}, "commune"),
    ],
)
def test_a_bad_filter_is_named(client: TestClient, parametres: dict[str, str], champ: str) -> None:
    reponse = client.get(OFFRE, params=parametres)
    assert reponse.status_code == 422
    assert reponse.json()["erreurs"][0]["champ"] == champ

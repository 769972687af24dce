"""The published rules are those in force: each figure is read again, each sentence is put to the test."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.lectures.algorithme import CADRE, EXCLUSIONS, RAPPORT, rules_as_dict
from api.profils.cles import CLES_PERSONNELLES
from api.profils.profil import ProfilSchema
from api.service import Service
from api.settings import PROJET
from api.v1.modeles_algorithme import AlgorithmeModele
from embeddings.cas.banque import read_cases
from recommender.config import load_config
from recommender.pipeline import Recommender

Json = dict[str, Any]
RECOMMANDER = "/api/v1/recommandations"
PROFIL: Json = {"experiences": ["boulanger"], "competences": ["coudre à la machine", "lire un plan"]}


@pytest.fixture(scope="module")
def regles(client_socle: TestClient) -> Json:
    reponse = client_socle.get("/api/v1/algorithme")
    AlgorithmeModele.model_validate(reponse.json(), strict=True)
    corps: Json = reponse.json()
    return corps


def test_weights_and_settings_are_those_of_the_engine(regles: Json, socle: Service) -> None:
    config = socle.recommender.config.model_dump(mode="json")
    assert {c["critere"]: c["poids"] for c in regles["criteres"]} == config["ponderation"]
    publies = {s["section"]: {v["nom"]: v["valeur"] for v in s["valeurs"]} for s in regles["parametres"]}
    assert publies == {nom: config[nom] for nom in publies}
    assert set(config) - set(publies) == {"ponderation", "qualites", "series", "mots_courants"}
    assert all(c["sens"] for c in regles["criteres"])
    assert sum(axe["part"] for axe in regles["axes"]) == pytest.approx(1, abs=1e-3)
    assert regles["empreintes"]["config"] == socle.recommender.config.empreinte


def test_another_configuration_is_told_beside_the_published_one(socle: Service) -> None:
    publie = load_config()
    ponderation = publie.ponderation.model_copy(update={"souhait": 0.1, "marche": 0.5})
    config = publie.model_copy(
        update={"ponderation": ponderation, "liste": publie.liste.model_copy(update={"famille_maximum": 7})}
    )
    moteur = Recommender(socle.catalogue, socle.recherche, config)
    regles = rules_as_dict(Service(socle.catalogue, socle.recherche, moteur))
    criteres = {c["critere"]: c for c in regles["criteres"]}
    assert (criteres["souhait"]["poids"], criteres["souhait"]["poids_publie"]) == (0.1, publie.ponderation.souhait)
    assert not criteres["marche"]["eteint"]
    assert "7 métiers au plus" in {o["cle"]: o["phrase"] for o in regles["operations"]}["varier"]
    assert regles["empreintes"]["config"] != publie.empreinte


def test_what_is_read_and_never_read_is_told(regles: Json, client_socle: TestClient) -> None:
    assert [x["champ"] for x in regles["donnees"]["lues"]] == list(ProfilSchema.model_fields)
    assert regles["donnees"]["jamais_lues"] == sorted(CLES_PERSONNELLES)
    nu = client_socle.post(RECOMMANDER, json=PROFIL).json()
    habille = client_socle.post(RECOMMANDER, json={**PROFIL, **dict.fromkeys(CLES_PERSONNELLES, "x")}).json()
    assert habille["metiers"] == nu["metiers"]


def test_the_formula_is_the_one_of_the_answers(regles: Json, client_socle: TestClient) -> None:
    assert regles["formule"] == client_socle.post(RECOMMANDER, json=PROFIL).json()["formule"]


def test_the_law_and_the_purposes_left_out_are_told(regles: Json) -> None:
    assert any("L311-3-1" in reference for reference, _ in CADRE)
    assert any("admission" in usage and "affectation" in usage for usage in EXCLUSIONS)
    assert regles["exclusions"] == list(EXCLUSIONS)
    assert (PROJET / RAPPORT).is_file()


def ask(client: TestClient, **profil: Any) -> Json:
    reponse = client.post(f"{RECOMMANDER}?limite=100", json=profil)
    assert reponse.status_code == 200
    corps: Json = reponse.json()
    return corps


def codes(reponse: Json) -> list[str]:
    return [metier["code_rome"] for metier in reponse["metiers"]]


def misunderstood_is_told(client: TestClient, phrase: str) -> None:
    reponse = ask(client, competences=["zzkqx vroumf"])
    assert any("zzkqx" in avertissement for avertissement in reponse["avertissements"])


def all_are_compared(client: TestClient, phrase: str) -> None:
    assert f"Les {ask(client, **PROFIL)['nombre_evalues']} métiers" in phrase


def reasons_add_up(client: TestClient, phrase: str) -> None:
    for metier in ask(client, **PROFIL)["metiers"]:
        somme = sum(explication["contribution"] for explication in metier["explications"])
        assert somme == pytest.approx(metier["indice"], abs=2e-3)


def cases_are_learnt(client: TestClient, phrase: str) -> None:
    assert f"appris de {len(read_cases())} cas d'école" in phrase
    reponse = ask(client, **PROFIL, souhait="prendre soin des autres")  # by words alone: it keeps silent
    assert reponse["metiers"]
    assert not any(e["critere"] == "cas" for m in reponse["metiers"] for e in m["explications"])


def avoided_conditions_lower(client: TestClient, phrase: str) -> None:
    liste = load_config().liste
    for part in (liste.penalite_evitee, liste.penalite_refus, liste.penalite_niveau):
        assert f"{100 * part:g} %".replace(".", ",") in phrase
    nue = {m["code_rome"]: m["indice"] for m in ask(client, **PROFIL)["metiers"]}
    evitee = ask(client, **PROFIL, contraintes={"conditions_evitees": ["travail de nuit"]})
    baisses = [m["indice"] / nue[m["code_rome"]] for m in evitee["metiers"] if m["code_rome"] in nue]
    assert min(baisses) < 0.99
    assert min(baisses) >= 1 - liste.penalite_evitee - 1e-3


def the_list_is_varied(client: TestClient, phrase: str) -> None:
    liste = load_config().liste
    assert f"Parmi les {liste.ouverture_parmi} premiers, {liste.famille_maximum} métiers au plus" in phrase
    premiers = ask(client, **PROFIL)["metiers"][: liste.ouverture_parmi]
    assert sum(metier["code_rome"][0] != "D" for metier in premiers) >= liste.ouverture_minimum


def kinship_brings_up(client: TestClient, phrase: str) -> None:
    liste = load_config().liste
    suivantes = liste.decouvertes_parmi - liste.ouverture_parmi
    assert f"Les {liste.decouvertes} dernières de ces {liste.ouverture_parmi} places" in phrase
    assert f"jusqu'à {liste.decouvertes_suite} des {suivantes} suivantes" in phrase
    metiers = ask(client, **PROFIL, souhait="prendre soin des autres")["metiers"]
    montes = [place for place, metier in enumerate(metiers) if metier["proche_de"]]
    assert montes
    assert min(montes) >= liste.ouverture_parmi - liste.decouvertes
    assert max(montes) < liste.decouvertes_parmi


def done_before_is_left(client: TestClient, phrase: str) -> None:
    assert "D1102" not in codes(ask(client, **PROFIL))
    assert "D1102" in codes(ask(client, **PROFIL, souhait="boulanger"))


def an_empty_list_is_relaxed(client: TestClient, phrase: str) -> None:
    reponse = ask(client, **PROFIL, exclusions=list("ABCDEFGHIJKLMN"))
    assert reponse["metiers"]
    assert any("levée" in a or "relâch" in a or "laissé" in a or "exclu" in a for a in reponse["avertissements"])


def place_does_not_rank(client: TestClient, phrase: str) -> None:
    assert codes(ask(client, **PROFIL)) == codes(ask(client, **PROFIL, territoire="Nantes"))


OPERATIONS: dict[str, Callable[[TestClient, str], None]] = {
    "comprendre": misunderstood_is_told,
    "comparer": all_are_compared,
    "additionner": reasons_add_up,
    "apprendre": cases_are_learnt,
    "baisser": avoided_conditions_lower,
    "varier": the_list_is_varied,
    "rapprocher": kinship_brings_up,
    "laisser": done_before_is_left,
    "relacher": an_empty_list_is_relaxed,
    "territoire": place_does_not_rank,
}


@pytest.mark.parametrize("cle", OPERATIONS)
def test_every_operation_is_done_as_it_is_told(regles: Json, client_socle: TestClient, cle: str) -> None:
    dites = {o["cle"]: o["phrase"] for o in regles["operations"]}
    assert set(dites) == set(OPERATIONS), "une phrase sans essai peut se périmer"
    OPERATIONS[cle](client_socle, dites[cle])


def test_every_limit_is_counted(regles: Json, socle: Service) -> None:
    dites = {limite["cle"]: limite["phrase"] for limite in regles["limites"]}
    assert set(dites) == {"aptitude", "sens", "certifications", "mobilites", "socle", "demonstration"}
    total = len(socle.catalogue.metiers)
    fiches = [socle.catalogue.fiche(code) for code in socle.catalogue.metiers]
    sans = sum(not any(c.active is not False for c in fiche.certifications) for fiche in fiches)
    assert dites["certifications"].startswith(f"{sans} métiers sur {total} ")
    assert dites["mobilites"].startswith(f"{sum(not fiche.mobilites for fiche in fiches)} métiers sur {total} ")
    for source in socle.catalogue.sources:
        assert (source.titre in dites["demonstration"]) == source.demonstration
        assert source.titre in dites["socle"]


def test_the_page_says_the_same(regles: Json, client_socle: TestClient) -> None:
    page = client_socle.get("/algorithme")
    assert page.status_code == 200
    texte = page.text.replace("\u00a0", " ").replace("&#39;", "'").replace("&nbsp;", " ")
    for phrase in (regles["finalite"], regles["contribution"], regles["formule"], *regles["empreintes"].values()):
        assert phrase in texte
    for partie in ("operations", "limites"):
        assert all(x["phrase"] in texte for x in regles[partie])
    assert all(c["critere"] in texte for c in regles["criteres"])
    assert "unsafe" not in page.headers["content-security-policy"]

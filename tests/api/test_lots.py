"""A batch: each profile has its own outcome, in order, within bounds, and nobody else waits for it."""

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import Request
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given
from hypothesis import settings as reglages
from hypothesis import strategies as st

from api.errors import RefusError
from api.lectures import lots
from api.lectures.demande import recommend_as_dict
from api.lectures.lots import CORPS_D_UN_LOT, FileDesLots
from api.profils.profil import EXEMPLE, ProfilSchema
from api.service import Service
from api.settings import Settings
from api.v1 import modeles_lots
from tests.api import portail

LOTS, SEULE = "/api/v1/recommandations/lots", "/api/v1/recommandations"
REQUETE = Request({"type": "http", "method": "POST", "path": LOTS, "headers": [], "path_params": {}})
BONS: list[dict[str, Any]] = [{"competences": ["coudre à la machine"]}, EXEMPLE, {"souhait": "boulanger"}, {}]


def envoyer(client: TestClient, profils: list[Any], **suite: Any) -> modeles_lots.LotModele:
    reponse = client.post(LOTS, json={"profils": profils, **suite})
    assert reponse.status_code == 200, reponse.text
    assert reponse.headers["cache-control"] == "no-store"
    assert "etag" not in reponse.headers
    return modeles_lots.LotModele.model_validate(reponse.json(), strict=True)


def a_lot(profils: list[Any]) -> modeles_lots.Lot:
    return modeles_lots.Lot(profils=profils, limite=1)


async def free() -> None:
    """Counts nothing."""


async def ecouter(flux: AsyncIterator[bytes]) -> dict[str, Any]:
    corps: dict[str, Any] = json.loads(b"".join([morceau async for morceau in flux]))
    return corps


def test_each_answer_is_the_one_of_its_profile_alone_in_the_order_sent(client: TestClient) -> None:
    lot = envoyer(client, [{"identifiant": f"p{n}", "profil": p} for n, p in enumerate(BONS)], limite=3)
    assert [(r.rang, r.identifiant, r.statut) for r in lot.resultats] == [(n, f"p{n}", 200) for n in range(4)]
    assert (lot.reussis, lot.echecs) == (4, 0)
    for profil, resultat in zip(BONS, lot.resultats, strict=True):
        seule = client.post(f"{SEULE}?limite=3", json=profil).json()
        assert lot.provenance.model_dump() == seule.pop("provenance")
        assert lot.jour == seule.pop("jour")
        assert resultat.recommandation is not None
        assert resultat.recommandation.model_dump() == seule


@pytest.mark.parametrize(
    ("element", "champ", "statut"),
    [
        ({"profil": {"competences": [{"code": 1, "niveau": 9}]}}, "profil.competences[0].niveau", 422),
        ({"profil": {"ponderation": {"charme": 1}}}, "profil.ponderation", 422),
        ({"profil": {"interets": {"riasec": "XYZ"}}}, "profil.interets.riasec", 422),
        ({"identifiant": "seul"}, "profil", 422),
        ({"identifiant": "x" * 101, "profil": {}}, "identifiant", 422),
        ({"identifiant": {"a": 1}, "profil": {}}, "identifiant", 422),
        ({"profil": []}, "profil", 422),
        (None, "profil", 422),
        (7, "profil", 422),
        ([[[[]]]], "profil", 422),
    ],
)
def test_a_bad_profile_carries_its_problem_and_stops_nobody(
    client: TestClient, element: Any, champ: str, statut: int
) -> None:
    lot = envoyer(
        client, [{"identifiant": "avant", "profil": BONS[0]}, element, {"identifiant": "après", "profil": {}}]
    )
    assert [r.statut for r in lot.resultats] == [200, statut, 200]
    assert (lot.reussis, lot.echecs) == (2, 1)
    fautif = lot.resultats[1]
    assert fautif.recommandation is None
    assert fautif.probleme is not None
    assert (fautif.probleme.status, fautif.probleme.erreurs and fautif.probleme.erreurs[0].champ) == (statut, champ)
    assert fautif.probleme.conseil
    assert len(fautif.identifiant) <= 100


@pytest.mark.parametrize(
    ("corps", "champ"),
    [
        ({"profils": []}, "profils"),
        ({"profils": [{"profil": {}}] * 101}, "profils"),
        ({"profils": [{"profil": {}}], "limite": 21}, "limite"),
        ({"profils": "non"}, "profils"),
        ({}, "profils"),
    ],
)
def test_a_bad_batch_is_refused_whole(client: TestClient, corps: dict[str, Any], champ: str) -> None:
    reponse = client.post(LOTS, json=corps)
    assert reponse.status_code == 422
    faute = reponse.json()["erreurs"][0]
    assert faute["champ"] == champ
    assert faute["message"] != "valeur non comprise."


@reglages(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    elements=st.lists(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=8),
            lambda v: st.lists(v, max_size=2) | st.dictionaries(st.sampled_from(["profil", "identifiant", "x"]), v),
            max_leaves=6,
        ),
        min_size=1,
        max_size=4,
    )
)
def test_any_elements_get_an_outcome_each(client: TestClient, elements: list[Any]) -> None:
    lot = envoyer(client, elements, limite=1)
    assert [r.rang for r in lot.resultats] == list(range(len(elements)))
    assert all((r.recommandation is None) != (r.probleme is None) for r in lot.resultats)
    assert {r.statut for r in lot.resultats} <= {200, 422}


def test_an_unforeseen_error_is_one_profile_s_own_and_tells_nothing(
    service: Service, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def casser(moteur: Service, schema: ProfilSchema, limite: int, jour: Any) -> dict[str, Any]:
        if schema.souhait == "casse":
            raise RuntimeError("les mots de la personne")
        return recommend_as_dict(moteur, schema, limite, jour)

    monkeypatch.setattr(lots, "recommend_as_dict", casser)
    elements = [{"profil": {"souhait": "casse"}}, {"profil": {"souhait": "boulanger"}}]
    with caplog.at_level(logging.INFO):
        corps = asyncio.run(ecouter(FileDesLots().answer(REQUETE, service, a_lot(elements), free)))
    assert [r["statut"] for r in corps["resultats"]] == [500, 200]
    assert "mots de la personne" not in json.dumps(corps, ensure_ascii=False) + caplog.text
    assert "RuntimeError" in caplog.text


def test_a_batch_that_lasts_too_long_gives_back_what_is_left(service: Service) -> None:
    corps = asyncio.run(ecouter(FileDesLots(duree=-1).answer(REQUETE, service, a_lot([{"profil": {}}] * 3), free)))
    assert [r["statut"] for r in corps["resultats"]] == [503, 503, 503]
    assert "Renvoyez-le" in corps["resultats"][0]["probleme"]["detail"]
    assert (corps["reussis"], corps["echecs"]) == (0, 3)


def test_each_profile_counts_in_the_quota(service: Service, tmp_path: Path) -> None:
    corps: dict[str, Any] = {"profils": [{"profil": {}}] * 4}
    with portail.serve(service, tmp_path, quota_adresse=6, quota_fenetre=3600) as client:
        statuts = [[r["statut"] for r in client.post(LOTS, json=corps).json()["resultats"]] for _ in range(2)]
        assert statuts == [[200] * 4, [200, 200, 429, 429]]
        refuse = client.post(LOTS, json=corps)
        assert (refuse.status_code, refuse.json()["type"]) == (429, "/erreurs/quota-atteint")
        # A partner has its own, of which the last profile says what is wrong.
        jeton = portail.ask_token(client, portail.enrol(client, quota=3))
        dernier = client.post(LOTS, json=corps, headers=portail.bearer(jeton)).json()["resultats"][-1]
        assert (dernier["statut"], dernier["recommandation"]) == (429, None)
        assert "3 requêtes en 3600 s" in dernier["probleme"]["detail"]


def test_a_profile_that_is_not_reached_in_time_is_not_counted(service: Service) -> None:
    comptes: list[None] = []

    async def count() -> None:
        comptes.append(None)

    lot = a_lot([{"profil": {}}] * 3)
    asyncio.run(ecouter(FileDesLots(duree=-1).answer(REQUETE, service, lot, count)))
    asyncio.run(ecouter(FileDesLots().answer(REQUETE, service, lot, count)))
    assert len(comptes) == 2, "le premier est compté avec la requête"


def test_a_hundred_profiles_may_be_longer_than_one(client: TestClient, settings: Settings) -> None:
    profils = [{"profil": {"souhait": "é" * 1500, "x": "x"}}] * modeles_lots.LOT_MAX
    corps = json.dumps({"profils": profils, "limite": 1}, ensure_ascii=False).encode()
    assert len(corps) > settings.corps_max
    entetes = {"Content-Type": "application/json"}
    assert client.post(LOTS, content=corps, headers=entetes).status_code == 200
    assert client.post(SEULE, content=corps, headers=entetes).status_code == 413
    trop = client.post(LOTS, content=corps + b" " * CORPS_D_UN_LOT * settings.corps_max, headers=entetes)
    assert (trop.status_code, trop.json()["detail"]) == (413, "La requête dépasse 1024 Kio.")


def test_too_many_batches_are_told_when_to_come_back(service: Service) -> None:
    file = FileDesLots(simultanes=1)

    async def jouer() -> dict[str, str]:
        premier = file.answer(REQUETE, service, a_lot([{"profil": {}}] * 2), free)
        file.check()
        await anext(premier)
        with pytest.raises(RefusError) as refus:
            file.check()
        # A client that leaves gives its place back.
        await premier.aclose()
        file.check()
        assert refus.value.probleme.statut == 503
        return dict(refus.value.probleme.entetes)

    assert asyncio.run(jouer()) == {"Retry-After": "5"}


def test_one_answer_is_held_at_a_time_and_the_loop_stays_free(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    faits: list[int] = []

    def trainer(moteur: Service, schema: ProfilSchema, limite: int, jour: Any) -> dict[str, Any]:
        time.sleep(0.02)
        faits.append(1)
        return {"metiers": []}

    monkeypatch.setattr(lots, "recommend_as_dict", trainer)

    async def jouer() -> tuple[list[int], int]:
        battements = 0

        async def battre() -> None:
            nonlocal battements
            while True:
                await asyncio.sleep(0.001)
                battements += 1

        coeur = asyncio.create_task(battre())
        deux = [FileDesLots()] * 2
        premier, second = (f.answer(REQUETE, service, a_lot([{"profil": {}}] * 5), free) for f in deux)
        avances = [len(faits) async for _ in premier]
        await ecouter(second)
        coeur.cancel()
        return avances, battements

    avances, battements = asyncio.run(jouer())
    # The opening, each profile as it is made, the end: nothing is made ahead of what is sent.
    assert avances == [0, 1, 2, 3, 4, 5, 5]
    assert battements > 40


def test_identifiers_and_words_stay_out_of_the_journal(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    mot = "zanzibarette"
    with caplog.at_level(logging.DEBUG):
        envoyer(client, [{"identifiant": mot, "profil": {"souhait": mot}}, {"identifiant": mot, "profil": mot}])
    assert not [r for r in caplog.records if not r.name.startswith("httpx") and mot in r.getMessage()]


def test_the_example_of_the_contract_is_answered(client: TestClient) -> None:
    lot = envoyer(client, modeles_lots.EXEMPLE_LOT["profils"], limite=modeles_lots.EXEMPLE_LOT["limite"])
    assert [r.statut for r in lot.resultats] == [200, 422]

"""Requests that cost too much: too deep, too slow, too many, too long."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable

import httpx
import pytest
from fastapi.testclient import TestClient
from starlette.responses import JSONResponse
from starlette.types import Message, Receive, Scope, Send

from api.app import create_app
from api.exploitation.limites import OUVRANTS_MAX, PROFONDEUR_MAX, Affluence, BodyLimit, depth_of
from api.service import Service
from api.settings import Settings

JSON = {"Content-Type": "application/json"}


async def _echo(scope: Scope, receive: Receive, send: Send) -> None:
    message = await receive()
    await JSONResponse({"octets": len(message["body"])})(scope, receive, send)


def _client(app: Callable[[Scope, Receive, Send], Awaitable[None]]) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://azimut.test")


@pytest.mark.parametrize(
    ("texte", "profondeur"),
    [
        ("[" * 30 + "]" * 30, PROFONDEUR_MAX + 1),
        ('{"a": "' + "[" * 40 + '"}', 1),
        (json.dumps([{"a": [1]}] * 30), 3),
        ('{"a": "\\"' + "[" * 40 + '"}', 1),
        ('"' + "[" * 40, PROFONDEUR_MAX + 1),
    ],
)
def test_depth_counts_brackets_outside_strings(texte: str, profondeur: int) -> None:
    assert depth_of(texte.encode()) == profondeur


@pytest.mark.parametrize("nature", ["application/json", "application/JSON", "application/ld+json; charset=utf-8"])
@pytest.mark.parametrize(
    ("corps", "statut", "cle"),
    [
        ("[" * 100, 400, "/erreurs/json-trop-profond"),
        (f"[{'[],' * OUVRANTS_MAX}0]", 413, "/erreurs/corps-trop-grand"),
        ('{"a": [[[1]]]}', 200, None),
        (f"[{'[],' * (OUVRANTS_MAX - 1)}0]", 200, None),
    ],
)
def test_a_body_too_deep_or_too_broken_up_is_refused(corps: str, statut: int, cle: str | None, nature: str) -> None:
    async def send() -> httpx.Response:
        async with _client(BodyLimit(_echo, 100_000)) as client:
            return await client.post("/", content=corps, headers={"Content-Type": nature})

    reponse = asyncio.run(send())
    assert (reponse.status_code, reponse.json().get("type")) == (statut, cle)


@pytest.mark.parametrize(
    ("jeu", "statut"), [("utf-8", 200), ('"ISO-8859-1"', 200), ("undefined", 415), ("hex", 415), ("x\x00y", 415)]
)
def test_a_character_set_that_reads_nothing_is_refused(jeu: str, statut: int) -> None:
    async def send(corps: str) -> httpx.Response:
        async with _client(BodyLimit(_echo, 100_000)) as client:
            nature = f"multipart/form-data; boundary=x; charset={jeu}"
            return await client.post("/", content=corps, headers={"Content-Type": nature})

    assert asyncio.run(send("--x--")).status_code == statut
    assert asyncio.run(send("")).status_code == 200, "nothing to read"


def test_a_body_that_trickles_is_given_up() -> None:
    recus: list[Message] = []

    async def trickle() -> Message:
        await asyncio.sleep(0.03)
        return {"type": "http.request", "body": b"x", "more_body": True}

    async def note(message: Message) -> None:
        recus.append(message)

    scope: Scope = {"type": "http", "method": "POST", "path": "/", "headers": []}
    debut = time.monotonic()
    asyncio.run(BodyLimit(_echo, 10_000, delai=0.1)(scope, trickle, note))
    assert time.monotonic() - debut < 1
    assert recus[0]["status"] == 408
    assert (b"connection", b"close") in recus[0]["headers"]


class Lente:
    """Answers when it is let to, and counts how many it serves at once."""

    def __init__(self) -> None:
        self.porte = asyncio.Event()
        self.dedans = self.maximum = self.finies = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.dedans += 1
        self.maximum = max(self.maximum, self.dedans)
        await self.porte.wait()
        self.dedans -= 1
        await JSONResponse({})(scope, receive, send)
        self.finies += 1


def test_beyond_the_line_a_request_is_turned_away_at_once_and_the_others_have_their_turn() -> None:
    async def crowd() -> tuple[list[int], Lente, httpx.Response, httpx.Response]:
        lente = Lente()
        app = Affluence(lente, simultanees=2, file=3, delai=5, exemptes=frozenset({"/sante"}))
        async with _client(app) as client:
            taches = [asyncio.create_task(client.get("/")) for _ in range(5)]
            await asyncio.sleep(0.05)
            refusee = await client.get("/")
            sante = asyncio.create_task(client.get("/sante"))
            await asyncio.sleep(0.01)
            lente.porte.set()
            return [(await t).status_code for t in taches], lente, refusee, await sante

    statuts, lente, refusee, sante = asyncio.run(crowd())
    assert statuts == [200] * 5
    assert lente.maximum == 3  # two in their turn, and the one that is always answered
    assert (refusee.status_code, refusee.json()["type"]) == (503, "/erreurs/service-occupe")
    assert int(refusee.headers["retry-after"]) > 0
    assert sante.status_code == 200


def test_a_late_answer_is_told_and_holds_its_place_until_it_ends() -> None:
    async def wait_for_it() -> tuple[list[httpx.Response], Lente]:
        lente = Lente()
        async with _client(Affluence(lente, simultanees=1, file=1, delai=0.1)) as client:
            tardive = await client.get("/")
            encore = await client.get("/")
            lente.porte.set()
            await asyncio.sleep(0.02)
            return [tardive, encore, await client.get("/")], lente

    reponses, lente = asyncio.run(wait_for_it())
    assert [r.status_code for r in reponses] == [503, 503, 200]
    assert {r.json()["type"] for r in reponses[:2]} == {"/erreurs/delai-depasse"}
    assert (lente.maximum, lente.finies) == (1, 2)


def test_a_long_answer_that_has_begun_goes_on() -> None:
    async def stream(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for _ in range(4):
            await asyncio.sleep(0.05)
            await send({"type": "http.response.body", "body": b"x", "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    async def read() -> httpx.Response:
        async with _client(Affluence(stream, simultanees=1, file=0, delai=0.1)) as client:
            return await client.get("/")

    assert asyncio.run(read()).text == "xxxx"


def test_the_application_has_these_limits(service: Service, settings: Settings) -> None:
    app = create_app(settings.model_copy(update={"corps_max": 2000, "delai": 7.0}), service)
    poses = {getattr(m.cls, "__name__", ""): m.kwargs for m in app.user_middleware}
    assert (poses[BodyLimit.__name__]["octets"], poses[Affluence.__name__]["delai"]) == (2000, 7.0)
    corps = TestClient(app).post("/api/v1/recommandations", json={"souhait": "x" * 3000})
    assert corps.status_code == 413

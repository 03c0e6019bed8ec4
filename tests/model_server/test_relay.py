"""The front and its relay before replicas that are apps in this process."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse
from support.waiting import ENOUGH

from model_server.front import create_front
from model_server.relay import Asked, ReplicaLost, answered
from model_server.scale import parse


@dataclass
class Pair:
    """Two replicas; the first to be asked may be lost, before its answer or in it."""

    app: FastAPI
    lost: list[Callable[[], bool]] = field(default_factory=list)
    sessions: list[str] = field(default_factory=list)
    ready: int = 2
    waiting: int = 3

    async def ask(self, asked: Asked, session: str) -> AsyncIterator[dict[str, Any]]:
        self.sessions.append(session)
        after = self.lost.pop(0) if self.lost else None
        if after is not None and not after():
            raise ReplicaLost
        async for message in answered(self.app, asked):
            yield message
            if after is not None:
                raise ReplicaLost

    def states(self) -> list[dict[str, Any]]:
        load = {
            "status": "ok",
            "model": "m",
            "queue": 1,
            "running": 2,
            "free_rows": 4,
            "generated_tokens": 10,
        }
        return [load] * self.ready

    def figures(self) -> dict[str, str]:
        figures = {
            "a": "# TYPE x_total counter\nx_total 1.0\n",
            "b": "# TYPE x_total counter\nx_total 2.0\n",
        }
        return figures if self.ready else {}


def before_its_answer():
    return False


def in_its_answer():
    return True


@pytest.fixture
def pair() -> Pair:
    app = FastAPI()

    @app.post("/v1/echo")
    async def echo(request: Request) -> StreamingResponse:
        body = await request.json()

        async def parts():
            yield body["prompt"]
            yield request.url.query

        return StreamingResponse(parts(), status_code=202, headers={"x-kind": request.headers["x-kind"]})

    @app.get("/fails")
    async def fails() -> None:
        raise ValueError

    return Pair(app)


@pytest.fixture
async def client(pair):
    transport = httpx.ASGITransport(create_front(pair, "k"), raise_app_exceptions=False)
    headers = {"Authorization": "Bearer k", "x-kind": "test"}
    async with httpx.AsyncClient(transport=transport, base_url="http://front", headers=headers) as client:
        yield client


async def test_a_request_and_its_answer_are_carried_as_they_are(client):
    answer = await client.post("/v1/echo?q=1", json={"prompt": "Once"})
    assert (answer.status_code, answer.headers["x-kind"], answer.text) == (202, "test", "Onceq=1")


async def test_the_key_is_asked_for_at_the_front(client, pair):
    answer = await client.post("/v1/echo", json={"prompt": "Once"}, headers={"Authorization": "Bearer x"})
    assert (answer.status_code, pair.sessions) == (401, [])


async def test_the_errors_of_a_replica_are_its_own(client):
    assert (await client.get("/nowhere")).json() == {"detail": "Not Found"}
    assert (await client.get("/fails")).status_code == 500


async def test_a_text_keeps_its_session(client, pair):
    for text in ("Once.\n\nA", "Once.\n\nA B", "Twice."):
        await client.post("/v1/echo", json={"prompt": text})
    assert pair.sessions[0] == pair.sessions[1] != pair.sessions[2]


async def test_when_a_replica_is_lost_before_its_answer_another_is_asked(client, pair):
    pair.lost = [before_its_answer]
    assert (await client.post("/v1/echo", json={"prompt": "Once"})).text == "Once"
    assert len(pair.sessions) == 2


async def test_when_all_that_are_asked_are_lost_the_client_is_told_to_come_again(client, pair):
    pair.lost = [before_its_answer, before_its_answer]
    answer = await client.post("/v1/echo", json={"prompt": "Once"})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert answer.json()["error"]["code"] == "replica_lost"


async def test_an_answer_that_has_begun_is_not_begun_again(client, pair):
    pair.lost = [in_its_answer]
    answer = await client.post("/v1/echo", json={"prompt": "Once"})
    assert (answer.text, len(pair.sessions)) == ("", 1)


async def test_health_sums_up_what_the_replicas_do_and_who_waits_for_them(client, pair):
    assert (await client.get("/health")).json() == {
        "status": "ok",
        "model": "m",
        "queue": 5,
        "running": 4,
        "free_rows": 8,
        "generated_tokens": 20,
        "replicas": 2,
    }
    pair.ready = 0
    assert (await client.get("/health")).status_code == 503


async def test_figures_name_their_replica(client, pair):
    assert 'x_total{replica="b"} 2.0' in (await client.get("/metrics")).text
    pair.ready = 0
    assert (await client.get("/metrics")).status_code == 503


async def test_who_stops_listening_stops_the_app():
    stopped = asyncio.Event()

    async def app(scope, receive, send):
        try:
            await receive()
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await receive()
        finally:
            stopped.set()

    messages = answered(app, Asked("GET", "/", b"", (), b""))
    assert (await anext(messages))["status"] == 200
    await messages.aclose()
    async with asyncio.timeout(ENOUGH):
        await stopped.wait()


def test_how_many_replicas_is_a_number_or_a_range():
    scale, rest = parse(["--replicas", "1-4", "--replica-gpus", "0.5", "--model", "x"])
    assert (scale.least, scale.most, scale.gpus, rest) == (1, 4, 0.5, ["--model", "x"])
    for wrong in ("0", "4-1", "two", "1-", "1001"):
        with pytest.raises(SystemExit):
            parse(["--replicas", wrong])

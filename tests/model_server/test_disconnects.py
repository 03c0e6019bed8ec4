"""Clients that leave, seen from inside: the server runs in this process, with a tiny model that takes its time."""

import asyncio
import contextlib
import random
import socket

import httpx
import openai
import pytest
import torch
import uvicorn
from support.held import HeldRunner
from support.waiting import until
from transformers import AutoModelForCausalLM

from model_server.__main__ import configured
from model_server.app import Desk, create_app
from model_server.engine.batch import BatchEngine
from model_server.metrics import Metrics
from model_server.served import Served

MANY = 1000
ROWS = 4


class Counting(BatchEngine):
    """An engine that counts what is submitted, and what is taken back."""

    submitted = cancelled = 0

    def submit(self, request):
        self.submitted += 1
        return super().submit(request)

    def cancel(self, ticket):
        self.cancelled += 1
        super().cancel(ticket)


class House:
    """The server, its engine, and what became of everything that was submitted."""

    def __init__(self, server, runner, engine, records, url):
        self.server = server
        self.runner = runner
        self.engine = engine
        self.records = records
        self.url = url

    def body(self, **fields):
        return {"model": "tiny", "prompt": "The sea", "max_tokens": 400, **fields}

    async def at_rest(self):
        def load():
            now = self.engine.load()
            return None if now.running or now.queue or now.step_seconds else now

        return await until(load)


@pytest.fixture
async def house(tiny_folder, chat):
    model = AutoModelForCausalLM.from_pretrained(tiny_folder, dtype=torch.float32).eval()
    records = []
    runner = HeldRunner(model, ROWS, context=2048)
    engine = Counting(runner, chat.plain, frozenset({2}), rows=ROWS, queue=40, report=records.append)
    desk = Desk(Served("tiny", chat, engine, Metrics(), 2048, 0, stall_seconds=0.3))
    server = uvicorn.Server(configured(create_app(desk, None)))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        host, port = listener.getsockname()
        yield House(server, runner, engine, records, f"http://{host}:{port}")
        runner.release()
        server.should_exit = True
        await serving
    engine.close()


@pytest.fixture
async def http(house):
    async with httpx.AsyncClient(base_url=house.url, timeout=60) as http:
        yield http


@pytest.mark.parametrize("streamed", [True, False])
async def test_no_more_than_two_tokens_are_written_for_who_has_left(house, http, streamed):
    house.runner.hold(after=5)
    asking = asyncio.create_task(http.post("/v1/completions", json=house.body(stream=streamed)))
    await until(lambda: house.runner.held)
    then = house.engine.load().generated_tokens
    asking.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await asking
    await until(lambda: house.engine.cancelled)
    house.runner.release()
    await house.at_rest()
    assert house.engine.load().generated_tokens - then <= 2
    assert [record.end for record in house.records] == ["cancelled"]


async def test_who_leaves_in_the_middle_of_their_body_leaves_no_word_in_the_log(house, caplog):
    address = httpx.URL(house.url)
    _, client = await asyncio.open_connection(address.host, address.port)
    head = "POST /v1/completions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 90"
    client.write(f"{head}\r\n\r\n{{".encode())
    await until(lambda: house.server.server_state.tasks)
    client.close()
    await until(lambda: not house.server.server_state.tasks)
    assert not caplog.messages


async def test_who_waits_is_told_their_place_and_openai_s_client_takes_no_notice(house, http):
    house.runner.hold()
    first = [asyncio.create_task(http.post("/v1/completions", json=house.body(n=4, max_tokens=60)))]
    await until(lambda: house.runner.held)
    async with openai.AsyncOpenAI(base_url=f"{house.url}/v1", api_key="none") as client:
        answer = await client.completions.create(**house.body(max_tokens=3), stream=True)
        async with http.stream("POST", "/v1/completions", json=house.body(stream=True)) as beside:
            assert (await anext(beside.aiter_lines())).startswith(": queued 2")
        house.runner.release()
        chunks = [chunk async for chunk in answer]
    assert chunks[-1].choices[0].finish_reason
    waited = await http.post("/v1/completions", json=house.body(max_tokens=1))
    assert float(waited.headers["x-queued-seconds"]) >= 0
    await asyncio.gather(*first)


async def test_a_deadline_ends_an_answer_with_what_there_is(house, http):
    house.runner.seconds = 0.1
    body = house.body(max_tokens=2000, max_seconds=1)
    answer = (await http.post("/v1/completions", json=body)).json()
    assert answer["choices"][0]["finish_reason"] == "length"
    assert 1 <= answer["usage"]["completion_tokens"] < 100
    assert house.records[-1].end == "expired"


async def test_a_deadline_before_the_first_token_names_the_parameter(house, http):
    house.runner.hold()
    writing = asyncio.create_task(http.post("/v1/completions", json=house.body(n=4, max_tokens=4)))
    await until(lambda: house.runner.held)
    asking = asyncio.create_task(http.post("/v1/completions", json=house.body(max_seconds=0.1)))
    await until(lambda: house.engine.load().queue)
    house.runner.seconds = 0.2
    house.runner.release()
    late = await asking
    assert (late.status_code, late.json()["error"]["param"]) == (408, "max_seconds")
    assert (await writing).status_code == 200


async def test_a_step_that_hangs_is_reported_by_health(house, http):
    assert (await http.get("/health")).status_code == 200
    house.runner.hold()
    writing = asyncio.create_task(http.post("/v1/completions", json=house.body(max_tokens=2)))

    async def sick():
        answer = await http.get("/health")
        return None if answer.status_code == 200 else answer

    hanging = await until(sick)
    assert hanging.status_code == 503
    assert hanging.json()["status"] == "stalled"
    assert hanging.json()["step_seconds"] >= 0.3
    house.runner.release()
    await writing
    await house.at_rest()
    assert (await http.get("/health")).json()["status"] == "ok"


@pytest.mark.slow
async def test_a_thousand_who_leave_at_any_moment_leave_nothing_behind(house, http, caplog):
    chance = random.Random(7)
    limit = asyncio.Semaphore(20)

    async def come_and_go():
        patience = chance.expovariate(12)
        fields = {"stream": chance.random() < 0.6, "n": chance.choice((1, 1, 2, 4))}
        fields |= {"user": chance.choice("abc"), "max_tokens": chance.choice((1, 10, 200))}
        async with limit:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(patience):
                    await http.post("/v1/completions", json=house.body(**fields))

    await asyncio.gather(*(come_and_go() for _ in range(MANY)))
    load = await house.at_rest()
    assert load.free_rows == ROWS
    assert not house.engine.register
    assert len(house.records) == house.engine.submitted > MANY / 10
    assert {"cancelled", "finished"} <= {record.end for record in house.records}
    assert not [record for record in caplog.records if record.levelname == "ERROR"]
    assert (await http.post("/v1/completions", json=house.body(n=ROWS, max_tokens=2))).status_code == 200

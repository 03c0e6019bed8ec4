"""Clients that come all at once, wait, and leave."""

import asyncio
import contextlib
import re

import httpx
import pytest
from support.waiting import until

LONG = {"max_tokens": 500, "ignore_eos": True}
AFTERWARDS = 100
"""Tokens at the most that are generated while word comes that a client has left: how many depends on the machine."""


@pytest.fixture
async def http(server):
    async with httpx.AsyncClient(base_url=server.root, headers=server.headers, timeout=60) as http:
        yield http


async def health(http):
    return (await http.get("/health")).json()


async def shows(http, condition):
    async def met():
        return condition(await health(http))

    await until(met)


async def at_rest(http):
    await shows(http, lambda now: now["running"] == now["queue"] == 0)


def begin(http, server, **fields):
    """Ask for a long answer, whole, and leave it running."""
    return asyncio.create_task(http.post("/v1/chat/completions", json=server.chat(**LONG, **fields)))


async def leave(*requests):
    for request in requests:
        request.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await request


async def test_a_reader_who_leaves_a_stream_stops_it(http, server):
    async with http.stream("POST", "/v1/chat/completions", json=server.chat(**LONG, stream=True)) as stream:
        lines = stream.aiter_lines()
        for _ in range(8):
            await anext(lines)
        before = (await health(http))["generated_tokens"]
    await at_rest(http)
    assert (await health(http))["generated_tokens"] - before <= AFTERWARDS


async def test_who_leaves_before_a_whole_answer_stops_it(http, server):
    start = (await health(http))["generated_tokens"]
    request = begin(http, server)
    await shows(http, lambda now: now["generated_tokens"] > start + 3)
    before = (await health(http))["generated_tokens"]
    await leave(request)
    await at_rest(http)
    assert (await health(http))["generated_tokens"] - before <= AFTERWARDS


async def test_a_full_queue_answers_429_and_a_waiting_reader_hears_its_place(http, server):
    running = begin(http, server, n=8)
    await shows(http, lambda now: now["running"] == 1)
    body = server.chat(max_tokens=1, stream=True)
    async with http.stream("POST", "/v1/chat/completions", json=body) as waiting:
        second = begin(http, server)
        await shows(http, lambda now: now["queue"] == 2)

        refused = await http.post("/v1/chat/completions", json=body)
        assert refused.status_code == 429
        assert int(refused.headers["retry-after"]) >= 1
        assert refused.json()["error"]["code"] == "queue_full"

        heard = [line async for line in until_heartbeat(waiting)]
        assert re.fullmatch(r": queued 1, about \d+ s", heard[-1])
    await shows(http, lambda now: now["queue"] == 1)
    await leave(second, running)
    await at_rest(http)


async def until_heartbeat(stream):
    async for line in stream.aiter_lines():
        yield line
        if line.startswith(":"):
            return

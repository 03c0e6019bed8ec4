import asyncio
import json
from functools import partial

import pytest

from model_server.guard import Guard


async def echo(scope, receive, send):
    message = await receive()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": message["body"]})


async def at_once():
    pass


async def answer(guard, *pieces, before=at_once, path="/", **headers):
    """Send a body in pieces, each of them once ``before`` has ended; give the status and the answer."""
    given = {"content-type": "application/json", **{k.replace("_", "-"): v for k, v in headers.items()}}
    scope = {"type": "http", "method": "POST", "path": path}
    scope["headers"] = [(name.encode(), value.encode()) for name, value in given.items()]
    waiting = [{"type": "http.request", "body": piece, "more_body": True} for piece in pieces]
    waiting.append({"type": "http.request", "body": b"", "more_body": False})
    sent = []

    async def receive():
        await before()
        return waiting.pop(0)

    async def send(message):
        sent.append(message)

    await guard(scope, receive, send)
    return sent[0]["status"], sent[1]["body"]


async def test_a_body_in_pieces_arrives_whole():
    assert await answer(Guard(echo, None), b"a", b"b") == (200, b"ab")


async def test_a_body_that_comes_too_slowly_is_not_waited_for():
    status, body = await answer(
        Guard(echo, None, most_seconds=0.05), *[b"a"] * 20, before=partial(asyncio.sleep, 0.01)
    )
    assert status == 408
    assert b"did not arrive" in body


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "gzip, identity"])
async def test_what_could_unpack_to_any_size_is_not_unpacked(encoding):
    status, body = await answer(Guard(echo, None), b"{}", content_encoding=encoding)
    assert (status, code(body)) == (415, "unsupported_encoding")


@pytest.mark.parametrize(
    "kind", ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]
)
async def test_what_is_not_called_json_is_not_read(kind):
    status, body = await answer(Guard(echo, None), b"{}", content_type=kind)
    assert (status, code(body)) == (415, "unsupported_media_type")


async def test_json_may_say_how_its_characters_are_written():
    assert await answer(Guard(echo, None), b"{}", content_type="Application/JSON; charset=utf-8") == (
        200,
        b"{}",
    )


async def test_requests_under_way_are_bounded_but_health_is_always_told():
    guard = Guard(echo, None, most_requests=1)
    sent = asyncio.Event()
    slow = asyncio.create_task(answer(guard, b"{}", before=sent.wait))
    await asyncio.sleep(0)
    status, body = await answer(guard, b"{}")
    assert (status, code(body)) == (429, "too_many_requests")
    assert (await answer(guard, b"", path="/health"))[0] == 200
    sent.set()
    assert (await slow)[0] == 200
    assert (await answer(guard, b"{}"))[0] == 200


async def test_who_leaves_while_their_body_is_read_reaches_no_route():
    coming = [{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}]

    async def receive():
        return coming.pop(0)

    async def unheard(*_):
        pytest.fail("nobody is there to hear")

    await Guard(unheard, None)({"type": "http", "path": "/", "headers": []}, receive, unheard)
    assert not coming


def code(body):
    return json.loads(body)["error"]["code"]

"""What comes over a connection before it is a request."""

import asyncio
import contextlib
import json
import socket

import pytest
import uvicorn
from support.waiting import ENOUGH

from model_server.__main__ import configured
from model_server.guard import MOST_HEADER_BYTES
from model_server.wire import Wire


class Exclusive(Wire):
    most_connections = 3


class Impatient(Wire):
    headers_within = 0.5


impatient = pytest.mark.parametrize("wire", [Impatient])


async def hello(scope, receive, send):
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"ok"})


@pytest.fixture
def wire():
    """What is spoken with; a test in which time runs out, or room, needs another."""
    return Wire


@pytest.fixture
async def connect(wire):
    """Give a function that connects to a server."""
    config = configured(hello)
    config.http_protocol_class = wire
    config.http = wire
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        while not server.started:
            await asyncio.sleep(0.01)
        async with contextlib.AsyncExitStack() as stack:

            async def connect():
                reader, writer = await asyncio.open_connection(*listener.getsockname())
                stack.callback(writer.close)
                return reader, writer

            yield connect
        server.should_exit = True
        await serving


async def refused(reader):
    """Read the answer to its end; give its status and the error's code."""
    async with asyncio.timeout(ENOUGH):
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(body)["error"]["code"]


@impatient
async def test_headers_that_trickle_in_are_not_waited_for(connect):
    reader, writer = await connect()
    answer = asyncio.create_task(refused(reader))
    writer.write(b"GET / HTTP/1.1\r\nX-Long: ")
    while not answer.done():
        writer.write(b"a")
        await asyncio.sleep(0.02)
    with contextlib.suppress(ConnectionResetError):  # a byte met the door that had just been closed
        assert await answer == (408, "timeout")


@impatient
async def test_a_connection_that_says_nothing_is_closed(connect):
    reader, _ = await connect()
    assert await refused(reader) == (408, "timeout")


@impatient
async def test_a_connection_that_is_kept_has_its_time_again(connect):
    reader, writer = await connect()
    clock = asyncio.get_running_loop().time
    began = clock()
    while clock() < began + 1.5 * Impatient.headers_within:
        await asyncio.sleep(0.05)
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b"200" in await reader.readuntil(b"ok")
    writer.write(b"GET / HTTP/1.1\r\n")
    assert await refused(reader) == (408, "timeout")


async def test_headers_too_long_are_told_so(connect):
    reader, writer = await connect()
    writer.write(b"GET / HTTP/1.1\r\nX-Long: " + b"a" * 2 * MOST_HEADER_BYTES)
    assert await refused(reader) == (431, "headers_too_large")


@pytest.mark.parametrize("nonsense", [b"\x16\x03\x01\x02", b"HELO\r\n\r\n", b"GET /\xff HTTP/1.1\r\n\r\n"])
async def test_what_is_no_http_is_told_so(connect, nonsense):
    reader, writer = await connect()
    writer.write(nonsense + b"\r\n\r\n")
    assert await refused(reader) == (400, "invalid_http")


@pytest.mark.parametrize("wire", [Exclusive])
async def test_one_connection_too_many_is_turned_away(connect):
    for _ in range(3):
        await connect()
    reader, _ = await connect()
    assert await refused(reader) == (503, "overloaded")

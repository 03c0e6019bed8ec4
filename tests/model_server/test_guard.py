import asyncio

from model_server.guard import Guard


async def echo(scope, receive, send):
    message = await receive()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": message["body"]})


async def answer(guard, *pieces, pause=0.0):
    """Send a body in pieces; give the status and the answer."""
    waiting = [{"type": "http.request", "body": piece, "more_body": True} for piece in pieces]
    waiting.append({"type": "http.request", "body": b"", "more_body": False})
    sent = []

    async def receive():
        await asyncio.sleep(pause)
        return waiting.pop(0)

    async def send(message):
        sent.append(message)

    await guard({"type": "http", "path": "/", "headers": []}, receive, send)
    return sent[0]["status"], sent[1]["body"]


async def test_a_body_in_pieces_arrives_whole():
    assert await answer(Guard(echo, None), b"a", b"b") == (200, b"ab")


async def test_a_body_that_comes_too_slowly_is_not_waited_for():
    status, body = await answer(Guard(echo, None, most_seconds=0.05), *[b"a"] * 20, pause=0.01)
    assert status == 408
    assert b"did not arrive" in body

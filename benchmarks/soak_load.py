"""Random requests to a server for a while; the other half of `benchmarks.soak`.

    python -m benchmarks.soak_load URL SECONDS SEED

Prints, as JSON, how many requests ended in which way.
"""

import asyncio
import json
import random
import sys
from collections import Counter
from time import monotonic
from typing import Any

import httpx

WRITERS = 12
WORDS = ("sea", "door", "clock", "sister", "rain", "lighthouse", "letter", "winter", "keeper", "stairs")
LEAVE = 0.3
"""How many leave before their answer is whole."""
WRONG = 0.05
"""How many ask for what cannot be."""


def request(chance: random.Random, model: str) -> dict[str, Any]:
    """Make a request of any shape: long and short, one and several, of some salt and user."""
    text = " ".join(chance.choices(WORDS, k=int(chance.paretovariate(0.7) * 10) % 1500 + 1))
    body = {
        "model": model,
        "max_tokens": chance.choice((1, 4, 16, 60)),
        "temperature": chance.choice((0, 0.8, 1.2)),
        "top_p": chance.choice((1, 0.9)),
        "n": chance.choice((1, 1, 1, 2, 4)),
        "stream": chance.random() < 0.6,
        "cache_salt": chance.choice(("one house", "another")),
        "user": chance.choice(("ann", "ben", "cat", "dan")),
        "stop": chance.choice((None, ["."], ["\n", "the"])),
        "repetition_penalty": chance.choice((1, 1.1)),
        "max_seconds": chance.choice((None, None, 20, 0.2)),
    }
    if chance.random() < WRONG:
        body |= chance.choice(({"n": 99}, {"temperature": -1}, {"model": "no such"}, {"max_tokens": "many"}))
    if chance.random() < 0.5:
        return {"path": "/chat/completions", "body": body | {"messages": [{"role": "user", "content": text}]}}
    return {"path": "/completions", "body": body | {"prompt": text}}


async def ask(client: httpx.AsyncClient, chance: random.Random, model: str) -> str:
    """Send a request, perhaps leave it at a random moment, and say how it ended."""
    asked = request(chance, model)
    patience = chance.expovariate(1.0) if chance.random() < LEAVE else None
    try:
        async with asyncio.timeout(patience):
            async with client.stream("POST", asked["path"], json=asked["body"]) as answer:
                body = await answer.aread()
                return _kind(answer.status_code, body)
    except TimeoutError:
        return "left"


def _kind(status: int, body: bytes) -> str:
    if status == 200 and b'data: {"error"' in body:
        return "error in a stream: " + json.loads(body.rpartition(b"data: ")[2])["error"]["code"]
    return str(status)


async def worker(client: httpx.AsyncClient, chance: random.Random, until: float, ended: Counter[str]) -> None:
    models = (await client.get("/models")).json()
    while monotonic() < until:
        ended[await ask(client, chance, models["data"][0]["id"])] += 1
        await asyncio.sleep(chance.expovariate(4))


async def load(url: str, seconds: float, seed: int) -> Counter[str]:
    ended = Counter[str]()
    async with httpx.AsyncClient(base_url=url, timeout=600) as client, asyncio.TaskGroup() as group:
        for number in range(WRITERS):
            chance = random.Random(seed + number)
            group.create_task(worker(client, chance, monotonic() + seconds, ended))
    return ended


if __name__ == "__main__":
    print(json.dumps(asyncio.run(load(sys.argv[1], float(sys.argv[2]), int(sys.argv[3])))))

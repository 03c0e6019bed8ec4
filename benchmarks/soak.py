"""Minutes of random load on a server of our own: is a request lost, is a row, does memory grow?

    python -m benchmarks.soak [--minutes 10] [--warm-up 2] [--model embedded] [--seed 1] [--json]

The server runs in this process, so that its books can be looked into; the clients (`benchmarks.soak_load`) in
another. Memory is that of this process, its growth the slope of a line through means of 15 seconds each, after
the warm-up, with its 95 % confidence.
"""

import argparse
import asyncio
import json
import logging
import math
import os
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from statistics import fmean, linear_regression
from time import monotonic
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import psutil
import uvicorn

from model_server.__main__ import bind, configured, find_and_load, url_of
from model_server.app import Desk, create_app
from model_server.engine.batch import BatchEngine
from model_server.options import parse

MEAN_OF = 15.0
REST = 60.0
"""Seconds within which everything has to have ended once nobody asks any more."""

Sample = tuple[float, float]
"""Minutes since the beginning, and MB."""


@dataclass(frozen=True)
class Report:
    """What was seen."""

    asked: dict[str, int]
    """By clients, by how it ended for them."""
    submitted: int
    recorded: dict[str, int]
    lost: int
    leaked_rows: int
    leaked_tickets: int
    megabytes: list[int]
    """At the end of each minute."""
    growth: float
    confidence: float
    """Of the growth, either way, both in MB a minute."""


class Counting:
    """An engine that counts what is submitted."""

    def __init__(self, engine: BatchEngine) -> None:
        self.engine = engine
        self.submitted = 0

    def submit(self, request: Any) -> Any:
        self.submitted += 1
        return self.engine.submit(request)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.engine, name)


class Records(logging.Handler):
    """Counts the records of the log by their ends."""

    def __init__(self) -> None:
        super().__init__()
        self.ends = Counter[str]()

    def emit(self, record: logging.LogRecord) -> None:
        self.ends[json.loads(record.getMessage())["end"]] += 1


def growth(samples: Sequence[Sample], warm_up: float) -> tuple[float, float]:
    """Give the slope of memory in MB a minute, and its 95 % confidence either way."""
    binned: dict[int, list[Sample]] = {}
    for minute, megabytes in samples:
        if minute >= warm_up:
            binned.setdefault(int(minute * 60 / MEAN_OF), []).append((minute, megabytes))
    means = [(fmean(x for x, _ in bin_), fmean(y for _, y in bin_)) for bin_ in binned.values()]
    if len(means) < 3:
        return math.nan, math.nan
    x, y = zip(*means, strict=True)
    slope, intercept = linear_regression(x, y)
    left = sum((b - intercept - slope * a) ** 2 for a, b in means)
    spread = sum((a - fmean(x)) ** 2 for a in x)
    return slope, 1.96 * math.sqrt(left / (len(means) - 2) / spread)


def by_minute(samples: Sequence[Sample]) -> list[int]:
    return list({int(minute): round(megabytes) for minute, megabytes in samples}.values())


async def watch_memory(samples: list[Sample]) -> None:
    began, process = monotonic(), psutil.Process()
    while True:
        samples.append(((monotonic() - began) / 60, process.memory_info().rss / 1e6))
        await asyncio.sleep(1)


async def at_rest(engine: BatchEngine) -> None:
    """Wait until nothing runs, for a while."""
    for _ in range(int(REST * 10)):
        load = engine.load()
        if load.running == load.queue == 0:
            return
        await asyncio.sleep(0.1)


async def clients(url: str, minutes: float, seed: int) -> dict[str, int]:
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.soak_load", url, str(minutes * 60), str(seed),
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    printed, _ = await child.communicate()
    return json.loads(printed)


async def soak(model: str, minutes: float, warm_up: float, seed: int) -> Report:
    options = parse(["--model", model, "--max-seconds", "120", "--prefix-cache-mb", "64"], os.environ)
    records = Records()
    log = logging.getLogger("model_server.requests")
    log.addHandler(records)
    log.setLevel(logging.INFO)
    log.propagate = False
    served = find_and_load(replace(options, key=None), lambda _: None)
    engine = served.engine
    assert isinstance(engine, BatchEngine)
    counting = Counting(engine)
    with bind("127.0.0.1", 0) as listener:
        desk = Desk(replace(served, engine=counting))
        server = uvicorn.Server(configured(create_app(desk, None)))
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        samples: list[Sample] = []
        watching = asyncio.create_task(watch_memory(samples))
        asked = await clients(url_of(listener), minutes, seed)
        await at_rest(engine)
        watching.cancel()
        load = engine.load()
        leaked_tickets = len(engine.register)
        server.should_exit = True
        await serving
    engine.close()
    return Report(
        asked,
        counting.submitted,
        dict(records.ends),
        counting.submitted - records.ends.total(),
        options.max_concurrent - load.free_rows,
        leaked_tickets,
        by_minute(samples),
        *growth(samples, warm_up),
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--warm-up", type=float, default=2, help="minutes before memory counts")
    parser.add_argument("--model", default="embedded", help="as the server takes it")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    report = asyncio.run(soak(asked.model, asked.minutes, asked.warm_up, asked.seed))
    if asked.json:
        print(json.dumps(asdict(report), indent=1))
        return
    for name, value in asdict(report).items():
        print(f"{name:16}{value:.3f}" if isinstance(value, float) else f"{name:16}{value}")


if __name__ == "__main__":
    main()

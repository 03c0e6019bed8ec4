"""Text is seen while the model still writes, on a quiet machine and beside a busy one."""

import asyncio
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager

import pytest
from evening.engine import Engine
from evening.stage import Stage

pytestmark = pytest.mark.slow

TURNS = 2
READING = 6.0
"""Seconds before somebody asks again, in which Discord's budget of edits is full again: the model writes a passage in less."""


@contextmanager
def core_busy(busy: bool) -> Generator[None, None, None]:
    """Keep one core busy while the block lasts."""
    if not busy:
        yield
        return
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as loop:
        try:
            yield
        finally:
            loop.kill()


async def turns(
    stage: Stage, engine: Engine, thread: object, ann: object
) -> list[tuple[float, float, float, int]]:
    """Ask for continuations; return when first text was generated, seen, the last generated, and the rate's count."""
    seen = []
    for _ in range(TURNS):
        await asyncio.sleep(READING)
        engine.written.clear()
        asked = await ann.slash(thread, "continue", candidates=1)
        await stage.shown()
        message = stage.messages(thread)[-1]
        first = next(at for at, _, text in message.history if "\n-#" in text)
        zero = asked.it.t0
        seen.append((engine.written[0] - zero, first - zero, engine.written[-1] - zero, len(engine.written)))
    return seen


async def test_the_first_text_is_seen_before_the_last_is_generated(stage: Stage) -> None:
    engine = Engine()
    async with engine.opened():
        await stage.start(SCRIPTORIUM_MODEL__URL=engine.url)
        ann = stage.join("Ann")
        thread = await stage.story(ann, premise="A lighthouse keeper finds a door in the sea.")
        print(f"\n{'machine':10}{'generated s':>12}{'seen s':>8}{'last s':>8}{'pieces':>8}{'pieces/s':>10}")
        for busy in (False, True):
            with core_busy(busy):
                for first, seen, last, pieces in await turns(stage, engine, thread, ann):
                    rate = (pieces - 1) / (last - first)
                    name = "busy core" if busy else "quiet"
                    print(f"{name:10}{first:12.2f}{seen:8.2f}{last:8.2f}{pieces:8}{rate:10.1f}")
                    assert seen < last
        assert not stage.world.serious
        await stage.world.stop_bot()

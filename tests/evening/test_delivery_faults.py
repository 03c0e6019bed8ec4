"""A Discord that fails: 30 % of the REST calls answer 5xx, half of them after the work was done."""

import asyncio
import random
from itertools import product
from typing import Any

import pytest
from evening.small_model import SmallModel
from evening.stage import Stage, faults

pytestmark = pytest.mark.slow

SHARE = 0.3
STORIES = 6
PASSAGES = 4
STATUSES = (500, 502, 503, 504)
CALLBACK = "/callback"
OF_THE_TEST = {"double_ack", "no_ack", "late_ack"}
"""What a failing callback causes by itself: discord.py repeats one that had been taken."""


class Chance:
    """Stands where a fault has its pattern, and meets a share of the calls."""

    def __init__(self, share: float, draw: random.Random, callbacks: bool) -> None:
        self.share, self.draw, self.callbacks, self.met = share, draw, callbacks, 0

    def search(self, call: str) -> bool:
        spared = CALLBACK in call and not self.callbacks
        met = not spared and self.draw.random() < self.share
        self.met += met
        return met


def sabotage(stage: Stage, *, callbacks: bool, seed: int = 7) -> list[Chance]:
    """Let every call fail with a chance of SHARE, before its work or after it; return the latter faults."""
    for after in (False, True):  # so few threads are opened that chance might spare them
        stage.world.fail("POST .*/threads$", 503, after=after)
    draw, kinds = random.Random(seed), list(product(STATUSES, (False, True)))
    each, after_it = SHARE / len(kinds), list[Chance]()
    for earlier, (status, after) in enumerate(kinds):
        stage.world.fail("x", status, times=-1, after=after)
        chance = stage.world.fc.faults[-1]["rx"] = Chance(each / (1 - earlier * each), draw, callbacks)
        after_it += [chance] if after else []
    return after_it


async def evening(stage: Stage) -> None:
    """Several stories at once, each with passages, continuations, a proposal, votes, an undo."""
    mo, ann, ben = stage.join("Mo", moderator=True), stage.join("Ann"), stage.join("Ben")
    await mo.slash(stage.channel, "settings set", key="one_generation_per_person", value="off")
    threads = [await stage.story(ann, premise=f"Story {number} has a door.") for number in range(STORIES)]
    await asyncio.gather(*(story(stage, thread, mo, ann, ben) for thread in threads))
    await stage.shown(400)


async def story(stage: Stage, thread: Any, mo: Any, ann: Any, ben: Any) -> None:
    for turn in range(PASSAGES):
        await (ann, ben)[turn % 2].slash(thread, "write", text=f"Passage {turn} of {thread.name}.")
    await ben.slash(thread, "continue", candidates=1)
    await ended(stage, thread)
    await ben.slash(thread, "undo")
    await ann.slash(thread, "continue", candidates=2)
    await ben.slash(thread, "propose", text=f"A proposal for {thread.name}.")
    ballot = await stage.world.wait_message(thread, "What comes next", timeout=120)
    await ann.click(ballot, "2")
    await mo.click(ballot, "Close vote")


async def ended(stage: Stage, thread: Any) -> None:
    session = stage.session(thread)
    while stage.count("jobs", f"state = 'running' AND session = {session}"):
        await asyncio.sleep(0.1)


@pytest.mark.parametrize("callbacks", [False, True], ids=["calls", "calls and callbacks"])
async def test_nothing_is_missing_and_nothing_stands_twice(
    stage: Stage, small: SmallModel, callbacks: bool
) -> None:
    after = sabotage(stage, callbacks=callbacks)
    await stage.start(SCRIPTORIUM_MODEL__URL=small.url)
    await evening(stage)
    calls = [one for one in stage.world.rest() if callbacks or CALLBACK not in one["path"]]
    failed = [one for one in calls if "fault" in one]
    counted = {table: stage.count(table) for table in ("sessions", "passages", "ballots", "votes", "shown")}
    print(
        f"\n{len(failed)} of {len(calls)} calls failed ({len(failed) / len(calls):.0%}), "
        f"of them {sum(chance.met for chance in after)} after the work; "
        f"of thread creations {sum('/threads' in one['path'] for one in failed)}; stored: {counted}; "
        f"messages on Discord: {len(stage.world.bot_messages())}; acks: {stage.world.ack_stats()}"
    )
    assert faults(stage) == []
    assert len(stage.channel.threads) == stage.count("sessions") == STORIES
    assert stage.count("passages", "text LIKE 'Passage %'") == STORIES * PASSAGES
    assert {one["kind"] for one in stage.world.serious} <= (OF_THE_TEST if callbacks else set())
    assert not stage.world.gaps

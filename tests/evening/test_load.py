"""Fifty interactions a second on many stories at once, while the model writes."""

import asyncio
import os
import random
import re
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import psutil
import pytest
from evening.engine import Engine
from evening.small_model import SmallModel
from evening.stage import Stage, faults

pytestmark = pytest.mark.slow

RATE = 50
SECONDS = 20
CHANNELS, WRITING, VOTING, PEOPLE = 6, 24, 6, 40
SHARES = {"write": 60, "vote": 28, "continue": 12}
ENOUGH = 300.0
"""Milliseconds in which 99 of 100 acknowledgements must have come."""
TAKEN = r"Added to the story|You voted|Changed|The model is writing"


@dataclass
class Crowd:
    """People who write, vote and ask, at random, on stories of their own."""

    stage: Stage
    draw: random.Random
    people: list[Any] = field(default_factory=list)
    writing: list[Any] = field(default_factory=list)
    ballots: list[Any] = field(default_factory=list)
    sent: list[tuple[str, Any, Any]] = field(default_factory=list)

    async def gather(self) -> None:
        """Open the stories and the votes; each vote's opener never votes, so it stays open."""
        self.people = [self.stage.join(f"Writer {number}") for number in range(PEOPLE)]
        channels = [self.stage.guild.text(f"room-{number}") for number in range(CHANNELS)]
        for number in range(WRITING + VOTING):
            channel = channels[number % CHANNELS]
            await self.people[0].slash(channel, "story start", premise=f"Story {number} has a door.")
        await self.stage.shown()
        threads = [thread for channel in channels for thread in channel.threads]
        self.writing, voting = threads[:WRITING], threads[WRITING:]
        for thread in voting:
            for text in ("The door opened.", "The door stayed shut."):
                await self.people[0].slash(thread, "propose", text=text)
        await self.stage.shown()
        self.ballots = [self.stage.messages(thread)[-1] for thread in voting]

    async def press(self, seconds: float) -> None:
        """Send interactions at RATE, whatever becomes of those before."""
        began, kinds = time.monotonic(), list(SHARES)
        for number in range(int(RATE * seconds)):
            await asyncio.sleep(max(0.0, began + number / RATE - time.monotonic()))
            [kind] = self.draw.choices(kinds, list(SHARES.values()))
            self.sent.append(
                (kind, *await getattr(self, f"_{kind}")(self.draw.choice(self.people[1:]), number))
            )
        await self.stage.until(lambda: all(one.ack_ms or one.failed for *_, one in self.sent), 30, "answers")

    async def _write(self, person: Any, number: int) -> tuple[Any, Any]:
        text = f"Passage {number} tells of a door that somebody had left ajar."
        return text, await person.slash(self.draw.choice(self.writing), "write", text=text, _wait=False)

    async def _vote(self, person: Any, number: int) -> tuple[Any, Any]:
        ballot, choice = self.draw.choice(self.ballots), self.draw.choice("12")
        return (ballot.channel.id, person.id, choice), await person.click(ballot, choice, _wait=False)

    async def _continue(self, person: Any, number: int) -> tuple[Any, Any]:
        thread = self.draw.choice(self.writing)
        return None, await person.slash(thread, "continue", candidates=1, length="short", _wait=False)


async def settled(crowd: Crowd) -> None:
    """Wait until answers that were promised ("thinking…") are there."""
    ephemeral = 1 << 7
    await crowd.stage.until(
        lambda: not any(one.d["flags"] & ephemeral for *_, handle in crowd.sent for one in handle.messages),
        60,
        "the promised answers",
    )


def table(crowd: Crowd) -> dict[str, float]:
    """Print what came of the interactions, by kind, and return the 99th percentile of their answers."""
    worst = {}
    print(f"\n{'':10}{'sent':>6}{'acked':>7}{'taken':>7}{'p50 ms':>8}{'p95 ms':>8}{'p99 ms':>8}{'max ms':>8}")
    for kind in (*SHARES, "all"):
        handles = [handle for name, _, handle in crowd.sent if kind in (name, "all")]
        times = sorted(handle.ack_ms for handle in handles if handle.ack_ms)
        taken = sum(bool(re.match(TAKEN, handle.text)) for handle in handles)
        quantiles = [times[min(len(times) - 1, int(share * len(times)))] for share in (0.5, 0.95, 0.99, 1)]
        worst[kind] = quantiles[2]
        print(
            f"{kind:10}{len(handles):6}{len(times):7}{taken:7}" + "".join(f"{one:8.0f}" for one in quantiles)
        )
    print("slowest answer, second by second:", _slowest(crowd))
    answers = Counter(re.sub(r"\d+", "N", handle.text)[:60] for *_, handle in crowd.sent)
    print("answers:", *(f"{many} × {text!r}" for text, many in answers.most_common()), sep="\n  ")
    return worst


def _slowest(crowd: Crowd) -> list[int]:
    seconds = [crowd.sent[at : at + RATE] for at in range(0, len(crowd.sent), RATE)]
    return [round(max(handle.ack_ms or 0 for *_, handle in second)) for second in seconds]


def compare(crowd: Crowd) -> None:
    """Every taken interaction has its row, once, and no other interaction has one."""
    stage = crowd.stage
    taken = {handle.it.id for *_, handle in crowd.sent if re.match(TAKEN, handle.text)}
    receipts = {call for (call,) in stage.rows("SELECT call FROM receipts")}
    sent = {handle.it.id for *_, handle in crowd.sent}
    assert receipts & sent == taken
    added = [text for kind, text, handle in crowd.sent if kind == "write" and handle.it.id in taken]
    rows = [
        text
        for (text,) in stage.rows(
            "SELECT text FROM passages WHERE origin = 'human' AND text LIKE 'Passage %'"
        )
    ]
    assert sorted(rows) == sorted(added)
    asked = sum(kind == "continue" and handle.it.id in taken for kind, _, handle in crowd.sent)
    assert stage.count("jobs") == asked
    votes = {(thread, person) for kind, (thread, person, _), handle in _votes(crowd) if handle.it.id in taken}
    kept = stage.rows(
        "SELECT s.thread, v.member FROM votes v JOIN ballots b ON b.id = v.ballot JOIN sessions s ON s.id = b.session"
    )
    assert sorted(votes) == sorted(kept)
    print(
        f"stored: {len(rows)} passages of people, {len(kept)} votes, {asked} jobs, {len(receipts & sent)} receipts"
    )


def _votes(crowd: Crowd) -> list[tuple[str, tuple[str, str, str], Any]]:
    return [one for one in crowd.sent if one[0] == "vote"]


@pytest.mark.parametrize("model", ["small", "embedded"])
async def test_answers_come_at_once_while_the_model_writes(stage: Stage, model: str) -> None:
    server = SmallModel(pace=0.05) if model == "small" else Engine()
    crowd = Crowd(stage, random.Random(7))
    async with server.opened():
        await stage.start(SCRIPTORIUM_MODEL__URL=server.url)
        await crowd.gather()
        bot = psutil.Process(stage.world.proc.pid)
        began = time.monotonic()
        before = bot.cpu_times()
        await crowd.press(SECONDS)
        busy = bot.cpu_times()
        await settled(crowd)
        worst = table(crowd)
        used = busy.user + busy.system - before.user - before.system
        print(f"the bot used {used:.1f} s of a core in {SECONDS} s; load average {os.getloadavg()[0]:.1f}")
        flow = [
            sum(second <= moment - began < second + 1 for moment in server.written)
            for second in range(SECONDS)
        ]
        print(f"{model} model, pieces of text, second by second: {flow}")
        await stage.shown(400)
        print(f"all shown {time.monotonic() - began - SECONDS:.0f} s later")
    compare(crowd)
    assert faults(stage) == []
    assert not stage.world.serious
    assert not stage.world.gaps
    assert all(flow[1:])
    assert worst["all"] < ENOUGH

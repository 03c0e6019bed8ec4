"""Kills the bot at many of its own lines and looks at what is left each time.

    FAKECORD=<folder of the loopback Discord> python -m tests.evening.crashpoints [--points 66] [--seed 1] [--bug NAME]

Each point is a session of its own: people prepare it, one deed comes in, and the process stops just before
the chosen line, where SIGKILL meets it from outside. A new process takes over, and then the store, what was
acknowledged and the thread are compared. ``--bug`` puts a mistake into a copy of the code first.
"""

import argparse
import asyncio
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .crash_checks import missing, store_faults, thread_faults
from .crash_choice import Point, choose, summary
from .crash_deeds import DEEDS, Deed, Story
from .crash_stage import PACE, PROJECT, SETTLING, CrashStage, crash_stage

OUR_FAULT = "went wrong on our side"
BUGS = {
    "unnoted-post": (
        "bot/delivery/showing.py",
        "        await self.desk.put(attempt)\n",
        "        pass\n",
    ),
    "unread-history": (
        "bot/delivery/showing.py",
        "        seen = await self.sender.recent(shown.place, looked_for_since(shown))\n",
        "        seen = ()\n",
    ),
    "forgotten-jobs": ("bot/workshop/scribe.py", "            self.begin(job.id)\n", "            pass\n"),
}
BY_NAME = {deed.name: deed for deed in DEEDS}


@dataclass(frozen=True)
class Outcome:
    """What came of one point: whether the deed was acknowledged before the kill, how often it took effect."""

    point: Point
    acknowledged: bool
    effects: int
    faults: Sequence[str]

    def __str__(self) -> str:
        point = self.point
        state = "acknowledged" if self.acknowledged else "unanswered"
        where = f"{point.file}:{point.line}"
        told = (
            f"{where:<34} hit {point.hit:<3} {point.deed:<24} {state:<12} done {self.effects}x  {point.near}"
        )
        return "\n".join([told.rstrip(), *(f"    FAULT {fault}" for fault in self.faults)])


class Run:
    """One run over the points; every session has a number of its own."""

    def __init__(self, stage: CrashStage) -> None:
        self.stage = stage
        self.killed: list[Any] = []
        self._number = 0

    async def trace(self) -> dict[str, Any]:
        """Let each deed happen undisturbed and return the lines it ran through."""
        await self.stage.start()
        traces = {}
        for deed in DEEDS:
            story = await self._prepared(deed)
            await self.stage.follow(None)
            await (await deed.do(story)).it.done
            await self.stage.settled()
            traces[deed.name] = await self.stage.recorded()
            story.find()
            if faults := [*self._faults(story), *thread_faults(story)] or deed.count(story) != 1:
                raise AssertionError(f"{deed.name}, undisturbed: {faults}")
        return traces

    async def die_at(self, point: Point) -> Outcome | None:
        """Die at one point, come back, and look; None when its line did not run this time."""
        deed = BY_NAME[point.deed]
        found = await self._stopped(deed, point)
        if found is None:
            return None
        story, handle = found
        acknowledged = handle.it.ack_t is not None
        self.killed.append(handle)
        await self._reborn()
        try:
            await self.stage.settled()
        except TimeoutError:
            return Outcome(
                point, acknowledged, 0, [f"not settled {SETTLING:.0f} s later: {self.stage.waiting()}"]
            )
        story.find()
        effects = deed.count(story)
        faults = [*self._faults(story), *thread_faults(story)]
        if effects != 1 and (acknowledged or effects):
            faults.append(f"took effect {effects} times")
        if acknowledged and OUR_FAULT in handle.text:
            faults.append(f"answered {handle.text!r}")
        if not faults and (not effects or deed.repeatable):
            faults += [fault async for fault in self._again(deed, story)]
        return Outcome(point, acknowledged, effects, faults)

    async def _stopped(self, deed: Deed, point: Point) -> tuple[Story, Any] | None:
        """Bring the bot to a stop: at the time that was chosen, else in a fresh process, else at the first time."""
        for hit, fresh in ((point.hit, False), (point.hit, True), (1, True)):
            if fresh:
                await self._reborn()
            story = await self._prepared(deed)
            await self.stage.follow({"file": point.file, "line": point.line, "hit": hit})
            handle = await deed.do(story)
            if await self._reached(handle):
                return story, handle
        return None

    async def _reborn(self) -> None:
        await self.stage.kill()
        await self.stage.start()

    async def _reached(self, handle: Any) -> bool:
        end = time.monotonic() + SETTLING
        while time.monotonic() < end:
            if self.stage.stopped():
                await asyncio.sleep(0.03)
                return True
            if handle.it.ack_t and time.monotonic() > handle.it.ack_t + 1.5:
                await self.stage.recorded()
                return False
            await asyncio.sleep(0.01)
        return False

    async def _again(self, deed: Deed, story: Story) -> AsyncGenerator[str, None]:
        """Let the person do it once more: then it has happened once."""
        handle = await deed.do(story)
        await handle.it.done
        await self.stage.settled()
        story.find()
        times = deed.count(story)
        if handle.failed or OUR_FAULT in handle.text or times != 1:
            yield f"done once more, took effect {times} times: {'no answer' if handle.failed else handle.text!r}"
        for fault in (*self._faults(story), *thread_faults(story)):
            yield fault

    async def _prepared(self, deed: Deed) -> Story:
        self._number += 1
        story = Story(self.stage, self._number)
        self.stage.model.pace = 0.0
        await deed.prepare(story)
        self.stage.model.pace = PACE
        return story

    def _faults(self, story: Story) -> list[str]:
        wrong = [line for line in self.stage.world.log if " ERROR " in line or "Traceback" in line]
        return [*store_faults(self.stage), *missing(story), *(f"log: {line}" for line in wrong)]

    async def serious(self) -> list[str]:
        """Return what Discord takes badly, but for the silence of those that were killed."""
        await asyncio.sleep(3.2)
        silent = sum(handle.failed for handle in self.killed)
        found = [each for each in self.stage.world.serious if each["kind"] != "no_ack"]
        unanswered = sum(handle.failed for handle in self.stage.world.handles)
        told = [f"{each['kind']}: {each['detail']}" for each in found]
        if unanswered != silent:
            told.append(f"{unanswered - silent} interactions besides the killed were not answered")
        return [*told, *(f"gap: {gap}" for gap in self.stage.world.gaps)]


async def outcomes(points: int, seed: int, folder: Path, bug: str = "") -> AsyncGenerator[Outcome, None]:
    """Choose the points, die at each, and yield what came of it; the last outcome may speak of all together."""
    async with crash_stage(folder, _copied(folder / "code", bug)) as stage:
        run = Run(stage)
        for point in choose(await run.trace(), points, seed):
            if outcome := await run.die_at(point):
                yield outcome
        if serious := await run.serious():
            yield Outcome(Point("all of them", "the whole run", 0, 0), False, 0, serious)


def _copied(root: Path, bug: str) -> Path:
    """Copy the code, so that its lines stand still, and put the mistake in."""
    for room in ("bot", "cogs"):
        shutil.copytree(PROJECT / room, root / room, ignore=shutil.ignore_patterns("__pycache__"))
    if bug:
        file, right, wrong = BUGS[bug]
        text = (root / file).read_text()
        if text.count(right) != 1:
            raise AssertionError(f"{right!r} does not stand once in {file}")
        (root / file).write_text(text.replace(right, wrong))
    return root


async def _main(points: int, seed: int, bug: str) -> int:
    began, seen = time.monotonic(), list[Outcome]()
    with tempfile.TemporaryDirectory() as folder:
        async with aclosing(outcomes(points, seed, Path(folder), bug)) as deaths:
            async for outcome in deaths:
                seen.append(outcome)
                _say(f"{len(seen):>3} {outcome}")
                if bug and outcome.faults:
                    _say(f"the bug {bug!r} ({BUGS[bug][0]}) is caught at point {len(seen)}")
                    return 0
    faulty = sum(bool(outcome.faults) for outcome in seen)
    acknowledged = sum(outcome.acknowledged for outcome in seen)
    _say(summary([outcome.point for outcome in seen]))
    _say(f"{acknowledged} of {len(seen)} were acknowledged before the kill")
    _say(f"{faulty} faulty; {time.monotonic() - began:.0f} s")
    return 1 if faulty or bug else 0


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description="Kill the bot at many of its own lines and look at what is left each time."
    )
    parser.add_argument("--points", type=int, default=66)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--bug", choices=BUGS, default="")
    wanted = parser.parse_args()
    sys.exit(asyncio.run(_main(wanted.points, wanted.seed, wanted.bug)))

"""What people do when the bot dies: how each deed is prepared, done, and counted in the store afterwards."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from .crash_stage import CrashStage

LONG = 4500
OUTLINE = """Act 1: Cold Ovens
1. Ines finds her oven cold on the morning of the fair.
2. Bruno offers his own for a price that shames her.
3. The two of them bake through the night side by side."""


@dataclass
class Story:
    """A session of its own for each death, and what was acknowledged in it."""

    stage: CrashStage
    number: int
    session: int = 0
    thread: Any = None
    texts: list[str] = field(default_factory=list)
    leaver: Any = None
    question: Any = None

    @property
    def premise(self) -> str:
        return f"Premise number {self.number}, told at such length that no title holds all of its words."

    def text(self, of: str) -> str:
        return f"The {of} passage of story {self.number}."

    @property
    def leavers_text(self) -> str:
        return self.text("forgotten")

    @property
    def long_text(self) -> str:
        words = " ".join(f"word{at}of{self.number}" for at in range(LONG // 12))
        return f"The long passage begins. {words}."

    def button(self, label: str) -> Any:
        """Return the newest message in the thread with that button."""
        return [each for each in self.stage.messages(self.thread) if label in each.buttons][-1]

    def count(self, question: str, *values: object) -> int:
        """Count rows; ``?1`` is the session."""
        return self.stage.value(f"SELECT count(*) FROM {question}", self.session, *values)

    def find(self) -> None:
        """Learn the session's number and thread from the store, if it exists."""
        row = self.stage.row("SELECT id, thread FROM sessions WHERE premise = ?", self.premise)
        self.session, thread = row or (0, None)
        self.thread = self.stage.channel_of(thread) if thread else None


@dataclass(frozen=True)
class Deed:
    """``count`` tells how often it took effect, with all that must follow from it."""

    name: str
    prepare: Callable[[Story], Awaitable[None]]
    do: Callable[[Story], Awaitable[Any]]
    count: Callable[[Story], int]
    repeatable: bool = False


async def _nothing(_: Story) -> None:
    pass


async def _opened(story: Story) -> None:
    await (await _start(story)).it.done
    await story.stage.settled()
    story.find()


async def _begun(story: Story) -> None:
    await _opened(story)
    await _acknowledged(story, story.stage.ann, "first")


async def _balloted(story: Story) -> None:
    """A vote of Ann and Ben on three candidates of the model."""
    await _begun(story)
    await _acknowledged(story, story.stage.ben, "second")
    await story.stage.ann.slash(story.thread, "continue", candidates=3)
    await story.stage.settled()


async def _half_voted(story: Story) -> None:
    await _balloted(story)
    await story.stage.ann.click(story.button("None of these"), "2")
    await story.stage.settled()


async def _long_ago(story: Story) -> None:
    await _begun(story)
    await story.stage.ben.slash(story.thread, "write", text=story.long_text)
    story.texts.append(story.long_text)
    await story.stage.settled()


async def _written_by_a_leaver(story: Story) -> None:
    """A passage of somebody who then asks to be forgotten, and is asked back."""
    await _begun(story)
    leaver = story.stage.join(f"Leaver {story.number}")
    await leaver.slash(story.thread, "write", text=story.leavers_text)
    await story.stage.settled()
    asked = await leaver.slash(story.thread, "privacy delete", keep="nothing")
    story.leaver, story.question = leaver, await asked.final(settle=0.3)


async def _planned(story: Story) -> None:
    """A plot that begins with a passage of Ann's."""
    ann, channel = story.stage.ann, story.stage.channel
    story.stage.model.told.append(OUTLINE)
    await ann.slash(channel, "plot start", logline=story.premise, acts=1)
    await story.stage.settled()
    story.find()
    await _acknowledged(story, ann, "first")


async def _lost(story: Story) -> None:
    """A story whose thread was deleted and then its card, and the list from which Ann opens it again."""
    await _begun(story)
    [card] = [each for each in story.stage.messages(story.stage.channel) if each.id == story.thread.id]
    story.stage.delete_thread(story.thread)
    await story.stage.moderator.delete(card)
    async with asyncio.timeout(10):
        while not story.count("lost_threads WHERE session = ?1"):
            await asyncio.sleep(0.02)
    asked = await story.stage.ann.slash(story.stage.channel, "sessions")
    story.question = await asked.final(settle=0.3)


async def _acknowledged(story: Story, by: Any, of: str) -> None:
    await by.slash(story.thread, "write", text=story.text(of))
    story.texts.append(story.text(of))
    await story.stage.settled()


async def _start(story: Story) -> Any:
    ann, channel = story.stage.ann, story.stage.channel
    return await ann.slash(channel, "story start", premise=story.premise, _wait=False)


async def _write(story: Story) -> Any:
    return await story.stage.ben.slash(story.thread, "write", text=story.text("killed"), _wait=False)


async def _write_long(story: Story) -> Any:
    return await story.stage.ben.slash(story.thread, "write", text=story.long_text, _wait=False)


async def _propose(story: Story) -> Any:
    return await story.stage.ben.slash(story.thread, "propose", text=story.text("killed"), _wait=False)


async def _continue_one(story: Story) -> Any:
    return await story.stage.ben.slash(story.thread, "continue", candidates=1, _wait=False)


async def _continue_three(story: Story) -> Any:
    return await story.stage.ben.slash(story.thread, "continue", candidates=3, _wait=False)


async def _press_continue(story: Story) -> Any:
    return await story.stage.ann.click(story.button("Continue"), "Continue", _wait=False)


async def _vote(story: Story) -> Any:
    return await story.stage.ben.click(story.button("None of these"), "2", _wait=False)


async def _close(story: Story) -> Any:
    return await story.stage.moderator.click(story.button("None of these"), "Close vote", _wait=False)


async def _undo(story: Story) -> Any:
    return await story.stage.ben.slash(story.thread, "undo", _wait=False)


async def _forget(story: Story) -> Any:
    return await story.leaver.click(story.question, "Yes", _wait=False)


async def _next_beat(story: Story) -> Any:
    return await story.stage.ann.slash(story.thread, "beat next", _wait=False)


async def _reopen(story: Story) -> Any:
    return await story.stage.ann.click(story.question, f"Open #{story.session} again", _wait=False)


async def _change_preset(story: Story) -> Any:
    moderator, name = story.stage.moderator, f"style-{story.number}"
    return await moderator.slash(story.thread, "preset create", name=name, voice="Short lines.", _wait=False)


def _forgotten(story: Story) -> int:
    """Once, when neither the text nor the person is found anywhere in the story."""
    told = story.count("passages WHERE session = ?1 AND text = ?2", story.leavers_text)
    known = story.count("participants WHERE session = ?1 AND member = ?2", story.leaver.id)
    return 1 - told if told == known else 100


def _preset_changed(story: Story) -> int:
    """Versions of the style, each with its line in the audit."""
    name = f"style-{story.number}"
    versions = story.stage.value("SELECT count(*) FROM presets WHERE name = ?", name)
    audited = story.stage.value("SELECT count(*) FROM audit WHERE facts LIKE ?", f'%"{name}"%')
    return versions if versions == audited else 100 + audited


def _started(story: Story) -> int:
    return story.count("sessions WHERE premise = ?2", story.premise)


def _on_the_branch(story: Story, text: str) -> int:
    return [each for _, each, _ in story.stage.branch(story.session)].count(text)


def _written(story: Story) -> int:
    return _on_the_branch(story, story.text("killed"))


def _written_long(story: Story) -> int:
    return _on_the_branch(story, story.long_text)


def _proposed(story: Story) -> int:
    return story.count(
        """passages JOIN candidates ON passage = passages.id JOIN ballots ON ballots.id = ballot
           WHERE passages.session = ?1 AND text = ?2 AND state = 'open' AND number = 1""",
        story.text("killed"),
    )


def _continued(story: Story) -> int:
    """Jobs that ended well with their one passage on the branch, never more passages than jobs."""
    jobs = story.count("jobs WHERE session = ?1 AND wanted = 1 AND state = 'done'")
    model = sum(origin == "model" for _, _, origin in story.stage.branch(story.session))
    return max(jobs, model)


def _drafted(story: Story) -> int:
    ballots = story.count("ballots WHERE session = ?1 AND state = 'open'")
    candidates = story.count("candidates JOIN ballots ON id = ballot WHERE session = ?1")
    return ballots if candidates == 3 * ballots else 100 + candidates


def _voted(story: Story) -> int:
    return story.count(
        "votes JOIN ballots ON id = ballot WHERE session = ?1 AND member = ?2 AND choice = 2",
        story.stage.ben.id,
    )


def _chosen(story: Story) -> int:
    """Ballots that were decided, each by a passage on the branch."""
    decided = story.count("ballots WHERE session = ?1 AND state = 'committed' AND winner IS NOT NULL")
    joined = story.count("passages WHERE session = ?1 AND chosen_by IS NOT NULL")
    model = sum(origin == "model" for _, _, origin in story.stage.branch(story.session))
    return decided if decided == joined == model else 100 + joined


def _passed_on(story: Story) -> int:
    """Beats that were passed, each with the mark by which the outline stands."""
    told = story.count("events WHERE session = ?1 AND kind = 'beat-passed'")
    marked = story.count("beat_marks WHERE session = ?1 AND told = 1")
    return told if told == marked else 100 + marked


def _reopened(story: Story) -> int:
    opened = story.count("events WHERE session = ?1 AND kind = 'reopened'")
    return opened if opened + story.count("lost_threads WHERE session = ?1") == 1 else 100 + opened


def _undone(story: Story) -> int:
    undone = story.count("events WHERE session = ?1 AND kind = 'undone'")
    return undone if undone + _on_the_branch(story, story.long_text) == 1 else 100 + undone


DEEDS = (
    Deed("/story start", _nothing, _start, _started),
    Deed("/write", _begun, _write, _written),
    Deed("/write, three messages", _opened, _write_long, _written_long),
    Deed("/propose", _begun, _propose, _proposed),
    Deed("/continue candidates: 1", _begun, _continue_one, _continued),
    Deed("/continue candidates: 3", _begun, _continue_three, _drafted),
    Deed("a vote", _balloted, _vote, _voted, repeatable=True),
    Deed("the last vote", _half_voted, _vote, _chosen),
    Deed("Close vote", _half_voted, _close, _chosen),
    Deed("/undo", _long_ago, _undo, _undone),
    Deed("the button Continue", _begun, _press_continue, _continued),
    Deed("/preset create", _begun, _change_preset, _preset_changed),
    Deed("/beat next", _planned, _next_beat, _passed_on),
    Deed("the button Open again", _lost, _reopen, _reopened, repeatable=True),
    Deed("/privacy delete", _written_by_a_leaver, _forget, _forgotten),
)

"""A scripted evening: a moderator and four writers, the embedded model, and a bot that is killed in between."""

import re
from typing import Any

import pytest
from evening.stage import Stage, faults, letters

pytestmark = pytest.mark.slow

PREMISE = "A lighthouse keeper finds a door in the sea."


class People:
    """A moderator and four writers."""

    def __init__(self, stage: Stage) -> None:
        self.mo = stage.join("Mo", moderator=True)
        self.ann, self.ben, self.cem, self.dee = map(stage.join, ("Ann", "Ben", "Cem", "Dee"))
        self.all = (self.mo, self.ann, self.ben, self.cem, self.dee)


def said(handle: Any) -> str:
    """Print what the bot told one person, and return it."""
    name = handle.it.payload["data"].get("name") or handle.it.payload["data"].get("custom_id")
    print(f"  {handle.user.name} · {name} · {handle.ack_ms or 0:.0f} ms · {handle.text!r}")
    return handle.text


def show(stage: Stage, place: Any) -> None:
    """Print a thread as it stands."""
    print(f"\n--- #{place.name}")
    for message in stage.messages(place):
        print(
            "\n".join(f"  | {line}" for line in message.text.splitlines()) + f"\n  | {list(message.buttons)}"
        )


def newest(stage: Stage, thread: Any, button: str) -> Any:
    """Return the newest message that carries a button."""
    return next(one for one in reversed(stage.messages(thread)) if button in one.buttons)


def prose(message: Any) -> str:
    return message.text.rsplit("\n-# ", 1)[0]


async def opening(stage: Stage, people: People) -> Any:
    """A story is started by command, another by the form."""
    thread = await stage.story(people.ann, premise=PREMISE)
    asked = await people.dee.slash(stage.channel, "story start", ai="off")
    started = await people.dee.submit_modal(
        asked, {"Premise": "Two rivals share a lift.", "Title": "Going Down"}
    )
    assert "Going Down" in said(started)
    await stage.shown()
    assert {one.name for one in stage.channel.threads} == {
        "A lighthouse keeper finds a door in the sea",
        "Going Down",
    }
    show(stage, stage.channel)
    return thread


async def writing(stage: Stage, people: People, thread: Any) -> None:
    """People write, by command and by the button's form."""
    assert "Added" in said(
        await people.ann.slash(thread, "write", text="The door was green. It stood in the swell.")
    )
    await stage.shown()
    asked = await people.ben.click(newest(stage, thread, "Write"), "Write")
    said(await people.ben.submit_modal(asked, {"Text": "He rowed out.\n\nIt was ajar."}))
    await stage.shown()
    assert stage.told(thread)[-1] == "He rowed out.\n\nIt was ajar."
    assert prose(stage.messages(thread)[-1]) == "He rowed out.\n\nIt was ajar."


async def continuing(stage: Stage, people: People, thread: Any) -> None:
    """One continuation streams into view and joins the story."""
    asked = await people.cem.slash(thread, "continue", candidates=1, direction="somebody is inside")
    said(asked)
    await stage.shown()
    message = stage.messages(thread)[-1]
    looks = [text for _, _, text in message.history]
    print(f"  the continuation took {len(looks)} looks: {[len(look) for look in looks]}")
    assert "writing" in looks[0]
    assert len(looks) > 2
    assert letters(stage.told(thread)[-1]) == letters(prose(message))
    refused = await people.dee.slash(thread, "undo")
    assert "somebody else" in said(refused)


async def voting_through_a_kill(stage: Stage, people: People, thread: Any) -> None:
    """Three candidates and a proposal; the bot is killed between two votes; two people close at once."""
    said(await people.ben.slash(thread, "continue", candidates=3))
    said(await people.dee.slash(thread, "propose", text="Behind the door, somebody was setting the table."))
    said(await people.cem.slash(thread, "write", text="A gull called his name."))
    await stage.shown()
    ballot = newest(stage, thread, "Close vote")
    print("\n".join(f"  | {line}" for line in ballot.text.splitlines()))
    mine = next(card["title"] for card in ballot.embeds if card["description"].startswith("Behind the door"))
    assert len(ballot.embeds) == 5
    said(await people.ann.click(ballot, mine))
    print(f"  killed and back in {await stage.world.restart_bot(kill=True):.1f} s")
    said(await people.ben.click(ballot, mine))
    said(await people.cem.click(ballot, "None of these"))
    said(await people.cem.click(ballot, "Read in full"))
    refused = await people.dee.click(ballot, "Close vote")
    assert "opened the vote or a moderator" in said(refused)
    both = [await one.click(ballot, "Close vote", _wait=False) for one in (people.mo, people.ben)]
    await stage.until(lambda: all(one.ack_ms for one in both), what="both answers")
    await stage.shown()
    print(f"  both closed: {[(one.ack_type, one.text) for one in both]}")
    assert stage.told(thread).count("Behind the door, somebody was setting the table.") == 1
    assert prose(stage.messages(thread)[-1]) == "Behind the door, somebody was setting the table."
    assert not ballot.buttons
    print("\n".join(f"  | {line}" for line in ballot.text.splitlines()))


async def taking_back(stage: Stage, people: People, thread: Any) -> None:
    """People take back their own, a moderator any; the model writes its passage anew."""
    said(await people.ann.slash(thread, "write", text="Nobody had invited him."))
    assert "taken back" in said(await people.ann.slash(thread, "undo"))
    assert "chosen by a vote" in said(await people.ann.slash(thread, "undo"))
    assert "taken back" in said(await people.mo.slash(thread, "undo"))
    said(await people.cem.slash(thread, "continue", candidates=1, length="short"))
    await stage.shown()
    first = stage.told(thread)[-1]
    said(await people.cem.slash(thread, "retry"))
    await stage.shown()
    assert stage.told(thread)[-1] != first
    assert stage.told(thread).count(first) == 0


async def stopping(stage: Stage, people: People, thread: Any) -> None:
    """A continuation is stopped in mid-stream and added all the same; another one comes too late."""
    before = stage.told(thread)
    said(await people.ben.slash(thread, "continue", candidates=1, length="long"))
    writing = await stage.until(lambda: streaming(stage, thread), what="streamed text")
    said(await people.ben.click(writing, "Stop"))
    await stage.shown()
    assert stage.told(thread) == before
    print("\n".join(f"  | {line}" for line in writing.text.splitlines()))
    said(await people.ann.click(newest(stage, thread, "Add anyway"), "Add anyway"))
    await stage.shown()
    assert len(stage.told(thread)) == len(before) + 1
    said(await people.ben.slash(thread, "continue", candidates=1))
    await stage.until(lambda: streaming(stage, thread), what="streamed text")
    said(await people.dee.slash(thread, "write", text="But the door had closed again."))
    await stage.shown()
    assert stage.told(thread)[-1] == "But the door had closed again."
    late = newest(stage, thread, "Add anyway")
    assert "moved on" in late.text
    said(await people.ben.click(late, "Retry from here"))
    await stage.shown()
    assert len(stage.told(thread)) == len(before) + 3


def streaming(stage: Stage, thread: Any) -> Any:
    return next((one for one in stage.messages(thread) if "Stop" in one.buttons and "\n" in one.text), None)


async def reading(stage: Stage, people: People, thread: Any) -> None:
    """People read: history, sessions, status, help, the exported file."""
    for command, options in (
        ("history", {"page": 1}), ("history", {}), ("sessions", {}), ("status", {}),
        ("help", {}), ("help", {"topic": "continue"}),
    ):  # fmt: skip
        answer = await people.dee.slash(thread, command, **options)
        await answer.final(settle=0.3)
        assert answer.ephemeral
        assert said(answer)
    exported = await people.ann.slash(thread, "export", format="markdown")
    [(name, data)] = (await exported.final(settle=0.3)).files.items()
    print(f"  {name}, {len(data)} bytes:\n" + "\n".join(f"  | {line}" for line in data.decode().splitlines()))
    assert data.decode("utf-8").startswith("# A lighthouse keeper")
    assert b"\r" not in data
    assert not data.startswith(b"\xef\xbb\xbf")
    told = letters(data.decode())
    assert all(letters(text) in told for text in stage.told(thread))


async def other_modes(stage: Stage, people: People) -> None:
    """A story of suggestions, where even one candidate is voted on; a story without the model."""
    thread = await stage.story(
        people.ben, premise="A clock runs backwards.", ai="suggestions", preset="gothic"
    )
    said(await people.ben.slash(thread, "continue", candidates=1, length="short"))
    await stage.shown()
    assert stage.told(thread) == []
    said(await people.ben.click(newest(stage, thread, "Close vote"), "1"))
    await stage.shown()
    assert len(stage.told(thread)) == 1
    show(stage, thread)
    [alone] = [one for one in stage.channel.threads if one.name == "Going Down"]
    assert "people alone" in said(await people.ann.slash(alone, "continue"))
    said(await people.ann.slash(alone, "propose", text="The lights went out."))
    said(await people.dee.slash(alone, "propose", text="The lift sighed."))
    await stage.shown()
    said(await people.mo.click(newest(stage, alone, "Close vote"), "1"))
    said(await people.mo.click(newest(stage, alone, "Close vote"), "Close vote"))
    await stage.shown()
    assert len(stage.told(alone)) == 1
    show(stage, alone)


async def finishing(stage: Stage, people: People, thread: Any) -> None:
    """The story is finished, after a question; its buttons answer politely from then on."""
    assert "Only the one who opened" in said(await people.ben.slash(thread, "finish"))
    old = newest(stage, thread, "Continue")
    buttons = dict(old.buttons)
    card = next(one for one in stage.messages(stage.channel) if one.thread == thread)
    asked = await people.ann.slash(thread, "finish")
    assert "Go on?" in said(asked)
    said(await people.ann.click(asked.message, "No"))
    asked = await people.ann.slash(thread, "finish")
    said(await people.ann.click(asked.message, "Yes"))
    pressed = [await press(people.ben, old, buttons[label]) for label in ("Continue", "Write", "Undo")]
    assert all("is finished" in said(one) for one in pressed)
    await stage.shown()
    assert not old.buttons
    assert not card.buttons
    show(stage, thread)


def press(person: Any, message: Any, button: dict[str, Any]) -> Any:
    """Press a button as it stood a moment ago, on a screen that has not been drawn anew."""
    data = {"custom_id": button["custom_id"], "component_type": 2, "id": button["id"]}
    return person._go(3, message.channel, data, message.d)


async def test_an_evening(stage: Stage) -> None:
    people = People(stage)
    print(f"\nthe bot is up in {await stage.start():.1f} s; {people.ann.commands(stage.channel)}")
    thread = await opening(stage, people)
    await writing(stage, people, thread)
    await continuing(stage, people, thread)
    await voting_through_a_kill(stage, people, thread)
    await taking_back(stage, people, thread)
    await stopping(stage, people, thread)
    await reading(stage, people, thread)
    await other_modes(stage, people)
    await finishing(stage, people, thread)
    acknowledged = [
        one for one in stage.world.handles if one.ack_ms and re.match("Added|Your text", one.text)
    ]
    print(
        f"acks: {stage.world.ack_stats()}; texts taken: {len(acknowledged)}; exit {await stage.world.stop_bot()}"
    )
    print("log:", *[line for line in stage.world.log if " INFO " not in line], sep="\n  ")
    assert faults(stage) == []
    assert stage.rung() == []
    assert not stage.world.serious
    assert not stage.world.gaps

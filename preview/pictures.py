"""`make pictures`: play a short evening with the real model, and take the README's pictures of it."""

import asyncio
import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import discord
from playwright.async_api import Browser
from simcord.builders import ChannelHandle

from preview.browser import DESKTOP, PHONE, NoChromium, open_browser, picture
from preview.stage import Stage, begin_a_story, buttons, open_stage

FOLDER: Final = Path(__file__).parent.parent / "docs" / "pictures"
TRIES: Final = 6
"""How often the model is asked again when it had said its say before the picture was taken."""
ENOUGH: Final = 110
"""Characters of a message that streams, so that there is something to see."""


@dataclass(frozen=True)
class Album:
    """Where the pictures go."""

    stage: Stage
    browser: Browser
    folder: Path

    async def take(self, place: ChannelHandle, name: str) -> None:
        """Take a picture of a place as Ann sees it, on a desktop and on a phone."""
        async with self.stage.env.preview(place, viewers=[self.stage.ann], layout="channel") as preview:
            for frame in (DESKTOP, PHONE):
                file = self.folder / f"{name}{frame.suffix}.png"
                await picture(self.browser, preview, frame, file)
                print(f"{file.name}: {file.stat().st_size / 1024:.0f} KB")


async def evening(album: Album) -> None:
    """Write, let the model write, vote, read; a picture at each."""
    stage = album.stage
    thread = await begin_a_story(stage)
    await album.take(stage.channel, "card")
    await stage.ben.slash(thread, "write", text="The door was green. Somebody had painted it this morning.")
    await _stream(album, thread)
    await _vote(album, thread)
    await stage.ann.slash(thread, "history")
    await album.take(thread, "history")


async def _stream(album: Album, thread: ChannelHandle) -> None:
    stage = album.stage
    asked = stage.ben
    for _ in range(TRIES):
        await asked.slash(thread, "continue", candidates=1)
        await stage.until(lambda: _long_enough(thread.last_message))
        await album.take(thread, "streaming")
        in_time = "Stop" in buttons(thread.last_message)
        await stage.until(lambda: _newest(thread.last_message))
        if in_time:
            return
        await asked.slash(thread, "undo")


async def _vote(album: Album, thread: ChannelHandle) -> None:
    stage = album.stage
    await stage.ben.slash(thread, "continue", candidates=2, length="short")
    await stage.mo.slash(thread, "propose", text="Behind it somebody knocked, three times, politely.")
    ballot = await stage.until(lambda: _with(thread.last_message, "Close vote"))
    await stage.ben.click(ballot, label="1")
    await stage.until(lambda: "1 person has voted" in _again(thread, ballot).content or None)
    await album.take(thread, "ballot")
    for voter, choice in ((stage.ann, "2"), (stage.mo, "2")):
        await voter.click(ballot, label=choice)
    await stage.until(lambda: _newest(thread.last_message))
    await album.take(thread, "result")


def _long_enough(message: discord.Message | None) -> bool | None:
    return "Undo" in buttons(message) or (message is not None and len(message.content) > ENOUGH) or None


def _newest(message: discord.Message | None) -> discord.Message | None:
    return _with(message, "Undo")


def _with(message: discord.Message | None, button: str) -> discord.Message | None:
    return message if button in buttons(message) else None


def _again(thread: ChannelHandle, message: discord.Message) -> discord.Message:
    return next(one for one in thread.history() if one.id == message.id)


async def take_all(folder: Path) -> None:
    """Take all pictures. Raises NoChromium."""
    with tempfile.TemporaryDirectory() as kept:
        async with open_browser() as browser, open_stage(Path(kept), os.environ, print) as stage:
            await evening(Album(stage, browser, folder))


def main(arguments: Sequence[str]) -> int:
    """Take all pictures; the folder may be named. Returns 2 where there is no browser."""
    folder = Path(arguments[0]) if arguments else FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    try:
        asyncio.run(take_all(folder))
    except NoChromium as fault:
        print(f"pictures: {fault}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Delivery's sender for Discord: posts, edits, opens threads, finds again."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Final, TypeVar

import discord

from bot.delivery.sender import Seen
from bot.workshop.pages import Page
from cogs import pages
from cogs.drawing import NOBODY, embeds, seen, view
from cogs.faults import THREAD_ARCHIVED, THREAD_EXISTS, in_delivery_terms
from cogs.pacing import EditPace
from cogs.sheets import Sheet

WEEK: Final = 10080
"""Minutes after which Discord archives a thread nobody writes in: the longest it allows."""
THREAD_NAME: Final = 100
LOOKED_BACK: Final = 500
TIMEOUT: Final = 90.0
"""Seconds for one request, discord.py's own retries and rate-limit waits included."""

T = TypeVar("T")


class DiscordSender:
    """Sends as the bot itself; every message mentions nobody, and only a ballot's opening rings.

    A repeated post is safe by its nonce for some minutes, a repeated thread by the message it belongs to.
    """

    def __init__(self, client: discord.Client, pace: EditPace) -> None:
        self._client, self._pace = client, pace
        self.admitted = asyncio.Event()
        """Set once the client is logged in; whatever is to be sent waits for it."""

    def draw(self, page: Page) -> Sequence[Sheet]:
        """Draw a page."""
        return pages.draw(page)

    async def post(self, place: str, sheet: Sheet, nonce: str) -> str:
        """Send a message; an archived thread is opened first."""
        channel = self._client.get_partial_messageable(int(place))

        async def send() -> discord.Message:
            return await channel.send(nonce=nonce, **_message(sheet))

        return str((await self._in_open_thread(place, send)).id)

    async def edit(self, place: str, message: str, sheet: Sheet) -> None:
        """Edit a message; that its link previews are suppressed stays as it was sent."""
        partial = self._message(place, message)

        async def edit() -> object:
            return await partial.edit(
                content=sheet.content or None,
                embeds=embeds(sheet.cards),
                view=view(sheet.rows),
                allowed_mentions=NOBODY,
            )

        await self._in_open_thread(place, edit)

    async def delete(self, place: str, message: str) -> None:
        """Delete a message."""
        partial = self._message(place, message)
        await self._in_open_thread(place, lambda: partial.delete())

    async def open_thread(self, place: str, message: str, title: str) -> str:
        """Open the thread of a message; its id is the message's, also when it was open already."""
        name = " ".join(title.split())[:THREAD_NAME] or "…"
        async with self._request():
            try:
                await self._client.http.start_thread_with_message(
                    int(place), int(message), name=name, auto_archive_duration=WEEK
                )
            except discord.HTTPException as fault:
                if fault.code != THREAD_EXISTS:
                    raise
        return message

    async def recent(self, place: str, since: datetime) -> Sequence[Seen]:
        """Return our own messages in a place since then, oldest first."""
        channel = self._client.get_partial_messageable(int(place))
        async with self._request():
            return [
                Seen(str(message.id), seen(message))
                async for message in channel.history(after=since, limit=LOOKED_BACK, oldest_first=True)
                if message.author == self._client.user
            ]

    def pause(self, place: str) -> float:
        """Return the seconds to wait before the next edit of live text there."""
        return self._pace.pause(place)

    def _message(self, place: str, message: str) -> discord.PartialMessage:
        return self._client.get_partial_messageable(int(place)).get_partial_message(int(message))

    async def _in_open_thread(self, place: str, request: Callable[[], Awaitable[T]]) -> T:
        async with self._request():
            try:
                return await request()
            except discord.HTTPException as fault:
                if fault.code != THREAD_ARCHIVED:
                    raise
            await self._client.http.edit_channel(int(place), archived=False)
            return await request()

    @asynccontextmanager
    async def _request(self) -> AsyncGenerator[None, None]:
        await self.admitted.wait()
        with in_delivery_terms():
            async with asyncio.timeout(TIMEOUT):
                yield


def _message(sheet: Sheet) -> dict[str, Any]:
    return {
        "content": sheet.content or None,
        "embeds": embeds(sheet.cards),
        "view": view(sheet.rows),
        "allowed_mentions": NOBODY,
        "silent": sheet.silent,
        "suppress_embeds": not sheet.cards,
    }

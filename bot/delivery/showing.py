"""Showing: make a place look like a page, so that death at any line leaves no page missing or twice.

A post is the only act that must not be repeated blindly: it is noted before it is sent, and a note without
a message is looked for in the channel's history before anything is sent again. An edit is noted too, as its
message's look is unknown until the edit is answered.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Generic

from bot.delivery.desk import Desk
from bot.delivery.difference import UNKNOWN, Delete, Edit, Post, Step, steps
from bot.delivery.doubt import in_doubt, looked_for_since, nonce, recognise
from bot.delivery.places import may_move, may_vanish, place_of
from bot.delivery.sender import Forbidden, MessageGone, PlaceGone, Refused, S, Sender, TooOld
from bot.workshop.pages import Page
from bot.workshop.records import Shown


@dataclass(frozen=True, slots=True)
class Showing(Generic[S]):
    """Shows pages through one sender and keeps the record at the desk."""

    desk: Desk
    sender: Sender[S]
    now: Callable[[], datetime]

    async def show(self, page: Page) -> list[Shown]:
        """Post, edit and delete until the page stands as it is; return the messages that changed.

        Safe to call again after any interruption. Raises DeliveryFault.
        """
        sheets = self.sender.draw(page)
        shown = [await self._settle(one) for one in await self.desk.shown(page.key)]
        looks = [sheet.fingerprint for sheet in sheets]
        try:
            changes = [await self._take(step, page, sheets) for step in steps(looks, shown)]
        except TooOld:
            return await self._move(page, shown)
        return [change for change in changes if change is not None]

    async def _settle(self, shown: Shown) -> Shown:
        if not in_doubt(shown):
            return shown
        seen = await self.sender.recent(shown.place, looked_for_since(shown))
        message = recognise(shown, seen, await self.desk.known(shown.place))
        if message is None:
            return shown
        found = replace(shown, message=message)
        await self.desk.put(found)
        return found

    async def _take(self, step: Step, page: Page, sheets: Sequence[S]) -> Shown | None:
        match step:
            case Post(part, earlier):
                return await self._post(page, part, sheets[part], earlier)
            case Edit(shown, message):
                return await self._edit(shown, message, sheets[shown.part])
            case Delete(shown):
                return await self._delete(shown)

    async def _post(self, page: Page, part: int, sheet: S, earlier: Shown | None) -> Shown:
        attempted = self.now() if earlier is None else earlier.attempted
        attempt = Shown(page.key, part, place_of(page), None, sheet.fingerprint, attempted)
        await self.desk.put(attempt)
        try:
            message = await self.sender.post(attempt.place, sheet, nonce(attempt))
        except (Forbidden, PlaceGone, Refused):
            await self.desk.remove(page.key, part)
            raise
        if earlier is None or earlier.fingerprint == sheet.fingerprint:
            return replace(attempt, message=message)  # noted with its row; until then it would be looked for
        # The nonce may have brought back the earlier attempt's message, which looks otherwise.
        unsure = replace(attempt, message=message, fingerprint=UNKNOWN)
        await self.desk.put(unsure)
        return await self._edit(unsure, message, sheet)

    async def _edit(self, shown: Shown, message: str, sheet: S) -> Shown:
        if shown.fingerprint != UNKNOWN:
            await self.desk.put(replace(shown, fingerprint=UNKNOWN))
        try:
            await self.sender.edit(shown.place, message, sheet)
        except MessageGone:
            gone = replace(shown, gone=True)
            await self.desk.put(gone)
            return gone
        return replace(shown, fingerprint=sheet.fingerprint)

    async def _delete(self, shown: Shown) -> None:
        if shown.message is not None:
            with suppress(MessageGone):
                await self.sender.delete(shown.place, shown.message)
        await self.desk.remove(shown.page, shown.part)

    async def _vanish(self, shown: Shown, message: str) -> Shown:
        """Take a message away for good; it counts as deleted by a person, so it is not sent again."""
        with suppress(MessageGone):
            await self.sender.delete(shown.place, message)
        return replace(shown, gone=True)

    async def _move(self, page: Page, shown: Sequence[Shown]) -> list[Shown]:
        if may_vanish(page):
            return [await self._vanish(one, one.message) for one in shown if one.message and not one.gone]
        if not may_move(page):
            return []
        for step in steps([], shown):
            await self._take(step, page, [])
        return await self.show(page)

"""The front door: one page that lists the channel and its threads, and opens the one that is wanted.

simcord shows one channel at a time, so going to another place closes the first.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from html import escape
from typing import Final

from aiohttp import web
from simcord.preview import Preview

from preview.stage import Stage, keep_showing

LOOPBACK: Final = "127.0.0.1"
_PAGE: Final = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Scriptorium, a preview</title>
<style>body {{ font: 1.1em/1.6 system-ui, sans-serif; max-width: 38em; margin: 3em auto; padding: 0 1em }}</style>
<h1>Scriptorium, a preview</h1>
<p>This is the real bot with the real model, on a Discord that lives in this computer alone. Go into the
story below, or write <code>/story start</code> in the channel: each story gets a thread, listed here then.
<em>Viewing as</em> at the top lets you be Ann, Ben or the moderator Mo. What is written is forgotten at the end.</p>
<ul>{places}</ul>
</html>
"""


class PortTaken(Exception):
    """Another program listens where the front door should be."""


class FrontDoor:
    """Leads visitors to the channel and to each thread."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._preview: Preview | None = None
        self._showing: asyncio.Task[None] | None = None

    async def listing(self, _: web.Request) -> web.Response:
        """List where one can go."""
        places = "".join(
            f'<li><a href="/to/{place.id}">{"" if place.is_thread else "#"}{escape(place.name or "")}</a></li>'
            for place in self._stage.places
        )
        return web.Response(text=_PAGE.format(places=places), content_type="text/html")

    async def enter(self, request: web.Request) -> web.Response:
        """Open a place."""
        wanted = request.match_info["place"]
        place = next((place for place in self._stage.places if str(place.id) == wanted), None)
        if place is None:
            raise web.HTTPNotFound
        await self.leave()
        self._preview = self._stage.env.preview(place, viewers=self._stage.everybody, layout="channel")
        await self._preview.__aenter__()
        self._showing = asyncio.create_task(keep_showing(self._stage, self._preview))
        raise web.HTTPFound(self._preview.url)

    async def leave(self) -> None:
        """Close the place that is open."""
        if self._showing is not None:
            self._showing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._showing
        if self._preview is not None:
            await self._preview.close()


@asynccontextmanager
async def open_front_door(stage: Stage, port: int) -> AsyncGenerator[str, None]:
    """Serve the front door on loopback, and return its address; any free port for 0. Raises PortTaken."""
    door = FrontDoor(stage)
    app = web.Application()
    app.add_routes([web.get("/", door.listing), web.get("/to/{place}", door.enter)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, LOOPBACK, port).start()
        except OSError as fault:
            raise PortTaken from fault
        yield f"http://{LOOPBACK}:{runner.addresses[0][1]}/"
    finally:
        await door.leave()
        await runner.cleanup()

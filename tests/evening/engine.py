"""The embedded model's server, started as the bot starts it, behind a relay that notes when each piece came."""

import asyncio
import os
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web

from bot.model import Embedded, Endpoint, Supervisor
from bot.model.endpoint import Address

LOADS_WITHIN = 120.0


@dataclass
class Engine:
    """``written`` and ``ended`` are moments, as the small model keeps them."""

    written: list[float] = field(default_factory=list)
    ended: list[float] = field(default_factory=list)
    url: str = ""

    @asynccontextmanager
    async def opened(self) -> AsyncGenerator["Engine", None]:
        endpoint = Endpoint()
        supervisor = Supervisor(Embedded().command(), os.environ, endpoint, lambda _: None)
        async with asyncio.TaskGroup() as group:
            running = group.create_task(supervisor.run())
            address = await endpoint.ready(LOADS_WITHIN)
            async with self._relay(address):
                yield self
            running.cancel()

    @asynccontextmanager
    async def _relay(self, address: Address) -> AsyncGenerator[None, None]:
        key = address.key.get_secret_value() if address.key else ""
        head = {"Authorization": f"Bearer {key}"}
        async with aiohttp.ClientSession(address.root, headers=head) as session:

            async def pass_on(request: web.Request) -> web.StreamResponse:
                return await self._pass_on(session, request)

            app = web.Application()
            app.router.add_route("*", "/{path:.*}", pass_on)
            runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
            await runner.setup()
            try:
                await web.TCPSite(runner, "127.0.0.1", 0).start()
                self.url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
                yield
            finally:
                await runner.cleanup()

    async def _pass_on(self, session: aiohttp.ClientSession, request: web.Request) -> web.StreamResponse:
        body, head = await request.read(), {"Content-Type": "application/json"}
        async with session.request(request.method, request.path, data=body or None, headers=head) as answer:
            response = web.StreamResponse(status=answer.status, headers={"Content-Type": answer.content_type})
            await response.prepare(request)
            async for line in answer.content:
                if b'"content":"' in line and b'"content":""' not in line:
                    self.written.append(time.monotonic())
                await response.write(line)
            if request.path.endswith("/completions"):
                self.ended.append(time.monotonic())
            return response

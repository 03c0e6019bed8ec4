"""The embedded model server, kept running beside the bot."""

import asyncio
import logging
import secrets
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from pydantic import SecretStr

from bot.model.child import Child, started
from bot.model.endpoint import Address, Endpoint
from bot.model.news import Failed, Loading, Progress, Ready, Restarting, read
from bot.model.pulse import Pulse, lost

LOG: Final = logging.getLogger(__name__)
KEY: Final = "MODEL_API_KEY"
WITHHELD: Final = frozenset({KEY, f"{KEY}_FILE", "DISCORD_TOKEN", "DISCORD_TOKEN_FILE"})
GAVE_UP: Final = 2


@dataclass(eq=False)
class ModelCannotLoad(Exception):
    """The server cannot serve this model; the reason is a sentence for the person who started it."""

    reason: str

    def __str__(self) -> str:
        return f"The model cannot be loaded: {self.reason}"


@dataclass(frozen=True, slots=True)
class Embedded:
    """What the embedded server is to serve, and how; zero and empty leave it to the server."""

    model: str = "embedded"
    device: str = "auto"
    dtype: str = "auto"
    max_memory: str = ""
    threads: int = 0
    context_tokens: int = 0
    max_concurrent: int = 8
    max_queue: int = 32
    cache_folder: str = ""
    adapters_folder: str = ""

    def command(self) -> tuple[str, ...]:
        """Write the command line."""
        flags = {
            "--model": self.model,
            "--device": self.device,
            "--dtype": self.dtype,
            "--max-memory": self.max_memory,
            "--threads": self.threads or "",
            "--context-limit": self.context_tokens or "",
            "--max-concurrent": self.max_concurrent,
            "--max-queue": self.max_queue,
            "--cache-dir": self.cache_folder,
            "--adapters": self.adapters_folder,
        }
        given = [f"{flag}={value}" for flag, value in flags.items() if value != ""]
        return (sys.executable, "-m", "model_server", "--port=0", "--parent-pipe", *given)


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds before a restart: ``first``, doubled each time up to ``most``, ``first`` again once ``healthy``.

    After ``starts`` starts that never got as far as a model, there is no further one. At the end the
    server has ``grace`` seconds to go by itself. One that hangs, by its ``pulse``, is ended and started again.
    """

    first: float = 1.0
    most: float = 60.0
    healthy: float = 60.0
    starts: int = 3
    grace: float = 3.0
    pulse: Pulse = field(default_factory=Pulse)


class Supervisor:
    """Runs the server's command, and keeps ``endpoint`` at the address of the one that is ready."""

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        endpoint: Endpoint,
        report: Callable[[Progress], None],
        pace: Pace | None = None,
    ) -> None:
        self._command = command
        self._environment = {name: value for name, value in environment.items() if name not in WITHHELD}
        self._environment["OMP_WAIT_POLICY"] = "passive"  # else its threads spin and starve the bot
        self._endpoint = endpoint
        self._report = report
        self._pace = pace or Pace()

    async def run(self) -> None:
        """Keep the server running until cancelled; it has ended when this returns. Raises ModelCannotLoad."""
        pace, pause, starts, was_ready = self._pace, self._pace.first, 0, False
        while True:
            life = await self._live()
            starts, was_ready = starts + 1, was_ready or life.ready_seconds is not None
            if not was_ready and (life.code == GAVE_UP or starts >= pace.starts):
                raise ModelCannotLoad(life.reason)
            if (life.ready_seconds or 0.0) >= pace.healthy:
                pause = pace.first
            LOG.warning("the model server ended: %s Starting it again in %g s.", life.reason, pause)
            self._report(Restarting(pause))
            await asyncio.sleep(pause)
            pause = min(2 * pause, pace.most)

    async def _live(self) -> "_Life":
        key = secrets.token_urlsafe(32)
        life = _Life()
        try:
            environment = {**self._environment, KEY: key}
            async with started(self._command, environment, key, self._pace.grace) as child:
                await self._follow(child, SecretStr(key), life)
        except OSError as fault:
            life.reason = f"{fault.strerror or 'the system does not say why'}."
        return life

    async def _follow(self, child: Child, key: SecretStr, life: "_Life") -> None:
        clock = asyncio.get_running_loop().time
        ready_at: float | None = None
        guard: asyncio.Task[None] | None = None
        try:
            async for line in child.lines():
                match news := read(line):
                    case Ready(url=url, model=model):
                        ready_at = clock()
                        address = Address(url, key, model, plain=True)
                        guard = guard or asyncio.create_task(self._guard(child, address, life))
                        self._endpoint.open(address)
                        self._report(news)
                    case Failed(reason=reason):
                        life.reason = " ".join(reason.split())
                    case Loading():
                        self._report(news)
                    case None:
                        LOG.debug("model server: %s", line)
            life.code = await child.ended()
        finally:
            self._endpoint.close()
            if guard:
                guard.cancel()
        life.ready_seconds = None if ready_at is None else clock() - ready_at
        life.reason = life.reason or _guess(life.code, child.last_words)

    async def _guard(self, child: Child, address: Address, life: "_Life") -> None:
        """End a server that hangs; that is seen as its end, so it is started again."""
        pulse = self._pace.pulse
        await lost(address, pulse)
        life.reason = f"it hung, and left {pulse.misses} questions in a row unanswered."
        await child.end(self._pace.grace)


@dataclass(slots=True)
class _Life:
    """How one run of the server went; ``ready_seconds`` is None when it never was ready."""

    code: int | None = None
    reason: str = ""
    ready_seconds: float | None = None


def _guess(code: int, last_words: str) -> str:
    if code == -9:
        return "it was killed, as happens when memory runs out."
    cause = f"it ended by signal {-code}" if code < 0 else f"it ended with code {code}"
    return f"{cause}. Its last words: {last_words}" if last_words else f"{cause}."

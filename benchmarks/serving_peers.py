"""The processes that `benchmarks.serving` compares: our server, and a loop around `model.generate`."""

import asyncio
import json
import os
import subprocess
import sys
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any, ClassVar, Self

import openai
import psutil

KEY = "benchmark"


@dataclass(frozen=True)
class Written:
    """How much was written, and how long that took."""

    tokens: int
    seconds: float


class Peer(ABC):
    """A process that writes; it reports one JSON object a line, the last before it is ready with `ready`."""

    module: ClassVar[str]
    flags: ClassVar[tuple[str, ...]] = ()
    cold_flags: ClassVar[tuple[str, ...]] = ()

    def __init__(self, cache: Path, dtype: str, *, cold: bool = False) -> None:
        started = perf_counter()
        flags = ["--cache-dir", str(cache), "--dtype", dtype, *self.flags, *(self.cold_flags if cold else ())]
        self._process = subprocess.Popen(
            [sys.executable, "-m", self.module, *flags],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, "MODEL_API_KEY": KEY, "OMP_WAIT_POLICY": "passive"},
        )
        while "ready" not in (report := self.hear()):
            pass
        self.report = report
        self.start_seconds = perf_counter() - started

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def hear(self) -> dict[str, Any]:
        """Read the next report; end the benchmark with what keeps the process from going on."""
        line = self._process.stdout.readline() if self._process.stdout else ""
        report = json.loads(line or '{"error": "the process has ended"}')
        if "error" in report:
            sys.exit(f"{self.module}: {report['error']}")
        return report

    def say(self, **fields: Any) -> None:
        """Tell the process something."""
        print(json.dumps(fields), file=self._process.stdin, flush=True)

    def megabytes(self) -> float:
        """Give the memory that the process holds."""
        return psutil.Process(self._process.pid).memory_info().rss / 1e6

    @abstractmethod
    async def write(self, prompts: Sequence[str], tokens: int) -> Written:
        """Answer these prompts at once, each by at most so many tokens."""


class Server(Peer):
    """Our model server, asked as many clients ask it."""

    module = "model_server"
    flags = ("--parent-pipe",)

    async def write(self, prompts: Sequence[str], tokens: int) -> Written:
        async with openai.AsyncOpenAI(base_url=self.report["url"], api_key=KEY) as client:
            await client.models.list()  # the connection stands
            started = perf_counter()
            written = await asyncio.gather(*(self._one(client, prompt, tokens) for prompt in prompts))
            return Written(sum(written), perf_counter() - started)

    async def _one(self, client: openai.AsyncOpenAI, prompt: str, tokens: int) -> int:
        answer = await client.chat.completions.create(
            model=self.report["model"],
            messages=[{"role": "user", "content": prompt}],
            max_tokens=tokens,
            temperature=0.8,
            seed=1,
        )
        return answer.usage.completion_tokens if answer.usage else 0


class Generate(Peer):
    """transformers by itself: one padded batch."""

    module = "benchmarks.serving_generate"
    cold_flags = ("--cold",)

    async def write(self, prompts: Sequence[str], tokens: int) -> Written:
        self.say(prompts=prompts, tokens=tokens)
        return Written(**self.hear())

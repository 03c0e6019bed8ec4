"""A process to be compared: how it is started, asked and ended."""

import os
import subprocess
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import ClassVar, Self

import psutil

from model_server.engine.placement import PACKED, best_device, best_dtype

KEY = "benchmark"
START_SECONDS = 300.0
GONE_WITHIN = 20.0


@dataclass(eq=False)
class PeerAbsent(Exception):
    """A peer is not installed here, or does not start."""

    reason: str


@dataclass(frozen=True)
class Settings:
    """What is served, and how: `folder` in safetensors and `gguf` hold the same weights."""

    folder: Path
    gguf: Path | None
    dtype: str = "auto"
    llama_server: str | None = None
    cold: Path | None = None
    """An empty folder: start from the GGUF alone, and keep there what is made of it."""
    alike: Path | None = None
    """The GGUF in the precision that is asked for, where it is there."""

    @property
    def plain_dtype(self) -> str:
        """The precision for those who pack no weights: what was asked for, or what is fast here."""
        if self.dtype != "auto" and self.dtype not in PACKED:
            return self.dtype
        return str(best_dtype(best_device())[0]).removeprefix("torch.")


@dataclass(frozen=True)
class Written:
    """So many answers, their tokens, and the seconds from asking to the first token of any and the last of all."""

    answers: int
    tokens: int
    first: float
    seconds: float

    @property
    def speed(self) -> float:
        """Tokens a second from asking to the end, reading the prompts included."""
        return self.tokens / self.seconds

    @property
    def decode(self) -> float:
        """Tokens a second from the first token to the last."""
        return (self.tokens - self.answers) / max(self.seconds - self.first, 1e-9)


class Peer(ABC):
    """A running process that writes; entering its block waits until it can, leaving it ends the process."""

    name: ClassVar[str]
    converts: ClassVar[bool] = False
    """Whether a first start, with nothing but the GGUF at hand, differs from a later one."""
    talks: ClassVar[bool] = False
    """Whether it is spoken to over standard input and output."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.start_seconds = 0.0
        self._log = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed in __exit__
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        started = perf_counter()
        try:
            self._process = self._started(self.command())
            self.wait_until_ready(started + START_SECONDS)
        except BaseException:
            self.__exit__()
            raise
        self.start_seconds = perf_counter() - started
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            _end(self._process)
        self._log.close()

    @abstractmethod
    def command(self) -> Sequence[str]:
        """Give the command that starts it. Raises PeerAbsent."""

    @abstractmethod
    def wait_until_ready(self, until: float) -> None:
        """Return once it can be asked. Raises PeerAbsent."""

    @abstractmethod
    async def write(self, prompts: Sequence[str], tokens: int, candidates: int = 1) -> Written:
        """Answer these prompts at once, each with so many candidates of so many tokens."""

    def weights(self) -> str:
        """Name the precision of the weights that it has, once it can be asked."""
        return self.settings.plain_dtype

    def megabytes(self) -> float:
        """Give the memory that the process and its children hold."""
        top = psutil.Process(self.process.pid)
        return sum(process.memory_info().rss for process in (top, *top.children(recursive=True))) / 1e6

    @property
    def process(self) -> subprocess.Popen[str]:
        """The process, which runs inside the block only."""
        if self._process is None:
            raise PeerAbsent("it was not started")
        return self._process

    def check_alive(self, until: float) -> None:
        """Raise PeerAbsent with the last words of a process that has ended, or is not ready in time."""
        if self.process.poll() is None and perf_counter() < until:
            return
        words = [line.strip() for line in self.said().splitlines() if line.strip()]
        state = "it is not ready in time" if self.process.poll() is None else "it has ended"
        raise PeerAbsent(f"{state}: {words[-1] if words else 'without a word'}")

    def said(self) -> str:
        """Give what it has written of itself so far."""
        return os.pread(self._log.fileno(), os.fstat(self._log.fileno()).st_size, 0).decode(errors="replace")

    def _started(self, command: Sequence[str]) -> subprocess.Popen[str]:
        quiet = {"MODEL_API_KEY": KEY, "OMP_WAIT_POLICY": "passive", "HF_HUB_OFFLINE": "1"}
        try:
            return subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE if self.talks else self._log,
                stderr=self._log,
                text=True,
                env={**os.environ, **quiet},
            )
        except OSError as error:
            raise PeerAbsent(f"{command[0]} cannot be started: {error.strerror}") from error


def _end(process: subprocess.Popen[str]) -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()
    process.terminate()
    try:
        process.wait(GONE_WITHIN)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()

"""A model server of our own as a process beside the benchmark."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any

import httpx
import openai

KEY = "benchmark"


@dataclass(frozen=True)
class OwnServer:
    """Where it listens, what it serves, and which process it is."""

    url: str
    model: str
    pid: int

    def client(self) -> openai.AsyncOpenAI:
        return openai.AsyncOpenAI(base_url=self.url, api_key=KEY, max_retries=0, timeout=600)

    def health(self) -> dict[str, Any]:
        return httpx.get(f"{self.url.removesuffix('/v1')}/health", timeout=60).json()


@contextmanager
def own_server(*flags: str, log: int | IO[bytes] = subprocess.DEVNULL) -> Iterator[OwnServer]:
    """Start a server with these flags, its log going to `log`; end it afterwards."""
    process = subprocess.Popen(
        [sys.executable, "-m", "model_server", "--parent-pipe", *flags],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log,
        env={**os.environ, "MODEL_API_KEY": KEY, "OMP_WAIT_POLICY": "passive"},
    )
    try:
        yield OwnServer(*_ready(process), process.pid)
    finally:
        process.communicate(timeout=60)


def _ready(process: subprocess.Popen[bytes]) -> tuple[str, str]:
    for line in process.stdout or ():
        report = json.loads(line)
        if "error" in report:
            sys.exit(report["error"])
        if "ready" in report:
            return report["url"], report["model"]
    sys.exit("the server has ended")

"""What the model server costs and gives, beside other servers of the same weights in the same run.

    python -m benchmarks.serving [--peers generate,llama.cpp,transformers,transformers-cb] [--rounds 3] [--tokens 96]
                                 [--dtype auto] [--busy] [--json]

Each is a process of its own on loopback and asked in turns, the servers by the same OpenAI client; each
figure is the median of the rounds. `decode` counts from the first token to the last, `whole` from asking,
reading the prompts included; all write as many tokens as they may. llama.cpp serves its GGUF, in the precision
that `--dtype` asks of ours where it asks for one of float32, bfloat16, float16 and int8. A peer that is not installed or fails is
named with the reason, and the others go on. `pip install -e '.[peers]'` installs what is needed.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import openai

from benchmarks.serving_figures import as_json, figures, table
from benchmarks.serving_gguf import alike
from benchmarks.serving_kinds import KINDS, LlamaCpp, Ours
from benchmarks.serving_limit import bandwidth, limit
from benchmarks.serving_measures import ALONE, Episode, Reading, episodes
from benchmarks.serving_peers import Peer, PeerAbsent, Settings
from model_server import embedded
from model_server.options import parse

FAULTS = (PeerAbsent, openai.OpenAIError, httpx.HTTPError, OSError, ValueError)
SPIN = "while True: pass"


class Run:
    """The peers that are there, what was read of them, and why something is missing."""

    def __init__(self, settings: Settings, stack: ExitStack) -> None:
        self.settings = settings
        self.stack = stack
        self.peers: list[Peer] = []
        self.readings: dict[str, list[Reading]] = {}
        self.weights: dict[str, str] = {}
        self.missing: dict[str, str] = {}
        self.fastest = bandwidth()  # before there are peers, some of which spin while nobody asks

    def start(self, kind: type[Peer]) -> None:
        """Start a peer, cold too where that differs."""
        taken: list[Reading] = []
        _tell(f"starting {kind.name}")
        try:
            if kind.converts and self.settings.gguf:
                taken.append(Reading("start, cold", "s", _cold_start(kind, self.settings)))
            peer = self.stack.enter_context(kind(self.settings))
            self.weights[kind.name] = peer.weights()
        except FAULTS as fault:
            self.missing[kind.name] = _reason(fault)
            return
        self.peers.append(peer)
        self.readings[kind.name] = [*taken, Reading("start, warm", "s", peer.start_seconds)]

    async def measure(self, rounds: int, wanted: Sequence[Episode]) -> None:
        """Go through the episodes, all peers in turns, each round beginning with another."""
        for place, episode in enumerate(wanted, 1):
            _tell(f"measuring, {place} of {len(wanted)}")
            for at in range(1, rounds + 1):
                first = at % len(self.peers)
                for peer in (*self.peers[first:], *self.peers[:first]):
                    await self._take(episode, peer, at)
        for peer in self.peers:
            readings = self.readings[peer.name]
            readings.append(Reading("memory", "MB", peer.megabytes()))
            if most := limit(self.settings.folder, self.weights[peer.name], self.fastest):
                readings += [
                    Reading(f"{ALONE}, of memory's limit", "×", reading.value / most)
                    for reading in readings
                    if reading.name == ALONE
                ]

    async def _take(self, episode: Episode, peer: Peer, at: int) -> None:
        try:
            self.readings[peer.name] += await episode(peer, at)
        except FAULTS as fault:
            self.missing.setdefault(peer.name, _reason(fault))


def _cold_start(kind: type[Peer], settings: Settings) -> float:
    with tempfile.TemporaryDirectory() as folder, kind(replace(settings, cold=Path(folder))) as peer:
        return peer.start_seconds


def _reason(fault: Exception) -> str:
    return fault.reason if isinstance(fault, PeerAbsent) else f"{type(fault).__name__}: {fault}"


@contextmanager
def busy(wanted: bool) -> Iterator[None]:
    """Keep one core busy for as long."""
    spinning = subprocess.Popen([sys.executable, "-c", SPIN]) if wanted else None
    try:
        yield
    finally:
        if spinning is not None:
            spinning.kill()
            spinning.wait()


def run(asked: argparse.Namespace) -> Run:
    """Start what was asked for, and measure it."""
    gguf = asked.gguf or (None if asked.model else embedded.find_gguf())
    cache = parse([], os.environ).cache_dir
    folder = asked.model or embedded.folder_in(cache, _tell)
    kinds = {kind.name: kind for kind in KINDS}
    with ExitStack() as stack, busy(asked.busy):
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        same = alike(gguf, asked.dtype, scratch) if gguf and LlamaCpp.name in asked.peers else None
        run = Run(Settings(folder, gguf, asked.dtype, asked.llama_server, alike=same), stack)
        for name in (Ours.name, *asked.peers):
            run.start(kinds[name])
        if run.peers:
            asyncio.run(run.measure(asked.rounds, episodes(asked.tokens)))
    return run


def _tell(text: str) -> None:
    print(text, file=sys.stderr)


def _peers(text: str) -> list[str]:
    known = [kind.name for kind in KINDS if kind is not Ours]
    names = [name.strip() for name in text.split(",") if name.strip()]
    if strange := [name for name in names if name not in known]:
        raise argparse.ArgumentTypeError(f"{', '.join(strange)}: known are {', '.join(known)}")
    return names


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--peers", type=_peers, default=["generate"], help="separated by commas")
    add("--rounds", type=int, default=3)
    add("--tokens", type=int, default=96, help="length of the answers")
    add(
        "--dtype",
        default="auto",
        help="precision of ours; whoever packs no weights computes in what is fast here",
    )
    add("--model", type=Path, help="a folder in safetensors, instead of the embedded model")
    add("--gguf", type=Path, help="the same weights for llama.cpp")
    add("--llama-server", help="llama.cpp's server; default: what is on the path, else xllamacpp")
    add("--busy", action="store_true", help="keep one core busy beside")
    add("--json", action="store_true")
    asked = parser.parse_args()
    done = run(asked)
    peers = [Ours.name, *asked.peers]
    lines = figures(done.readings)
    if asked.json:
        facts = {
            "figures": as_json(lines, peers),
            "missing": done.missing,
            "busy": asked.busy,
            "weights": done.weights,
        }
        print(json.dumps({**facts, "dtype": asked.dtype, "rounds": asked.rounds}, indent=1))
        return
    print(table(lines, peers, done.weights))
    for name, reason in done.missing.items():
        print(f"{name}: {reason}")


if __name__ == "__main__":
    main()

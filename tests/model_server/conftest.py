"""The embedded model, loaded once: as a process to be asked over HTTP, and as an engine in float32 to be looked into."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest
from support.waiting import ENOUGH

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["OMP_WAIT_POLICY"] = "passive"  # the server under test computes beside us

import torch
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer, PreTrainedModel

from model_server import embedded
from model_server.chat import ChatEncoder
from model_server.engine.batch import BatchEngine
from model_server.engine.fused import library
from model_server.engine.fused.stack import Compiled
from model_server.engine.interface import Record
from model_server.engine.layout import lay_out
from model_server.engine.runner import Runner
from model_server.options import parse

KEY = "a key for tests"


@dataclass
class Process:
    """A model server that runs on its own."""

    process: subprocess.Popen[str]
    lines: list[dict[str, Any]]

    @property
    def url(self) -> str:
        return self.lines[-1]["url"]

    @property
    def model(self) -> str:
        return self.lines[-1]["model"]

    @property
    def root(self) -> str:
        return self.url.removesuffix("/v1")

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {KEY}"}

    def health(self) -> dict[str, Any]:
        return httpx.get(f"{self.root}/health", timeout=ENOUGH).json()

    def post(self, path: str, **fields: Any) -> httpx.Response:
        return httpx.post(f"{self.root}{path}", json=fields, headers=self.headers, timeout=ENOUGH)

    def chat(self, text: str = "Tell me about the sea.", **fields: Any) -> dict[str, Any]:
        """Give the body of a chat request."""
        return {"model": self.model, "messages": [{"role": "user", "content": text}], "seed": 1, **fields}

    def ask(self, text: str = "Tell me about the sea.", **fields: Any) -> httpx.Response:
        return self.post("/v1/chat/completions", **self.chat(text, **fields))


def command(*flags: str) -> list[str]:
    return [sys.executable, "-m", "model_server", *flags]


@pytest.fixture(scope="session")
def start() -> Iterator[Callable[..., Process]]:
    """Start model servers, read what they report until they are ready or have failed, and end them at the end."""
    started: list[subprocess.Popen[str]] = []

    def start(*flags: str) -> Process:
        process = subprocess.Popen(
            command("--parent-pipe", *flags),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "MODEL_API_KEY": KEY, "OMP_WAIT_POLICY": "passive"},
        )
        started.append(process)
        lines: list[dict[str, Any]] = []
        for line in process.stdout or ():
            lines.append(json.loads(line))
            if "ready" in lines[-1] or "error" in lines[-1]:
                break
        return Process(process, lines)

    yield start
    for process in started:
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
        process.wait(timeout=ENOUGH)


@pytest.fixture(scope="session")
def server(start: Callable[..., Process], model_folder: Path) -> Process:
    """The server that most tests ask: the embedded model in float32, few places to wait in."""
    return start("--dtype", "float32", "--max-concurrent", "8", "--max-queue", "2")


@pytest.fixture(scope="session")
def client(server: Process) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=server.url, api_key=KEY, max_retries=0, timeout=ENOUGH) as client:
        yield client


@pytest.fixture(scope="session")
def model_folder() -> Path:
    """The converted embedded model, in the cache that the program itself uses: the second run finds it there."""
    cache = parse([], os.environ).cache_dir
    return embedded.folder_in(cache, print)


@pytest.fixture(scope="session")
def decode_library() -> None:
    """The compiled layers, in that cache too."""
    library.load(library.build(parse([], os.environ).cache_dir))


@pytest.fixture(scope="session")
def tiny_folder(model_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of random weights that speaks the embedded one's tokens, in a hundredth of its time."""
    folder = tmp_path_factory.mktemp("models") / "tiny"
    shutil.copytree(model_folder, folder, ignore=shutil.ignore_patterns("*.safetensors"))
    config = AutoConfig.from_pretrained(model_folder)
    config.update(
        {"hidden_size": 32, "intermediate_size": 32, "num_hidden_layers": 2, "head_dim": 8}
        | {"num_attention_heads": 4, "num_key_value_heads": 2}
    )
    torch.manual_seed(5)
    AutoModelForCausalLM.from_config(config, dtype=torch.float32).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def model(model_folder: Path) -> PreTrainedModel:
    return AutoModelForCausalLM.from_pretrained(model_folder, dtype=torch.float32).eval()


@pytest.fixture(scope="session")
def chat(model_folder: Path) -> ChatEncoder:
    return ChatEncoder(AutoTokenizer.from_pretrained(model_folder))


@pytest.fixture(scope="session")
def records() -> list[Record]:
    """What the engine below has reported."""
    return []


@pytest.fixture(scope="session")
def engine(
    model: PreTrainedModel, chat: ChatEncoder, records: list[Record], decode_library: None
) -> Iterator[BatchEngine]:
    """An engine in this process that computes by the compiled layers, with small chunks so that prompts are read in several."""
    runner = Runner(model, rows=8, context=2048)
    runner.compiled = Compiled(model, lay_out(model, "plain"))
    engine = BatchEngine(
        runner,
        chat.plain,
        ends=frozenset({2}),
        rows=8,
        queue=8,
        chunk=32,
        report=records.append,
    )
    yield engine
    engine.close()

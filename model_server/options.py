"""The command line, and the key from the environment."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from model_server.faults import StartFault

EMBEDDED = "embedded"
DEVICES = ("auto", "cpu", "cuda", "mps", "xpu")
DTYPES = ("auto", "float32", "bfloat16", "float16", "int8", "int4")
CAP = re.compile(r"(\d+|cpu|mps)=(\d+(?:\.\d+)?[KMG]i?B)")


@dataclass(frozen=True)
class Options:
    """How this server is to run."""

    model: str
    host: str
    port: int
    device: str
    dtype: str
    max_memory: dict[int | str, str]
    max_concurrent: int
    max_queue: int
    max_seconds: int
    stall_seconds: int
    prefix_cache_mb: int
    adapters: Path | None
    max_adapters: int
    cache_dir: Path
    context_limit: int
    threads: int | None
    parent_pipe: bool
    key: str | None = field(repr=False)


def parse(arguments: Sequence[str], environment: Mapping[str, str]) -> Options:
    """Read the options. Exits with 2 on a wrong flag, raises StartFault on a key that cannot be read."""
    flags = vars(_parser(environment).parse_args(arguments))
    return Options(**flags, key=_key(environment))


def _parser(environment: Mapping[str, str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m model_server [doctor]",
        description="Serves one language model behind an OpenAI-compatible API. With the word doctor first it "
        "serves nothing, but says what this machine can serve with these options, and how fast. "
        "A key that clients must show comes from MODEL_API_KEY or MODEL_API_KEY_FILE.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("--model", default=EMBEDDED, help="embedded, a Hugging Face id, or a folder with safetensors")
    add("--host", default="127.0.0.1", help="address to listen on")
    add("--port", type=_between(0, 65535), default=0, help="port to listen on; 0: a free one")
    add("--device", choices=DEVICES, default="auto", help="where to compute")
    add(
        "--dtype",
        choices=DTYPES,
        default="auto",
        help="precision of the weights; auto: what is fast here and loses nothing",
    )
    add("--max-memory", type=_memory, default={}, help="caps by device, such as cpu=8GiB,0=20GiB")
    add("--max-concurrent", type=_between(1, 256), default=8, help="candidates written at once")
    add("--max-queue", type=_between(0, 10_000), default=32, help="requests that may wait")
    add(
        "--max-seconds", type=_between(1, 1_000_000), default=900, help="most time for a request, from asking"
    )
    add(
        "--stall-seconds",
        type=_between(1, 1_000_000),
        default=120,
        help="time after which a step of the model is reported as hanging",
    )
    add(
        "--prefix-cache-mb",
        type=_between(0, 10_000_000),
        default=512,
        help="most memory for texts read earlier, so that they are not read again; 0: none is kept",
    )
    add(
        "--adapters", type=Path, default=None, help="folder with LoRA adapters, a sub-folder each; none: none"
    )
    add("--max-adapters", type=_between(1, 256), default=8, help="adapters held in memory")
    add(
        "--cache-dir",
        type=Path,
        default=_cache(environment),
        help="where the converted embedded model is kept",
    )
    add(
        "--context-limit",
        type=_between(16, 10_000_000),
        default=8192,
        help="most tokens of prompt and answer",
    )
    add("--threads", type=_between(1, 1024), default=None, help="compute threads; none: one a physical core")
    add("--parent-pipe", action="store_true", help="exit as soon as standard input ends")
    return parser


def _between(least: int, most: int):
    def number(text: str) -> int:
        if not (text.isdecimal() and least <= int(text) <= most):
            raise argparse.ArgumentTypeError(f"{text!r} is not a number from {least} to {most}")
        return int(text)

    return number


def _memory(text: str) -> dict[int | str, str]:
    caps: dict[int | str, str] = {}
    for part in filter(None, text.split(",")):
        cap = CAP.fullmatch(part.strip())
        if cap is None:
            raise argparse.ArgumentTypeError(
                f"{part!r} is not of the form device=amount, such as cpu=8GiB, or 0=20GiB for the first GPU"
            )
        device, amount = cap.groups()
        caps[int(device) if device.isdecimal() else device] = amount
    return caps


def _cache(environment: Mapping[str, str]) -> Path:
    home = environment.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser()
    return Path(home) / "scriptorium"


def _key(environment: Mapping[str, str]) -> str | None:
    if key := environment.get("MODEL_API_KEY", "").strip():
        return key
    if not (file := environment.get("MODEL_API_KEY_FILE")):
        return None
    try:
        key = Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise StartFault(
            f"MODEL_API_KEY_FILE names {file}, which cannot be read: {os.strerror(error.errno or 0) if isinstance(error, OSError) else 'it is no text'}."
        ) from error
    if not key:
        raise StartFault(f"MODEL_API_KEY_FILE names {file}, which is empty; write the key into it.")
    return key

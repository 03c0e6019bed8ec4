"""Which model is meant, found out before anything slow is imported."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from model_server import embedded
from model_server.faults import StartFault
from model_server.options import EMBEDDED

HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+")
WANTED = ("config.json", "tokenizer_config.json", "*.safetensors")


@dataclass(frozen=True)
class Source:
    """A model's name, and what transformers is to load: a folder, or an id of the Hub."""

    name: str
    path: str


def find(model: str, cache: Path, say: Callable[[str], None]) -> Source:
    """Find the model that an option names, converting the embedded one first. Raises StartFault.

    Unless an id is to be fetched, Hugging Face's libraries are kept off the network from here on.
    """
    folder = Path(model).expanduser()
    if model != EMBEDDED and not folder.exists():
        return _hub(model)
    os.environ["HF_HUB_OFFLINE"] = "1"
    if model == EMBEDDED:
        return Source(embedded.NAME, str(embedded.folder_in(cache, say)))
    _check(folder)
    return Source(folder.resolve().name, str(folder))


def _hub(model: str) -> Source:
    if not HUB_ID.fullmatch(model):
        raise StartFault(
            f"There is no model folder {model}; name a folder, a Hugging Face id such as "
            f"HuggingFaceTB/SmolLM2-360M-Instruct, or {EMBEDDED}."
        )
    return Source(model, model)


def _check(folder: Path) -> None:
    if not folder.is_dir():
        raise StartFault(f"{folder} is a file; name the folder that holds config.json and the *.safetensors.")
    missing = [name for name in WANTED if not any(folder.glob(name))]
    if missing:
        raise StartFault(
            f"{folder} is not a model folder, {' and '.join(missing)} missing; name a folder as "
            "save_pretrained writes it, with safetensors."
        )

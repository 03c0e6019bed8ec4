"""From the options to a model that answers."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import transformers
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase

from model_server import embedded
from model_server.chat import ChatEncoder
from model_server.engine.batch import BatchEngine
from model_server.engine.placement import Placement, place
from model_server.engine.runner import Runner
from model_server.faults import StartFault
from model_server.options import EMBEDDED, Options
from model_server.served import Served

logger = logging.getLogger(__name__)

PLAIN_ATTENTION = {"full_attention", "sliding_attention"}
HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+")


def load(options: Options, say: Callable[[str], None]) -> Served:
    """Load the model that the options name. Raises StartFault with what to do."""
    if options.threads:
        torch.set_num_threads(options.threads)
    transformers.utils.logging.disable_progress_bar()
    transformers.utils.logging.set_verbosity_error()
    name, source = find(options, say)
    say(f"loading {name}")
    placement = place(options.device, options.dtype, options.max_memory)
    try:
        tokenizer = AutoTokenizer.from_pretrained(source, trust_remote_code=False)
        model = _read(source, placement)
        served = _serve(name, model, tokenizer, options)
    except (OSError, ValueError, RuntimeError, ImportError, KeyError) as error:
        raise StartFault(f"{options.model} cannot be loaded: {_first_line(error)}") from error
    logger.info(
        "serving %s on %s in %s (%s), %d threads, %d at once, %d tokens of context",
        name,
        getattr(model, "hf_device_map", model.device),
        model.dtype,
        placement.reason,
        torch.get_num_threads(),
        options.max_concurrent,
        served.context,
    )
    return served


def find(options: Options, say: Callable[[str], None]) -> tuple[str, str]:
    """Give the model's name and what transformers is to load: a folder, or an id of the Hub."""
    if options.model == EMBEDDED:
        gguf = embedded.find_gguf()
        folder = embedded.converted(gguf, options.cache_dir, embedded.to_safetensors, say)
        return embedded.NAME, str(folder)
    folder = Path(options.model).expanduser()
    if folder.exists():
        return _checked(folder).resolve().name, str(folder)
    if not HUB_ID.fullmatch(options.model):
        raise StartFault(
            f"There is no model folder {options.model}; name a folder, a Hugging Face id such as "
            f"HuggingFaceTB/SmolLM2-360M-Instruct, or {EMBEDDED}."
        )
    return options.model, options.model


def context_of(config: Any, limit: int) -> int:
    """Give the longest text that this model is served with.

    Up to its window, a sliding attention is a full one; other kinds keep a state that our cache cannot hold.
    """
    kinds = set(getattr(config, "layer_types", None) or ["full_attention"])
    if strange := kinds - PLAIN_ATTENTION:
        raise StartFault(
            f"This model's layers ({', '.join(sorted(strange))}) are not served here; "
            "serve it with vLLM and name that server's URL instead."
        )
    window = getattr(config, "sliding_window", None)
    bounds = [limit, getattr(config, "max_position_embeddings", limit), window]
    slides = "sliding_attention" in kinds or not getattr(config, "layer_types", None)
    return min(bound for bound in (bounds if slides else bounds[:2]) if bound)


def _checked(folder: Path) -> Path:
    if not folder.is_dir():
        raise StartFault(f"{folder} is a file; name the folder that holds config.json and the *.safetensors.")
    wanted = ("config.json", "tokenizer_config.json", "*.safetensors")
    missing = [name for name in wanted if not any(folder.glob(name))]
    if missing:
        raise StartFault(
            f"{folder} is not a model folder: {' and '.join(missing)} missing. Name a folder as "
            "save_pretrained writes it, with safetensors."
        )
    return folder


def _read(source: str, placement: Placement) -> PreTrainedModel:
    model = AutoModelForCausalLM.from_pretrained(
        source,
        dtype=placement.dtype,
        device_map=placement.device_map,
        max_memory=placement.max_memory,
        use_safetensors=True,
        trust_remote_code=False,
    )
    if "disk" in getattr(model, "hf_device_map", {}).values():
        raise StartFault(
            f"{source} does not fit into the memory allowed; raise --max-memory or name a smaller model."
        )
    return model.eval()


def _serve(name: str, model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, options: Options) -> Served:
    if not tokenizer.chat_template:
        raise StartFault(f"{name} has no chat template; name a model made for chat, often called Instruct.")
    context = context_of(model.config.get_text_config(), options.context_limit)
    chat = ChatEncoder(tokenizer)
    runner = Runner(model, options.max_concurrent)
    runner.read(0, 0, [0])  # the first forward is slow, and shows whether this model computes here at all
    engine = BatchEngine(
        runner, chat.plain, _ends(model, tokenizer), options.max_concurrent, options.max_queue
    )
    return Served(name, chat, engine, context, int(time.time()))


def _ends(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> frozenset[int]:
    """Give the tokens that end an answer."""
    ends = getattr(model.generation_config, "eos_token_id", None)
    listed = ends if isinstance(ends, list) else [ends]
    return frozenset(end for end in (*listed, tokenizer.eos_token_id) if isinstance(end, int))


def _first_line(error: Exception) -> str:
    text = str(error).strip() or type(error).__name__
    return text.splitlines()[0].rstrip(".") + "."

"""From the options to a model that answers."""

from __future__ import annotations

import logging
import time
from typing import Any

import torch
import transformers
from safetensors import SafetensorError
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase

from model_server.chat import ChatEncoder
from model_server.engine.adapters.interface import NO_ADAPTERS, NoAdapters
from model_server.engine.adapters.reading import Base
from model_server.engine.adapters.shelf import Shelf
from model_server.engine.batch import CHUNK, WIDE_CHUNK, BatchEngine
from model_server.engine.placement import Placement, place
from model_server.engine.preparing import Plan, compute_with, pack
from model_server.engine.runner import Runner, page_bytes
from model_server.faults import StartFault
from model_server.machine import give_back_memory
from model_server.metrics import Metrics
from model_server.options import EMBEDDED, Options
from model_server.records import reporting_to
from model_server.served import Served
from model_server.sources import Source

logger = logging.getLogger(__name__)

PLAIN_ATTENTION = {"full_attention", "sliding_attention"}
UNLOADABLE = (OSError, ValueError, RuntimeError, ImportError, KeyError, SafetensorError)


def load(source: Source, options: Options) -> Served:
    """Load a model that has been found, onto the devices that the options allow. Raises StartFault."""
    if options.threads:
        torch.set_num_threads(options.threads)
    transformers.utils.logging.disable_progress_bar()
    transformers.utils.logging.set_verbosity_error()
    placement = place(options.device, options.dtype, options.max_memory)
    try:
        tokenizer = AutoTokenizer.from_pretrained(source.path, trust_remote_code=False)
        model = _read(source, placement)
        plan = pack(model, options.dtype, placement.dtype, options.cache_dir)
        served = _serve(source, model, plan, tokenizer, options, _chosen(model, placement, plan))
    except UNLOADABLE as error:
        raise does_not_load(source.name, error) from error
    del model, plan
    give_back_memory()
    logger.info(
        "serving %s %s; %d threads, %d at once, %d tokens of context",
        source.name,
        served.chosen,
        torch.get_num_threads(),
        options.max_concurrent,
        served.context,
    )
    return served


def does_not_load(name: str, error: Exception) -> StartFault:
    """Word what transformers says of a model that it cannot read: what is in UNLOADABLE."""
    text = str(error).strip() or type(error).__name__
    line = text.splitlines()[0].rstrip(".")
    return StartFault(
        f"PyTorch and transformers say of {name}: {line}. Name another with --model, or {EMBEDDED}."
    )


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


def _read(source: Source, placement: Placement) -> PreTrainedModel:
    model = AutoModelForCausalLM.from_pretrained(
        source.path,
        dtype="auto" if placement.device_map == {"": "cpu"} else placement.dtype,
        device_map=placement.device_map,
        max_memory=placement.max_memory,
        use_safetensors=True,
        trust_remote_code=False,
    )
    if "disk" in getattr(model, "hf_device_map", {}).values():
        raise StartFault(
            f"{source.name} does not fit into the memory allowed; raise --max-memory or name a smaller model."
        )
    return model.eval()


def _serve(
    source: Source,
    model: PreTrainedModel,
    plan: Plan,
    tokenizer: PreTrainedTokenizerBase,
    options: Options,
    chosen: str,
) -> Served:
    if not tokenizer.chat_template:
        raise StartFault(
            f"{source.name} has no chat template; name a model made for chat, often called Instruct."
        )
    context = context_of(model.config.get_text_config(), options.context_limit)
    chat = ChatEncoder(tokenizer)
    kept = options.prefix_cache_mb * 1_000_000 // page_bytes(model, plan.cache_dtype)
    runner = Runner(model, options.max_concurrent, context, kept, plan.cache_dtype)
    adapters = adapters_of(source, model, options)
    if plan.layout is not None:
        compute_with(runner, plan.layout, options.cache_dir)
    metrics = Metrics()
    engine = BatchEngine(
        runner,
        chat.plain,
        _ends(model, tokenizer),
        rows=options.max_concurrent,
        queue=options.max_queue,
        report=reporting_to(metrics),
        stepped=metrics.step,
        chunk=WIDE_CHUNK if model.device.type == "cuda" else CHUNK,
        max_seconds=options.max_seconds,
        adapters=adapters,
    )
    metrics.watch(engine)
    created = int(time.time())
    return Served(
        source.name, chat, engine, metrics, context, created, options.stall_seconds, chosen, adapters
    )


def adapters_of(source: Source, model: PreTrainedModel, options: Options) -> Shelf | NoAdapters:
    """Give what the options say of adapters for a model. Raises StartFault."""
    if options.adapters is None:
        return NO_ADAPTERS
    folder = options.adapters.expanduser()
    if not folder.is_dir():
        raise StartFault(f"There is no folder {folder} for adapters; make it, or leave --adapters out.")
    shelf = Shelf(folder, Base(model, source.name, source.path), options.max_adapters)
    unfit = shelf.unfit(thoroughly=False)
    fit = [name for name in shelf.names() if name not in unfit]
    logger.info("adapters: %s", ", ".join(fit) or "none yet")
    for name, reason in unfit.items():
        logger.info("the adapter %s cannot be used: %s", name, reason)
    return shelf


def _chosen(model: PreTrainedModel, placement: Placement, plan: Plan) -> str:
    """Say where the model lies, how it computes, and why so."""
    places = getattr(model, "hf_device_map", None) or {"": model.device}
    where = " and ".join(sorted({torch.device(place).type for place in places.values()}))
    precision = str(placement.dtype).removeprefix("torch.")
    how = "" if plan.packed else f" in {precision} ({placement.reason})"
    return f"on {where}: computes{how} {plan.words}"


def _ends(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> frozenset[int]:
    """Give the tokens that end an answer."""
    ends = getattr(model.generation_config, "eos_token_id", None)
    listed = ends if isinstance(ends, list) else [ends]
    return frozenset(end for end in (*listed, tokenizer.eos_token_id) if isinstance(end, int))

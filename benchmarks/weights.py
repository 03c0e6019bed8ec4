"""The model whose weights are compared, read anew for each way to hold them, as the server holds them."""

from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, PreTrainedModel

from model_server.engine.fused import library
from model_server.engine.placement import place
from model_server.engine.preparing import compute_with, pack
from model_server.engine.runner import Runner

DTYPES = ("float32", "bfloat16", "int8", "int4")


def runner_of(folder: Path, cache: Path, dtype: str, *, rows: int, context: int, kept: int = 0) -> Runner:
    """Let a model of this folder compute by the compiled layers, in the precision that the server takes here."""
    library.build(cache)
    model = model_of(folder)
    plan = pack(model, dtype, computes_in(dtype), cache)
    runner = Runner(model, rows, context, kept, plan.cache_dtype)
    if plan.layout is not None:
        compute_with(runner, plan.layout, cache)
    return runner


def computes_in(dtype: str) -> torch.dtype:
    """Give what the server computes in here when it is asked for this."""
    return place("cpu", dtype, {}).dtype


def model_of(folder: Path, dtype: torch.dtype = torch.float32) -> PreTrainedModel:
    return AutoModelForCausalLM.from_pretrained(folder, dtype=dtype).eval()

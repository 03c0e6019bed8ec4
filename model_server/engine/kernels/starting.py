"""Which models go through the kernels, and the switch to them: they are taken where they are found to compute the same."""

from __future__ import annotations

import logging
from collections.abc import Callable
from importlib.util import find_spec

from transformers import PreTrainedModel

from model_server.engine.kernels.graphs import Call, record
from model_server.engine.layout import Layout, shape_of, strange
from model_server.engine.runner import Runner

logger = logging.getLogger(__name__)

WIDTHS = (16, 32, 64, 128, 256)
SAMPLE = range(1, 49)
"""Tokens by which both are compared: more than a page of them."""
NEAR = 0.1
"""How far logits may be off, by their length: rounding in bfloat16 makes some hundredths, a wrong kernel about one."""


def unfit(model: PreTrainedModel) -> str | None:
    """Say why a model does not go through the kernels, or None if it does."""
    if reason := strange(model):
        return reason
    if len({parameter.device for parameter in model.parameters()}) > 1:
        return "it does not lie on one GPU"
    if (width := shape_of(model).width) not in WIDTHS:
        return f"its heads are {width} wide"
    return None if find_spec("triton") else "Triton is not installed"


def switch(runner: Runner, layout: Layout, recording: Callable[[Call], Call] = record) -> None:
    """Let a runner that holds nothing compute by the kernels, unless they fail on this GPU or compute something else."""
    logger.info("recording how the GPU writes; the first time, kernels are compiled for it")
    try:
        off = _tried(runner, layout, recording)
    except Exception:
        logger.exception("the kernels do not run here; computing by transformers' own layers")
        runner.compiled = None
    else:
        if off <= NEAR:
            logger.info("computing by kernels, with %s weights", layout.kind)
        else:  # also where it is no number
            logger.warning("the kernels are off by %.2f; computing by transformers' own layers", off)
            runner.compiled = None
    runner.clear([0])


def _tried(runner: Runner, layout: Layout, recording: Callable[[Call], Call]) -> float:
    """Switch; give how far what is read and written then is from what transformers' layers compute."""
    from model_server.engine.kernels.compiled import Compiled  # Triton is not everywhere

    wanted = runner.read(0, 0, SAMPLE)
    compiled = Compiled(runner.model, layout, runner.pages.most, recording)
    compiled.prepare(runner.store, len(runner.lengths))
    runner.compiled = compiled
    runner.read(0, 0, SAMPLE[:-1])
    found = runner.write({0: SAMPLE[-1]})[0]
    return float((found - wanted).norm() / wanted.norm())

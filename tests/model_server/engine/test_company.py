"""Requests of every kind in one batch: each writes what it writes alone, and each ends."""

import asyncio
import random
import re

import pytest
import torch
from transformers import AutoModelForCausalLM

from model_server.engine.batch import BatchEngine
from model_server.engine.interface import Delta, Finished, GenerationRequest, Grammar, Sampling
from model_server.engine.runner import Runner

KINDS = (
    {"sampling": Sampling(temperature=0)},
    {"sampling": Sampling(min_p=0.1, repetition_penalty=1.2)},
    {"sampling": Sampling(top_k=20, typical_p=0.8), "banned": ("e", " a")},
    {"sampling": Sampling(top_p=0.9, frequency_penalty=0.5), "banned": ("in", "the", "er s")},
    {"sampling": Sampling(min_p=0.01, xtc_probability=0.5, xtc_threshold=0.05)},
    {"sampling": Sampling(top_k=5, dry_multiplier=1.0, presence_penalty=1.0), "logprobs": 2},
    {"sampling": Sampling(), "grammar": Grammar("regex", "([a-z]+ )+", "guided_regex"), "banned": ("o",)},
    {"sampling": Sampling(logit_bias=((300, 8.0), (400, -8.0))), "min_tokens": 5, "candidates": 2},
)


@pytest.fixture(scope="module")
def small(tiny_folder, chat):
    """An engine on the tiny model, whose rows all fit."""
    model = AutoModelForCausalLM.from_pretrained(tiny_folder, dtype=torch.float32).eval()
    engine = BatchEngine(
        Runner(model, 16, context=256), chat.plain, frozenset({2}), rows=16, queue=64, report=lambda _: None
    )
    yield engine
    engine.close()


async def answer(engine, request):
    texts, ends = {}, {}
    async for event in engine.submit(request):
        if isinstance(event, Delta):
            texts[event.candidate] = texts.get(event.candidate, "") + event.text
        elif isinstance(event, Finished):
            ends[event.candidate] = event.reason, event.tokens
    return texts, ends


async def test_every_kind_of_request_writes_in_company_what_it_writes_alone(small):
    numbers = random.Random(7)
    asked = [
        GenerationRequest(tuple(numbers.randrange(17, 49_000) for _ in range(12)), 16, seed=number, **kind)
        for number, kind in enumerate(KINDS)
    ]
    together = await asyncio.gather(*(answer(small, request) for request in asked))
    assert together == [await answer(small, request) for request in asked]
    for request, (texts, ends) in zip(asked, together, strict=True):
        assert len(ends) == request.candidates
        for text in texts.values():
            assert not any(string in text.lower() for string in request.banned)
    assert re.fullmatch("([a-z]+ ?)*", together[6][0].get(0, ""))

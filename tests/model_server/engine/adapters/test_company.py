"""Through the engine, by tokens: each with its adapter writes beside others what the model with it merged in writes."""

import asyncio
from dataclasses import replace

import pytest
import torch
from support.adapters import halves_of, merged, write_adapter
from transformers import AutoModelForCausalLM

from model_server.engine.adapters.interface import UnknownAdapter
from model_server.engine.adapters.reading import Base
from model_server.engine.adapters.shelf import Shelf
from model_server.engine.batch import BatchEngine
from model_server.engine.interface import GenerationRequest
from model_server.engine.runner import Runner


@pytest.fixture(scope="module")
def tiny(tiny_folder):
    return AutoModelForCausalLM.from_pretrained(tiny_folder, dtype=torch.float32).eval()


@pytest.fixture(scope="module")
def halves(tiny):
    return {"noir": halves_of(tiny, 1), "haiku": halves_of(tiny, 2)}


def engine_of(model, chat, **fields):
    runner = Runner(model, 8, context=256)
    return BatchEngine(runner, chat.plain, frozenset(), rows=8, queue=8, report=lambda _: None, **fields)


@pytest.fixture
def small(tiny, halves, chat, tmp_path):
    for name, its in halves.items():
        write_adapter(tmp_path / name, its)
    engine = engine_of(tiny, chat, adapters=Shelf(tmp_path, Base(tiny, "tiny"), most=2), chunk=32)
    yield engine
    engine.close()


async def test_each_writes_beside_others_what_the_merged_model_writes_alone(
    small, tiny, halves, chat, excused, written
):
    prompt = tuple(chat.text("The keeper climbed the stairs and looked out over the water. " * 4))
    base = GenerationRequest(prompt, 24, seed=7, ignore_eos=True)
    asked = [
        replace(base, seed=seed, adapter=name) for seed, name in enumerate(("noir", "", "haiku", "noir"))
    ]
    for request in asked:
        small.prepare(request)
    together = await asyncio.gather(*(written(small, request) for request in asked))
    for request, [ours] in zip(asked, together, strict=True):
        whole = merged(tiny, halves[request.adapter]) if request.adapter else tiny
        other = engine_of(whole, chat)
        [theirs] = await written(other, replace(request, adapter=""))
        other.close()
        assert excused(request, request.seed, ours, theirs, by=whole)


async def test_an_engine_without_adapters_knows_none(engine, requests):
    for ask in (engine.prepare, engine.submit):
        with pytest.raises(UnknownAdapter):
            ask(replace(requests[0], adapter="noir"))

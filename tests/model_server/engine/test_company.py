"""Requests of every kind in one batch: each writes what it writes alone, and each ends."""

import asyncio
import random
import re
from dataclasses import replace

import pytest
import torch
from transformers import AutoModelForCausalLM

from model_server.engine.batch import BatchEngine
from model_server.engine.interface import Delta, Finished, GenerationRequest, Grammar, Sampling
from model_server.engine.runner import Runner
from model_server.engine.sampling.choosing import choose
from model_server.engine.vocabulary import Vocabulary
from model_server.engine.writer import Writer

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
def tiny(tiny_folder):
    return AutoModelForCausalLM.from_pretrained(tiny_folder, dtype=torch.float32).eval()


@pytest.fixture(scope="module")
def small(tiny, chat):
    """An engine whose rows all fit, on the tiny model."""
    engine = BatchEngine(
        Runner(tiny, 16, context=256), chat.plain, frozenset({2}), rows=16, queue=64, report=lambda _: None
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


def uncached(model, request, vocabulary):
    """Write, with the whole text read anew for each token."""
    writer, events = Writer(request, 0, vocabulary), []
    while not any(isinstance(event, Finished) for event in events):
        with torch.inference_mode():
            logits = model(torch.tensor([[*request.prompt, *writer.written]])).logits[0, -1]
        logits = logits if writer.again is None else writer.again
        events = list(writer.take(choose(logits[None].clone(), [writer.ask(logits)])[0]))
    return writer.written


async def test_one_that_goes_back_from_a_banned_string_goes_on_as_if_it_had_never_been(small, tiny, chat):
    prompt = tuple(chat.text("The keeper climbed the stairs and looked out."))
    free = GenerationRequest(prompt, 16, seed=3, sampling=Sampling(top_k=50))
    vocabulary = Vocabulary(chat.plain, frozenset({2}))
    text = chat.plain.decode(uncached(tiny, free, vocabulary))
    asked = replace(free, banned=(text[6:14], text[20:27], text[30:36]))
    beside = replace(free, seed=1, max_tokens=40, sampling=Sampling())
    ticket = small.submit(asked)
    await asyncio.gather(answer(small, beside), drained(ticket))
    cached = ticket.writers[0].written
    assert cached == uncached(tiny, asked, vocabulary)
    assert all(asked.banned) and cached != uncached(tiny, free, vocabulary)
    assert not any(string.lower() in chat.plain.decode(cached).lower() for string in asked.banned)


async def drained(ticket):
    async for _ in ticket:
        pass

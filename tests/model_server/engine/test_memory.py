"""What is remembered saves reading, and changes nothing, whatever the weights are: here a small model's."""

import asyncio
from dataclasses import replace

import pytest
import torch
from transformers import AutoModelForCausalLM

from model_server.engine.batch import BatchEngine
from model_server.engine.interface import GenerationRequest, Sampling
from model_server.engine.pages import PAGE
from model_server.engine.runner import Runner

SENTENCE = "The keeper climbed the stairs and looked out over the dark water. "


@pytest.fixture(scope="module")
def tiny(tiny_folder):
    """A small model whose weights were grown until each token of a text decides on what follows."""
    model = AutoModelForCausalLM.from_pretrained(tiny_folder, dtype=torch.float32).eval()
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if weight.dim() > 1:
                weight.mul_(20 if "embed" in name else 30)
    return model


@pytest.fixture
def opened(tiny, chat):
    """Open an engine with room for so many pages of earlier text."""
    engines = []

    def opened(kept, report):
        runner = Runner(tiny, 4, context=2048, kept=kept)
        engine = BatchEngine(runner, chat.plain, frozenset(), rows=4, queue=4, chunk=64, report=report)
        engines.append(engine)
        return engine

    yield opened
    for engine in engines:
        engine.close()


@pytest.fixture
def remembering(opened):
    """An engine that remembers 20 pages; the records of its requests."""
    seen = []
    return opened(20, seen.append), seen


@pytest.fixture
def forgetful(opened):
    """An engine that remembers nothing."""
    return opened(0, lambda record: None)


@pytest.fixture
def same(excused, tiny):
    """Say whether two answers to a request are the same, but for a draw on a boundary."""
    return lambda asked, one, other: excused(asked, asked.seed, one, other, by=tiny)


def request(chat, sentences, **changed):
    """Ask for what follows on a story of so many sentences."""
    prompt = chat.text(SENTENCE * sentences)
    fields = {"max_tokens": 8, "seed": 3, "sampling": Sampling(temperature=0.8), **changed}
    return GenerationRequest(tuple(prompt), **fields)


async def test_a_growing_story_is_continued_as_if_it_were_read_anew(
    remembering, forgetful, chat, same, written
):
    remembered, seen = remembering
    for sentences in (6, 9, 9, 12):
        asked = request(chat, sentences, seed=sentences)
        [short] = await written(remembered, asked)
        [anew] = await written(forgetful, asked)
        assert same(asked, anew, short)
    sizes = [len(chat.text(SENTENCE * sentences)) for sentences in (6, 9)]
    whole = [(size - 1) // PAGE * PAGE for size in sizes]
    assert [record.cached_tokens for record in seen] == [0, whole[0], whole[1], whole[1]]


async def test_beside_others_who_write_too(remembering, forgetful, chat, same, written):
    remembered, _ = remembering
    await written(remembered, request(chat, 6))
    asked = [
        request(chat, sentences, seed=sentences, candidates=candidates)
        for sentences, candidates in ((6, 2), (7, 1), (8, 1))
    ]
    together = await asyncio.gather(*(written(remembered, one) for one in asked))
    for one, answers in zip(asked, together, strict=True):
        [anew] = await written(forgetful, replace(one, candidates=1))
        assert same(one, anew, answers[0])


async def test_an_answer_is_known_when_it_comes_back_in_a_prompt(remembering, chat, written):
    remembered, seen = remembering
    asked = request(chat, 4, max_tokens=PAGE + 2)
    [answer] = await written(remembered, asked)
    again = replace(asked, prompt=(*asked.prompt, *answer), max_tokens=1)
    await written(remembered, again)
    assert seen[-1].cached_tokens == (len(again.prompt) - 1) // PAGE * PAGE


async def test_another_salt_knows_nothing(remembering, chat, written):
    remembered, seen = remembering
    for salt in ("", "a house", "another", "a house"):
        await written(remembered, request(chat, 6, salt=salt, max_tokens=1))
    assert [record.cached_tokens > 0 for record in seen] == [False, False, False, True]


async def test_more_than_there_is_room_for_is_written_all_the_same(
    remembering, forgetful, chat, same, written
):
    remembered, seen = remembering
    asked = request(chat, 60)
    assert len(asked.prompt) > 20 * PAGE
    for _ in range(2):
        [answer] = await written(remembered, asked)
    [anew] = await written(forgetful, asked)
    assert same(asked, anew, answer)
    assert seen[-1].cached_tokens == 20 * PAGE

"""What is remembered saves reading, and changes nothing: the engine of the other tests remembers nothing."""

import asyncio
from dataclasses import replace

import pytest

from model_server.engine.batch import BatchEngine
from model_server.engine.interface import GenerationRequest, Sampling
from model_server.engine.pages import PAGE
from model_server.engine.runner import Runner

SENTENCE = "The keeper climbed the stairs and looked out over the dark water. "


@pytest.fixture
def remembering(model, chat):
    """An engine with room for 20 pages of earlier text; the records of its requests."""
    seen = []
    engine = BatchEngine(
        Runner(model, 4, context=2048, kept=20),
        chat.plain,
        frozenset(),
        rows=4,
        queue=4,
        chunk=64,
        report=seen.append,
    )
    yield engine, seen
    engine.close()


def request(chat, sentences, **changed):
    """Ask for what follows on a story of so many sentences."""
    prompt = chat.text(SENTENCE * sentences)
    fields = {"max_tokens": 8, "seed": 3, "sampling": Sampling(temperature=0.8), **changed}
    return GenerationRequest(tuple(prompt), **fields)


async def test_a_growing_story_is_continued_as_if_it_were_read_anew(
    remembering, engine, chat, excused, written
):
    remembered, seen = remembering
    for sentences in (6, 9, 9, 12):
        asked = request(chat, sentences, seed=sentences)
        [short] = await written(remembered, asked)
        [anew] = await written(engine, asked)
        assert excused(asked, asked.seed, anew, short)
    sizes = [len(chat.text(SENTENCE * sentences)) for sentences in (6, 9)]
    whole = [(size - 1) // PAGE * PAGE for size in sizes]
    assert [record.cached_tokens for record in seen] == [0, whole[0], whole[1], whole[1]]


@pytest.mark.slow
async def test_beside_others_who_write_too(remembering, engine, chat, excused, written):
    remembered, _ = remembering
    await written(remembered, request(chat, 6))
    asked = [
        request(chat, sentences, seed=sentences, candidates=candidates)
        for sentences, candidates in ((6, 2), (7, 1), (8, 1))
    ]
    together = await asyncio.gather(*(written(remembered, one) for one in asked))
    for one, answers in zip(asked, together, strict=True):
        [anew] = await written(engine, replace(one, candidates=1))
        assert excused(one, one.seed, anew, answers[0])


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


@pytest.mark.slow
async def test_more_than_there_is_room_for_is_written_all_the_same(
    remembering, engine, chat, excused, written
):
    remembered, seen = remembering
    asked = request(chat, 60)
    assert len(asked.prompt) > 20 * PAGE
    for _ in range(2):
        [answer] = await written(remembered, asked)
    [anew] = await written(engine, asked)
    assert excused(asked, asked.seed, anew, answer)
    assert seen[-1].cached_tokens == 20 * PAGE

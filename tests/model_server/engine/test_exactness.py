"""The law of the engine: who else writes at the same time changes nothing, but for a draw on a boundary.

Sums are added in another order in a batch, so float32 logits differ by some 1e-5. A draw may then fall on
the other side of the edge between two tokens, and only there; `excused` computes it.
"""

import asyncio
from dataclasses import replace

import pytest
import torch

from model_server.engine.interface import Delta, Finished, GenerationFailed, GenerationRequest, Sampling
from model_server.engine.sampling import probabilities
from model_server.engine.writer import Writer, seed_of

NEAR = 1e-4
TOPICS = (
    "the sea",
    "a door",
    "an old clock",
    "two sisters",
    "rain",
    "the lighthouse",
    "a lost letter",
    "winter",
)


@pytest.fixture(scope="module")
def requests(chat):
    """Eight different prompts of different lengths, with penalties and cuts among them."""
    kinds = (
        Sampling(temperature=0.8),
        Sampling(),
        Sampling(temperature=0.9, min_p=0.05, repetition_penalty=1.1),
    )
    return [
        GenerationRequest(
            prompt=tuple(
                chat.messages([{"role": "user", "content": f"Write about {topic}. " * (1 + number)}])
            ),
            max_tokens=8,
            seed=number,
            sampling=kinds[number % len(kinds)],
        )
        for number, topic in enumerate(TOPICS)
    ]


async def written(engine, request):
    ticket = engine.submit(request)
    async for _ in ticket:
        pass
    return [writer.written for writer in ticket.writers]


@pytest.fixture(scope="module")
def excused(model, chat):
    """Say whether two answers are the same, or part where the draw lies within NEAR of an edge of the chances."""

    def excused(request, seed, one, other):
        at = next(
            (place for place, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), None
        )
        if at is None:
            return len(one) == len(other)
        writer = Writer(replace(request, seed=seed), 0, chat.plain, frozenset())
        writer.written = one[:at]
        drawn = [writer.uniform() for _ in range(at + 1)][-1]
        with torch.inference_mode():
            logits = model(torch.tensor([[*request.prompt, *one[:at]]])).logits[0, -1]
        edges = probabilities(writer.weigh(logits)[None], [request.sampling])[0].double().cumsum(0)
        return (edges - drawn).abs().min().item() < NEAR

    return excused


async def test_eight_beside_each_other_write_what_each_writes_alone(engine, excused, requests):
    together = await asyncio.gather(*(written(engine, request) for request in requests))
    for request, answers in zip(requests, together, strict=True):
        [alone] = await written(engine, request)
        assert excused(request, request.seed, alone, answers[0])


async def test_candidates_write_what_each_would_write_with_its_seed(engine, excused, requests):
    several = GenerationRequest(requests[0].prompt, max_tokens=8, seed=7, candidates=3)
    answers = await written(engine, several)
    assert len({tuple(answer) for answer in answers}) == 3
    for candidate, answer in enumerate(answers):
        seed = seed_of(7, candidate)
        [alone] = await written(engine, GenerationRequest(several.prompt, max_tokens=8, seed=seed))
        assert excused(several, seed, alone, answer)


async def test_greedy_text_is_what_transformers_itself_generates(engine, model, requests):
    prompt = requests[3].prompt
    [ours] = await written(engine, GenerationRequest(prompt, 16, seed=0, sampling=Sampling(temperature=0)))
    ids = torch.tensor([prompt])
    theirs = model.generate(ids, attention_mask=torch.ones_like(ids), max_new_tokens=16, do_sample=False)
    assert ours == theirs[0, len(prompt) :].tolist()


async def test_one_that_leaves_does_not_disturb_the_others(engine, excused, requests):
    leaving = engine.submit(requests[1])
    staying = asyncio.create_task(written(engine, requests[2]))
    await anext(leaving)
    leaving.cancel()
    [beside] = await staying
    [alone] = await written(engine, requests[2])
    assert excused(requests[2], requests[2].seed, alone, beside)


async def test_events_end_with_why_and_how_many_tokens(engine, requests):
    events = [event async for event in engine.submit(requests[0])]
    assert all(isinstance(event, Delta) for event in events[:-1])
    assert events[-1] == Finished(0, "length", 8)


async def test_every_request_is_reported_once_with_how_it_ended(engine, records, requests):
    records.clear()
    await written(engine, requests[0])
    leaving = engine.submit(requests[1])
    leaving.cancel()
    leaving.cancel()
    assert [(record.end, record.tokens) for record in records] == [("finished", 8), ("cancelled", 0)]
    assert 0 < records[0].first_token <= records[0].seconds


async def test_a_request_that_cannot_be_computed_takes_no_other_along(engine, excused, requests):
    beside = asyncio.create_task(written(engine, requests[0]))
    with pytest.raises(GenerationFailed):
        await written(engine, replace(requests[0], prompt=(10**6,)))
    [alone] = await written(engine, requests[0])
    assert excused(requests[0], requests[0].seed, alone, (await beside)[0])
    assert engine.load().running == engine.load().queue == 0

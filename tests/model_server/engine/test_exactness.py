"""The law of the engine: who else writes at the same time changes nothing, but for a draw on a boundary."""

import asyncio
from dataclasses import replace

import pytest
import torch

from model_server.engine.interface import Delta, Finished, GenerationFailed, GenerationRequest, Sampling
from model_server.engine.writer import seed_of


async def test_eight_beside_each_other_write_what_each_writes_alone(engine, excused, requests, written):
    together = await asyncio.gather(*(written(engine, request) for request in requests))
    for request, answers in zip(requests, together, strict=True):
        [alone] = await written(engine, request)
        assert excused(request, request.seed, alone, answers[0])


async def test_candidates_write_what_each_would_write_with_its_seed(engine, excused, requests, written):
    several = GenerationRequest(requests[0].prompt, max_tokens=8, seed=7, candidates=3, distinct=False)
    answers = await written(engine, several)
    assert len({tuple(answer) for answer in answers}) == 3
    for candidate, answer in enumerate(answers):
        seed = seed_of(7, candidate)
        [alone] = await written(engine, GenerationRequest(several.prompt, max_tokens=8, seed=seed))
        assert excused(several, seed, alone, answer)


async def test_greedy_text_is_what_transformers_itself_generates(engine, model, requests, written):
    prompt = requests[3].prompt
    [ours] = await written(engine, GenerationRequest(prompt, 16, seed=0, sampling=Sampling(temperature=0)))
    ids = torch.tensor([prompt])
    theirs = model.generate(ids, attention_mask=torch.ones_like(ids), max_new_tokens=16, do_sample=False)
    assert ours == theirs[0, len(prompt) :].tolist()


async def test_one_that_leaves_does_not_disturb_the_others(engine, excused, requests, written):
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


async def test_every_request_is_reported_once_with_how_it_ended(engine, records, requests, written):
    records.clear()
    await written(engine, requests[0])
    leaving = engine.submit(requests[1])
    leaving.cancel()
    leaving.cancel()
    assert [(record.end, record.tokens) for record in records] == [("finished", 8), ("cancelled", 0)]
    assert 0 < records[0].first_token <= records[0].seconds


async def test_a_request_that_cannot_be_computed_takes_no_other_along(engine, excused, requests, written):
    beside = asyncio.create_task(written(engine, requests[0]))
    with pytest.raises(GenerationFailed):
        await written(engine, replace(requests[0], prompt=(10**6,)))
    [alone] = await written(engine, requests[0])
    assert excused(requests[0], requests[0].seed, alone, (await beside)[0])
    assert engine.load().running == engine.load().queue == 0

"""One request's pause, failure or lateness, seen from the others: nothing has happened."""

import asyncio

import pytest
import torch
from support.held import HeldRunner
from support.waiting import until
from transformers import AutoConfig, AutoModelForCausalLM

from model_server.engine.batch import BatchEngine
from model_server.engine.failures import out_of_memory
from model_server.engine.interface import (
    DeadlinePassed,
    Finished,
    GenerationFailed,
    GenerationRequest,
    Overloaded,
    Sampling,
)

PROMPT = tuple(range(5, 45))
SMALL = {
    "vocab_size": 300,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 2048,
}


class Tired(HeldRunner):
    """A runner that takes its time, and can have memory for only so many at once."""

    def __init__(self, model, rows, *, seconds=0.0, most=99):
        super().__init__(model, rows, context=2048, kept=64)
        self.seconds = seconds
        self.most = most
        self.failure = torch.OutOfMemoryError("no memory for another")

    def write(self, tokens):
        if len(tokens) > self.most:
            raise self.failure
        return super().write(tokens)


@pytest.fixture(scope="module")
def tiny():
    torch.manual_seed(5)
    return AutoModelForCausalLM.from_config(
        AutoConfig.for_model("llama", **SMALL), dtype=torch.float32
    ).eval()


@pytest.fixture
def open_engine(tiny, chat):
    """Open an engine on a runner that may be tired; the records of its requests."""
    opened = []

    def open_engine(*, rows=4, seconds=0.0, most=99, **settings):
        seen = []
        runner = Tired(tiny, rows, seconds=seconds, most=most)
        settings = {"queue": 30, "chunk": 16, **settings}
        engine = BatchEngine(runner, chat.plain, frozenset(), rows=rows, report=seen.append, **settings)
        opened.append((engine, runner))
        return engine, runner, seen

    yield open_engine
    for engine, runner in opened:
        runner.release()
        engine.close()


def asked(seed, **changed):
    return GenerationRequest(
        PROMPT, **{"max_tokens": 40, "seed": seed, "sampling": Sampling(temperature=0.9), **changed}
    )


async def test_who_is_paused_for_a_newcomer_writes_on_as_if_nothing_had_been(open_engine, written):
    engine, runner, seen = open_engine(seconds=0.02)
    flood = [asked(seed, client="flood") for seed in range(8)]
    flooding = asyncio.gather(*(written(engine, request) for request in flood))
    await until(lambda: engine.load().generated_tokens >= 20)
    newcomer = engine.submit(asked(99, client="new", max_tokens=5))
    await anext(newcomer)
    assert not [record for record in seen if record.tokens == 40], "it waited for nobody's end"
    runner.seconds = 0
    async for _ in newcomer:
        pass
    answers = await flooding
    for request, answer in zip(flood, answers, strict=True):
        assert answer == await written(engine, request)
    assert engine.load().free_rows == 4


async def test_three_clients_who_ask_for_too_much_are_served_alike(open_engine):
    engine, _, _ = open_engine(rows=6)
    tickets = {
        client: [engine.submit(asked(seed, client=client, max_tokens=900)) for seed in range(count)]
        for client, count in (("ann", 9), ("ben", 3), ("cat", 2))
    }
    await until(lambda: engine.load().generated_tokens >= 600)
    tokens = {client: sum(ticket.timing.tokens for ticket in mine) for client, mine in tickets.items()}
    for mine in tickets.values():
        for ticket in mine:
            ticket.cancel()
    assert max(tokens.values()) < 1.3 * min(tokens.values())


async def test_running_out_of_memory_ends_the_newest_and_the_others_go_on(open_engine, written):
    engine, runner, seen = open_engine(most=2)
    runner.hold(after=6)
    older = [asyncio.create_task(written(engine, asked(seed))) for seed in range(2)]
    await until(lambda: runner.held)
    newest = engine.submit(asked(7))
    runner.release()
    with pytest.raises(Overloaded):
        async for _ in newest:
            pass
    answers = [await answer for answer in older]
    runner.most = 99
    assert answers == [await written(engine, asked(seed)) for seed in range(2)]
    assert [record.end for record in seen][:1] == ["shed"]


async def test_a_forward_that_fails_ends_the_newest_and_is_done_again_for_the_others(open_engine, written):
    engine, runner, seen = open_engine(most=2)
    runner.hold(after=6)
    runner.failure = ValueError("of no kind that is known")
    older = [asyncio.create_task(written(engine, asked(seed))) for seed in range(2)]
    await until(lambda: runner.held)
    newest = asyncio.create_task(written(engine, asked(7)))
    await until(lambda: engine.load().queue)
    runner.release()
    with pytest.raises(GenerationFailed):
        await newest
    assert all([len(answer) == 40 for [answer] in [await answer for answer in older]])
    assert [record.end for record in seen] == ["failed", "finished", "finished"]


@pytest.mark.parametrize("part", ["ask", "take"])
async def test_what_fails_within_one_request_touches_no_other(open_engine, written, part):
    engine, runner, _ = open_engine()
    runner.hold()
    beside = asyncio.create_task(written(engine, asked(1)))
    broken = engine.submit(asked(2))

    def fail(*_):
        raise RuntimeError("of this request alone")

    setattr(broken.writers[0], part, fail)
    runner.release()
    with pytest.raises(GenerationFailed):
        async for _ in broken:
            pass
    assert await beside == await written(engine, asked(1))


@pytest.mark.parametrize("words", ["DefaultCPUAllocator: can't allocate memory", "CUDA out of memory"])
def test_pytorch_s_words_for_short_memory_are_known(words):
    assert out_of_memory(RuntimeError(f"[enforce fail] {words}: you tried to allocate 3 bytes."))
    assert out_of_memory(MemoryError())
    assert not out_of_memory(RuntimeError("shapes do not match"))


async def test_at_its_deadline_an_answer_ends_where_it_is(open_engine):
    engine, _, seen = open_engine(seconds=0.1)
    events = [event async for event in engine.submit(asked(1, max_tokens=1000, max_seconds=1))]
    assert isinstance(events[-1], Finished)
    assert (events[-1].reason, events[-1].tokens) == ("length", seen[0].tokens)
    assert seen[0].end == "expired"
    assert engine.load().free_rows == 4


async def test_a_deadline_before_the_first_token_is_an_error(open_engine):
    engine, runner, _ = open_engine(rows=1, seconds=0.2, max_seconds=0.1)
    runner.hold()
    first = engine.submit(asked(1))
    await until(lambda: runner.held)
    second = engine.submit(asked(2, max_seconds=60))
    runner.release()
    with pytest.raises(DeadlinePassed):
        await anext(second)
    first.cancel()


async def test_no_more_than_two_tokens_are_written_after_who_asked_has_left(open_engine):
    engine, _, _ = open_engine(seconds=0.01)
    ticket = engine.submit(asked(1, max_tokens=1000))
    await until(lambda: engine.load().generated_tokens >= 5)
    ticket.cancel()
    before = engine.load().generated_tokens
    await asyncio.sleep(0.1)
    assert engine.load().generated_tokens - before <= 2


async def test_a_step_that_hangs_is_seen_from_outside(open_engine, written):
    engine, runner, _ = open_engine()
    assert engine.load().step_seconds == 0
    runner.hold()
    answer = asyncio.create_task(written(engine, asked(1, max_tokens=2)))
    await until(lambda: engine.load().step_seconds >= 0.3)
    runner.release()
    await answer

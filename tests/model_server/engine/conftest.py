"""Requests to an engine, and what excuses two answers to one of them for being different.

Sums are added in another order in a batch, so float32 logits differ by some 1e-5. A draw may then fall on
the other side of the edge between two tokens, and only there; `excused` computes it.
"""

from dataclasses import replace

import pytest
import torch

from model_server.engine.interface import GenerationRequest, Sampling
from model_server.engine.sampling.choosing import weigh
from model_server.engine.sampling.order import cut
from model_server.engine.vocabulary import Vocabulary
from model_server.engine.writer import Writer

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


@pytest.fixture(scope="session")
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


@pytest.fixture(scope="session")
def written():
    """Let a request be answered, and give the tokens of its candidates."""

    async def written(engine, request):
        ticket = engine.submit(request)
        async for _ in ticket:
            pass
        return [writer.written for writer in ticket.writers]

    return written


@pytest.fixture(scope="session")
def excused(model, chat):
    """Say whether two answers are the same, or part where the draw lies within NEAR of an edge of the chances by a model."""

    def excused(request, seed, one, other, by=model):
        at = next(
            (place for place, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), None
        )
        if at is None:
            return len(one) == len(other)
        writer = Writer(replace(request, seed=seed), 0, Vocabulary(chat.plain, frozenset()))
        for token in one[:at]:
            writer.ask(torch.empty(0))
            list(writer.take(token))
        with torch.inference_mode():
            logits = by(torch.tensor([[*request.prompt, *one[:at]]])).logits[0, -1:]
            ask = writer.ask(logits[0])
            weigh(logits, [ask])
            chances = cut(logits, [ask.settings])[0].softmax(-1)
        edges = chances.double().cumsum(0)
        return (edges - ask.at).abs().min().item() < NEAR

    return excused

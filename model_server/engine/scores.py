"""Logprobs: what the model itself gave the tokens."""

from __future__ import annotations

from torch import Tensor

from model_server.engine.interface import Scored
from model_server.engine.vocabulary import Vocabulary

LEAST = -9999.0
"""What stands for minus infinity, which JSON cannot write, as with OpenAI."""


def scored(logits: Tensor, token: int, top: int, vocabulary: Vocabulary) -> Scored:
    """Give a token's logprob by the model's logits (vocab,), with so many of the likeliest."""
    logprobs = logits.log_softmax(-1)

    def score(token: int, likeliest: tuple[Scored, ...] = ()) -> Scored:
        return Scored(vocabulary.spelled(token), max(LEAST, logprobs[token].item()), likeliest)

    best = logprobs.topk(top).indices.tolist() if top else []
    return score(token, tuple(map(score, best)))

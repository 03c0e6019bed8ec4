"""From logits to tokens: pure functions over a batch, in float32 on the CPU.

The order is the usual one of servers: penalties, temperature, min-p, top-p, draw. Every row draws with a
number of its own generator, so its neighbours in the batch have no part in what it writes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from model_server.engine.interface import Sampling

HEAD = 512
"""How many of the likeliest tokens top-p looks at first."""


def penalise(logits: Tensor, prompt: Tensor, written: Mapping[int, int], sampling: Sampling) -> Tensor:
    """Make tokens that stand in the text less likely.

    Repetition (Keskar et al., 2019, arXiv:1909.05858) counts prompt and answer; presence and frequency
    (OpenAI's API reference) count the answer alone.
    logits: (vocab,); prompt: (ids,); written: how often each id was written. Returns (vocab,).
    """
    logits = logits.clone()
    answer = torch.tensor(list(written.keys()), dtype=torch.long)
    counts = torch.tensor(list(written.values()), dtype=logits.dtype)
    seen = torch.cat((prompt, answer))
    score = logits[seen]
    logits[seen] = torch.where(
        score > 0, score / sampling.repetition_penalty, score * sampling.repetition_penalty
    )
    logits[answer] -= sampling.presence_penalty + sampling.frequency_penalty * counts
    return logits


def scale(logits: Tensor, temperature: Tensor) -> Tensor:
    """Divide by the temperature; 0 leaves the likeliest token alone.

    logits: (batch, vocab); temperature: (batch,) ≥ 0. Returns logits, -inf for what a temperature of 0 rules out.
    """
    scaled = logits / temperature.clamp(min=1e-6)[:, None]
    greedy = (temperature == 0)[:, None]
    if not greedy.any():
        return scaled
    best = torch.zeros_like(logits, dtype=torch.bool).scatter_(1, logits.argmax(-1, keepdim=True), True)
    return torch.where(greedy, logits.masked_fill(~best, -torch.inf), scaled)


def min_p(logits: Tensor, p: Tensor) -> Tensor:
    """Drop tokens less likely than p times the likeliest (Nguyen et al., 2024, arXiv:2407.01082).

    logits: (batch, vocab); p: (batch,) in [0, 1], 0 switches a row off. Returns logits with -inf where dropped.
    """
    least = logits.amax(-1, keepdim=True) + p.log()[:, None]
    return logits.masked_fill(logits < least, -torch.inf)


def top_p(logits: Tensor, p: Tensor) -> Tensor:
    """Keep the fewest likeliest tokens whose probabilities reach p, equal ones together (Holtzman et al., 2019, arXiv:1904.09751).

    logits: (batch, vocab); p: (batch,) in (0, 1], 1 switches a row off. Returns logits with -inf where dropped.
    """
    chances = logits.softmax(-1)
    least = _least_kept(chances, p, min(HEAD, chances.shape[-1]))
    return logits.masked_fill((chances < least) & (p < 1)[:, None], -torch.inf)


def _least_kept(chances: Tensor, p: Tensor, head: int) -> Tensor:
    """Give the smallest of the fewest chances that reach p, (batch, 1). Sorting all of a vocabulary is slow, a head seldom too short."""
    ordered = chances.topk(head, dim=-1).values
    reached = ordered.cumsum(-1)
    if head < chances.shape[-1] and ((reached[:, -1] < p) & (p < 1)).any():
        return _least_kept(chances, p, chances.shape[-1])
    kept = reached - ordered < p[:, None]
    kept[:, 0] = True
    return ordered.masked_fill(~kept, torch.inf).amin(-1, keepdim=True)


def probabilities(logits: Tensor, samplings: Sequence[Sampling]) -> Tensor:
    """Give what each row draws from: (batch, vocab) logits in, (batch, vocab) probabilities out."""
    logits = scale(logits, torch.tensor([s.temperature for s in samplings]))
    if any(s.min_p > 0 for s in samplings):
        logits = min_p(logits, torch.tensor([s.min_p for s in samplings]))
    if any(s.top_p < 1 for s in samplings):
        logits = top_p(logits, torch.tensor([s.top_p for s in samplings]))
    return logits.softmax(-1)


def draw(chances: Tensor, at: Tensor) -> Tensor:
    """Draw by inverting the cumulative distribution, in the order of the vocabulary.

    chances: (batch, vocab) probabilities; at: (batch,) float64 in [0, 1). Returns ids (batch,), never one of chance 0.
    """
    cumulative = chances.double().cumsum(-1)
    wanted = (at * cumulative[:, -1])[:, None]
    return torch.searchsorted(cumulative, wanted, right=True).squeeze(-1).clamp(max=chances.shape[-1] - 1)

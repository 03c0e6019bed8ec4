"""Attention to pages where they lie: nothing is gathered.

Programs share a long text, as in Flash-Decoding (Dao, Haziza, Massa and Sizov, 2023): each takes a stretch,
and what they have found is merged. Queries that look at the same keys and values go together: those of the
heads of a group, and of neighbouring tokens of one row.
"""

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor

from model_server.engine.kernels.batch import Batch
from model_server.engine.layout import Shape
from model_server.engine.pages import PAGE

SPLITS = 16
"""How many programs share a text at most."""
LEAST = 128
"""A stretch is a multiple of so many tokens, and these of pages."""
FEWEST = 16
"""Rows that a product of matrices has on a GPU at least."""
AHEAD = tl.constexpr(-1e30)
"""The score of a token that a query does not see: finite, since one score is taken from another."""


def attend(qkv: Tensor, keys: Tensor, values: Tensor, batch: Batch, shape: Shape) -> Tensor:
    """Attend to all that each token's row holds up to it.

    qkv: (tokens, (heads + 2 groups) * width), of which the queries are looked at; keys (pages, groups, width,
    PAGE) and values (pages, groups, PAGE, width), with the new tokens'. Gives (tokens, heads * width).
    """
    tokens, tile = len(qkv), batch.tile(shape)
    found = qkv.new_empty((tokens, shape.heads, SPLITS, shape.width), dtype=torch.float32)
    largest, sums = qkv.new_empty((2, tokens, shape.heads, SPLITS), dtype=torch.float32).unbind()
    output = qkv.new_empty((tokens, shape.heads * shape.width))
    _attend[triton.cdiv(tokens, tile), shape.groups, SPLITS](
        qkv,
        keys,
        values,
        batch.tables,
        batch.owners,
        batch.lengths,
        found,
        largest,
        sums,
        tokens,
        qkv.stride(0),
        batch.tables.stride(0),
        shape.scale,
        GROUPS=shape.groups,
        SHARED=shape.shared,
        WIDTH=shape.width,
        PAGE=PAGE,
        TILE=tile,
        QUERIES=max(FEWEST, triton.next_power_of_2(tile * shape.shared)),
        SPLITS=SPLITS,
        LEAST=LEAST,
    )
    _merge[tokens, shape.heads](
        found,
        largest,
        sums,
        batch.lengths,
        output,
        tokens,
        WIDTH=shape.width,
        TILE=tile,
        SPLITS=SPLITS,
        LEAST=LEAST,
    )
    return output


@triton.jit
def _stretch(longest, SPLITS: tl.constexpr, LEAST: tl.constexpr):  # noqa: N803
    """Give how many tokens of a text each of its programs takes."""
    return tl.cdiv(tl.cdiv(longest, SPLITS), LEAST) * LEAST


@triton.jit(do_not_specialize=["tokens"])
def _attend(
    qkv,
    keys,
    values,
    tables,
    owners,
    lengths,
    found,
    largest,
    sums,
    tokens,
    apart,
    tables_apart,
    scale,
    GROUPS: tl.constexpr,  # noqa: N803
    SHARED: tl.constexpr,  # noqa: N803
    WIDTH: tl.constexpr,  # noqa: N803
    PAGE: tl.constexpr,  # noqa: N803
    TILE: tl.constexpr,  # noqa: N803
    QUERIES: tl.constexpr,  # noqa: N803
    SPLITS: tl.constexpr,  # noqa: N803
    LEAST: tl.constexpr,  # noqa: N803
):
    """One tile of tokens and one group of heads, with one stretch of the text."""
    first, group, split = tl.program_id(0) * TILE, tl.program_id(1), tl.program_id(2)
    query = tl.arange(0, QUERIES)
    token = first + query // SHARED
    head = group * SHARED + query % SHARED
    there = (query < TILE * SHARED) & (token < tokens)
    length = tl.load(lengths + token, mask=there, other=0).to(tl.int32)
    longest = tl.max(length)
    stretch = _stretch(longest, SPLITS, LEAST)
    begin = split * stretch
    end = tl.minimum(begin + stretch, longest)
    if begin < end:
        table = tables + tl.load(owners + first) * tables_apart
        dim, place = tl.arange(0, WIDTH), tl.arange(0, PAGE)
        of_key = dim[:, None] * PAGE + place[None, :]
        of_value = place[:, None] * WIDTH + dim[None, :]
        queries = tl.load(
            qkv + token[:, None] * apart + head[:, None] * WIDTH + dim[None, :],
            mask=there[:, None],
            other=0.0,
        )
        most = tl.full([QUERIES], AHEAD, tl.float32)
        weight = tl.zeros([QUERIES], tl.float32)
        output = tl.zeros([QUERIES, WIDTH], tl.float32)
        for start in range(begin, end, PAGE):
            page = (tl.load(table + start // PAGE).to(tl.int64) * GROUPS + group) * PAGE * WIDTH
            key = tl.load(keys + page + of_key)
            score = tl.dot(queries, key.to(queries.dtype), input_precision="ieee") * scale
            score = tl.where((start + place)[None, :] < length[:, None], score, AHEAD)
            higher = tl.maximum(most, tl.max(score, 1))
            chance = tl.exp(score - higher[:, None])
            less = tl.exp(most - higher)
            value = tl.load(values + page + of_value).to(queries.dtype)
            output = output * less[:, None] + tl.dot(chance.to(value.dtype), value, input_precision="ieee")
            weight = weight * less + tl.sum(chance, 1)
            most = higher
        slot = (token * (GROUPS * SHARED) + head) * SPLITS + split
        tl.store(largest + slot, most, mask=there)
        tl.store(sums + slot, weight, mask=there)
        tl.store(found + slot[:, None] * WIDTH + dim[None, :], output, mask=there[:, None])


@triton.jit(do_not_specialize=["tokens"])
def _merge(
    found,
    largest,
    sums,
    lengths,
    output,
    tokens,
    WIDTH: tl.constexpr,  # noqa: N803
    TILE: tl.constexpr,  # noqa: N803
    SPLITS: tl.constexpr,  # noqa: N803
    LEAST: tl.constexpr,  # noqa: N803
):
    """What one head of one token has found in all stretches."""
    token, head = tl.program_id(0), tl.program_id(1)
    last = tl.minimum(token // TILE * TILE + TILE, tokens) - 1
    longest = tl.load(lengths + last).to(tl.int32)
    split, dim = tl.arange(0, SPLITS), tl.arange(0, WIDTH)
    there = split * _stretch(longest, SPLITS, LEAST) < longest
    row = token * tl.num_programs(1) + head
    most = tl.load(largest + row * SPLITS + split, mask=there, other=AHEAD)
    share = tl.exp(most - tl.max(most, 0))
    weight = share * tl.load(sums + row * SPLITS + split, mask=there, other=0.0)
    parts = tl.load(
        found + (row * SPLITS + split)[:, None] * WIDTH + dim[None, :], mask=there[:, None], other=0.0
    )
    tl.store(output + row * WIDTH + dim, tl.sum(parts * share[:, None], 0) / tl.sum(weight, 0))

"""Queries and keys are turned by their position, and keys and values put into their page."""

from __future__ import annotations

import triton
import triton.language as tl
from torch import Tensor

from model_server.engine.kernels.batch import Batch
from model_server.engine.layout import Shape
from model_server.engine.pages import PAGE


def put(
    qkv: Tensor, norms: tuple[Tensor, Tensor] | None, keys: Tensor, values: Tensor, batch: Batch, shape: Shape
) -> None:
    """Norm and turn queries, in place, and keys; put keys (pages, groups, width, PAGE) and values (pages, groups, PAGE, width).

    qkv: (tokens, (heads + 2 groups) * width); norms: the weights (width,) for queries and keys, where the
    model has them. Rotation as in RoFormer (Su et al., 2021, arXiv:2104.09864), half against half.
    """
    query_norm, key_norm = norms or (qkv, qkv)
    _put[len(qkv), shape.heads + 2 * shape.groups](
        qkv,
        query_norm,
        key_norm,
        keys,
        values,
        batch.tables,
        batch.owners,
        batch.lengths,
        batch.cosine,
        batch.sine,
        qkv.stride(0),
        batch.tables.stride(0),
        shape.eps,
        HEADS=shape.heads,
        GROUPS=shape.groups,
        WIDTH=shape.width,
        PAGE=PAGE,
        NORMED=norms is not None,
    )


@triton.jit
def _put(
    qkv,
    query_norm,
    key_norm,
    keys,
    values,
    tables,
    owners,
    lengths,
    cosine,
    sine,
    apart,
    tables_apart,
    eps,
    HEADS: tl.constexpr,  # noqa: N803
    GROUPS: tl.constexpr,  # noqa: N803
    WIDTH: tl.constexpr,  # noqa: N803
    PAGE: tl.constexpr,  # noqa: N803
    NORMED: tl.constexpr,  # noqa: N803
):
    """One head of one token."""
    token, head = tl.program_id(0), tl.program_id(1)
    HALF: tl.constexpr = WIDTH // 2  # noqa: N806
    dim = tl.arange(0, HALF)
    own = qkv + token * apart + head * WIDTH + dim
    left, right = tl.load(own).to(tl.float32), tl.load(own + HALF).to(tl.float32)
    at = tl.load(lengths + token).to(tl.int32) - 1
    page = tl.load(tables + tl.load(owners + token) * tables_apart + at // PAGE).to(tl.int64) * GROUPS
    if head >= HEADS + GROUPS:
        to = values + ((page + head - HEADS - GROUPS) * PAGE + at % PAGE) * WIDTH + dim
        tl.store(to, left)
        tl.store(to + HALF, right)
    else:
        if NORMED:
            by = tl.rsqrt((tl.sum(left * left, 0) + tl.sum(right * right, 0)) / WIDTH + eps)
            norm = tl.where(head < HEADS, query_norm, key_norm)
            left *= by * tl.load(norm + dim).to(tl.float32)
            right *= by * tl.load(norm + HALF + dim).to(tl.float32)
        turn = token * WIDTH + dim
        turned = left * tl.load(cosine + turn) - right * tl.load(sine + turn)
        other = right * tl.load(cosine + turn + HALF) + left * tl.load(sine + turn + HALF)
        if head < HEADS:
            tl.store(own, turned)
            tl.store(own + HALF, other)
        else:
            to = keys + ((page + head - HEADS) * WIDTH + dim) * PAGE + at % PAGE
            tl.store(to, turned)
            tl.store(to + HALF * PAGE, other)

"""Compiles the kernels for an NVIDIA GPU, which need not be there: python -m support.gpu_compiling 90."""

import sys
from inspect import signature

import triton
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource

from model_server.engine.kernels import attention, pointwise, turning
from model_server.engine.pages import PAGE

HEADS = {"GROUPS": 8, "WIDTH": 128}
SPLIT = {"SPLITS": attention.SPLITS, "LEAST": attention.LEAST}
TYPES = {
    "tables": "*i32",
    "owners": "*i64",
    "lengths": "*i64",
    **dict.fromkeys(("found", "largest", "sums", "cosine", "sine"), "*fp32"),
    **dict.fromkeys(("tokens", "apart", "tables_apart", "width"), "i32"),
    **dict.fromkeys(("scale", "eps"), "fp32"),
}


def compiled(kernel, target, **constants):
    """Compile one kernel; what is not named in TYPES are numbers in bfloat16."""
    names = list(signature(kernel.fn).parameters)
    types = {name: "constexpr" if name in constants else TYPES.get(name, "*bf16") for name in names}
    values = {(names.index(name),): value for name, value in constants.items()}
    return triton.compile(ASTSource(kernel, types, values), target=target)


def main():
    target = GPUTarget("cuda", int(sys.argv[1]), 32)
    for tile, queries in ((1, 16), (16, 64)):
        compiled(attention._attend, target, **HEADS, **SPLIT, SHARED=4, PAGE=PAGE, TILE=tile, QUERIES=queries)
        compiled(attention._merge, target, **SPLIT, WIDTH=128, TILE=tile)
    for both in (False, True):
        compiled(turning._put, target, **HEADS, HEADS=32, PAGE=PAGE, NORMED=both)
        compiled(pointwise._norm, target, ADDS=both, BLOCK=4096)
    compiled(pointwise._gate, target, BLOCK=pointwise.BLOCK)


if __name__ == "__main__":
    main()

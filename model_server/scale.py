"""The command line's part about several replicas."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from dataclasses import dataclass

MOST_REPLICAS = 1000


@dataclass(frozen=True)
class Scale:
    """How many replicas there may be, what is set aside for each, and in which cluster; None: one on this machine.

    `idle` is for how many seconds fewer must have been enough before one is taken away.
    """

    least: int
    most: int
    cpus: float
    gpus: float
    address: str | None
    idle: float


def parse(arguments: Sequence[str]) -> tuple[Scale, list[str]]:
    """Read what is said of replicas, and give the rest. Exits with 2 on a wrong flag."""
    asked, rest = _parser().parse_known_args(arguments)
    least, most = asked.replicas
    return Scale(
        least, most, asked.replica_cpus, asked.replica_gpus, asked.ray_address, asked.idle_seconds
    ), rest


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m model_server.cluster",
        description="Serves one language model by several copies of the model server, behind one address.",
        epilog="All other options are those of python -m model_server.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add(
        "--replicas", type=_range, default=(2, 2), metavar="N[-M]", help="how many; N-M: as the load asks for"
    )
    add(
        "--idle-seconds",
        type=_amount,
        default=600.0,
        help="with N-M: for how long fewer must have been enough before one is taken away",
    )
    add("--replica-cpus", type=_amount, default=1.0, help="processors that Ray sets aside for each")
    add("--replica-gpus", type=_amount, default=0.0, help="GPUs that Ray sets aside for each")
    add("--ray-address", default=None, help="a Ray cluster to join; none: one of its own on this machine")
    return parser


def _range(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"(\d{1,4})(?:-(\d{1,4}))?", text)
    least, most = (int(found[1]), int(found[2] or found[1])) if found else (0, 0)
    if not 1 <= least <= most <= MOST_REPLICAS:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a number from 1 to {MOST_REPLICAS}, or a range such as 1-4"
        )
    return least, most


def _amount(text: str) -> float:
    if not re.fullmatch(r"\d{1,4}(\.\d{1,4})?", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not an amount such as 1 or 0.5")
    return float(text)

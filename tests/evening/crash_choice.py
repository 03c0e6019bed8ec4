"""Which lines the bot dies at: spread over deeds and files, most of them next to a Discord call or a commit."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any


@dataclass(frozen=True)
class Point:
    """The ``hit``-th time that a line is about to run in a deed; ``near`` tells what it stands next to."""

    deed: str
    file: str
    line: int
    hit: int
    near: str = ""

    @property
    def place(self) -> tuple[str, int]:
        return self.file, self.line


def choose(traces: dict[str, Any], count: int, seed: int) -> list[Point]:
    """Return ``count`` points at distinct lines, the same for the same traces and seed.

    Two in three are near ones, as far as there are enough; the deeds take turns.
    """
    near = {deed: _shuffled(_near(deed, trace), seed) for deed, trace in traces.items()}
    others = {deed: _shuffled(_others(deed, trace), seed) for deed, trace in traces.items()}
    chosen = _turns(near, count * 2 // 3, {}, seed)
    chosen |= _turns(others, count - len(chosen), chosen, seed)
    order = list(traces)
    return sorted(chosen.values(), key=lambda point: (order.index(point.deed), point.file, point.line))


def _turns(
    offered: dict[str, list[Point]], count: int, taken: dict[tuple[str, int], Point], seed: int
) -> dict[tuple[str, int], Point]:
    """Let each deed in turn take a line, of a file that is least used so far."""
    used, chosen = Counter(file for file, _ in taken), dict[tuple[str, int], Point]()
    while len(chosen) < count:
        before = len(chosen)
        for points in offered.values():
            left = [point for point in points if point.place not in chosen and point.place not in taken]
            if left and len(chosen) < count:
                point = min(left, key=lambda each: used[each.file])
                chosen[point.place] = point
                used[point.file] += 1
        if len(chosen) == before:
            break
    return chosen


def _near(deed: str, trace: Any) -> Iterator[Point]:
    for file, line, hit, near in trace["near"]:
        yield Point(deed, file, line, hit, near)


def _others(deed: str, trace: Any) -> Iterator[Point]:
    beside = {(file, line) for file, line, *_ in trace["near"]}
    for file, line, count in trace["lines"]:
        if (file, line) not in beside:
            yield Point(deed, file, line, 1 + _number(0, file, line) % max(1, count // 2))


def _shuffled(points: Iterator[Point], seed: int) -> list[Point]:
    return sorted(points, key=lambda point: _number(seed, *vars(point).values()))


def _number(seed: int, *of: object) -> int:
    return int.from_bytes(blake2b(repr((seed, *of)).encode(), digest_size=8).digest())


def summary(points: Sequence[Point]) -> str:
    """Count points, lines, files, and what they stand next to."""
    near = [point for point in points if point.near]
    commits = sum("COMMIT" in point.near for point in near)
    return (
        f"{len({point.place for point in points})} distinct lines in {len({p.file for p in points})} files; "
        f"{len(near)} next to a Discord call ({len(near) - commits}) or a commit ({commits})"
    )

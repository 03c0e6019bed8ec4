"""From readings to the table: medians of the rounds, and ours by each peer's."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from benchmarks.serving_measures import Reading

MISSING = "–"


@dataclass(frozen=True)
class Figure:
    """One line of the table: what each peer reached, by the peers' names."""

    name: str
    unit: str
    values: Mapping[str, float]

    def ratio(self, ours: str, peer: str) -> float | None:
        """Give ours by the peer's, None where one of them is missing."""
        mine, theirs = self.values.get(ours), self.values.get(peer)
        return mine / theirs if mine is not None and theirs else None


def figures(readings: Mapping[str, Iterable[Reading]]) -> list[Figure]:
    """Take the medians of each peer's readings, in the order in which they were first taken."""
    values: dict[tuple[str, str], dict[str, list[float]]] = {}
    for peer, taken in readings.items():
        for reading in taken:
            line = values.setdefault((reading.name, reading.unit), {})
            line.setdefault(peer, []).append(reading.value)
    return [
        Figure(name, unit, {peer: median(taken) for peer, taken in line.items()})
        for (name, unit), line in values.items()
    ]


def table(lines: Sequence[Figure], peers: Sequence[str], weights: Mapping[str, str]) -> str:
    """Write the figures in columns, below the weights that each has: each peer's, then ours (the first) by each other's."""
    ours, *others = peers
    heads = [*peers, *(f"{ours}/{other}" for other in others)]
    widths = [max(19, len(head) + 2) for head in heads]
    held = [weights.get(peer, MISSING) for peer in peers]
    rows = [f"{'':38}{_row(heads, widths)}", f"{'weights':38}{_row(held, widths[: len(held)])}"]
    for line in lines:
        cells = [line.values.get(peer) for peer in peers] + [line.ratio(ours, other) for other in others]
        rows.append(f"{line.name:32}{line.unit:>6}" + _row(map(_cell, cells), widths))
    return "\n".join(rows)


def as_json(lines: Sequence[Figure], peers: Sequence[str]) -> list[dict[str, Any]]:
    """Give the figures with their ratios."""
    ours, *others = peers
    return [
        {
            "name": line.name,
            "unit": line.unit,
            "values": {peer: line.values.get(peer) for peer in peers},
            "ratios": {other: line.ratio(ours, other) for other in others},
        }
        for line in lines
    ]


def _row(cells: Iterable[str], widths: Sequence[int]) -> str:
    return "".join(f"{cell:>{width}}" for cell, width in zip(cells, widths, strict=True))


def _cell(value: float | None) -> str:
    return MISSING if value is None else f"{value:.2f}"

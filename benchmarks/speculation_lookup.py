"""Guessing the next tokens from where the last ones stood before, and what that would have brought to a text."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean

SHORTEST, LONGEST = 2, 4
"""Of how many last tokens an earlier place is looked for: the longest that is found counts."""
LONGEST_REST = 32
"""Steps without a guess after guesses that failed, at most."""


@dataclass(frozen=True)
class Step:
    """How many tokens a step of the model would have been given to check, and how many of them were right."""

    guessed: int
    right: int


class Lookup:
    """A text that grows, and where its last tokens stood before (Saxena, 2023, prompt lookup decoding)."""

    def __init__(self, text: Sequence[int]) -> None:
        self._text = list[int]()
        self._after: dict[tuple[int, ...], int] = {}
        self.grow(text)

    def grow(self, tokens: Sequence[int]) -> None:
        for token in tokens:
            for last in self._last():
                self._after[last] = len(self._text)
            self._text.append(token)

    def guess(self, most: int) -> list[int]:
        """Give what came after the last tokens where they stood most lately."""
        at = next((self._after[last] for last in self._last() if last in self._after), len(self._text))
        return self._text[at : at + most]

    def _last(self) -> Iterator[tuple[int, ...]]:
        for length in range(min(LONGEST, len(self._text)), SHORTEST - 1, -1):
            yield tuple(self._text[-length:])


def steps(prompt: Sequence[int], written: Sequence[int], most: int, *, careful: bool) -> Iterator[Step]:
    """Say in which steps a text would have been written. Its draws are fixed, so a guess is right where it was drawn.

    careful: after a guess of which nothing is right, rest for twice as many steps as the last time.
    """
    lookup, at, rest, pause = Lookup(prompt), 0, 0, 1
    while at < len(written):
        guess = lookup.guess(most) if not rest else []
        right = agreeing(guess, written[at:])
        rest = max(0, rest - 1)
        if careful and guess:
            pause = 1 if right else min(2 * pause, LONGEST_REST)
            rest = 0 if right else pause
        end = min(len(written), at + right + 1)
        yield Step(len(guess), right)
        lookup.grow(written[at:end])
        at = end


def agreeing(one: Sequence[int], other: Sequence[int]) -> int:
    """Count the tokens with which both begin."""
    pairs = list(zip(one, other, strict=False))
    return next((at for at, (a, b) in enumerate(pairs) if a != b), len(pairs))


def gain(taken: Sequence[Step], costs: Sequence[float], rows: int) -> float:
    """Give how many times as fast a text would have been written with so many rows, all of its kind.

    costs: what a step takes in which each row is given 1, 2, 3 … tokens. Rows guess at different steps, so many
    together pay for the mean of what they guess.
    """
    tokens = len(taken) + sum(step.right for step in taken)
    guessed = [step.guessed for step in taken] if rows == 1 else [fmean(step.guessed for step in taken)]
    paid = fmean(between(costs, count) for count in guessed)
    return tokens / len(taken) * costs[0] / paid


def between(costs: Sequence[float], at: float) -> float:
    """Give the cost at a place between two that were measured."""
    low = min(int(at), len(costs) - 1)
    high = min(low + 1, len(costs) - 1)
    return costs[low] + (costs[high] - costs[low]) * (at - low)

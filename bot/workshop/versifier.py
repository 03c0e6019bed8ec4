"""The versifier: lets the model write verse in rounds, each going on from the lines that came well."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from bot.forms.form import Shape
from bot.forms.lines import counted, ended, filled, laid_out, take
from bot.prompt.compose import ChatMessage
from bot.workshop.ports import Model
from bot.workshop.records import ModelRequest
from bot.workshop.streams import heard

SPARE_ROUNDS: Final = 2
SHOWN_FROM: Final = 2
"""Lines that must be there before any is shown: the first may turn out to be a title."""


async def versify(
    model: Model, request: ModelRequest, shape: Shape, show: Callable[[str], object], *, last: bool = False
) -> str:
    """Write a passage of the shape; empty where none came of it. Raises ModelError.

    A model that falls into prose is stopped at its first line that is too wide; the beginning of that
    line is kept, and the next round has the model go on below it. At the ``last`` attempt what stays
    too short is broken anew out of all words that came.
    """
    lines, answers = list[str](), list[str]()
    for turn in range(shape.most + SPARE_ROUNDS):
        asked = replace(_below(request, lines, shape), seed=request.seed + turn * 1009)
        raw = await heard(model, asked, _growing(lines, shape, show))
        answers.append(raw)
        before = counted(lines)
        lines, _ = take(raw, shape, lines)
        if counted(lines) >= shape.least or (counted(lines) == before and turn >= SPARE_ROUNDS):
            break
    if counted(lines) < shape.least:
        lines = filled(answers, shape) if last else []
    return ended(laid_out(lines, shape))


def _growing(kept: list[str], shape: Shape, show: Callable[[str], object]) -> Callable[[str], bool]:
    """Show the lines that are finished, and stop the model when no more are wanted of this answer."""

    def grown(raw: str) -> bool:
        lines, more = take(_finished(raw, shape), shape, kept)
        if more and counted(lines) >= SHOWN_FROM:
            show(laid_out(lines, shape))
        return more

    return grown


def _finished(raw: str, shape: Shape) -> str:
    """Leave the last line out while it grows and is not too wide yet."""
    before, _, last = raw.rpartition("\n")
    return raw if len(last) > shape.widest else before


def _below(request: ModelRequest, lines: list[str], shape: Shape) -> ModelRequest:
    """Let the model go on below the lines that are there."""
    if not lines:
        return request
    *asked, last = request.messages
    lead = last.content if last.role == "assistant" else ""
    asked = asked if lead else [*asked, last]
    ending = "\n\n" if counted(lines) in (shape.ends or ()) else "\n"
    answer = ChatMessage("assistant", f"{lead}{laid_out(lines, shape)}{ending}")
    return replace(request, messages=(*asked, answer))

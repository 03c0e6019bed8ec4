"""A token for each who writes: drawn from its logits, appended, and told with what it brings."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import NamedTuple, TypeVar

import torch
from torch import Tensor

from model_server.engine.interface import EngineError, Finished, GenerationFailed
from model_server.engine.register import Register, Written
from model_server.engine.runner import Runner
from model_server.engine.sampling.choosing import NOTHING, Ask, choose
from model_server.engine.schedule import Seat
from model_server.engine.writer import Writer

logger = logging.getLogger(__name__)

Given = TypeVar("Given")


class Drawer(NamedTuple):
    """Who is to draw a token, and from what: logits (vocab,)."""

    seat: Seat
    writer: Writer
    logits: Tensor


class Draws:
    """Draws for many at once. What fails in one request's own part of it ends that request alone."""

    def __init__(self, register: Register, runner: Runner) -> None:
        self._register = register
        self._runner = runner

    def draw(self, seats: Sequence[Seat], logits: Sequence[Tensor]) -> None:
        """Draw a token for each seat from its logits (vocab,); once more for those who then go back."""
        self._register.have_written(list(self._written(seats, logits)))

    def _written(self, seats: Sequence[Seat], logits: Sequence[Tensor]) -> Iterator[Written]:
        rows = dict(zip(seats, logits, strict=True))
        drawers = [Drawer(seat, writer, rows[seat]) for seat, writer in self._register.still(seats)]
        while drawers:
            asked: list[tuple[Drawer, Ask]] = []
            for one in drawers:
                ask = self._alone(one.seat, partial(one.writer.ask, one.logits))
                if ask is not None:
                    asked.append((one, ask))
            for (one, _), token in zip(asked, self._drawn(asked), strict=True):
                if token is not None:
                    yield from self._append(one.seat, one.writer, token)
            drawers = [
                Drawer(seat, writer, writer.again)
                for seat, writer in self._register.still([one.seat for one, _ in asked])
                if writer.again is not None
            ]

    def _drawn(self, asked: Sequence[tuple[Drawer, Ask]]) -> Sequence[int | None]:
        """Draw for all together; where that fails, for each alone, which ends whoever was the cause."""
        try:
            return _together(asked)
        except Exception:
            logger.exception("drawing for the batch failed")
            return [self._alone(one[0].seat, lambda one=one: _together([one])[0]) for one in asked]

    def _append(self, seat: Seat, writer: Writer, token: int) -> Iterator[Written]:
        events = self._alone(seat, lambda: list(writer.take(token)))
        ticket = self._register.ticket(seat.job)
        if events is None or ticket is None:
            return
        if writer.again is not None:
            self._runner.rewind(seat.row, len(ticket.text(seat.candidate)))
        if any(isinstance(event, Finished) for event in events):
            self._runner.remember(seat.row, ticket.text(seat.candidate)[:-1], ticket.request.salt)
        yield Written(seat, len(writer.written), events, drawn=token != NOTHING)

    def _alone(self, seat: Seat, act: Callable[[], Given]) -> Given | None:
        """Do a request's own part of a step: what that raises ends this request, and no other; it gives None."""
        try:
            return act()
        except EngineError as error:
            self._register.fail([seat.job], "failed", error)
            return None
        except Exception:
            logger.exception("a request's own part of a step failed")
            reason = GenerationFailed("its own part of a step failed; the log says why")
            self._register.fail([seat.job], "failed", reason)
            return None


def _together(asked: Sequence[tuple[Drawer, Ask]]) -> list[int]:
    if not asked:
        return []
    return choose(torch.stack([one.logits for one, _ in asked]), [ask for _, ask in asked])

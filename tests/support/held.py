"""A runner that a test holds between two steps, so that what is to happen then does on any machine."""

import threading
import time
from collections.abc import Mapping

from torch import Tensor

from model_server.engine.runner import Runner


class HeldRunner(Runner):
    """Takes so many ``seconds`` for a step, and waits before the one at which it is held."""

    seconds = 0.0
    held = False
    _left: int | None = None

    def __init__(self, *given: object, **named: object) -> None:
        super().__init__(*given, **named)
        self._released = threading.Event()

    def hold(self, after: int = 0) -> None:
        """Wait, once so many more steps are done, until released."""
        self._released.clear()
        self._left = after

    def release(self) -> None:
        """Go on."""
        self._left, self.held = None, False
        self._released.set()

    def write(self, tokens: Mapping[int, int]) -> dict[int, Tensor]:
        if self._left == 0:
            self.held = True
            self._released.wait()
        elif self._left is not None:
            self._left -= 1
        time.sleep(self.seconds)
        return super().write(tokens)

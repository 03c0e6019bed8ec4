"""Going back in a text: what may not be drawn where, and what was to be drawn from there."""

from __future__ import annotations

from torch import Tensor


class Returns:
    """The places that a candidate may have to go back to, because a banned string may begin there."""

    def __init__(self, most: int) -> None:
        """`most`: how often it may go back in all, which bounds the work."""
        self._left = most
        self._logits: dict[int, Tensor] = {}
        self._forbidden: dict[int, set[int]] = {}

    def keep(self, place: int, logits: Tensor) -> None:
        """Keep the logits (vocab,) from which the token of a place is drawn."""
        self._logits[place] = logits.clone()

    def settle(self, place: int) -> None:
        """Forget the places before this one: nobody goes back there."""
        for settled in [known for known in self._logits if known < place]:
            del self._logits[settled]
            self._forbidden.pop(settled, None)

    def forbid(self, place: int, token: int) -> Tensor | None:
        """Forbid a token at a place; give the logits to draw from anew, or None where that was done often enough."""
        self._left -= 1
        for later in [known for known in self._logits if known > place]:
            del self._logits[later]
            self._forbidden.pop(later, None)
        self._forbidden.setdefault(place, set()).add(token)
        return self._logits[place] if self._left >= 0 else None

    def forbidden(self, place: int) -> list[int]:
        """Give the tokens that may not be drawn at a place."""
        return sorted(self._forbidden.get(place, ()))

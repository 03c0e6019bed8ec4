"""What adapters add to products on a GPU: for each row over which one lies, what comes through a product of low rank."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn.functional import linear

from model_server.engine.adapters.reading import Adapter, Part


@dataclass(frozen=True)
class Laid:
    """An adapter's parts, by our products, each with its first output there; and the rows (rows,) of x over which they lie."""

    parts: Mapping[int, Sequence[tuple[int, Part]]]
    rows: Tensor

    def add(self, product: int, x: Tensor, y: Tensor) -> None:
        """Add to y (rows, out) what the adapter gives for x (rows, in) beside this product."""
        for first, part in self.parts.get(product, ()):
            added = linear(linear(x[self.rows], part.down), part.up)
            y.narrow(1, first, len(part.up)).index_add_(0, self.rows, added)

    def among(self, wanted: Tensor) -> Laid:
        """Lie over those of the wanted rows alone that are among these."""
        return replace(self, rows=torch.isin(wanted, self.rows).nonzero().flatten())


def lay(
    laid: Iterable[tuple[Adapter, Tensor]], places: Mapping[str, tuple[int, int]], device: torch.device
) -> list[Laid]:
    """Lay adapters over the tokens that are named beside them; places: where each of the model's products is among ours."""
    return [Laid(_by_product(adapter, places), rows.to(device)) for adapter, rows in laid]


def _by_product(adapter: Adapter, places: Mapping[str, tuple[int, int]]) -> dict[int, list[tuple[int, Part]]]:
    parts: dict[int, list[tuple[int, Part]]] = {}
    for name, part in adapter.parts.items():
        product, first = places[name]
        parts.setdefault(product, []).append((first, part))
    return parts

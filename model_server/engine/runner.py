"""The only room that calls the model: reads prompts, writes tokens, knows which row holds how much."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import torch
from torch import Tensor
from transformers import PreTrainedModel

from model_server.engine.pool import Pool
from model_server.engine.prefixes import BLOCK
from model_server.engine.rows import Place, Rows


class Runner:
    """Runs forwards of one model over the rows of one cache."""

    def __init__(self, model: PreTrainedModel, rows: int) -> None:
        self.model = model
        self.cache = Rows(rows)
        self.pool = Pool(self.cache, 0)
        self.lengths = [0] * rows

    def read(self, row: int, start: int, ids: Sequence[int]) -> Tensor:
        """Put prompt tokens into a row from `start` on; give the logits (vocab,) after the last of them."""
        end = start + len(ids)
        positions = torch.arange(start, end)
        mask = torch.arange(end) <= positions[:, None]
        logits = self._forward(
            Place(row, (start,), len(ids)), torch.tensor([ids]), positions[None], mask[None]
        )
        self.lengths[row] = end
        return logits[0]

    @torch.inference_mode()
    def fork(self, source: int, targets: Sequence[int]) -> None:
        """Let other rows begin with what one row holds."""
        if targets:
            self.cache.copy(source, list(targets), self.lengths[source])
        for row in targets:
            self.lengths[row] = self.lengths[source]

    def write(self, tokens: Mapping[int, int]) -> dict[int, Tensor]:
        """Append one token to each of these rows; give the logits (vocab,) after it, by row.

        The rows below the highest that do not write go along with a token that nobody reads: it lands
        past the end of their text, where the next real one overwrites it.
        """
        batch = range(max(tokens) + 1)
        starts = tuple(self.lengths[row] for row in batch)
        ids = torch.tensor([[tokens.get(row, 0)] for row in batch])
        positions = torch.tensor(starts)[:, None]
        mask = torch.arange(max(starts) + 1) <= positions
        logits = self._forward(Place(0, starts, 1), ids, positions, mask[:, None])
        for row in tokens:
            self.lengths[row] += 1
        return {row: logits[row] for row in tokens}

    @property
    def block_bytes(self) -> int:
        """Give the size of a block of text in the pool; known once something has been read."""
        tensors = [tensor for layer in self.cache.store.values() for tensor in (layer.keys, layer.values)]
        return sum(tensor[0, :, :BLOCK].nbytes for tensor in tensors)

    def make_room(self, slots: int) -> None:
        """Have so many slots, all empty; the memory is taken when the first is used."""
        self.pool = Pool(self.cache, slots)

    @torch.inference_mode()
    def keep(self, row: int, blocks: Sequence[int], slots: Sequence[int]) -> None:
        """Copy these blocks of a row's text into these slots of the pool."""
        self.pool.put(row, blocks, slots)

    @torch.inference_mode()
    def recall(self, row: int, slots: Sequence[int]) -> None:
        """Let a row begin with what these slots hold."""
        self.pool.get(row, slots)
        self.lengths[row] = len(slots) * BLOCK

    def rewind(self, row: int, length: int) -> None:
        """Let a row hold only so much of its text; what it has beyond is overwritten."""
        self.lengths[row] = length

    def clear(self, rows: Iterable[int]) -> None:
        """Forget what these rows hold."""
        for row in rows:
            self.lengths[row] = 0

    def rest(self) -> None:
        """Give back what memory the cache grew by, when no row is in use."""
        self.cache.shrink()

    @torch.inference_mode()
    def _forward(self, place: Place, ids: Tensor, positions: Tensor, mask: Tensor) -> Tensor:
        """Run (batch, tokens) ids; mask (batch, tokens, reach). Gives the last logits, (batch, vocab) float32 on the CPU."""
        self.cache.place = place
        device = self.model.device
        output = self.model(
            input_ids=ids.to(device),
            position_ids=positions.to(device),
            attention_mask=self._shaped(mask[:, None]).to(device),
            cache=self.cache,
            use_cache=True,
            logits_to_keep=1,
        )
        return output.logits[:, -1].float().cpu()

    def _shaped(self, mask: Tensor) -> Tensor:
        """Give a mask to be added to the scores, which every layer can take as it is."""
        least = torch.finfo(self.model.dtype).min
        return torch.zeros(mask.shape, dtype=self.model.dtype).masked_fill_(~mask, least)

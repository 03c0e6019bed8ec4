"""The only room that calls the model: reads prompts, writes tokens, knows which row holds how much."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

import torch
from torch import Tensor
from transformers import PreTrainedModel

from model_server.engine.adapters.overlay import Overlay
from model_server.engine.adapters.reading import Adapter
from model_server.engine.pages import PAGE, Pages
from model_server.engine.store import Place, Store


class Compiled(Protocol):
    """A quicker way through a model than its own forward."""

    def run(
        self,
        store: Store,
        ids: Tensor,
        positions: Tensor,
        rows: Tensor,
        tables: Tensor,
        wanted: Tensor,
        laid: Sequence[tuple[Adapter, Tensor]] = (),
    ) -> Tensor:
        """Append ids (tokens,) at positions (tokens,) to their rows (tokens,) of the tables (rows, pages).

        Each adapter lies over the tokens that are named beside it. Gives logits (wanted, vocab), in float32, after
        each of the wanted tokens.
        """
        ...


class Runner:
    """Runs forwards of one model over the rows of one cache."""

    def __init__(
        self,
        model: PreTrainedModel,
        rows: int,
        context: int,
        kept: int = 0,
        cache_dtype: torch.dtype | None = None,
    ) -> None:
        """Serve so many rows with texts of so many tokens; keep so many pages of texts that no row holds any more."""
        self.model = model
        self.pages = Pages(rows, context, kept)
        self.store = Store(self.pages.count, cache_dtype)
        self.lengths = [0] * rows
        self.compiled: Compiled | None = None
        self._overlay = Overlay(model)

    def begin(self, row: int, prompt: Sequence[int], salt: str, adapter: Adapter | None = None) -> int:
        """Let a row hold what is known of a prompt, read with this adapter; give how many tokens that are."""
        self._overlay.lay(adapter, [row])
        self.lengths[row] = self.pages.begin(row, prompt, self._overlay.salted(row, salt))
        return self.lengths[row]

    def read(self, row: int, start: int, ids: Sequence[int]) -> Tensor:
        """Put prompt tokens into a row from `start` on; give the logits (vocab,) after the last of them."""
        end = start + len(ids)
        tables, positions = self._tables({row: end}), torch.arange(start, end)
        if self.compiled is not None:
            rows, last = torch.zeros(len(ids), dtype=torch.long), torch.tensor([len(ids) - 1])
            laid = self._overlay.laid([row] * len(ids))
            logits = self.compiled.run(self.store, torch.tensor(ids), positions, rows, tables, last, laid)
        else:
            mask = torch.arange(end) <= positions[:, None]
            logits = self._forward([row], torch.tensor([ids]), positions[None], tables, mask[None])
        self.lengths[row] = end
        return logits[0]

    def write(self, tokens: Mapping[int, int]) -> dict[int, Tensor]:
        """Append one token to each of these rows; give the logits (vocab,) after it, by row."""
        reach = {row: self.lengths[row] + 1 for row in tokens}
        tables, rows = self._tables(reach), list(tokens)
        ids, positions = torch.tensor(list(tokens.values())), torch.tensor(list(reach.values())) - 1
        if self.compiled is not None:
            every = torch.arange(len(rows))
            laid = self._overlay.laid(rows)
            logits = self.compiled.run(self.store, ids, positions, every, tables, every, laid)
        else:
            mask = torch.arange(max(reach.values())) <= positions[:, None]
            logits = self._forward(rows, ids[:, None], positions[:, None], tables, mask[:, None])
        for row in rows:
            self.lengths[row] += 1
        return dict(zip(tokens, logits.unbind(), strict=True))

    @torch.inference_mode()
    def fork(self, source: int, targets: Sequence[int]) -> None:
        """Let other rows begin with what one row holds."""
        for row in targets:
            self._copy(self.pages.fork(source, row, self.lengths[source]))
            self.lengths[row] = self.lengths[source]
        self._overlay.lay(self._overlay.over(source), targets)

    @torch.inference_mode()
    def rewind(self, row: int, length: int) -> None:
        """Let a row hold only so much of its text; what it had beyond is overwritten."""
        self._copy(self.pages.rewind(row, length))
        self.lengths[row] = length

    def remember(self, row: int, tokens: Sequence[int], salt: str) -> None:
        """Keep the text that a row holds, for those that begin with it."""
        self.pages.remember(row, tokens[: self.lengths[row]], self._overlay.salted(row, salt))

    def clear(self, rows: Collection[int]) -> None:
        """Forget what these rows hold."""
        for row in rows:
            self.pages.end(row)
            self.lengths[row] = 0
        self._overlay.lift(rows)

    def _copy(self, pages: tuple[int, int] | None) -> None:
        if pages is not None:
            self.store.copy(*pages)

    def _tables(self, reach: Mapping[int, int]) -> Tensor:
        """Give the tables of these rows, (batch, pages), for texts of so many tokens; short ones are filled up."""
        tables = [self.pages.reach(row, length) for row, length in reach.items()]
        longest = max(map(len, tables))
        return torch.tensor([[*table, *[0] * (longest - len(table))] for table in tables])

    @torch.inference_mode()
    def _forward(
        self, rows: Sequence[int], ids: Tensor, positions: Tensor, tables: Tensor, mask: Tensor
    ) -> Tensor:
        """Run (batch, tokens) ids of these rows; mask (batch, tokens, reach). Gives the last logits, (batch, vocab) float32 on the CPU."""
        pages = tables.gather(1, positions // PAGE)
        self.store.place = Place(pages.flatten(), (positions % PAGE).flatten(), tables, mask.shape[-1])
        device = self.model.device
        with self._overlay.during(rows):
            output = self.model(
                input_ids=ids.to(device),
                position_ids=positions.to(device),
                attention_mask=self._shaped(mask[:, None]).to(device),
                cache=self.store,
                use_cache=True,
                logits_to_keep=1,
            )
        return output.logits[:, -1].float().cpu()

    def _shaped(self, mask: Tensor) -> Tensor:
        """Give a mask to be added to the scores, which every layer can take as it is."""
        least = torch.finfo(self.model.dtype).min
        return torch.zeros(mask.shape, dtype=self.model.dtype).masked_fill_(~mask, least)


def page_bytes(model: PreTrainedModel, cache_dtype: torch.dtype | None = None) -> int:
    """Give the size of a page, by reading a token: the first forward is slow, and shows whether the model computes here."""
    runner = Runner(model, rows=1, context=1, cache_dtype=cache_dtype)
    runner.read(0, 0, [0])
    return sum(layer.keys[0].nbytes + layer.values[0].nbytes for layer in runner.store.held.values())

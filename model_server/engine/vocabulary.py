"""What single tokens say, and what they may be asked to say: made once for all requests, when first needed."""

from __future__ import annotations

from collections.abc import Set
from functools import cached_property, lru_cache

import numpy as np
from llguidance import LLMatcher, LLTokenizer
from numpy.typing import NDArray
from tokenizers import Tokenizer

from model_server.engine.constraints import Walk, compiled
from model_server.engine.interface import GenerationRequest, Grammar
from model_server.text import folded

REMEMBERED = 64


class Vocabulary:
    """A tokenizer with the tokens that end an answer. Safe to use from several threads at once."""

    def __init__(self, tokenizer: Tokenizer, ends: Set[int]) -> None:
        self.tokenizer = tokenizer
        self.ends = np.array(sorted(ends), dtype=np.int64)
        self.is_end = frozenset(ends).__contains__
        self.size = tokenizer.get_vocab_size()
        self._matcher = lru_cache(REMEMBERED)(self._compile)
        self.holding = lru_cache(REMEMBERED)(self._holding)
        self.breaking = lru_cache(REMEMBERED)(self._breaking)

    def prepare(self, request: GenerationRequest) -> None:
        """Make what a request will need, which may take most of a second. Raises Unfit."""
        if request.grammar is not None:
            self._matcher(request.grammar)
        if request.banned:
            self.holding(request.banned)
        if request.sampling.dry_multiplier:
            self.breaking(request.sampling.dry_sequence_breakers)
        if request.logprobs is not None:
            self.spelled(0)

    def walk(self, grammar: Grammar) -> Walk:
        """Begin to write by a grammar. Raises Unfit."""
        return Walk(self._matcher(grammar).deep_copy(), grammar.param)

    def spelled(self, token: int) -> bytes:
        """Give the bytes that a token stands for; none for a place that the model has and the tokenizer has not."""
        return self._tokens.decode_bytes([token]) if token < self.size else b""

    def _compile(self, grammar: Grammar) -> LLMatcher:
        return compiled(grammar, self._tokens)

    def _holding(self, strings: tuple[str, ...]) -> NDArray[np.int64]:
        """Give the ids of all tokens in whose text one of these strings stands, whatever its case."""
        wanted = [folded(string) for string in strings]
        ids = [number for number, text in enumerate(self._texts) if any(string in text for string in wanted)]
        return np.array(ids, dtype=np.int64)

    def _breaking(self, strings: tuple[str, ...]) -> NDArray[np.bool_]:
        """Say of each token, (size,), whether one of these strings stands in it."""
        breaks = np.zeros(self.size, dtype=np.bool_)
        breaks[self.holding(strings)] = True
        return breaks

    @cached_property
    def _tokens(self) -> LLTokenizer:
        return LLTokenizer(self.tokenizer.to_str(), eos_token=self.ends.tolist() or None)

    @cached_property
    def _texts(self) -> list[str]:
        return [folded(self.spelled(token).decode(errors="replace")) for token in range(self.size)]

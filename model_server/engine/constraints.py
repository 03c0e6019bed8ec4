"""Answers that must be JSON of a schema, match a pattern or follow a grammar, by llguidance.

What a grammar may cost is bounded three times: its source by its length and its parts (which bounds how deep its
compiler recurses), the compiling by llguidance's fuel, and each token's mask by the same.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final, cast

import numpy as np
from llguidance import LLMatcher, LLParserLimits, LLTokenizer
from llguidance.gbnf_to_lark import gbnf_to_lark
from numpy.typing import NDArray

from model_server.engine.interface import Grammar, Unfit

MOST_PARTS = 1_000
"""Opening brackets and definitions in a grammar, lists and objects in a schema."""
MOST_CHARACTERS = {"json": 65_536, "regex": 4_096, "choice": 65_536, "grammar": 32_768}
SPECIAL = re.compile(r"[\\.+*?()|\[\]{}^$#&~-]")
"""What has a meaning of its own in a pattern."""
LAYOUT: Final[Any] = {"whitespace_flexible": False, "item_separator": ", ", "key_separator": ": "}
"""On one line, as `json.dumps` writes it: a model that may write blank lines can do so without end."""


def limits() -> LLParserLimits:
    """Say how much work a grammar may make: some tens of milliseconds a token at the very most."""
    return LLParserLimits(
        max_items_in_row=1_000,
        initial_lexer_fuel=300_000,
        step_lexer_fuel=100_000,
        step_max_items=10_000,
        max_lexer_states=20_000,
        max_grammar_size=50_000,
        verbose_errors=False,
    )


def compiled(grammar: Grammar, tokens: LLTokenizer) -> LLMatcher:
    """Compile a grammar, and see that there is a first token. Raises Unfit."""
    matcher = LLMatcher(tokens, _source(grammar), log_level=0, limits=limits())
    begun = matcher.deep_copy()
    if matcher.is_error() or not any(begun.compute_bitmask()) or begun.is_error():
        raise Unfit(grammar.param, _reason(matcher.get_error() or begun.get_error()))
    return matcher


class Walk:
    """One candidate's way through a grammar."""

    def __init__(self, matcher: LLMatcher, param: str) -> None:
        self.param = param
        self._matcher = matcher

    @property
    def complete(self) -> bool:
        """Whether nothing may follow any more."""
        return self._matcher.is_stopped()

    def allowed(self, size: int) -> NDArray[np.bool_]:
        """Say which tokens may come next, (size,). Raises Unfit where that would take too long to find out."""
        octets = np.frombuffer(self._matcher.compute_bitmask(), dtype=np.uint8)
        self._check()
        mask = np.zeros(size, dtype=np.bool_)
        known = np.unpackbits(octets, bitorder="little")[:size]
        mask[: len(known)] = known
        return mask

    def take(self, token: int) -> None:
        """Go on by a token that was allowed. Raises Unfit."""
        self._matcher.consume_token(token)
        self._check()

    def go_back(self, tokens: int) -> None:
        """Take the last tokens back. Raises Unfit."""
        self._matcher.rollback(tokens)
        self._check()

    def _check(self) -> None:
        if self._matcher.is_error():
            raise Unfit(self.param, _reason(self._matcher.get_error()))


def _source(grammar: Grammar) -> str:
    """Give what llguidance compiles. Raises Unfit."""
    most = MOST_CHARACTERS[grammar.kind]
    if len(grammar.source) > most:
        raise Unfit(grammar.param, f"it has {len(grammar.source):,} characters and may have {most:,}")
    if grammar.kind == "regex":
        return LLMatcher.grammar_from_regex(grammar.source)
    if grammar.kind == "choice":
        choices: list[str] = json.loads(grammar.source)
        return LLMatcher.grammar_from_regex("|".join(SPECIAL.sub(r"\\\g<0>", choice) for choice in choices))
    if grammar.kind == "json":
        return _schema(grammar)
    return LLMatcher.grammar_from_lark(_lark(grammar))


def _schema(grammar: Grammar) -> str:
    _check_parts(grammar, len(re.findall(r"[\[{]", grammar.source)))
    try:
        schema: Any = json.loads(grammar.source)
        if not isinstance(schema, dict):
            raise Unfit(grammar.param, "a schema is an object")
        return LLMatcher.grammar_from_json_schema(cast("dict[str, Any]", schema), overrides=LAYOUT)
    except (ValueError, RecursionError) as error:
        raise Unfit(grammar.param, _reason(str(error))) from error


def _lark(grammar: Grammar) -> str:
    _check_parts(grammar, len(re.findall(r"[(\[{:|]", grammar.source)))
    if "::=" not in grammar.source:
        return grammar.source
    try:
        return gbnf_to_lark(grammar.source)
    except Exception as error:  # what it raises is a plain Exception at times
        raise Unfit(grammar.param, f"it is no GBNF: {_reason(str(error))}") from error


def _check_parts(grammar: Grammar, parts: int) -> None:
    if parts > MOST_PARTS:
        raise Unfit(grammar.param, f"it has {parts:,} parts and may have {MOST_PARTS:,}")


def _reason(error: str) -> str:
    """Give the first line of an error, which says what is wrong without repeating what was sent at length."""
    lines = [line.strip() for line in error.splitlines() if line.strip(" ^|")]
    told = next((line for line in reversed(lines) if line.startswith("error:")), lines[0] if lines else "")
    return told.removeprefix("error:").strip()[:200].rstrip(".") or "nothing can match it"

"""Messages into tokens, by the model's own template, with people's text kept apart from control tokens."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, cast

from jinja2 import TemplateError
from tokenizers import Tokenizer

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase


@dataclass(eq=False)
class UnfitMessages(Exception):
    """The model's template cannot hold these messages."""

    reason: str


class ChatEncoder:
    """Encodes chats. Safe to call from several threads at once.

    The template is rendered around placeholders, and only in what the template itself wrote does
    `<|im_end|>` become a control token: in a message the same characters are plain text.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerBase) -> None:
        self._template: Any = tokenizer
        self.plain = Tokenizer.from_str(cast("Tokenizer", tokenizer.backend_tokenizer).to_str())
        self.plain.encode_special_tokens = True
        self._control = {
            token.content: number for number, token in tokenizer.added_tokens_decoder.items() if token.special
        }
        self._controls = re.compile(
            "|".join(map(re.escape, sorted(self._control, key=len, reverse=True))) or r"(?!)"
        )

    def text(self, text: str) -> list[int]:
        """Encode text, all of it plain."""
        return self.plain.encode(text, add_special_tokens=False).ids

    def opening(self, text: str) -> list[int]:
        """Encode text to be gone on from, after what the model wants before every text, all of it plain."""
        return self.plain.encode(text).ids

    def messages(
        self, messages: Sequence[Mapping[str, str]], *, answer: bool = True, go_on: bool = False
    ) -> list[int]:
        """Encode messages of `role` and `content`. Raises UnfitMessages.

        answer: open the assistant's next message; go_on: leave the last one open, so that its text is continued.
        """
        pieces = self._render(messages, answer and not go_on)
        if go_on:
            pieces[-1] = ""
        return self._encode(pieces, [message["content"] for message in messages])

    def _render(self, messages: Sequence[Mapping[str, str]], answer: bool) -> list[str]:
        """Give what the template writes before, between and after the messages' contents."""
        marks = [
            f"\N{OBJECT REPLACEMENT CHARACTER}{number}\N{OBJECT REPLACEMENT CHARACTER}"
            for number in range(len(messages))
        ]
        marked = [{**message, "content": mark} for message, mark in zip(messages, marks, strict=True)]
        try:
            rendered: str = self._template.apply_chat_template(
                marked, tokenize=False, add_generation_prompt=answer
            )
        except TemplateError as error:
            raise UnfitMessages(str(error)) from error
        places = [rendered.find(mark) for mark in marks]
        if -1 in places or places != sorted(places):
            raise UnfitMessages("the model's template leaves a message out")
        ends = [0, *(at + len(mark) for at, mark in zip(places, marks, strict=True))]
        return [rendered[start:end] for start, end in zip(ends, [*places, len(rendered)], strict=True)]

    def _encode(self, pieces: Sequence[str], contents: Sequence[str]) -> list[int]:
        ids: list[int] = []
        open_text = ""
        for piece, content in zip(pieces, [*contents, ""], strict=True):
            edges = [(0, 0), *(match.span() for match in self._controls.finditer(piece)), (len(piece),) * 2]
            for (_, start), (end, after) in pairwise(edges):
                open_text += piece[start:end]
                if end < after:
                    ids += [*self.text(open_text), self._control[piece[end:after]]]
                    open_text = ""
            open_text += content
        return ids + self.text(open_text)

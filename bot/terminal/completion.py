"""What can come next on a line: commands, options, values."""

import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from bot.commands import COMMANDS, Command, Option

Lists = Mapping[str, Sequence[str]]
"""Values by the name of their source, e.g. ``preset``."""

_SPEAKER: Final = re.compile(r"@\S+\s+")
_LAST_OPTION: Final = re.compile(r"(?:^|\s)(\w+):\s*(\S*)$")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A text that can stand in place of the last ``typed`` characters."""

    text: str
    typed: int
    help: str = ""


def suggest(line: str, lists: Lists) -> list[Suggestion]:
    """Return what can come next; nothing for a passage."""
    spoken = line.lstrip()
    at = _SPEAKER.match(spoken)
    rest = spoken[at.end() :] if at else spoken
    if not rest.startswith("/"):
        return []
    command = _begun(rest[1:])
    if command is None:
        return list(_commands(rest))
    tail = rest[len(command.name) + 1 :]
    return [*_values(command, tail, lists), *_options(command, tail)]


def _begun(rest: str) -> Command | None:
    named = [command for command in COMMANDS if rest.casefold().startswith(f"{command.name} ")]
    return max(named, key=lambda command: len(command.name), default=None)


def _commands(typed: str) -> Iterator[Suggestion]:
    for command in COMMANDS:
        if f"/{command.name}".startswith(typed.casefold()):
            yield Suggestion(f"/{command.name}", len(typed), command.help)


def _values(command: Command, tail: str, lists: Lists) -> Iterator[Suggestion]:
    named = {option.name: option for option in command.options}
    at = _LAST_OPTION.search(tail)
    if at and at[1] in named:
        yield from _starting(at[2], named[at[1]], lists)
    elif command.options and len(tail.split()) <= 1:
        yield from _starting(tail.strip(), command.options[0], lists)


def _starting(typed: str, option: Option, lists: Lists) -> Iterator[Suggestion]:
    for value in (*option.choices, *lists.get(option.source or "", ())):
        if value.startswith(typed.casefold()):
            yield Suggestion(value, len(typed))


def _options(command: Command, tail: str) -> Iterator[Suggestion]:
    typed = "" if tail != tail.rstrip() else tail.split()[-1]
    for option in command.options:
        if option.name.startswith(typed.casefold()) and f"{option.name}:" not in tail:
            yield Suggestion(f"{option.name}: ", len(typed), option.help)


class LineCompleter(Completer):
    """Completes what is typed at the prompt."""

    def __init__(self, lists: Callable[[], Awaitable[Lists]]) -> None:
        self._lists = lists

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterator[Completion]:
        """Complete from what needs no look-up."""
        return map(_completion, suggest(document.text_before_cursor, {}))

    async def get_completions_async(
        self, document: Document, complete_event: CompleteEvent
    ) -> AsyncGenerator[Completion, None]:
        """Complete, values of the lists included."""
        for suggestion in suggest(document.text_before_cursor, await self._lists()):
            yield _completion(suggestion)


def _completion(suggestion: Suggestion) -> Completion:
    return Completion(suggestion.text, -suggestion.typed, display_meta=suggestion.help)

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
    rest = _without_speaker(line)
    if not rest.startswith("/"):
        return []
    command = _begun(rest[1:])
    if command is None:
        return list(_commands(rest))
    tail = rest[len(command.name) + 1 :]
    return [*_values(command, tail, lists), *_options(command, tail)]


def source_at(line: str) -> str | None:
    """Return the name of the list whose values can come next; None where no list's can."""
    rest = _without_speaker(line)
    command = _begun(rest[1:]) if rest.startswith("/") else None
    at = _option_at(command, rest[len(command.name) + 1 :]) if command else None
    return at[0].source if at else None


def _without_speaker(line: str) -> str:
    spoken = line.lstrip()
    at = _SPEAKER.match(spoken)
    return spoken[at.end() :] if at else spoken


def _begun(rest: str) -> Command | None:
    named = [command for command in COMMANDS if rest.casefold().startswith(f"{command.name} ")]
    return max(named, key=lambda command: len(command.name), default=None)


def _commands(typed: str) -> Iterator[Suggestion]:
    for command in COMMANDS:
        if f"/{command.name}".startswith(typed.casefold()):
            yield Suggestion(f"/{command.name}", len(typed), command.help)


def _option_at(command: Command, tail: str) -> tuple[Option, str] | None:
    """Return the option whose value can come next, and what is typed of it."""
    named = {option.name: option for option in command.options}
    at = _LAST_OPTION.search(tail)
    if at and at[1] in named:
        return named[at[1]], at[2]
    if command.options and len(tail.split()) <= 1:
        return command.options[0], tail.strip()
    return None


def _values(command: Command, tail: str, lists: Lists) -> Iterator[Suggestion]:
    if at := _option_at(command, tail):
        option, typed = at
        for value in (*option.choices, *lists.get(option.source or "", ())):
            if value.casefold().startswith(typed.casefold()):
                yield Suggestion(value, len(typed))


def _options(command: Command, tail: str) -> Iterator[Suggestion]:
    typed = "" if tail != tail.rstrip() else tail.split()[-1]
    for option in command.options:
        if option.name.startswith(typed.casefold()) and f"{option.name}:" not in tail:
            yield Suggestion(f"{option.name}: ", len(typed), option.help)


class LineCompleter(Completer):
    """Completes what is typed at the prompt; only the list whose values can come next is looked up."""

    def __init__(self, values: Callable[[str], Awaitable[Sequence[str]]]) -> None:
        self._values = values

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterator[Completion]:
        """Complete from what needs no look-up."""
        return map(_completion, suggest(document.text_before_cursor, {}))

    async def get_completions_async(
        self, document: Document, complete_event: CompleteEvent
    ) -> AsyncGenerator[Completion, None]:
        """Complete, values of the lists included."""
        line = document.text_before_cursor
        source = source_at(line)
        lists = {source: await self._values(source)} if source else {}
        for suggestion in suggest(line, lists):
            yield _completion(suggestion)


def _completion(suggestion: Suggestion) -> Completion:
    return Completion(suggestion.text, -suggestion.typed, display_meta=suggestion.help)

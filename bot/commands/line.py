"""A typed line as a call of a command, and back.

``@ann /continue somebody knocks length: short`` is Ann's. Named values run to the next option of the
command that has not been given yet; the first unnamed one is the first option's. Anything without a
slash is a passage. Quotes around a named value are taken off; an unnamed text keeps its own, as in
``/write "Come in."``.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Final

from bot.commands.catalogue import COMMANDS, named
from bot.commands.faults import (
    MissingOption,
    NotANumber,
    OutOfRange,
    UnexpectedText,
    UnknownChoice,
    UnknownCommand,
    ValueTooLong,
)
from bot.commands.shape import Command, Kind, Option

Value = str | int | float
_SPEAKER: Final = re.compile(r"@([\w.-]+)(?:\s+|$)")
_QUOTED: Final = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_WORDS: Final = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class Call:
    """A command's name and the values given for its options."""

    name: str
    values: Mapping[str, Value] = field(default_factory=dict[str, Value])

    def text(self, option: str) -> str | None:
        """Return the value of a text or choice, None where it was left out."""
        value = self.values.get(option)
        return value if isinstance(value, str) else None

    def number(self, option: str) -> int | None:
        """Return the value of an integer, None where it was left out."""
        value = self.values.get(option)
        return value if isinstance(value, int) else None

    def decimal(self, option: str) -> float | None:
        """Return the value of a number, None where it was left out."""
        value = self.values.get(option)
        return value if isinstance(value, int | float) else None


@dataclass(frozen=True, slots=True)
class Line:
    """A call and who makes it; ``speaker`` is None for the keyboard's owner."""

    call: Call
    speaker: str | None = None


def parse(line: str) -> Line:
    """Read a line. Raises a LineFault."""
    spoken = line.strip()
    at = _SPEAKER.match(spoken)
    speaker, rest = (at[1], spoken[at.end() :]) if at else (None, spoken)
    if not rest.startswith("/"):
        return Line(Call("write", {"text": rest}), speaker)
    command, tail = _command(rest[1:])
    return Line(Call(command.name, _values(command, tail.strip())), speaker)


def render(line: Line) -> str:
    """Write a line that parses to the same."""
    options = (f" {name}: {_quote(line.call, name)}" for name in line.call.values)
    speaker = f"@{line.speaker} " if line.speaker else ""
    return f"{speaker}/{line.call.name}{''.join(options)}"


def _command(rest: str) -> tuple[Command, str]:
    words = list(_WORDS.finditer(rest))[:2]
    names = {command.name for command in COMMANDS}
    for count in range(len(words), 0, -1):
        name = " ".join(word[0].casefold() for word in words[:count])
        if name in names:
            return named(name), rest[words[count - 1].end() :]
    raise _unknown([word[0].casefold() for word in words])


def _unknown(words: list[str]) -> UnknownCommand:
    names = [command.name for command in COMMANDS]
    begun = [name for name in names if words and words[0] in name.split()]
    alike = [near for typed in (" ".join(words), *words[:1]) for near in get_close_matches(typed, names, n=3)]
    return UnknownCommand(name=words[0] if words else "", near=tuple(dict.fromkeys([*begun, *alike])))


def _values(command: Command, tail: str) -> dict[str, Value]:
    if tail and not command.options:
        raise UnexpectedText(command.name, tail)
    given = {name: _checked(command.option(name), raw) for name, raw in _split(command, tail).items()}
    for option in command.options:
        if option.required and given.get(option.name, "") == "":
            raise MissingOption(command.name, option.name, command.examples[0])
    return given


def _split(command: Command, tail: str) -> dict[str, str]:
    """Cut the tail into raw values; each option's name counts once, later it is part of a text."""
    left = [option.name for option in command.options]
    found: dict[str, str] = {}
    if tail and not _name_at(tail, left):
        first = left.pop(0)
        found[first], tail = _raw(tail, left)
    while begun := _name_at(tail, left):
        name = begun[1].casefold()
        left.remove(name)
        found[name], tail = _value(tail[begun.end() :], left)
    return found


def _value(tail: str, left: Iterable[str]) -> tuple[str, str]:
    quoted = _QUOTED.match(tail)
    rest = tail[quoted.end() :] if quoted else tail
    if quoted and (not rest.strip() or (rest[0].isspace() and _name_at(rest.lstrip(), left))):
        return re.sub(r'\\(["\\])', r"\1", quoted[1]), rest.lstrip()
    return _raw(tail, left)


def _raw(tail: str, left: Iterable[str]) -> tuple[str, str]:
    end = _next_name(tail, left)
    return tail[:end].strip(), tail[end:]


def _pattern(names: Iterable[str], before: str) -> re.Pattern[str]:
    return re.compile(rf"{before}({'|'.join(map(re.escape, names)) or '(?!)'}):\s*", re.IGNORECASE)


def _name_at(tail: str, names: Iterable[str]) -> re.Match[str] | None:
    return _pattern(names, "").match(tail)


def _next_name(tail: str, names: Iterable[str]) -> int:
    found = _pattern(names, r"(?<!\S)").search(tail)
    return found.start() if found else len(tail)


def _checked(option: Option, raw: str) -> Value:
    match option.kind:
        case Kind.INTEGER:
            return _integer(option, raw)
        case Kind.NUMBER:
            return _decimal(option, raw)
        case Kind.PERSON:
            return raw.removeprefix("@")
        case Kind.CHOICE:
            return _choice(option, raw)
        case Kind.TEXT:
            if option.max_length is not None and len(raw) > option.max_length:
                raise ValueTooLong(option.name, len(raw), option.max_length)
            return raw


def _integer(option: Option, raw: str) -> int:
    if not re.fullmatch(r"[+-]?[0-9]{1,9}", raw):
        raise NotANumber(option.name, raw)
    value = int(raw)
    if (option.least is not None and value < option.least) or (
        option.most is not None and value > option.most
    ):
        raise OutOfRange(option.name, value, option.least, option.most)
    return value


def _decimal(option: Option, raw: str) -> float:
    if not re.fullmatch(r"[+-]?([0-9]{1,9}([.,][0-9]{0,9})?|[.,][0-9]{1,9})", raw):
        raise NotANumber(option.name, raw, whole=False)
    return float(raw.replace(",", "."))


def _choice(option: Option, raw: str) -> str:
    if raw.casefold() not in option.choices:
        raise UnknownChoice(option.name, raw, option.choices)
    return raw.casefold()


def _quote(call: Call, name: str) -> str:
    value = call.values[name]
    if isinstance(value, int | float):
        return str(value)
    names = [option.name for option in named(call.name).options]
    plain = value and value == value.strip() and not value.startswith('"')
    if plain and _next_name(value, names) == len(value):
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'

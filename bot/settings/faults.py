"""What is wrong with a setting, in one line, and what a field would take instead."""

import difflib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import annotated_types
from pydantic.fields import FieldInfo

from bot.settings.sections import Allowed


@dataclass(eq=False)
class SettingsError(Exception):
    """A setting is wrong. Its text is one line: file or variable, key, what is wrong, what to do or what is allowed."""

    where: str
    key: str
    wrong: str
    remedy: str

    def __str__(self) -> str:
        wrong = f"{self.key} {self.wrong}" if self.key else self.wrong
        return f"{self.where}: {wrong}; {self.remedy}"


def allowed(field: FieldInfo) -> str:
    """Say what a field takes, as a phrase."""
    for mark in field.metadata:
        if isinstance(mark, Allowed):
            return mark.text
    if get_origin(field.annotation) is Literal:
        return ", ".join(get_args(field.annotation))
    if field.annotation is bool:
        return "true or false"
    kind = "a whole number" if field.annotation is int else "a number"
    return f"{kind} from {_bound(field, annotated_types.Ge):,} to {_bound(field, annotated_types.Le):,}"


def default(field: FieldInfo) -> str:
    """Write a field's default as TOML."""
    value = field.default
    return json.dumps(str(value) if isinstance(value, Path) else value, ensure_ascii=False)


def explain(field: FieldInfo) -> str:
    """Tell all about a field, as ``config.toml`` and the reference do."""
    return f"{field.description} Allowed: {allowed(field)}. Default: {default(field)}."


def unknown(name: str, known: Sequence[str]) -> str:
    """Point from a name that does not exist to those that do."""
    close = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {close[0]}? " if close else ""
    return f"{hint}known are {', '.join(known)}"


def _bound(field: FieldInfo, kind: type[Any]) -> Any:
    mark = next(mark for mark in field.metadata if isinstance(mark, kind))
    return mark.ge if isinstance(mark, annotated_types.Ge) else mark.le

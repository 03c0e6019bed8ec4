"""Facts that are kept as JSON, with some of their words replaced."""

import json
from collections.abc import Mapping
from typing import Any, cast

from sqlalchemy import ColumnElement, String, Table, or_, select, update
from sqlalchemy import cast as as_type

from bot.storage.link import Link


def mentions(table: Table, word: str) -> ColumnElement[bool]:
    """Match the rows whose ``facts`` hold ``word`` as a string of its own."""
    return as_type(table.c.facts, String).contains(json.dumps(word), autoescape=True)


async def replace_in_facts(
    link: Link, table: Table, rows: ColumnElement[bool], words: Mapping[str, str]
) -> None:
    """Replace every string in the ``facts`` of ``rows`` that is, as a whole, one of ``words``."""
    if not words:
        return
    keys = list(table.primary_key)
    named = or_(*(mentions(table, word) for word in words))
    for row in await link.all(select(*keys, table.c.facts).where(rows, named)):
        this = [key == row[key.name] for key in keys]
        await link.run(update(table).where(*this).values(facts=replaced(row["facts"], words)))


def replaced(value: Any, words: Mapping[str, str]) -> Any:
    """Return the value with its strings replaced, however deep they lie."""
    match value:
        case str():
            return words.get(value, value)
        case dict():
            held = cast("dict[str, Any]", value)
            return {key: replaced(each, words) for key, each in held.items()}
        case list():
            return [replaced(each, words) for each in cast("list[Any]", value)]
        case _:
            return value

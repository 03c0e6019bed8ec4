"""Which requests belong together: those that go on with one growing text, and so share what was read of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, cast

OPENING = 256
"""Characters that tell one text from another. More would part a text's short first turn from its later ones."""
INSTRUCTIONS = ("system", "developer")


def affinity(body: bytes) -> str:
    """Name the text that a request goes on with, empty where it has none.

    The name is made of the first paragraph of what stands after the instructions, which many texts have in
    common, and of the tenant, with whom nobody else shares anything.
    """
    asked = _fields(body)
    if not (opening := _opening(asked)):
        return ""
    facts = json.dumps([asked.get("model"), asked.get("cache_salt"), opening])
    return hashlib.blake2b(facts.encode(), digest_size=16).hexdigest()


def _fields(body: bytes) -> Mapping[str, Any]:
    try:
        asked = json.loads(body)
    except ValueError:
        return {}
    return cast("dict[str, Any]", asked) if isinstance(asked, dict) else {}


def _opening(asked: Mapping[str, Any]) -> str:
    text = _text(asked.get("messages")) or _first(asked.get("prompt"))
    return text.partition("\n\n")[0][:OPENING]


def _text(messages: Any) -> str:
    """Give the first message that is no instruction, or the first of all where all are."""
    known = (
        [message for message in messages if isinstance(message, dict)] if isinstance(messages, list) else []
    )
    told = [message for message in known if message.get("role") not in INSTRUCTIONS]
    return next((_first(message.get("content")) for message in (*told, *known)), "")


def _first(content: Any) -> str:
    """Give text, or the first of several texts or parts."""
    first = content[0] if isinstance(content, list) and content else content
    first = first.get("text") if isinstance(first, dict) else first
    return first if isinstance(first, str) else ""

"""A story as Markdown, with credits."""

import re
from typing import Final

from bot.forms import form_of
from bot.story.credits import Credit, credits
from bot.story.manuscript import Origin, Session
from bot.workshop.library import Export, History

_BLOCK_MARK: Final = re.compile(
    r"^(\s{0,3})(#{1,6}(?=\s|$)|>|[-+*](?=\s)|\d+[.)](?=\s)|={3,}|-{3,}|```|~~~)", re.M
)
_WITHIN_A_STANZA: Final = re.compile(r"(?<!\n)\n(?!\n)")
_LINE_BREAK: Final = "  \n"
_INLINE_MARK: Final = re.compile(r"([\\`\[\]<])")


def markdown(history: History) -> Export:
    """Return the story as one Markdown file: title, premise, prose, and who wrote how much of it."""
    session = history.session
    parts = [f"# {escape(session.title)}"]
    if session.premise:
        parts.append("\n".join(f"> {line}".rstrip() for line in escape(session.premise).splitlines()))
    parts += [_told(session, passage.text) for passage in history.passages]
    parts.append("---")
    parts.append(_credits(history))
    return Export(filename=f"{_slug(session.title)}.md", text="\n\n".join(parts) + "\n")


def _told(session: Session, text: str) -> str:
    """Return a passage; the lines of a poem end where the poet ended them."""
    written = escape(text)
    if form_of(session.form).verse is None:
        return written
    return _WITHIN_A_STANZA.sub(_LINE_BREAK, written)


def escape(text: str) -> str:
    """Return text that Markdown shows as it was written, emphasis by ``*`` and ``_`` left to the writer."""
    return _BLOCK_MARK.sub(r"\1\\\2", _INLINE_MARK.sub(r"\\\1", text))


def _credits(history: History) -> str:
    lines = [_credit(share) for share in credits(history.passages)]
    if not lines:
        return "*Nothing is written yet.*"
    began = f"{history.session.created:%Y-%m-%d}"
    opener = escape(history.session.opener_name)
    return "\n".join([f"**Credits** (begun by {opener} on {began})", "", *lines])


def _credit(share: Credit) -> str:
    kind = " (language model)" if share.origin is Origin.MODEL else ""
    passages = "1 passage" if share.passages == 1 else f"{share.passages} passages"
    words = "1 word" if share.words == 1 else f"{share.words} words"
    return f"- {escape(share.name)}{kind}: {passages}, {words}"


def _slug(title: str) -> str:
    words = re.sub(r"[^\w]+", "-", title.casefold()).strip("-_")
    return words[:60].strip("-") or "story"

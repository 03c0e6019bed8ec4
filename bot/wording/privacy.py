"""What is kept of a person, where, for how long, who sees it; and what deleting it means."""

from collections.abc import Mapping
from typing import Final

from bot.wording.counting import count
from bot.workshop.people_records import Footprint

FORGETTING: Final[Mapping[str, str]] = {
    "forget-text": "Your name and id leave this server's records, and what you wrote stays under a name like"
    " “a former writer 3”. Open votes of yours are withdrawn. This cannot be taken back: afterwards nobody,"
    " not even you, can tell which texts were yours. Go on?",
    "forget-nothing": "Your name, your id and everything you wrote leave this server's records; gaps show where"
    " it stood. Open votes and proposals of yours are withdrawn. This cannot be taken back. Go on?",
}

POLICY: Final = (
    "Where: in one database file on the machine of the person who runs this bot. It goes to no third party,"
    " unless they use a model on another server: that gets the story's text, without your id.",
    "How long: until you delete it. Notes that keep a click from counting twice go after two days, the notes"
    " for an answer that you wait for after fifteen minutes.",
    "Who sees it: your name and texts, everybody who can read the story's thread or its exports. How you voted,"
    " nobody: only the counts are shown. The record of moderators' decisions, moderators. The file, the person who runs the bot.",
    "Copies: before an update the database is copied beside itself. /privacy delete also erases the copies that"
    " hold your data, and the deleted words in the file and its log. Copies made by hand, exported files and"
    " what others quoted stay with those who made them.",
    "Delete: /privacy delete keep: text leaves your words under a pseudonym; keep: nothing takes them out."
    " What you typed yourself in Discord, and a thread's name, can only be deleted there. A block by a moderator stays.",
)
"""The privacy policy in short, a paragraph a point; docs/privacy-policy.md is the long form."""


def footprint_lines(found: Footprint) -> list[str]:
    """Say how much of a person is kept, then the policy in short."""
    return [_kept(found), *POLICY]


def _kept(found: Footprint) -> str:
    if found.empty:
        kept = "Nothing of yours is kept in this server's records."
    else:
        counts = [
            count(found.passages, "text that you wrote", "texts that you wrote"),
            count(found.asked, "time that you asked the model", "times that you asked the model"),
            count(found.votes, "vote"),
            count(found.opened, "story that you began", "stories that you began"),
            count(found.took_part, "story that you took part in", "stories that you took part in"),
            count(found.events + found.audited, "note on what you did", "notes on what you did"),
            count(found.mentioned, "note that names you", "notes that name you"),
        ]
        kept = f"Kept of you in this server, with your id and the name you had: {', '.join(counts)}."
    return f"{kept} A moderator has blocked you, which is kept too." if found.blocked else kept

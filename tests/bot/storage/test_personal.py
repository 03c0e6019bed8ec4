"""Whoever adds a column says whether it can tell who somebody is, or what they wrote."""

from sqlalchemy import JSON, String

from bot.storage.columns import KeptProvenance
from bot.storage.personal import MARKS
from bot.storage.schema import audit, blocks, events, metadata, participants, receipts, sweeps

ALSO_PERSONAL = {
    participants.c.member,
    participants.c.name,
    blocks.c.member,
    blocks.c.name,
    sweeps.c.word,
    events.c.facts,
    audit.c.facts,
    receipts.c.facts,
}
WORDS = {
    "passages.text",
    "passages.how",
    "sessions.title",
    "sessions.premise",
    "jobs.direction",
    "beat_edits.text",
}
HARMLESS = {
    "audit.guild",
    "audit.kind",
    "ballots.state",
    "beats.text",
    "beats.title",
    "blocks.guild",
    "events.kind",
    "former_writers.guild",
    "guilds.id",
    "hidden_presets.guild",
    "hidden_presets.name",
    "jobs.fault",
    "jobs.length",
    "jobs.state",
    "outbox.page",
    "owed.call",
    "owed.token",
    "passages.origin",
    "passages.page",
    "preset_defaults.channel",
    "preset_defaults.guild",
    "preset_defaults.name",
    "presets.content",
    "presets.guild",
    "presets.name",
    "receipts.call",
    "receipts.notice",
    "sessions.ai",
    "sessions.channel",
    "sessions.form",
    "sessions.guild",
    "sessions.state",
    "sessions.thread",
    "settings.guild",
    "settings.name",
    "settings.value",
    "shown.fingerprint",
    "shown.message",
    "shown.page",
    "shown.place",
    "words.guild",
    "words.kind",
    "words.text",
}


def test_every_column_of_words_is_known_to_be_personal_or_harmless():
    texts = {
        f"{table.name}.{column.name}"
        for table in metadata.tables.values()
        for column in table.c
        if isinstance(column.type, String | JSON | KeptProvenance)
    }
    marked = {mark.who for mark in MARKS} | {mark.table.c[mark.name] for mark in MARKS if mark.name}
    personal = {f"{column.table.name}.{column.name}" for column in marked | ALSO_PERSONAL}
    assert texts - personal - WORDS == HARMLESS

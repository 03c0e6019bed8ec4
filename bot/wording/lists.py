"""Lines of the lists that moderators ask for: styles, settings, words, people, and who changed what."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC
from typing import Final

from bot.story.people import Member
from bot.story.presets import Preset
from bot.story.text import excerpt
from bot.story.wordlist import Entry, WordKind
from bot.wording.pages import byline
from bot.workshop.house import AuditPage, SettingLine
from bot.workshop.presets import PresetLine
from bot.workshop.records import AuditEntry
from bot.workshop.removing import Beside

_QUOTED: Final = 60

AUDITED: Final[Mapping[str, str]] = {
    "preset-created": "made the style “{name}”",
    "preset-changed": "changed the style “{name}”, now version {version}: {changes}",
    "preset-deleted": "deleted the style “{name}”",
    "preset-hidden": "hid the style “{name}”",
    "preset-offered": "offered the style “{name}” again",
    "preset-chosen": "chose the style “{name}”, version {version}, for {where}",
    "setting-changed": "set {key} to {value}",
    "passage-removed": "removed passage {passage} of story #{session}, by {writer}",
    "text-removed": "removed text {text} beside story #{session}, by {writer}",
    "word-listed": "listed the {read_as} “{text}”",
    "word-unlisted": "took “{text}” off the word list",
    "blocked": "blocked {name}",
    "unblocked": "unblocked {name}",
    "privacy-delete": "had their own data deleted, keeping {keep}",
}


def preset_list(lines: Sequence[PresetLine]) -> list[str]:
    """List the styles, with where each is the default."""
    return [_preset(line) for line in lines]


def preset_sheet(preset: Preset) -> str:
    """Show one style in full."""
    sampling, lengths = preset.sampling, preset.lengths
    return "\n".join(
        [
            f"“{preset.name}”, version {preset.version}",
            *([preset.about] if preset.about else []),
            f"Voice: {preset.voice}",
            *([f"Written with the adapter {preset.adapter}."] if preset.adapter else []),
            f"Draws with temperature {sampling.temperature:g}, top_p {sampling.top_p:g},"
            f" min_p {sampling.min_p:g}, repetition_penalty {sampling.repetition_penalty:g}.",
            f"Writes at most {lengths.short}, {lengths.medium} or {lengths.long} tokens: short, medium, long.",
        ]
    )


def settings_list(lines: Sequence[SettingLine]) -> list[str]:
    """List every setting with its value, what it does and what it takes."""
    return [
        f"{line.setting.key}: {line.value}{'' if line.own else ' (the default)'}"
        f" – {line.setting.help} Takes {line.setting.allowed}."
        for line in lines
    ]


def word_list(entries: Sequence[Entry]) -> list[str]:
    """List what is kept out of stories."""
    listed = [f"{entry.text}{' (pattern)' if entry.kind is WordKind.PATTERN else ''}" for entry in entries]
    return listed or ["Nothing is listed. /wordlist add keeps a word out of stories."]


def texts_beside(texts: Sequence[Beside]) -> list[str]:
    """List what a moderator can remove beside the passages of the story."""
    if not texts:
        return ["Nothing stands beside this story. /remove and a passage's number takes that one out."]
    return [*map(beside_line, texts), "/remove beside: and a number takes that text out."]


def beside_line(item: Beside) -> str:
    """Say which text it is, whose unless a vote on it is open, and how it begins."""
    passage = item.passage
    whose = "a candidate of the open vote" if item.blind else byline(passage)
    back = ", taken back" if passage.page else ""
    return f"{passage.id}. {whose}{back}: {excerpt(' '.join(passage.text.split()), _QUOTED)}"


def blocked_people(people: Sequence[Member]) -> list[str]:
    """List who may not take part."""
    return [person.name for person in people] or ["Nobody is blocked."]


def audit_page(page: AuditPage, channel: Callable[[str], str] = str) -> list[str]:
    """List who changed what, and which page of the record this is; ``channel`` names one by its number."""
    if not page.entries:
        return ["Nothing has been changed yet."]
    return [*(audit_line(entry, channel) for entry in page.entries), f"page {page.page} of {page.pages}"]


def audit_line(entry: AuditEntry, channel: Callable[[str], str] = str) -> str:
    """Say who changed what, and when."""
    facts = {name: _fact(value) for name, value in entry.facts.items()}
    if "scope" in facts:
        facts["where"] = _where(facts, channel)
    try:
        deed = AUDITED[entry.kind].format_map(facts)
    except KeyError:
        deed = f"{entry.kind}: {', '.join(f'{name} {value}' for name, value in facts.items())}"
    return f"{entry.at.astimezone(UTC):%Y-%m-%d %H:%M} UTC – {entry.actor_name} {deed}."


def _where(facts: Mapping[str, str], channel: Callable[[str], str]) -> str:
    """Say for what a style was chosen; older entries do not tell which channel it was."""
    match facts["scope"]:
        case "session":
            return f"story #{facts['session']}"
        case "channel":
            return f"the channel {channel(facts['channel'])}" if facts.get("channel") else "a channel"
        case scope:
            return f"the {scope}"


def _preset(line: PresetLine) -> str:
    preset = line.preset
    origin = f"version {preset.version}, this server's own" if line.own else "came with Scriptorium"
    about = f" – {preset.about}" if preset.about else ""
    if line.hidden:
        return f"{preset.name}{about} (came with Scriptorium; hidden here, /preset create {preset.name} offers it again)"
    default = f"; default of the {' and the '.join(line.default_of)}" if line.default_of else ""
    return f"{preset.name}{about} ({origin}{default})"


def _fact(value: object) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    return excerpt(str(value), _QUOTED)

"""What a server's moderators may set: one visible list, each setting with its bounds and its help."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bot.story.manuscript import AiMode

Value = int | str

ON, OFF = "on", "off"


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: a whole number within bounds, or one of ``choices``.

    ``default`` is None where the person who runs the bot has set it for all servers.
    """

    key: str
    help: str
    default: Value | None
    choices: tuple[str, ...] = ()
    least: int = 0
    most: int = 0

    @property
    def allowed(self) -> str:
        """What it takes, in words."""
        if self.choices:
            *most, last = self.choices
            return f"{', '.join(most)} or {last}"
        return f"a whole number from {self.least:,} to {self.most:,}"

    def read(self, raw: str) -> Value:
        """Return the value that a person typed. Raises ValueError for one that the setting does not take."""
        typed = raw.strip().casefold()
        if self.choices:
            if typed in self.choices:
                return typed
        elif re.fullmatch(r"[0-9]{1,9}", typed, re.ASCII) and self.least <= int(typed) <= self.most:
            return int(typed)
        raise ValueError(raw)


SETTINGS: Final[tuple[Setting, ...]] = (
    Setting(
        "ballot_minutes", "How long a vote stays open at most; extended once.", None, least=1, most=10_080
    ),
    Setting(
        "default_ai", "The model's part where /story start names none.", AiMode.FULL.value, tuple(AiMode)
    ),
    Setting(
        "max_passage_characters", "Longest passage that a person may add.", None, least=100, most=100_000
    ),
    Setting("max_candidates", "Most candidates that one /continue may ask for.", 4, least=1, most=4),
    Setting(
        "one_generation_per_person", "Whether a person asks the model in one story at a time.", ON, (ON, OFF)
    ),
    Setting(
        "typing",
        "Whether what people type in a story's thread is added to it, where the bot may read that.",
        OFF,
        (ON, OFF),
    ),
    Setting("word_list", "Whether listed words are kept out of stories.", ON, (ON, OFF)),
)

KEYS: Final = tuple(setting.key for setting in SETTINGS)
_BY_KEY: Final = {setting.key: setting for setting in SETTINGS}


def setting_of(key: str) -> Setting | None:
    """Return the setting of that key, if there is one."""
    return _BY_KEY.get(key.strip().casefold())


@dataclass(frozen=True, slots=True)
class HouseRules:
    """A server's settings as the rooms read them; None is what holds for all servers."""

    ballot_minutes: int | None
    default_ai: AiMode
    max_passage_characters: int | None
    max_candidates: int
    one_generation_per_person: bool
    word_list: bool


def house_rules(kept: Mapping[str, Value]) -> HouseRules:
    """Return what holds in a server that set ``kept``; what is not set, or no longer allowed, is the default."""

    def number(key: str) -> int | None:
        value = kept.get(key, _BY_KEY[key].default)
        return value if isinstance(value, int) else None

    def choice(key: str) -> str:
        setting = _BY_KEY[key]
        value = kept.get(key, setting.default)
        return str(value if value in setting.choices else setting.default)

    return HouseRules(
        ballot_minutes=number("ballot_minutes"),
        default_ai=AiMode(choice("default_ai")),
        max_passage_characters=number("max_passage_characters"),
        max_candidates=number("max_candidates") or 4,
        one_generation_per_person=choice("one_generation_per_person") == ON,
        word_list=choice("word_list") == ON,
    )

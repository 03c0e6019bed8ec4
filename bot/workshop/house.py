"""A server's settings, and the record of who changed what."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from bot.story.house_rules import KEYS, SETTINGS, Setting, Value, setting_of
from bot.workshop.acts import Act, Deeds, Limits
from bot.workshop.order import must_moderate
from bot.workshop.ports import Transaction
from bot.workshop.records import AuditEntry
from bot.workshop.refusals import BadSetting, UnknownSetting
from bot.workshop.rulings import SettingChanged

AUDIT_PAGE = 10
DEFAULT_WORD = "default"


@dataclass(frozen=True, slots=True)
class SettingLine:
    """A setting and what holds in the server; ``own`` when the server set it."""

    setting: Setting
    value: Value
    own: bool


@dataclass(frozen=True, slots=True)
class AuditPage:
    """One page of the record, the latest entry first."""

    entries: tuple[AuditEntry, ...]
    page: int
    pages: int


@dataclass(slots=True)
class ServerHouse:
    """Where moderators see and change how the server is kept."""

    deeds: Deeds

    async def settings(self, act: Act) -> Sequence[SettingLine]:
        """Return every setting and what holds. Raises NotAllowed."""
        must_moderate(act, "settings")
        async with self.deeds.ledger.reading() as tx:
            kept = await tx.settings.of(act.guild)
        return [self._line(setting, kept.get(setting.key)) for setting in SETTINGS]

    async def set(self, act: Act, key: str, value: str) -> SettingChanged:
        """Change a setting; the word ``default`` goes back. Raises NotAllowed, UnknownSetting, BadSetting."""

        async def work(tx: Transaction) -> SettingChanged:
            must_moderate(act, "settings")
            setting = setting_of(key)
            if setting is None:
                raise UnknownSetting(key=key, known=KEYS)
            now = self.deeds.now()
            wanted = _read(setting, value)
            if wanted is None:
                await tx.settings.unset(act.guild, setting.key)
            else:
                await tx.settings.set(act.guild, setting.key, wanted, now)
            line = self._line(setting, wanted)
            facts = {"key": setting.key, "value": line.value, "default": not line.own}
            await tx.diary.audit(act.guild, "setting-changed", act.by, now, facts)
            return SettingChanged(session=0, key=setting.key, value=f"{line.value}", unset=not line.own)

        return await self.deeds.once(act, work)

    async def audit(self, act: Act, page: int = 1) -> AuditPage:
        """Return a page of who changed what; beyond the last one, the last. Raises NotAllowed."""
        must_moderate(act, "audit")
        async with self.deeds.ledger.reading() as tx:
            entries, total = await tx.diary.audited(act.guild, (page - 1) * AUDIT_PAGE, AUDIT_PAGE)
            pages = max(1, ceil(total / AUDIT_PAGE))
            if page > pages:
                entries, _ = await tx.diary.audited(act.guild, (pages - 1) * AUDIT_PAGE, AUDIT_PAGE)
        return AuditPage(tuple(entries), min(page, pages), pages)

    def _line(self, setting: Setting, kept: Value | None) -> SettingLine:
        default = _for_all(setting, self.deeds.limits)
        return SettingLine(setting, default if kept is None else kept, own=kept is not None)


def _for_all(setting: Setting, limits: Limits) -> Value:
    """Return what holds where a server has set nothing."""
    if setting.default is not None:
        return setting.default
    return {
        "ballot_minutes": round(limits.ballot_open.total_seconds() / 60),
        "max_passage_characters": limits.passage_characters,
    }[setting.key]


def _read(setting: Setting, raw: str) -> Value | None:
    if raw.strip().casefold() == DEFAULT_WORD:
        return None
    try:
        return setting.read(raw)
    except ValueError as fault:
        raise BadSetting(key=setting.key, value=raw, allowed=setting.allowed) from fault

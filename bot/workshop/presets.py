"""Where a server's presets are made, changed and chosen; every change is a new version and is audited."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.story.manuscript import Session
from bot.story.presets import BUILT_IN, Preset
from bot.story.styling import (
    ABOUT_CHARACTERS,
    NAME_CHARACTERS,
    NO_ADAPTER,
    VOICE_CHARACTERS,
    Change,
    adapter_named,
    breaches,
    changed,
    differences,
    fit_adapter,
    fit_name,
)
from bot.story.text import is_blank
from bot.workshop.acts import Act, Deeds, open_session_of
from bot.workshop.adapters import listed, must_be_listed
from bot.workshop.errors import NoSuchPreset
from bot.workshop.order import SERVER, must_moderate, preset_called
from bot.workshop.ports import Model, Transaction
from bot.workshop.refusals import (
    BadAdapterName,
    BadPresetName,
    BuiltInPreset,
    LastPreset,
    NoVoice,
    PresetOutOfBounds,
    PresetTaken,
    PresetTextTooLong,
    PresetUnchanged,
)
from bot.workshop.rulings import PresetChosen, PresetDeleted, PresetHidden, PresetKept, PresetOffered

SCOPES = ("server", "channel", "session")
_BUILT_IN_NAMES = frozenset(preset.name for preset in BUILT_IN)


@dataclass(frozen=True, slots=True)
class PresetLine:
    """A preset in the list: ``own`` when the server made it, ``default_of`` the scopes it is chosen for.

    A ``hidden`` one is listed for moderators alone.
    """

    preset: Preset
    own: bool
    default_of: tuple[str, ...]
    hidden: bool = False


@dataclass(slots=True)
class PresetShelf:
    """Where presets stand. Reading is for everybody, changing for moderators."""

    deeds: Deeds
    model: Model

    async def list(self, act: Act) -> tuple[PresetLine, ...]:
        """Return the presets that can be used here, which of them are defaults, and to moderators the hidden."""
        async with self.deeds.ledger.reading() as tx:
            chosen = await tx.presets.defaults(act.guild)
            channel = await _channel(tx, act)
            names = await tx.presets.names(act.guild)
            found = [await preset_called(tx, act.guild, name) for name in names]
            hidden = await tx.presets.hidden(act.guild) if act.by.moderator else ()
        scopes = {"server": chosen.get(SERVER), "channel": chosen.get(channel)}
        offered = (
            PresetLine(
                preset,
                own=preset.name not in _BUILT_IN_NAMES,
                default_of=tuple(scope for scope, name in scopes.items() if name == preset.name),
            )
            for preset in found
        )
        return (*offered, *(PresetLine(preset, own=False, default_of=(), hidden=True) for preset in hidden))

    async def show(self, act: Act, name: str) -> Preset:
        """Return the newest version of a preset. Raises NoSuchPreset."""
        async with self.deeds.ledger.reading() as tx:
            return await preset_called(tx, act.guild, name)

    async def changeable(self, act: Act, name: str) -> Preset:
        """Return a preset that the server can change. Raises NotAllowed, NoSuchPreset, BuiltInPreset."""
        must_moderate(act, "preset")
        async with self.deeds.ledger.reading() as tx:
            return await _own(tx, act.guild, name)

    async def hides(self, act: Act, name: str) -> bool:
        """Tell whether a built-in preset of that name is hidden here. Raises NotAllowed."""
        must_moderate(act, "preset")
        async with self.deeds.ledger.reading() as tx:
            return await _hidden(tx, act.guild, name)

    async def adapters(self, act: Act) -> Sequence[str]:
        """Return the adapters that a moderator can choose from; none where the model server cannot be asked."""
        return (await listed(self.model) or ()) if act.by.moderator else ()

    async def create(
        self, act: Act, name: str, change: Change, like: str | None = None
    ) -> PresetKept | PresetOffered:
        """Make a preset, from nothing or ``like`` another; a hidden one that is only named is offered again.

        Raises NotAllowed, BadPresetName, PresetTaken, NoSuchPreset, NoVoice, PresetTextTooLong,
        PresetOutOfBounds, BadAdapterName, NoSuchAdapter.
        """
        must_moderate(act, "preset")
        known = await self._known(await self._begun_with(act, change, like))

        async def work(tx: Transaction) -> PresetKept | PresetOffered:
            if change == Change() and like is None and await _hidden(tx, act.guild, name):
                return await self._offer(tx, act, name)
            await must_be_new(tx, act.guild, name)
            begun = await preset_called(tx, act.guild, like) if like else Preset(name, voice="", about="")
            preset = changed(replace(begun, name=name, version=1), change)
            must_be_listed(preset.adapter, known)
            return await self._keep(tx, act, _possible(preset), ())

        return await self.deeds.once(act, work)

    async def edit(self, act: Act, name: str, change: Change) -> PresetKept:
        """Make a new version of a server's own preset.

        Raises NotAllowed, NoSuchPreset, BuiltInPreset, PresetUnchanged, and as ``create``.
        """
        must_moderate(act, "preset")
        known = await self._known(change.adapter)

        async def work(tx: Transaction) -> PresetKept:
            before = await _own(tx, act.guild, name)
            after = changed(before, change)
            different = differences(before, after)
            if not different:
                raise PresetUnchanged(name=before.name)
            must_be_listed(after.adapter, known)
            return await self._keep(tx, act, _possible(after), different)

        return await self.deeds.once(act, work)

    async def delete(self, act: Act, name: str) -> PresetDeleted | PresetHidden:
        """Offer a preset no longer; sessions keep the version they pinned. A built-in one is hidden.

        Raises NotAllowed, NoSuchPreset, LastPreset.
        """

        async def work(tx: Transaction) -> PresetDeleted | PresetHidden:
            must_moderate(act, "preset")
            preset = await preset_called(tx, act.guild, name)
            if len(await tx.presets.names(act.guild)) == 1:
                raise LastPreset(name=preset.name)
            now = self.deeds.now()
            uses = await tx.presets.uses(act.guild, preset.name)
            facts = {"name": preset.name, "version": preset.version}
            if await tx.presets.own(act.guild, preset.name) is None:
                await tx.presets.hide(act.guild, preset.name, now)
                await tx.diary.audit(act.guild, "preset-hidden", act.by, now, facts)
                return PresetHidden(session=0, name=preset.name, uses=uses)
            await tx.presets.retire(act.guild, preset.name, now)
            await tx.diary.audit(act.guild, "preset-deleted", act.by, now, facts)
            return PresetDeleted(session=0, name=preset.name, uses=uses)

        return await self.deeds.once(act, work)

    async def choose(self, act: Act, name: str, scope: str = SCOPES[0]) -> PresetChosen:
        """Make a preset the default of the server or this channel, or let this session go on with it.

        Raises NotAllowed, NoSuchPreset; for a session NoSessionHere, SessionOver.
        """

        async def work(tx: Transaction) -> PresetChosen:
            must_moderate(act, "preset")
            preset = await preset_called(tx, act.guild, name)
            now = self.deeds.now()
            number, channel = 0, SERVER
            if scope == "session":
                number = await self._pin(tx, act, preset)
            else:
                channel = await _channel(tx, act) if scope == "channel" else SERVER
                await tx.presets.set_default(act.guild, channel, preset.name, now)
            facts = {
                "name": preset.name,
                "version": preset.version,
                "scope": scope,
                "session": number,
                "channel": channel,
            }
            await tx.diary.audit(act.guild, "preset-chosen", act.by, now, facts)
            return PresetChosen(session=number, name=preset.name, version=preset.version, scope=scope)

        return await self.deeds.once(act, work)

    async def _known(self, adapter: str | None) -> Sequence[str] | None:
        """Ask for the adapters that there are, where one is wanted."""
        return await listed(self.model) if adapter_named(adapter or "") else None

    async def _begun_with(self, act: Act, change: Change, like: str | None) -> str | None:
        """Return the adapter that a preset gets at its making: the one that is named, else that of ``like``."""
        if change.adapter is not None or like is None:
            return change.adapter
        async with self.deeds.ledger.reading() as tx:
            found = await tx.presets.get(act.guild, like.strip().casefold())
        return found.adapter if found else None

    async def _offer(self, tx: Transaction, act: Act, name: str) -> PresetOffered:
        await tx.presets.unhide(act.guild, name)
        await tx.diary.audit(act.guild, "preset-offered", act.by, self.deeds.now(), {"name": name})
        return PresetOffered(session=0, name=name)

    async def _pin(self, tx: Transaction, act: Act, preset: Preset) -> int:
        session: Session = await open_session_of(tx, act)
        now = self.deeds.now()
        await tx.sessions.pin(session.id, preset, now)
        event = await tx.diary.record(session.id, "restyled", act.by, now, {"preset": preset.name})
        await tx.outbox.add(session.id, f"card:{session.id}")
        await tx.outbox.add(session.id, f"event:{event}")
        return session.id

    async def _keep(self, tx: Transaction, act: Act, preset: Preset, changes: tuple[str, ...]) -> PresetKept:
        now = self.deeds.now()
        kept = await tx.presets.keep(act.guild, preset, now)
        told = tuple(f"adapter {kept.adapter or NO_ADAPTER}" if one == "adapter" else one for one in changes)
        facts = {"name": kept.name, "version": kept.version, "changes": told}
        kind = "preset-changed" if changes else "preset-created"
        await tx.diary.audit(act.guild, kind, act.by, now, facts)
        return PresetKept(session=0, name=kept.name, version=kept.version, created=not told, changes=told)


async def must_be_new(tx: Transaction, guild: str, name: str) -> None:
    """Check that a guild may call a new preset so. Raises BadPresetName, PresetTaken."""
    if not fit_name(name):
        raise BadPresetName(name=name, limit=NAME_CHARACTERS)
    hidden = await _hidden(tx, guild, name)
    if hidden or await tx.presets.get(guild, name):
        raise PresetTaken(name=name, built_in=name in _BUILT_IN_NAMES, hidden=hidden)


async def _hidden(tx: Transaction, guild: str, name: str) -> bool:
    return any(preset.name == name for preset in await tx.presets.hidden(guild))


async def _own(tx: Transaction, guild: str, name: str) -> Preset:
    wanted = name.strip().casefold()
    found = await tx.presets.own(guild, wanted)
    if found is None and await tx.presets.get(guild, wanted):
        raise BuiltInPreset(name=wanted)
    if found is None:
        raise NoSuchPreset(name=name, known=tuple(await tx.presets.names(guild)))
    return found


def _possible(preset: Preset) -> Preset:
    if is_blank(preset.voice):
        raise NoVoice(name=preset.name)
    texts = ("voice", preset.voice, VOICE_CHARACTERS), ("about", preset.about, ABOUT_CHARACTERS)
    for part, text, limit in texts:
        if len(text) > limit:
            raise PresetTextTooLong(part=part, text=text, limit=limit)
    if found := breaches(preset):
        raise PresetOutOfBounds(breaches=tuple(found))
    if preset.adapter and not fit_adapter(preset.adapter):
        raise BadAdapterName(name=preset.adapter)
    return preset


async def _channel(tx: Transaction, act: Act) -> str:
    """Return the channel that an act is in: a session's own where it is done in a session's thread."""
    if act.session is not None:
        session = await tx.sessions.get(act.guild, act.session)
    else:
        session = await tx.sessions.at(act.guild, act.channel)
    return session.channel if session else act.channel

"""The commands that keep a server's order, carried out; the terminal is a server of its own."""

from dataclasses import dataclass

from bot.story.people import Member
from bot.story.styling import BOUNDS, Change
from bot.story.wordlist import WordKind
from bot.terminal.turn import Handlers, Turn
from bot.wording import say
from bot.wording.lists import (
    audit_page,
    blocked_people,
    preset_list,
    preset_sheet,
    settings_list,
    texts_beside,
    word_list,
)
from bot.workshop.workshop import Workshop


@dataclass(frozen=True, slots=True)
class Moderating:
    """The moderators' side of the terminal."""

    workshop: Workshop

    def handlers(self) -> Handlers:
        """Return what carries out each command, by the command's name."""
        return {
            "preset list": self._presets,
            "preset show": self._preset,
            "preset create": self._create,
            "preset edit": self._edit,
            "preset delete": self._delete,
            "preset default": self._default,
            "settings show": self._settings,
            "settings set": self._set,
            "audit": self._audit,
            "remove": self._remove,
            "wordlist add": self._list_word,
            "wordlist remove": self._unlist_word,
            "wordlist list": self._words,
            "block add": self._block,
            "block remove": self._unblock,
            "block list": self._blocked,
        }

    async def _presets(self, turn: Turn) -> str:
        return "\n".join(preset_list(await self.workshop.presets.list(turn.act)))

    async def _preset(self, turn: Turn) -> str:
        return preset_sheet(await self.workshop.presets.show(turn.act, _given(turn, "name")))

    async def _create(self, turn: Turn) -> str:
        making = self.workshop.presets.create(
            turn.act, _given(turn, "name"), change_of(turn), turn.text("like")
        )
        return say(await making)

    async def _edit(self, turn: Turn) -> str:
        return say(await self.workshop.presets.edit(turn.act, _given(turn, "name"), change_of(turn)))

    async def _delete(self, turn: Turn) -> str:
        return say(await self.workshop.presets.delete(turn.act, _given(turn, "name")))

    async def _default(self, turn: Turn) -> str:
        scope = turn.text("scope") or "server"
        return say(await self.workshop.presets.choose(turn.act, _given(turn, "name"), scope))

    async def _settings(self, turn: Turn) -> str:
        return "\n".join(settings_list(await self.workshop.house.settings(turn.act)))

    async def _set(self, turn: Turn) -> str:
        return say(await self.workshop.house.set(turn.act, _given(turn, "key"), _given(turn, "value")))

    async def _audit(self, turn: Turn) -> str:
        return "\n".join(audit_page(await self.workshop.house.audit(turn.act, turn.call.number("page") or 1)))

    async def _remove(self, turn: Turn) -> str:
        removing, call = self.workshop.removing, turn.call
        removed = await removing.one(turn.act, call.number("passage"), call.number("beside"))
        return say(removed) if removed else "\n".join(texts_beside(await removing.texts(turn.act)))

    async def _list_word(self, turn: Turn) -> str:
        kind = WordKind(turn.text("kind") or WordKind.WORD)
        return say(await self.workshop.moderation.add_word(turn.act, _given(turn, "text"), kind))

    async def _unlist_word(self, turn: Turn) -> str:
        return say(await self.workshop.moderation.remove_word(turn.act, _given(turn, "text")))

    async def _words(self, turn: Turn) -> str:
        return "\n".join(word_list(await self.workshop.moderation.words(turn.act)))

    async def _block(self, turn: Turn) -> str:
        return say(await self.workshop.moderation.block(turn.act, _person(turn)))

    async def _unblock(self, turn: Turn) -> str:
        return say(await self.workshop.moderation.unblock(turn.act, _person(turn)))

    async def _blocked(self, turn: Turn) -> str:
        return "\n".join(blocked_people(await self.workshop.moderation.blocked(turn.act)))


def change_of(turn: Turn) -> Change:
    """Return what a call wants a preset to be."""
    numbers = {bound.name: turn.call.values.get(bound.name) for bound in BOUNDS}
    texts = {name: turn.text(name) for name in ("voice", "about", "adapter")}
    return Change(**texts, **numbers)  # pyright: ignore[reportArgumentType]  the catalogue gives each its kind


def _person(turn: Turn) -> Member:
    """Return whom a name means, as they would act in the terminal."""
    name = _given(turn, "user")
    if turn.act.by.moderator and name.casefold() in {turn.act.by.id, turn.act.by.name.casefold()}:
        return turn.act.by
    return Member(id=name.casefold(), name=name)


def _given(turn: Turn, option: str) -> str:
    return turn.text(option) or ""

"""Where moderators keep order: passages removed, words listed, people blocked; all of it is audited."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot.story.manuscript import Passage, Session
from bot.story.people import Member
from bot.story.wordlist import MOST_ENTRIES, BadPattern, Entry, WordKind, checked, folded
from bot.workshop import refusals
from bot.workshop.acts import Act, Deeds, session_of
from bot.workshop.order import must_moderate
from bot.workshop.ports import Transaction
from bot.workshop.refusals import (
    AlreadyBlocked,
    AlreadyListed,
    AlreadyRemoved,
    ModeratorNotBlocked,
    NoSuchPassage,
    NotBlocked,
    NotListed,
    WordListFull,
)
from bot.workshop.rulings import EntryListed, EntryUnlisted, PassageRemoved, PersonBlocked, PersonUnblocked
from bot.workshop.sweeper import Sweeper

SWEPT_CHARACTERS: Final = 60
"""By so much of its beginning a removed text is found in copies of the store."""


@dataclass(slots=True)
class Moderation:
    """The moderators' room. Everything in it raises NotAllowed for anybody else."""

    deeds: Deeds
    sweeper: Sweeper

    async def remove(self, act: Act, number: int) -> PassageRemoved:
        """Take the text out of a passage, by its number in the history; its place in the tree stays.

        The text is gone from the store and its files too, wherever it was shown.
        Raises NoSuchPassage, AlreadyRemoved.
        """

        async def work(tx: Transaction) -> PassageRemoved:
            must_moderate(act, "remove")
            session = await session_of(tx, act)
            story = await tx.passages.branch(session.id, session.head)
            if not 1 <= number <= len(story):
                raise NoSuchPassage(number=number, passages=len(story))
            passage = story[number - 1]
            if passage.removed:
                raise AlreadyRemoved(number=number)
            await self._erase(tx, session, passage)
            await self._audit(
                tx, act, "passage-removed", session=session.id, passage=number, writer=passage.author_name
            )
            return PassageRemoved(session=session.id, number=number)

        return await self.deeds.once(act, work, then=lambda _: self.sweeper.wake())

    async def add_word(self, act: Act, text: str, kind: WordKind = WordKind.WORD) -> EntryListed:
        """Keep a word, a phrase or a pattern out of the guild's stories.

        Raises BadPattern, AlreadyListed, WordListFull.
        """

        async def work(tx: Transaction) -> EntryListed:
            must_moderate(act, "wordlist")
            entry = _entry(Entry(text.strip(), kind))
            if len(await tx.words.of(act.guild)) >= MOST_ENTRIES:
                raise WordListFull(limit=MOST_ENTRIES)
            if not await tx.words.add(act.guild, entry, self.deeds.now()):
                raise AlreadyListed(text=entry.text)
            await self._audit(tx, act, "word-listed", text=entry.text, read_as=kind)
            return EntryListed(session=0, text=entry.text, pattern=kind is WordKind.PATTERN)

        return await self.deeds.once(act, work)

    async def remove_word(self, act: Act, text: str) -> EntryUnlisted:
        """Let a word or pattern stand in stories again. Raises NotListed."""

        async def work(tx: Transaction) -> EntryUnlisted:
            must_moderate(act, "wordlist")
            for spelled in (text.strip(), folded(text)):
                if await tx.words.remove(act.guild, spelled):
                    await self._audit(tx, act, "word-unlisted", text=spelled)
                    return EntryUnlisted(session=0, text=spelled)
            raise NotListed(text=text)

        return await self.deeds.once(act, work)

    async def words(self, act: Act) -> Sequence[Entry]:
        """Return the guild's word list."""
        must_moderate(act, "wordlist")
        async with self.deeds.ledger.reading() as tx:
            return await tx.words.of(act.guild)

    async def block(self, act: Act, person: Member) -> PersonBlocked:
        """Let a person take part in the guild no more. Raises ModeratorNotBlocked, AlreadyBlocked."""

        async def work(tx: Transaction) -> PersonBlocked:
            must_moderate(act, "block")
            if person.moderator or person.id == act.by.id:
                raise ModeratorNotBlocked(name=person.name)
            if not await tx.blocks.add(act.guild, person, self.deeds.now()):
                raise AlreadyBlocked(name=person.name)
            await self._audit(tx, act, "blocked", person=person.id, name=person.name)
            return PersonBlocked(session=0, name=person.name)

        return await self.deeds.once(act, work)

    async def unblock(self, act: Act, person: Member) -> PersonUnblocked:
        """Let a person take part again. Raises NotBlocked."""

        async def work(tx: Transaction) -> PersonUnblocked:
            must_moderate(act, "block")
            if not await tx.blocks.remove(act.guild, person.id):
                raise NotBlocked(name=person.name)
            await self._audit(tx, act, "unblocked", person=person.id, name=person.name)
            return PersonUnblocked(session=0, name=person.name)

        return await self.deeds.once(act, work)

    async def blocked(self, act: Act) -> Sequence[Member]:
        """Return who is blocked in the guild, the latest first."""
        must_moderate(act, "block")
        async with self.deeds.ledger.reading() as tx:
            return await tx.blocks.of(act.guild)

    async def _erase(self, tx: Transaction, session: Session, passage: Passage) -> None:
        gone = await tx.passages.erase(passage.id)
        for page in await tx.passages.pages(session.id, gone):
            await tx.outbox.add(session.id, page)
        await tx.sweeps.add(passage.text[:SWEPT_CHARACTERS], self.deeds.now())

    async def _audit(self, tx: Transaction, act: Act, kind: str, **facts: object) -> None:
        known: Mapping[str, object] = facts
        await tx.diary.audit(act.guild, kind, act.by, self.deeds.now(), known)


def _entry(wanted: Entry) -> Entry:
    try:
        entry = checked(wanted)
    except BadPattern as fault:
        raise refusals.BadPattern(text=wanted.text, reason=str(fault)) from fault
    if not entry.text:
        raise refusals.BadPattern(text=wanted.text, reason="nothing of it can be seen")
    return entry

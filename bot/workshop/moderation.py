"""Where moderators keep order: words listed, people blocked; all of it is audited."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.story.people import Member
from bot.story.wordlist import MOST_ENTRIES, BadPattern, Entry, WordKind, checked, folded
from bot.workshop import refusals
from bot.workshop.acts import Act, Deeds
from bot.workshop.ballots import BallotBox
from bot.workshop.order import must_moderate
from bot.workshop.ports import Transaction
from bot.workshop.refusals import (
    AlreadyBlocked,
    AlreadyListed,
    ModeratorNotBlocked,
    NotBlocked,
    NotListed,
    WordListFull,
)
from bot.workshop.rulings import EntryListed, EntryUnlisted, PersonBlocked, PersonUnblocked


@dataclass(slots=True)
class Moderation:
    """The moderators' room. Everything in it raises NotAllowed for anybody else."""

    deeds: Deeds
    box: BallotBox

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
        """Let a person take part in the guild no more; open votes that waited for them alone close.

        Raises ModeratorNotBlocked, AlreadyBlocked.
        """

        async def work(tx: Transaction) -> PersonBlocked:
            must_moderate(act, "block")
            if person.moderator or person.id == act.by.id:
                raise ModeratorNotBlocked(name=person.name)
            if not await tx.blocks.add(act.guild, person, self.deeds.now()):
                raise AlreadyBlocked(name=person.name)
            await self._audit(tx, act, "blocked", person=person.id, name=person.name)
            for ballot in await tx.ballots.open_in(act.guild):
                await self.box.look_again(tx, ballot.session, ballot.id)
            return PersonBlocked(session=0, name=person.name)

        return await self.deeds.once(act, work, then=lambda _: self.box.wake())

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

"""Where moderators take texts out: passages of the story, and what stands beside it."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from bot.story.ballot import BallotState
from bot.story.manuscript import Passage, PassageId, Session
from bot.workshop.acts import Act, Deeds, session_of
from bot.workshop.head import cancel_ballot
from bot.workshop.order import must_moderate
from bot.workshop.ports import Transaction
from bot.workshop.refusals import AlreadyRemoved, NoSuchPassage, NothingBeside, TwoToRemove
from bot.workshop.rulings import PassageRemoved
from bot.workshop.sweeper import Sweeper

SWEPT_CHARACTERS: Final = 60
"""By so much of its beginning a removed text is found in copies of the store."""


@dataclass(frozen=True, slots=True)
class Beside:
    """A text that is in the tree and not in the story; its writer is not told while it is ``blind``."""

    passage: Passage
    blind: bool


@dataclass(slots=True)
class Removing:
    """The text is gone from the store and its files too, wherever it was shown; its place in the tree stays.

    Everything in here raises NotAllowed for anybody but moderators.
    """

    deeds: Deeds
    sweeper: Sweeper

    async def one(self, act: Act, passage: int | None, beside: int | None) -> PassageRemoved | None:
        """Take out what is named, None where nothing is. Raises TwoToRemove, and as the others."""
        if passage is not None and beside is not None:
            raise TwoToRemove
        if passage is not None:
            return await self.passage(act, passage)
        return None if beside is None else await self.beside(act, beside)

    async def passage(self, act: Act, number: int) -> PassageRemoved:
        """Take the text out of a passage of the story, by its number in the history.

        Raises NoSuchPassage, AlreadyRemoved.
        """

        async def work(tx: Transaction) -> PassageRemoved:
            must_moderate(act, "remove")
            session = await session_of(tx, act)
            story = await tx.passages.branch(session.id, session.head)
            if not 1 <= number <= len(story):
                raise NoSuchPassage(number=number, passages=len(story))
            found = story[number - 1]
            if found.removed:
                raise AlreadyRemoved(number=number)
            await self._erase(tx, session, found)
            facts = {"session": session.id, "passage": number, "writer": found.author_name}
            await tx.diary.audit(act.guild, "passage-removed", act.by, self.deeds.now(), facts)
            return PassageRemoved(session=session.id, number=number)

        return await self._removing(act, work)

    async def beside(self, act: Act, number: int) -> PassageRemoved:
        """Take out a text that stands beside the story: a candidate, what was taken back or never added.

        Votes for it are withdrawn; a vote without another candidate is cancelled. Raises NothingBeside.
        """

        async def work(tx: Transaction) -> PassageRemoved:
            must_moderate(act, "remove")
            session = await session_of(tx, act)
            known = {each.passage.id: each.passage for each in await _beside(tx, session)}
            found = known.get(PassageId(number))
            if found is None:
                raise NothingBeside(number=number)
            await self._erase(tx, session, found)
            await self._withdraw(tx, session, found)
            facts = {"session": session.id, "text": number, "writer": found.author_name}
            await tx.diary.audit(act.guild, "text-removed", act.by, self.deeds.now(), facts)
            return PassageRemoved(session=session.id, number=number, beside=True)

        return await self._removing(act, work)

    async def texts(self, act: Act) -> Sequence[Beside]:
        """Return what stands beside the story, the newest first. Raises NoSessionHere, NoSuchSession."""
        must_moderate(act, "remove")
        async with self.deeds.ledger.reading() as tx:
            return await _beside(tx, await session_of(tx, act))

    async def _removing(
        self, act: Act, work: Callable[[Transaction], Awaitable[PassageRemoved]]
    ) -> PassageRemoved:
        return await self.deeds.once(act, work, then=lambda _: self.sweeper.wake())

    async def _erase(self, tx: Transaction, session: Session, passage: Passage) -> None:
        gone = await tx.passages.erase(passage.id)
        for page in await tx.passages.pages(session.id, gone):
            await tx.outbox.add(session.id, page)
        await tx.sweeps.add(passage.text[:SWEPT_CHARACTERS], self.deeds.now())

    async def _withdraw(self, tx: Transaction, session: Session, passage: Passage) -> None:
        ballot = await tx.ballots.current(session.id)
        if ballot is None:
            return
        candidates = await tx.ballots.candidates(ballot.id)
        for candidate, _ in candidates:
            if candidate.passage == passage.id and candidate.number:
                await tx.ballots.withdraw(ballot.id, candidate.number)
        if all(each.removed for _, each in candidates):
            await cancel_ballot(tx, session, self.deeds.now())


async def _beside(tx: Transaction, session: Session) -> Sequence[Beside]:
    """Return the texts beside the story, but for those of a vote that is not open yet: nobody sees them."""
    pages = {passage.page for passage in await tx.passages.branch(session.id, session.head)}
    ballot = await tx.ballots.current(session.id)
    standing = {each.id for _, each in await tx.ballots.candidates(ballot.id)} if ballot else set[PassageId]()
    drafted = standing if ballot and ballot.state is BallotState.DRAFT else set[PassageId]()
    return [
        Beside(passage, blind=passage.id in standing)
        for passage in await tx.passages.beside(session.id, session.head)
        if passage.page not in pages and passage.id not in drafted
    ]

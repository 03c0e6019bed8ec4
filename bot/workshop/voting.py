"""People's votes, and closing a vote by hand."""

from dataclasses import dataclass

from bot.story.ballot import NONE_OF_THESE, Ballot, BallotState, Closing, may_close
from bot.story.manuscript import BallotId, Session
from bot.workshop.acts import Act, Deeds, open_session_of, session_of
from bot.workshop.ballots import BallotBox, busy
from bot.workshop.errors import BallotOver, CandidateRemoved, NoBallot, NoQuorum, NoSuchCandidate, NotAllowed
from bot.workshop.notices import BallotClosed, VoteCounted
from bot.workshop.ports import Transaction


@dataclass(slots=True)
class Voting:
    """Where people vote."""

    deeds: Deeds
    box: BallotBox

    async def vote(self, act: Act, choice: int, ballot: BallotId | None = None) -> VoteCounted:
        """Take or change a vote: a candidate's number, or 0 for none of these.

        Without ``ballot`` the session's open one is meant. The last vote that was waited for closes it.
        Raises NoBallot, BeingDrafted, BallotOver, NoSuchCandidate, CandidateRemoved.
        """

        async def work(tx: Transaction) -> VoteCounted:
            session = await open_session_of(tx, act)
            found = await _ballot(tx, session, ballot)
            await _must_be_open(tx, found)
            candidates = await tx.ballots.candidates(found.id)
            if choice != NONE_OF_THESE and not 1 <= choice <= len(candidates):
                raise NoSuchCandidate(number=choice, candidates=len(candidates))
            if any(item.number == choice and passage.removed for item, passage in candidates):
                raise CandidateRemoved(number=choice)
            now = self.deeds.now()
            await tx.people.touch(session.id, act.by, now)
            changed = await tx.ballots.vote(found.id, act.by.id, choice, now)
            await tx.outbox.add(session.id, f"ballot:{found.id}")
            closed = await self.box.review(tx, session, found) is Closing.CLOSE
            return VoteCounted(
                session=session.id, ballot=found.id, choice=choice, changed=changed, closed=closed
            )

        return await self.deeds.once(act, work)

    async def close(self, act: Act, ballot: BallotId | None = None) -> BallotClosed:
        """Close the vote now and append the winner, exactly once.

        Safe to call again: a committed ballot gives the same verdict.
        Raises NoBallot, BeingDrafted, BallotOver, NotAllowed, NoQuorum.
        """

        async def work(tx: Transaction) -> BallotClosed:
            session = await session_of(tx, act)
            found = await _ballot(tx, session, ballot)
            if found.state is BallotState.COMMITTED:
                return await self.box.verdict(tx, found)
            await _must_be_open(tx, found)
            count = await self.box.count(tx, session, found)
            if not may_close(found, act.by, len(count.votes), count.needed):
                if act.by.id != found.opener:
                    raise NotAllowed(deed="close")
                raise NoQuorum(votes=len(count.votes), needed=count.needed, closes=found.closes)
            return await self.box.commit(tx, session, found, count.votes)

        return await self.deeds.once(act, work)


async def _ballot(tx: Transaction, session: Session, ballot: BallotId | None) -> Ballot:
    found = await tx.ballots.current(session.id) if ballot is None else await tx.ballots.get(ballot)
    if found is None or found.session != session.id:
        raise NoBallot
    return found


async def _must_be_open(tx: Transaction, ballot: Ballot) -> None:
    if ballot.state is BallotState.DRAFT:
        raise await busy(tx, ballot)
    if ballot.state is not BallotState.OPEN:
        raise BallotOver(cancelled=ballot.state is BallotState.CANCELLED)

"""What people do to a plot's outline: move on or back in it, and change a beat."""

from dataclasses import dataclass, replace

from bot.story.manuscript import Session, may_manage
from bot.story.plan import Plan, current, moved
from bot.workshop.acts import Act, Deeds, open_session_of
from bot.workshop.errors import NoFurtherBeat, NoSuchBeat, NotAllowed
from bot.workshop.notices import BeatEdited, BeatMoved
from bot.workshop.order import must_be_clean
from bot.workshop.outlines import no_outline, show_plan
from bot.workshop.ports import Transaction


@dataclass(slots=True)
class Beats:
    """Where the opener and moderators keep the outline in step with the story.

    A move belongs to the newest passage, so taking that back takes the move back.
    """

    deeds: Deeds

    async def next(self, act: Act) -> BeatMoved:
        """Take the current beat for told. Raises NotAllowed, NoOutline, NoFurtherBeat."""
        return await self._move(act, 1)

    async def back(self, act: Act) -> BeatMoved:
        """Let the beat before the current one come next again. Raises as ``next``."""
        return await self._move(act, -1)

    async def edit(self, act: Act, text: str, number: int | None = None) -> BeatEdited:
        """Give a beat another text, the current one where none is named.

        Raises NotAllowed, NoOutline, NoSuchBeat, EmptyText, TextTooLong, WordListed.
        """
        words = " ".join(self.deeds.text(text).split())

        async def work(tx: Transaction) -> BeatEdited:
            session, plan = await _theirs(tx, act)
            await must_be_clean(tx, act.guild, words)
            branch = await tx.passages.branch(session.id, session.head)
            known = {beat.position: beat for beat in plan.beats}
            beat = current(plan, branch) if number is None else known.get(number)
            if beat is None:
                raise NoSuchBeat(number=number, beats=len(plan.beats))
            await tx.plans.edit(plan, session.id, replace(beat, text=words), act.by.id)
            await self._tell(tx, act, session, "beat-edited", beat.position)
            return BeatEdited(session=session.id, beat=beat.position)

        return await self.deeds.once(act, work)

    async def _move(self, act: Act, by: int) -> BeatMoved:
        async def work(tx: Transaction) -> BeatMoved:
            session, plan = await _theirs(tx, act)
            after = moved(plan, await tx.passages.branch(session.id, session.head), by)
            if after is None:
                raise NoFurtherBeat(back=by < 0)
            await tx.plans.mark(plan, session.id, session.head, after)
            await self._tell(tx, act, session, "beat-passed" if by > 0 else "beat-again", after)
            return BeatMoved(session=session.id, beat=after + 1 if after < len(plan.beats) else None)

        return await self.deeds.once(act, work)

    async def _tell(self, tx: Transaction, act: Act, session: Session, kind: str, beat: int) -> None:
        event = await tx.diary.record(session.id, kind, act.by, self.deeds.now(), {"beat": beat})
        await tx.outbox.add(session.id, f"event:{event}")
        await show_plan(tx, session)


async def _theirs(tx: Transaction, act: Act) -> tuple[Session, Plan]:
    """Return a session and its plan, if the doer may change it."""
    session = await open_session_of(tx, act)
    if not may_manage(session, act.by):
        raise NotAllowed(deed="beat")
    plan = await tx.plans.of(session.id)
    if plan is None:
        raise no_outline(session)
    return session, plan

"""Opening and finishing sessions."""

from dataclasses import dataclass

from bot.forms import PLOT
from bot.forms.plot import USUAL_ACTS
from bot.story.manuscript import AiMode, JobId, SessionState, may_manage, title_from
from bot.story.presets import DEFAULT, Preset
from bot.story.text import clean
from bot.workshop.acts import Act, Deeds, open_session_of
from bot.workshop.errors import NeedsConfirmation, NotAllowed
from bot.workshop.head import cancel_ballot, halt_job, show_head
from bot.workshop.notices import Finished, SessionStarted
from bot.workshop.order import SERVER, must_be_clean, must_be_idle, preset_called, rules_of
from bot.workshop.outlines import ask_for_outline
from bot.workshop.ports import Transaction
from bot.workshop.records import NewSession
from bot.workshop.scribe import Scribe

TITLE_CHARACTERS = 90


@dataclass(frozen=True, slots=True)
class Opening:
    """What a new session begins with; without ``preset`` or ``ai`` the server's defaults."""

    premise: str
    title: str | None = None
    preset: str | None = None
    ai: AiMode | None = None
    form: str = "story"
    acts: int = USUAL_ACTS


@dataclass(slots=True)
class Sessions:
    """The doors of the workshop."""

    deeds: Deeds
    scribe: Scribe

    async def start(self, act: Act, opening: Opening) -> SessionStarted:
        """Open a session; its card, thread and opening follow, and a plot's outline where the model may write.

        Raises NoSuchPreset, TextTooLong, WordListed, BusyElsewhere.
        """
        premise = self.deeds.text(opening.premise) if opening.premise.strip() else ""
        title = clean(opening.title or "") or title_from(premise)
        outlines: list[JobId] = []

        async def work(tx: Transaction) -> SessionStarted:
            now = self.deeds.now()
            for text in (premise, title):
                await must_be_clean(tx, act.guild, text)
            session = await tx.sessions.add(
                NewSession(
                    guild=act.guild,
                    channel=act.channel,
                    title=" ".join(title.split())[:TITLE_CHARACTERS],
                    form=opening.form,
                    premise=premise,
                    preset=await preset_for(tx, act, opening.preset),
                    ai=opening.ai or (await rules_of(tx, act.guild)).default_ai,
                    opener=act.by,
                    created=now,
                )
            )
            await tx.people.touch(session.id, act.by, now)
            await tx.diary.record(session.id, "started", act.by, now, {"title": session.title})
            for page in ("card", "thread", "opening"):
                await tx.outbox.add(session.id, f"{page}:{session.id}")
            if session.form == PLOT.name and session.ai is not AiMode.OFF:
                await must_be_idle(tx, act)
                seed = self.deeds.chance.randrange(1 << 31)
                outlines.append((await ask_for_outline(tx, session, act.by, opening.acts, seed, now)).id)
            return SessionStarted(session=session.id, title=session.title)

        def draft(_: SessionStarted) -> None:
            for job in outlines:
                self.scribe.begin(job)

        return await self.deeds.once(act, work, then=draft)

    async def finish(self, act: Act, *, confirmed: bool = False) -> Finished:
        """Finish the session: stop the model, cancel a ballot. Raises NotAllowed, NeedsConfirmation."""
        halted: list[JobId] = []

        async def work(tx: Transaction) -> Finished:
            session = await open_session_of(tx, act)
            if not may_manage(session, act.by):
                raise NotAllowed(deed="finish")
            if not confirmed:
                raise NeedsConfirmation(
                    deed="finish",
                    drafting=bool(await tx.jobs.running(session.id)),
                    voting=session.state is SessionState.VOTING,
                )
            now = self.deeds.now()
            if job := await halt_job(tx, session, self.scribe.so_far):
                halted.append(job.id)
            await cancel_ballot(tx, session, now)
            await tx.sessions.set_state(session.id, SessionState.FINISHED, now)
            event = await tx.diary.record(session.id, "finished", act.by, now, {})
            await tx.outbox.add(session.id, f"card:{session.id}")
            await show_head(tx, session)
            await tx.outbox.add(session.id, f"event:{event}")
            story = await tx.passages.branch(session.id, session.head)
            return Finished(session=session.id, title=session.title, passages=len(story))

        return await self.deeds.once(act, work, then=lambda _: self.scribe.halt(halted))


async def preset_for(tx: Transaction, act: Act, wanted: str | None) -> Preset:
    """Return the wanted preset, else the channel's default, else the server's, else one that is offered.

    Raises NoSuchPreset.
    """
    if wanted:
        return await preset_called(tx, act.guild, wanted)
    chosen = await tx.presets.defaults(act.guild)
    offered = await tx.presets.names(act.guild)
    usual = DEFAULT if DEFAULT in offered else offered[0]
    return await preset_called(tx, act.guild, chosen.get(act.channel) or chosen.get(SERVER) or usual)

"""The sessions of all guilds."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, case, delete, select, update

from bot.storage.guilds import meet
from bot.storage.link import Link, Record
from bot.storage.presets import key_of, rebuilt
from bot.storage.schema import lost_threads, presets, sessions
from bot.story.manuscript import PassageId, Session, SessionId, SessionState
from bot.story.presets import Preset
from bot.workshop.records import NewSession

_PINNED: Final = ("preset_name", "preset_version", "preset_content")


class StoredSessions:
    """Sessions, each with the version of the preset that it began with."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def add(self, new: NewSession) -> Session:
        """Begin a session in state writing. Raises KeyError when its preset's version is not kept."""
        await meet(self._link, new.guild, new.created)
        number = await self._link.insert(
            sessions,
            guild=new.guild,
            channel=new.channel,
            title=new.title,
            form=new.form,
            premise=new.premise,
            preset=await key_of(self._link, new.guild, new.preset),
            ai=new.ai,
            state=SessionState.WRITING,
            opener=new.opener.id,
            opener_name=new.opener.name,
            created=new.created,
            touched=new.created,
        )
        return await self.by_id(SessionId(number))

    async def get(self, guild: str, session: SessionId) -> Session | None:
        """Return the session, if it is of this guild."""
        return await self._one(_all().where(sessions.c.guild == guild, sessions.c.id == session))

    async def by_id(self, session: SessionId) -> Session:
        """Return the session, whosever it is. Raises KeyError."""
        found = await self._one(_all().where(sessions.c.id == session))
        if found is None:
            raise KeyError(session)
        return found

    async def at(self, guild: str, thread: str) -> Session | None:
        """Return the session whose thread this is."""
        return await self._one(_all().where(sessions.c.guild == guild, sessions.c.thread == thread))

    async def of_guild(self, guild: str, limit: int = 25) -> Sequence[Session]:
        """Return the guild's sessions: unfinished first, then the latest touched."""
        over = case((sessions.c.state == SessionState.FINISHED, 1), else_=0)
        latest = sessions.c.touched.desc(), sessions.c.id.desc()
        chosen = _all().where(sessions.c.guild == guild).order_by(over, *latest).limit(limit)
        return [_session(row) for row in await self._link.all(chosen)]

    async def move_head(self, session: SessionId, head: PassageId | None, at: datetime) -> None:
        """Make ``head`` the tip of the story."""
        await self._set(session, head=head, touched=at)

    async def set_state(self, session: SessionId, state: SessionState, at: datetime) -> None:
        """Move the session on in its life."""
        await self._set(session, state=state, touched=at)

    async def pin(self, session: SessionId, preset: Preset, at: datetime) -> None:
        """Let the session go on with this version of a preset. Raises KeyError when it is not kept."""
        found = await self.by_id(session)
        await self._set(session, preset=await key_of(self._link, found.guild, preset), touched=at)

    async def set_thread(self, session: SessionId, thread: str) -> None:
        """Note the thread that was opened for the session."""
        await self._set(session, thread=thread)

    async def lose_thread(self, session: SessionId) -> None:
        """Note that the session's thread is gone."""
        await self._not_lost(session)
        await self._link.insert(lost_threads, session=session)
        await self._set(session, thread=None)

    async def move(self, session: SessionId, channel: str, at: datetime) -> None:
        """Let the session begin a thread anew, in that channel."""
        await self._not_lost(session)
        await self._set(session, channel=channel, thread=None, touched=at)

    async def _not_lost(self, session: SessionId) -> None:
        await self._link.run(delete(lost_threads).where(lost_threads.c.session == session))

    async def _set(self, session: SessionId, **values: Any) -> None:
        await self._link.run(update(sessions).where(sessions.c.id == session).values(**values))

    async def _one(self, chosen: Select[Any]) -> Session | None:
        row = await self._link.first(chosen)
        return None if row is None else _session(row)


def _all() -> Select[Any]:
    pinned = (presets.c.name, presets.c.version, presets.c.content)
    labelled = [column.label(label) for column, label in zip(pinned, _PINNED, strict=True)]
    lost = lost_threads.c.session.is_not(None).label("lost")
    return select(sessions, *labelled, lost).join_from(sessions, presets).outerjoin(lost_threads)


def _session(row: Record) -> Session:
    name, version, content = (row.pop(label) for label in _PINNED)
    row["preset"] = rebuilt(name, version, content)
    return Session(**row)

from dataclasses import replace
from datetime import timedelta

from bot.story.people import Member, Participant


async def test_whoever_takes_part_is_kept_once_by_their_latest_name(tx, session, ann, moment):
    later = moment + timedelta(minutes=1)
    await tx.people.touch(session.id, ann, moment)
    await tx.people.touch(session.id, Member("2", "Ben"), moment)
    await tx.people.touch(session.id, replace(ann, name="Anna"), later)
    assert await tx.people.of(session.id) == [
        Participant("1", "Anna", later),
        Participant("2", "Ben", moment),
    ]

"""Moderators keep order: passages go, words stay out, people are blocked, and all of it is recorded."""

import pytest
from support.house import ANN, BEN, MO, House, act
from support.waiting import until

from bot.story.people import Member
from bot.story.wordlist import WordKind
from bot.workshop.acts import Act
from bot.workshop.errors import NotAllowed, TextTooLong
from bot.workshop.pages import FailedPage
from bot.workshop.records import JobState
from bot.workshop.refusals import (
    AlreadyBlocked,
    AlreadyListed,
    BadPattern,
    BadSetting,
    Blocked,
    BusyElsewhere,
    ModeratorNotBlocked,
    NotBlocked,
    NotListed,
    TooManyCandidates,
    UnknownSetting,
    WordListed,
    WordListFull,
)
from bot.workshop.sessions import Opening

HERE = Act(MO, "guild", "channel")
THERE = Act(ANN, "guild", "channel")


async def told(house: House, *texts: str):
    session = await house.start()
    for text in texts:
        await house.workshop.writing.write(act(ANN, session), text)
    return session


async def test_a_listed_word_comes_in_by_no_door_and_goes_back_to_its_writer(house: House) -> None:
    session = await told(house, "One.")
    workshop = house.workshop
    await workshop.moderation.add_word(HERE, "Lantern")
    for deed in (
        workshop.writing.write(act(ANN, session), "A LANTERN fell."),
        workshop.writing.write(act(MO, session), "A lantern."),
        workshop.writing.propose(act(ANN, session), "Her lan\u200btern."),
        workshop.drafting.ask(act(ANN, session), direction="more lantern"),
        workshop.sessions.start(THERE, Opening(premise="A lantern shop.")),
        workshop.sessions.start(THERE, Opening(premise="", title="The Lantern")),
    ):
        with pytest.raises(WordListed) as refused:
            await deed
        assert "lan" in refused.value.text.casefold()
    assert await house.story(session) == ["One."]


async def test_the_model_tries_again_when_it_writes_a_listed_word_and_nobody_sees_it(house: House) -> None:
    session = await told(house)
    await house.workshop.moderation.add_word(HERE, "lantern")
    seen = list[str]()
    refresh = house.courier.refresh

    def watch(session, page):
        refresh(session, page)
        seen.extend(live.draft.text for live in house.workshop.drafting.scribe.live.values() if live.draft)

    house.courier.refresh = watch
    house.model.script = ["The sea. A lantern swung, and swung.", "The sea was calm. Nobody came."]
    asked = await house.workshop.drafting.ask(act(ANN, session), candidates=1)
    assert await house.ended(asked.job) is JobState.DONE
    assert await house.story(session) == ["The sea was calm. Nobody came."]
    assert not any("lantern" in text for text in seen)
    assert len({request.seed for request in house.model.requests}) == 2


async def test_a_model_that_cannot_do_without_fails_with_its_reason(house: House) -> None:
    session = await told(house)
    await house.workshop.moderation.add_word(HERE, r"\blant\w+", WordKind.PATTERN)
    house.model.script = ["A lantern swung."] * 3
    asked = await house.workshop.drafting.ask(act(ANN, session), candidates=1)
    assert await house.ended(asked.job) is JobState.FAILED
    page = await house.workshop.desk.page(f"turn:{asked.job}")
    assert isinstance(page, FailedPage)
    assert page.fault == "ModelUnfit"
    assert not house.model.script


async def test_a_list_that_is_off_lets_words_stand(house: House) -> None:
    session = await told(house)
    await house.workshop.moderation.add_word(HERE, "lantern")
    await house.workshop.house.set(HERE, "word_list", "off")
    await house.workshop.writing.write(act(ANN, session), "A lantern.")
    await house.workshop.moderation.remove_word(HERE, "LANTERN")
    assert await house.workshop.moderation.words(HERE) == []


async def test_the_list_takes_each_entry_once_and_what_can_be_read(house: House) -> None:
    room = house.workshop.moderation
    await room.add_word(HERE, "Lantern")
    for text, kind, fault in (
        ("LANTERN ", WordKind.WORD, AlreadyListed),
        (" \u200b ", WordKind.WORD, BadPattern),
        ("(?<=a)b", WordKind.PATTERN, BadPattern),
        (".*", WordKind.PATTERN, BadPattern),
    ):
        with pytest.raises(fault):
            await room.add_word(HERE, text, kind)
    with pytest.raises(NotListed):
        await room.remove_word(HERE, "lamp")


async def test_the_list_has_an_end(house: House) -> None:
    for number in range(500):
        await house.workshop.moderation.add_word(HERE, f"word{number}")
    with pytest.raises(WordListFull):
        await house.workshop.moderation.add_word(HERE, "one more")


async def test_who_is_blocked_does_nothing_until_they_are_not(house: House) -> None:
    session = await told(house, "One.")
    workshop = house.workshop
    await workshop.writing.propose(act(BEN, session), "A knock.")
    await workshop.moderation.block(HERE, ANN)
    for deed in (
        workshop.writing.write(act(ANN, session), "Two."),
        workshop.writing.propose(act(ANN, session), "Two."),
        workshop.writing.undo(act(ANN, session)),
        workshop.voting.vote(act(ANN, session), 1),
        workshop.drafting.ask(act(ANN, session)),
        workshop.sessions.start(THERE, Opening(premise="A door.")),
    ):
        with pytest.raises(Blocked):
            await deed
    assert await house.story(session) == ["One."]
    assert [person.name for person in await workshop.moderation.blocked(HERE)] == ["Ann"]
    await workshop.moderation.unblock(HERE, ANN)
    await workshop.voting.vote(act(ANN, session), 1)


async def test_a_vote_waits_for_nobody_who_is_blocked(house: House) -> None:
    session = await house.start()
    await house.workshop.writing.write(act(ANN, session), "The sea opened.")
    await house.workshop.writing.propose(act(BEN, session), "A bell.")
    house.passes(minutes=2)
    await house.workshop.moderation.block(HERE, ANN)
    assert (await house.workshop.desk.page("ballot:1")).needed == 1
    await house.workshop.voting.vote(act(BEN, session), 1)
    assert await house.story(session) == ["The sea opened.", "A bell."]


async def test_a_vote_that_waited_for_the_blocked_alone_closes_at_once(house: House) -> None:
    session = await house.start()
    await house.workshop.writing.write(act(ANN, session), "The sea opened.")
    await house.workshop.writing.propose(act(BEN, session), "A bell.")
    house.passes(minutes=2)
    await house.workshop.voting.vote(act(BEN, session), 1)
    await house.workshop.moderation.block(HERE, ANN)
    await until(lambda: bell_rang(house, session))


async def bell_rang(house: House, session) -> bool:
    return await house.story(session) == ["The sea opened.", "A bell."]


async def test_a_vote_whose_quorum_is_missing_stays_open_after_a_block(house: House) -> None:
    session = await house.start()
    await house.workshop.writing.write(act(ANN, session), "The sea opened.")
    await house.workshop.writing.propose(act(BEN, session), "A bell.")
    house.passes(minutes=2)
    await house.workshop.moderation.block(HERE, ANN)
    await until(lambda: looked_at(house))
    assert await house.story(session) == ["The sea opened."]


async def looked_at(house: House) -> bool:
    """Tell whether the only deadline is the ballot's own again."""
    async with house.ledger.reading() as tx:
        return (await tx.ballots.get(1)).closes == await tx.deadlines.next()


async def test_a_block_in_another_server_closes_no_vote(house: House) -> None:
    session = await house.start()
    await house.workshop.writing.propose(act(BEN, session), "A bell.")
    house.passes(minutes=2)
    async with house.ledger.reading() as tx:
        before = await tx.deadlines.next()
    await house.workshop.moderation.block(Act(MO, "elsewhere", "channel"), ANN)
    async with house.ledger.reading() as tx:
        assert await tx.deadlines.next() == before


async def test_a_block_holds_in_its_own_server(house: House) -> None:
    await house.workshop.moderation.block(Act(MO, "elsewhere", "channel"), ANN)
    await told(house, "One.")


async def test_moderators_are_not_blocked_and_nobody_twice(house: House) -> None:
    room = house.workshop.moderation
    for person in (MO, Member("eve", "Eve", moderator=True)):
        with pytest.raises(ModeratorNotBlocked):
            await room.block(HERE, person)
    await room.block(HERE, ANN)
    with pytest.raises(AlreadyBlocked):
        await room.block(HERE, ANN)
    with pytest.raises(NotBlocked):
        await room.unblock(HERE, BEN)


async def test_the_moderators_room_is_shut_to_others(house: House) -> None:
    room, kept = house.workshop.moderation, house.workshop.house
    for deed in (
        room.add_word(THERE, "x"),
        room.remove_word(THERE, "x"),
        room.words(THERE),
        room.block(THERE, BEN),
        room.unblock(THERE, BEN),
        room.blocked(THERE),
        kept.settings(THERE),
        kept.set(THERE, "word_list", "off"),
        kept.audit(THERE),
    ):
        with pytest.raises(NotAllowed):
            await deed
    assert (await kept.audit(HERE)).entries == ()


async def test_a_person_asks_the_model_in_one_story_at_a_time(house: House) -> None:
    first, second = await told(house), await told(house)
    house.model.gate.clear()
    asked = await house.workshop.drafting.ask(act(ANN, first), candidates=1)
    with pytest.raises(BusyElsewhere) as busy:
        await house.workshop.drafting.ask(act(ANN, second), candidates=1)
    assert (busy.value.session, busy.value.thread) == (first, f"thread-{first}")
    other = await house.workshop.drafting.ask(act(BEN, second), candidates=1)
    house.model.gate.set()
    for job in (asked.job, other.job):
        await house.ended(job)
    again = await house.workshop.drafting.ask(act(ANN, second), candidates=1)
    await house.ended(again.job)


async def test_a_server_may_let_a_person_ask_in_several(house: House) -> None:
    first, second = await told(house), await told(house)
    await house.workshop.house.set(HERE, "one_generation_per_person", "off")
    house.model.gate.clear()
    jobs = [await house.workshop.drafting.ask(act(ANN, each), candidates=1) for each in (first, second)]
    house.model.gate.set()
    for asked in jobs:
        await house.ended(asked.job)


async def test_settings_hold_where_people_write_and_ask(house: House) -> None:
    kept = house.workshop.house
    for key, value in (
        ("default_ai", "suggestions"),
        ("max_candidates", "2"),
        ("max_passage_characters", "100"),
        ("ballot_minutes", "30"),
    ):
        await kept.set(HERE, key, value)
    opened = await house.workshop.sessions.start(THERE, Opening(premise="A door."))
    session = await house.workshop.library.find("guild", opened.session)
    assert session.ai == "suggestions"
    with pytest.raises(TooManyCandidates):
        await house.workshop.drafting.ask(act(ANN, session.id), candidates=3)
    with pytest.raises(TextTooLong):
        await house.workshop.writing.write(act(ANN, session.id), "x" * 101)
    await house.workshop.writing.propose(act(ANN, session.id), "A knock.")
    page = await house.workshop.desk.page("ballot:1")
    assert (page.ballot.closes - page.ballot.opened).total_seconds() == 30 * 60


async def test_a_setting_goes_back_to_the_default_and_the_record_tells(house: House) -> None:
    kept = house.workshop.house
    await kept.set(HERE, "max_candidates", "2")
    back = await kept.set(HERE, "max_candidates", "default")
    assert (back.value, back.unset) == ("4", True)
    assert [entry.facts["value"] for entry in (await kept.audit(HERE)).entries] == [4, 2]
    assert not any(line.own for line in await kept.settings(HERE))


async def test_an_unknown_setting_or_value_is_refused(house: House) -> None:
    with pytest.raises(UnknownSetting) as unknown:
        await house.workshop.house.set(HERE, "colour", "red")
    assert "word_list" in unknown.value.known
    with pytest.raises(BadSetting):
        await house.workshop.house.set(HERE, "max_candidates", "5")


async def test_the_record_is_read_by_pages_the_latest_first(house: House) -> None:
    kept = house.workshop.house
    for minutes in range(1, 24):
        await kept.set(HERE, "ballot_minutes", str(minutes))
    first, last, beyond = [await kept.audit(HERE, page) for page in (1, 3, 99)]
    assert first.entries[0].facts["value"] == 23
    assert (len(first.entries), len(last.entries), first.pages) == (10, 3, 3)
    assert beyond == last

"""A person asks what is kept of them, and is forgotten: the story stays, and they are in no file any more."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from support.house import ANN, BEN, MO, House, act
from support.waiting import until

from bot.story.ballot import BallotState
from bot.story.people import Member
from bot.story.privacy import Keep
from bot.wording import words_of
from bot.workshop.acts import Act
from bot.workshop.errors import NeedsConfirmation, NotYourData
from bot.workshop.people_records import Footprint
from bot.workshop.records import JobState, Shown

EVE = Member("100000000000000042", "Evangeline Quill")
SECRET = "The heron keeps the seventh key."


@pytest.fixture
async def evening(house: House) -> int:
    """Eve starts a story, writes, asks, proposes, votes and undoes; Ann and Ben write along."""
    session = await house.start(by=EVE)
    workshop = house.workshop
    await workshop.writing.write(act(ANN, session), "A bell rang.")
    await workshop.writing.write(act(EVE, session, "call-1"), SECRET)
    asked = await workshop.drafting.ask(act(EVE, session), direction="Let Quill return.", candidates=1)
    await house.ended(asked.job)
    await workshop.writing.propose(act(ANN, session), "A knock.")
    await workshop.writing.propose(act(EVE, session), f"{SECRET} Again.")
    for by in (ANN, EVE):
        await workshop.voting.vote(act(by, session), 2)
    await workshop.voting.close(act(MO, session))
    await workshop.writing.undo(act(MO, session))
    await workshop.writing.write(act(EVE, session), f"{SECRET} At last.")
    await workshop.writing.undo(act(EVE, session))
    return session


async def forget(house: House, session: int, keep: Keep):
    return await house.workshop.privacy.delete(act(EVE, session), keep, confirmed=True)


def bytes_of(path: Path) -> bytes:
    return b"".join(file.read_bytes() for file in path.parent.glob(f"{path.name}*") if file.suffix != ".lock")


async def test_info_counts_what_is_kept_of_the_asker(house: House, evening: int) -> None:
    found = await house.workshop.privacy.info(act(EVE, evening))
    assert (found.passages, found.asked, found.votes, found.opened, found.took_part) == (3, 1, 1, 1, 1)
    nobody = await house.workshop.privacy.info(act(Member("9", "Nobody"), evening))
    assert nobody == Footprint()


async def test_another_server_knows_nothing_of_them(house: House, evening: int) -> None:
    elsewhere = Act(EVE, "another guild", "channel")
    assert (await house.workshop.privacy.info(elsewhere)).empty
    done = await house.workshop.privacy.delete(elsewhere, Keep.NOTHING, confirmed=True)
    assert done.number == 0
    assert not (await house.workshop.privacy.info(act(EVE, evening))).empty


@pytest.mark.parametrize("by", [ANN, MO], ids=["a member", "a moderator"])
async def test_nobody_asks_for_somebody_else(house: House, evening: int, by: Member) -> None:
    with pytest.raises(NotYourData):
        await house.workshop.privacy.info(act(by, evening), EVE)
    with pytest.raises(NotYourData):
        await house.workshop.privacy.delete(act(by, evening), Keep.NOTHING, whose=EVE, confirmed=True)
    assert SECRET in await house.story(evening)


async def test_one_may_name_oneself(house: House, evening: int) -> None:
    assert not (await house.workshop.privacy.info(act(EVE, evening), EVE)).empty


async def test_it_is_asked_first_and_then_nothing_has_changed(house: House, evening: int) -> None:
    before = await house.workshop.privacy.info(act(EVE, evening))
    with pytest.raises(NeedsConfirmation):
        await house.workshop.privacy.delete(act(EVE, evening), Keep.NOTHING)
    assert await house.workshop.privacy.info(act(EVE, evening)) == before


async def test_keeping_the_text_leaves_it_under_a_pseudonym(house: House, evening: int) -> None:
    told = await house.story(evening)
    await forget(house, evening, Keep.TEXT)
    history = await house.workshop.library.history(act(ANN, evening))
    assert [passage.text for passage in history.passages] == told
    assert [passage.author_name for passage in history.passages] == ["Ann", *["a former writer 1"] * 2]
    assert history.session.opener_name == "a former writer 1"


async def test_keeping_nothing_leaves_gaps_in_a_whole_tree(house: House, evening: int) -> None:
    before = await house.workshop.library.history(act(ANN, evening))
    await forget(house, evening, Keep.NOTHING)
    after = await house.workshop.library.history(act(ANN, evening))
    assert [(one.id, one.parent) for one in after.passages] == [
        (one.id, one.parent) for one in before.passages
    ]
    assert [one.text for one in after.passages] == ["A bell rang.", "", before.passages[2].text]
    assert after.passages[2].how.direction is None
    assert (after.session.title, after.session.premise) == ("Untitled", "")


@pytest.mark.parametrize("keep", Keep)
async def test_neither_id_nor_name_is_left_in_any_table(house: House, evening: int, keep: Keep) -> None:
    """The law: it holds for tables that are added later, too."""
    await forget(house, evening, keep)
    await house.swept()
    with closing(sqlite3.connect(house.path)) as store:
        dump = "\n".join(store.iterdump())
    assert EVE.id not in dump
    assert EVE.name not in dump
    assert (SECRET in dump) == (keep is Keep.TEXT)


async def test_nothing_is_left_in_the_file_or_its_log(house: House, evening: int) -> None:
    assert SECRET.encode() in bytes_of(house.path)
    await forget(house, evening, Keep.NOTHING)
    await house.swept()
    left = bytes_of(house.path)
    for word in (SECRET, EVE.id, EVE.name, "Let Quill return."):
        assert word.encode() not in left


async def test_copies_that_hold_the_person_are_deleted_and_others_stay(house: House, evening: int) -> None:
    mine, other = (house.path.with_name(f"{house.path.name}.{n}.0001.backup") for n in (1, 2))
    mine.write_bytes(b"x" * 2_000_000 + EVE.id.encode())
    other.write_bytes(b"x" * 2_000_000)
    await forget(house, evening, Keep.TEXT)
    await house.swept()
    assert not mine.exists()
    assert other.exists()


async def test_a_sweep_that_was_cut_short_is_taken_up_at_the_next_start(tmp_path: Path) -> None:
    house = House(tmp_path / "story.db")
    copy = tmp_path / "story.db.1.0001.backup"
    async with house.opened():
        async with house.ledger.writing() as tx:
            await tx.sweeps.add(EVE.id, house.now())
        copy.write_text(EVE.id)
    async with house.opened():
        await house.swept()
    assert not copy.exists()


async def test_deleting_again_finds_nothing_and_changes_nothing(house: House, evening: int) -> None:
    first = await forget(house, evening, Keep.TEXT)
    again = await forget(house, evening, Keep.NOTHING)
    assert (first.number, again.number) == (1, 0)
    assert SECRET in await house.story(evening)


async def test_they_may_take_part_again_as_somebody_new(house: House, evening: int) -> None:
    await forget(house, evening, Keep.TEXT)
    await house.workshop.writing.write(act(EVE, evening), "I am back.")
    found = await house.workshop.privacy.info(act(EVE, evening))
    assert (found.passages, found.votes, found.opened) == (1, 0, 0)
    assert (await forget(house, evening, Keep.TEXT)).number == 2


async def test_a_closed_vote_keeps_its_counts(house: House, evening: int) -> None:
    await forget(house, evening, Keep.NOTHING)
    async with house.ledger.reading() as tx:
        ballot = await tx.ballots.get(1)
        votes = await tx.ballots.votes(1)
    assert ballot.state is BallotState.COMMITTED
    assert {vote.member: vote.choice for vote in votes} == {"ann": 2, "former:1": 2}


async def test_an_open_vote_is_withdrawn_and_waits_for_fewer(house: House) -> None:
    session = await house.start()
    await house.workshop.writing.propose(act(ANN, session), "A knock.")
    await house.workshop.voting.vote(act(EVE, session), 1)
    await forget(house, session, Keep.TEXT)
    async with house.ledger.reading() as tx:
        assert await tx.ballots.votes(1) == []
    await house.workshop.voting.vote(act(ANN, session), 1)
    assert await house.story(session) == ["A knock."]


async def test_an_open_proposal_loses_its_text_and_its_votes(house: House) -> None:
    session = await house.start()
    await house.workshop.writing.propose(act(ANN, session), "A knock.")
    await house.workshop.writing.propose(act(EVE, session), SECRET)
    await house.workshop.voting.vote(act(BEN, session), 2)
    await forget(house, session, Keep.NOTHING)
    async with house.ledger.reading() as tx:
        assert await tx.ballots.votes(1) == []
        assert [passage.text for _, passage in await tx.ballots.candidates(1)] == ["A knock.", ""]


async def test_a_vote_on_nobody_elses_text_is_cancelled(house: House) -> None:
    session = await house.start()
    await house.workshop.writing.propose(act(EVE, session), SECRET)
    await forget(house, session, Keep.NOTHING)
    async with house.ledger.reading() as tx:
        assert (await tx.ballots.get(1)).state is BallotState.CANCELLED
    await house.workshop.writing.write(act(ANN, session), "On we go.")
    assert await house.story(session) == ["On we go."]


async def test_a_proposal_leaves_a_draft_altogether(house: House) -> None:
    session = await house.start()
    house.model.gate.clear()
    asked = await house.workshop.drafting.ask(act(ANN, session), candidates=2)
    await house.workshop.writing.propose(act(EVE, session), SECRET)
    await forget(house, session, Keep.NOTHING)
    house.model.gate.set()
    assert await house.ended(asked.job) is JobState.DONE
    async with house.ledger.reading() as tx:
        assert len(await tx.ballots.candidates(1)) == 2


async def test_their_own_proposal_opens_no_vote_when_their_draft_is_given_up(house: House) -> None:
    session = await house.start()
    house.model.gate.clear()
    await house.workshop.drafting.ask(act(EVE, session), candidates=2)
    await house.workshop.writing.propose(act(EVE, session), SECRET)
    await forget(house, session, Keep.NOTHING)
    house.model.gate.set()
    async with house.ledger.reading() as tx:
        ballot = await tx.ballots.get(1)
    assert ballot.state is BallotState.CANCELLED
    assert ballot.opened is None


async def test_what_the_model_was_doing_for_them_is_stopped(house: House) -> None:
    session = await house.start()
    house.model.gate.clear()
    asked = await house.workshop.drafting.ask(act(EVE, session), candidates=1)
    await until(lambda: house.model.requests)
    await forget(house, session, Keep.TEXT)
    house.model.gate.set()
    assert await house.ended(asked.job) is JobState.STOPPED
    await asyncio.sleep(0.01)
    assert await house.story(session) == []
    assert (await house.workshop.privacy.info(act(EVE, session))).empty


async def test_the_pages_that_showed_them_are_shown_anew(house: House, evening: int) -> None:
    pages = dict.fromkeys(await house.rows(evening))
    async with house.ledger.writing() as tx:
        for number, page in enumerate(pages):
            await tx.outbox.put(Shown(page, 0, "thread", f"m{number}", "look", house.now()))
    await forget(house, evening, Keep.TEXT)
    again = set(await house.rows(evening))
    assert again == {
        "card:1",
        "opening:1",
        "passage:2",
        "turn:1",
        "passage:5",
        "passage:6",
        "ballot:1",
        "event:4",
    }
    assert again <= set(pages)


async def test_the_blocked_may_ask_and_leave_and_stay_blocked(house: House, evening: int) -> None:
    await house.workshop.moderation.block(act(MO, evening), EVE)
    assert (await house.workshop.privacy.info(act(EVE, evening))).blocked
    await forget(house, evening, Keep.TEXT)
    await house.swept()
    left = await house.workshop.privacy.info(act(EVE, evening))
    assert left == Footprint(blocked=True)
    assert EVE.name.encode() not in bytes_of(house.path)


@pytest.mark.parametrize("keep", Keep)
async def test_what_a_moderator_removed_stays_removed_by_a_moderator(
    house: House, evening: int, keep: Keep
) -> None:
    await house.workshop.removing.passage(act(MO, evening), 2)
    await forget(house, evening, keep)
    history = await house.workshop.library.history(act(ANN, evening))
    assert words_of(history.passages[1]) == "[removed by a moderator]"


async def test_what_a_writer_took_back_is_not_laid_at_the_moderators_door(house: House, evening: int) -> None:
    await forget(house, evening, Keep.NOTHING)
    history = await house.workshop.library.history(act(ANN, evening))
    assert words_of(history.passages[1]) == "[removed by its writer]"


async def test_the_record_of_moderators_names_them_no_more(house: House, evening: int) -> None:
    await house.workshop.removing.passage(act(MO, evening), 2)
    await forget(house, evening, Keep.TEXT)
    page = await house.workshop.house.audit(act(MO, evening))
    assert [entry.facts.get("writer") for entry in page.entries if entry.kind == "passage-removed"] == [
        "a former writer 1"
    ]
    assert page.entries[0].kind == "privacy-delete"
    assert page.entries[0].actor_name == "a former writer 1"

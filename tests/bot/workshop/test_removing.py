"""Moderators take texts out: passages, and what stands beside them; the tree stays whole."""

import pytest
from support.house import ANN, BEN, MO, House, act
from support.waiting import until

from bot.story.ballot import BallotState
from bot.workshop.acts import Act
from bot.workshop.errors import CandidateRemoved, NoSessionHere, NotAllowed
from bot.workshop.pages import BallotPage
from bot.workshop.records import JobState
from bot.workshop.refusals import AlreadyRemoved, NoSuchPassage, NothingBeside, TwoToRemove

HERE = Act(MO, "guild", "channel")


@pytest.fixture
async def session(house: House):
    return await house.start()


async def told(house: House, *texts: str):
    session = await house.start()
    for text in texts:
        await house.workshop.writing.write(act(ANN, session), text)
    return session


async def test_a_removed_passage_is_nowhere_to_be_read_and_the_tree_stays(house: House) -> None:
    session = await told(house, "One.", "My street is 5.", "Three.")
    await house.rows(session)
    await house.workshop.removing.passage(act(MO, session), 2)
    assert await house.story(session) == ["One.", "", "Three."]
    assert await house.rows(session) == ["passage:2"]
    assert (await house.workshop.desk.page("passage:2")).passage.removed
    assert "street" not in (await house.workshop.library.export_markdown(act(ANN, session))).text
    asked = await house.workshop.drafting.ask(act(ANN, session), candidates=1)
    await house.ended(asked.job)
    prompt = str(house.model.requests[-1].messages)
    assert "Three." in prompt
    assert "street" not in prompt


async def test_a_removed_text_is_in_no_file_of_the_store_any_more(house: House) -> None:
    text = "My street is 5, and I live alone."
    session = await told(house, "One.", text)
    copy, other = (house.path.with_name(f"story.db.{name}.0001.backup") for name in ("1", "2"))
    copy.write_text(text)
    other.write_text("Something else.")
    await house.workshop.removing.passage(act(MO, session), 2)
    await house.swept()
    left = b"".join(file.read_bytes() for file in house.path.parent.glob("story.db*"))
    assert b"street" not in left
    assert (copy.exists(), other.exists()) == (False, True)


async def test_the_newest_passage_can_be_removed_and_then_taken_back(house: House) -> None:
    session = await told(house, "One.", "Two.")
    await house.workshop.removing.passage(act(MO, session), 2)
    await house.workshop.writing.undo(act(MO, session))
    assert await house.story(session) == ["One."]


async def test_what_a_vote_chose_goes_from_the_votes_page_too(house: House) -> None:
    session = await told(house)
    await house.workshop.writing.propose(act(ANN, session), "A knock.")
    await house.workshop.voting.vote(act(ANN, session), 1)
    await house.rows(session)
    await house.workshop.removing.passage(act(MO, session), 1)
    assert await house.rows(session) == ["passage:1", "ballot:1"]
    page = await house.workshop.desk.page("ballot:1")
    assert isinstance(page, BallotPage)
    assert page.choices[0].text == ""


async def test_a_continuation_that_was_added_anyway_goes_from_both_its_pages(house: House) -> None:
    session = await told(house)
    house.model.gate.clear()
    asked = await house.workshop.drafting.ask(act(ANN, session), candidates=1)
    await until(lambda: house.model.requests)
    await house.workshop.writing.write(act(BEN, session), "Meanwhile.")
    house.model.gate.set()
    assert await house.ended(asked.job) is JobState.STALE
    await house.workshop.drafting.add_anyway(act(ANN, session), asked.job)
    await house.rows(session)
    await house.workshop.removing.passage(act(MO, session), 2)
    assert f"turn:{asked.job}" in await house.rows(session)
    assert (await house.workshop.desk.page(f"turn:{asked.job}")).passage is None


@pytest.mark.parametrize("number", [0, -1, 3, 99])
async def test_only_a_passage_that_is_there_is_removed(house: House, number: int) -> None:
    session = await told(house, "One.", "Two.")
    with pytest.raises(NoSuchPassage):
        await house.workshop.removing.passage(act(MO, session), number)


async def test_a_passage_is_removed_once_and_only_where_a_story_is(house: House) -> None:
    session = await told(house, "One.")
    await house.workshop.removing.passage(act(MO, session), 1)
    with pytest.raises(AlreadyRemoved):
        await house.workshop.removing.passage(act(MO, session), 1)
    with pytest.raises(NoSessionHere):
        await house.workshop.removing.passage(HERE, 1)


async def beside(house: House, session) -> dict[str, int]:
    """Return the numbers of the texts beside the story."""
    found = await house.workshop.removing.texts(act(MO, session))
    return {each.passage.text: each.passage.id for each in found}


async def voted(house: House, session) -> None:
    """Let a vote choose between two texts."""
    await house.workshop.writing.propose(act(ANN, session), "My street is 5.")
    await house.workshop.writing.propose(act(BEN, session), "A knock.")
    await house.workshop.voting.vote(act(ANN, session), 2)
    await house.workshop.voting.close(act(MO, session))


async def test_a_candidate_that_lost_is_removed_from_its_vote(house: House, session) -> None:
    await voted(house, session)
    await house.rows(session)
    numbers = await beside(house, session)
    assert list(numbers) == ["My street is 5."]
    removed = await house.workshop.removing.beside(act(MO, session), numbers["My street is 5."])
    assert removed.beside
    assert await house.rows(session) == ["ballot:1"]
    assert [choice.text for choice in (await house.workshop.desk.page("ballot:1")).choices] == [
        "",
        "A knock.",
    ]
    assert await house.story(session) == ["A knock."]
    audited = (await house.workshop.house.audit(act(MO, session))).entries[0]
    assert (audited.kind, audited.facts["writer"]) == ("text-removed", "Ann")


async def test_what_was_taken_back_is_removed(house: House, session) -> None:
    await house.workshop.writing.write(act(ANN, session), "My street is 5.")
    await house.workshop.writing.undo(act(ANN, session))
    numbers = await beside(house, session)
    await house.workshop.removing.beside(act(MO, session), numbers["My street is 5."])
    assert (await house.workshop.desk.page("passage:1")).passage.removed
    with pytest.raises(NothingBeside):
        await house.workshop.removing.beside(act(MO, session), numbers["My street is 5."])


async def test_votes_for_a_removed_candidate_are_withdrawn_and_nobody_votes_for_it(house: House, session):
    await house.workshop.writing.propose(act(ANN, session), "My street is 5.")
    await house.workshop.writing.propose(act(BEN, session), "A knock.")
    await house.workshop.voting.vote(act(ANN, session), 1)
    found = await house.workshop.removing.texts(act(MO, session))
    assert all(each.blind for each in found)
    await house.workshop.removing.beside(act(MO, session), (await beside(house, session))["My street is 5."])
    with pytest.raises(CandidateRemoved):
        await house.workshop.voting.vote(act(BEN, session), 1)
    async with house.ledger.reading() as tx:
        assert await tx.ballots.votes(1) == []
    await house.workshop.voting.vote(act(BEN, session), 2)
    await house.workshop.voting.close(act(MO, session))
    assert await house.story(session) == ["A knock."]


async def test_a_vote_that_has_lost_its_only_candidate_is_cancelled(house: House, session) -> None:
    await house.workshop.writing.propose(act(ANN, session), "My street is 5.")
    await house.workshop.removing.beside(act(MO, session), (await beside(house, session))["My street is 5."])
    async with house.ledger.reading() as tx:
        assert (await tx.ballots.get(1)).state is BallotState.CANCELLED
    await house.workshop.writing.write(act(ANN, session), "On we go.")
    assert await house.story(session) == ["On we go."]


async def test_drafts_that_nobody_has_seen_are_not_listed(house: House, session) -> None:
    house.model.gate.clear()
    await house.workshop.drafting.ask(act(ANN, session), candidates=2)
    await house.workshop.writing.propose(act(BEN, session), "A knock.")
    assert await beside(house, session) == {}
    house.model.gate.set()


async def test_what_is_in_the_story_goes_by_its_number_there(house: House, session) -> None:
    await house.workshop.writing.write(act(ANN, session), "One.")
    with pytest.raises(NothingBeside):
        await house.workshop.removing.beside(act(MO, session), 1)
    with pytest.raises(TwoToRemove):
        await house.workshop.removing.one(act(MO, session), 1, 1)
    assert await house.workshop.removing.one(act(MO, session), None, None) is None
    await house.workshop.removing.passage(act(MO, session), 1)
    with pytest.raises(AlreadyRemoved):
        await house.workshop.removing.passage(act(MO, session), 1)


async def test_only_moderators_remove_and_see_what_could_be(house: House, session) -> None:
    await voted(house, session)
    for deed in (
        house.workshop.removing.texts(act(ANN, session)),
        house.workshop.removing.beside(act(ANN, session), 1),
        house.workshop.removing.passage(act(ANN, session), 1),
    ):
        with pytest.raises(NotAllowed):
            await deed

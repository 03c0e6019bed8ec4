from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.story.manuscript import Origin, PassageId, Provenance, branch
from bot.story.presets import Sampling


async def test_a_passage_comes_back_with_how_it_came_to_be(tx, session, write):
    how = Provenance("smol", "noir", 2, 7, Sampling(temperature=0.3), "digest", "Rain.", adapter="thunder")
    text = "Ünï — 海 🚪\n\n”quoted“ \\ ' \" %s :x"
    passage = await write(tx, session, origin=Origin.MODEL, how=how, text=text)
    assert (passage.how, passage.text) == (how, text)
    assert await tx.passages.get(session.id, passage.id) == passage


async def test_a_passage_of_another_session_is_not_found(tx, session, begin, write):
    passage = await write(tx, session)
    assert await tx.passages.get((await begin(tx)).id, passage.id) is None


async def test_where_a_passage_stands_is_noted(tx, session, write):
    passage = await write(tx, session)
    ballot = await tx.ballots.add(session.id, None, "1")
    await tx.passages.place(passage.id, "passage:1", ballot.id)
    placed = replace(passage, page="passage:1", chosen_by=ballot.id)
    assert await tx.passages.get(session.id, passage.id) == placed


async def test_no_head_is_an_empty_branch(tx, session):
    assert await tx.passages.branch(session.id, None) == []


async def test_a_head_of_another_session_has_no_branch(tx, session, begin, write):
    passage = await write(tx, await begin(tx))
    with pytest.raises(KeyError):
        await tx.passages.branch(session.id, passage.id)


trees = st.lists(st.integers(min_value=0), min_size=1, max_size=25)


@given(tree=trees)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_every_branch_is_the_one_that_the_rules_walk(tx, begin, write, tree):
    """``tree``: each passage's parent, as a choice among those before it or none."""
    session, passages = await begin(tx), []
    for choice in tree:
        parents: list[PassageId | None] = [None, *(each.id for each in passages)]
        passages.append(await write(tx, session, parents[choice % len(parents)]))
    for passage in passages:
        assert await tx.passages.branch(session.id, passage.id) == branch(passages, passage.id)


async def test_a_passage_is_told_while_the_head_comes_after_it(tx, begin, write):
    session = await begin(tx)
    first = await write(tx, session)
    second, aside = await write(tx, session, first.id), await write(tx, session, first.id)
    for head, told in (
        (second.id, [True, True, False]),
        (first.id, [True, False, False]),
        (None, [False] * 3),
    ):
        found = [await tx.passages.told(session.id, head, each.id) for each in (first, second, aside)]
        assert found == told

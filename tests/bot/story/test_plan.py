"""Which beat of a plan comes next."""

from dataclasses import replace
from datetime import UTC, datetime

from bot.story.manuscript import Origin, Passage, Provenance
from bot.story.plan import Beat, Plan, current, moved, told
from bot.story.presets import Sampling

PLAN = Plan(1, tuple(Beat(at, 1, "Cold Ovens", f"Thing {at} happens.") for at in (1, 2, 3)))
HUMAN = Passage(1, 1, None, "Words.", Origin.HUMAN, "ann", "Ann", datetime(2026, 1, 1, tzinfo=UTC))


def telling(beat: int | None) -> Passage:
    how = Provenance("smol", "noir", 1, 7, Sampling(), "digest", beat=beat)
    return replace(HUMAN, origin=Origin.MODEL, how=how)


def test_the_first_beat_comes_first_and_none_after_the_last() -> None:
    assert current(PLAN, []) == PLAN.beats[0]
    assert current(PLAN, [telling(3)]) is None
    assert current(None, []) is None


def test_the_models_passages_tell_their_beats_and_peoples_own_none() -> None:
    assert told([HUMAN, telling(1), HUMAN, telling(None)], {}) == 1


def test_a_persons_passage_that_a_vote_chose_tells_the_next_one() -> None:
    assert told([telling(1), replace(HUMAN, chosen_by=4)], {}) == 2


def test_a_mark_says_what_holds_after_its_passage_and_goes_with_it() -> None:
    first, second = replace(telling(1), id=1), replace(HUMAN, id=2)
    assert told([first, second], {None: 2, 2: 3}) == 3
    assert told([first], {None: 2, 2: 3}) == 2
    assert told([first, second, replace(telling(2), id=3)], {2: 1}) == 2


def test_a_plan_moves_between_its_first_beat_and_its_end() -> None:
    assert [moved(PLAN, [], by) for by in (-1, 1)] == [None, 1]
    assert [moved(PLAN, [telling(3)], by) for by in (-1, 1)] == [2, None]
    assert moved(PLAN, [telling(3), replace(HUMAN, chosen_by=4)], -1) == 2

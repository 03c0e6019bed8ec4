"""Poems and plots at the keyboard."""

OUTLINE = """Act 1: Cold Ovens
1. Ines finds her oven cracked on the eve of the fair.
2. Bruno offers his own for a price that shames her.
3. They draw a chalk line across the stone.
"""
POEM = "The tide comes in slow\na heron lifts one cold foot\nand the mud lets go"


async def test_a_poem_keeps_its_lines_on_the_page_and_in_the_history(house, typed):
    house.model.script = [POEM]
    said = await typed("/poem start theme: the tide form: haiku", "/continue", "/history")
    assert "haiku, style storyteller" in said
    assert said.count(f"{POEM}\n") == 2


async def test_an_outline_is_told_whole_and_then_only_what_comes_next(house, typed):
    house.model.script = [OUTLINE, "Ines put her hand on the cold stone."]
    said = await typed("/plot start logline: Two bakers share an oven. acts: 1", "/continue", "/undo")
    assert "Act 1: Cold Ovens\n1. Ines finds her oven cracked on the eve of the fair.\n" in said
    assert said.count("Act 1: Cold Ovens") == 1
    places = [line[:6] for line in said.split("\n") if "comes next" in line]
    assert places == ["Beat 1", "Beat 2", "Beat 1"]


async def test_coming_back_to_a_plot_shows_its_outline(house, typed):
    house.model.script = [OUTLINE]
    await typed("/plot start logline: Two bakers share an oven. acts: 1")
    assert "3. They draw a chalk line" in await typed("/open 1")


async def test_a_malformed_outline_is_asked_for_again_with_retry(house, typed):
    house.model.script = ["Hm"] * 40
    said = await typed("/plot start logline: Two bakers share an oven. acts: 1")
    assert "no outline" in said
    house.model.script = [OUTLINE]
    assert "Act 1: Cold Ovens" in await typed("/open 1", "/retry")


async def test_people_alone_are_told_that_there_is_no_outline(typed):
    assert "there is no outline" in await typed("/plot start logline: Two bakers. ai: off")

"""Poems and plots on Discord."""

OUTLINE = """Act 1: Cold Ovens
1. Ines finds her oven cracked on the eve of the fair.
2. Bruno offers his own for a price that shames her.
3. They draw a chalk line across the stone.
"""
POEM = "The tide comes in slow\na heron lifts one cold foot\nand the mud lets go"


def labels(message):
    return [child.label for row in message.components for child in getattr(row, "children", [])]


async def test_a_poem_stands_in_its_lines_below_its_theme(server):
    server.house.model.script = [POEM]
    await server.ann.slash(server.channel, "poem start", theme="the tide", form="haiku")
    await server.shown()
    card = server.channel.history()[0]
    assert card.embeds[0].title == "the tide"
    assert card.embeds[0].footer.text.startswith("haiku, ")
    [thread] = server.channel.threads
    await server.ann.slash(thread, "continue", candidates=1)
    await server.shown()
    assert thread.last_message.content.startswith(f"{POEM}\n-# ")


async def test_a_plots_outline_stands_in_its_thread_and_follows_the_story(server):
    server.house.model.script = [OUTLINE, "Ines put her hand on the cold stone."]
    await server.ann.slash(server.channel, "plot start", logline="Two bakers share an oven.", acts=1)
    await server.shown()
    [thread] = server.channel.threads
    outline = thread.last_message
    assert "**Act 1: Cold Ovens**\n1. **Ines finds her oven" in outline.content
    assert labels(outline) == ["Continue", "Write", "Another outline"]
    await server.ann.slash(thread, "continue", candidates=1)
    await server.shown()
    marked = next(one for one in thread.history() if one.id == outline.id)
    assert "2. **Bruno offers his own for a price that shames her.** (comes next)" in marked.content
    assert labels(marked) == []


async def test_an_outline_is_read_changed_and_passed_on_in(server):
    server.house.model.script = [OUTLINE]
    await server.ann.slash(server.channel, "plot start", logline="Two bakers share an oven.", acts=1)
    await server.shown()
    [thread] = server.channel.threads
    outline = thread.last_message
    await server.ann.slash(thread, "beat edit", text="Ines finds the flour gone.", beat=2)
    answer = await server.ann.slash(thread, "beat next")
    await server.shown()
    assert answer.response.content == "Beat 2 comes next."
    [shown] = [one for one in thread.history() if one.id == outline.id]
    assert "2. **Ines finds the flour gone.** (comes next)" in shown.content
    assert "Ann passed on to the next beat" in thread.last_message.content
    listed = await server.ben.slash(thread, "beat list")
    assert "2. Ines finds the flour gone. (comes next)" in listed.response.embeds[0].description
    refused = await server.ben.slash(thread, "beat back")
    assert refused.ephemeral
    assert "Only the one who opened the story" in refused.response.content


async def test_a_malformed_outline_is_told_and_asked_for_again_by_a_button(server):
    server.house.model.script = ["Hm"] * 40
    await server.ann.slash(server.channel, "plot start", logline="Two bakers share an oven.", acts=1)
    await server.shown()
    [thread] = server.channel.threads
    failed = thread.last_message
    assert "no outline" in failed.content
    server.house.model.script = [OUTLINE]
    await server.ann.click(failed, label="Retry from here")
    await server.shown()
    assert "Act 1: Cold Ovens" in thread.last_message.content


async def test_people_alone_are_told_that_there_is_no_outline(server):
    await server.ann.slash(server.channel, "plot start", logline="Two bakers.", ai="off")
    await server.shown()
    [thread] = server.channel.threads
    assert "there is no outline" in thread.last_message.content


async def test_without_a_theme_or_logline_a_form_asks(server):
    for command, kind, options in (
        ("poem start", "poem", {"form": "sonnet", "title": "Ebb"}),
        ("plot start", "plot", {"acts": 2, "ai": "off"}),
    ):
        asked = await server.ann.slash(server.channel, command, **options)
        assert asked.modal["title"] == f"Start a {kind}"
        fields = {
            each["component"]["custom_id"]: each["component"].get("value")
            for each in asked.modal["components"]
        }
        typed = {name: given or "" for name, given in fields.items()}
        await server.ann.submit_modal(asked, {**typed, "premise": "the tide"})
        await server.shown()
    footers = sorted(one.embeds[0].footer.text for one in server.channel.history() if one.embeds)
    assert footers[0].startswith("plot, ")
    assert footers[1].startswith("sonnet, ")


async def test_styles_complete(server):
    for command in ("poem start", "plot start"):
        [gothic] = await server.ann.autocomplete(server.channel, command, "preset", "GO")
        assert gothic["value"] == "gothic"

import asyncio
import os
from io import StringIO
from pathlib import Path

import pytest
from support.waiting import until

from bot.commands import COMMANDS
from bot.terminal import Paper, Terminal, TerminalSender
from bot.terminal.calls import Calls
from bot.terminal.room import Room
from bot.workshop.errors import ModelDown

START = "/story start premise: A keeper finds a door in the sea. title: The Door"


async def test_every_command_is_carried_out(house, exports):
    assert {*Calls(house.workshop, Room(), exports).handlers(), "quit"} == {
        command.name for command in COMMANDS
    }


async def test_a_newcomer_is_told_how_to_begin(typed):
    assert "/story start premise:" in await typed()


async def test_an_evening_from_a_pipe(typed, house, exports):
    house.model.script = [
        "It stood open, waiting.",
        "It was locked from within.",
        "A hand came through.",
        "Then it closed.",
    ]
    said = await typed(
        START,
        "The door was green.",
        "/continue candidates: 3",
        "@ann /vote 2",
        "@ben /vote 2",
        "/ballot close",
        "/continue candidates: 1",
        "/history",
        "/export markdown",
        "/quit",
        "Nobody reads this.",
    )
    assert "Story #1 “The Door”" in said
    assert "The door was green.\n— Mira\n" in said
    assert all(f"\n{number}. " in said for number in (1, 2, 3))
    assert "2 people have voted" in said
    assert "Candidate 2 was chosen" in said
    assert "Then it closed.\n— the model, asked by Mira\n" in said
    assert "3 passages, page 1 of 1" in said
    assert "2. the model, asked by Mira, chosen by vote" in said
    [file] = exports.iterdir()
    assert f"The story is saved in {file}" in said
    assert "The door was green." in file.read_text(encoding="utf-8")
    assert "Nobody reads this." not in said
    assert "! " not in said


async def test_streamed_text_is_said_once(typed, house):
    house.model.script = ["One after the other the words arrive."]
    said = await typed(START, "/continue")
    assert said.count("One after the other the words arrive.") == 1


async def test_the_last_story_is_open_on_the_next_start(typed):
    await typed(START, "The door was green.")
    said = await typed("It was ajar.", "/sessions")
    assert said.startswith("Story #1 “The Door”")
    assert "1. Mira\nThe door was green." in said
    assert "It was ajar.\n— Mira" in said
    assert "#1 “The Door” – being written, the model writes along (open)" in said


async def test_a_vote_that_is_open_is_shown_on_the_next_start(typed):
    await typed(START, "/propose A knock.", "@ben /propose A bell.")
    said = await typed("@ben /vote 2")
    assert "2. A bell." in said.split("2 candidates")[0]
    assert "Vote with /vote 1 to /vote 2." in said


async def test_one_goes_from_story_to_story(typed):
    said = await typed(START, "First.", "/story start title: Other", "Second.", "/open 1", "Third.")
    assert "Story #2 “Other”" in said
    again = await typed("/open 2", "/history")
    assert "Second." in again
    assert "Third." not in again.split("Story #2")[1]


async def test_a_person_acts_under_their_name_with_their_rights(typed):
    said = await typed(START, "@Ann Hello.", "@ANN /undo", "@ben Again.", "@ann /undo", "@ann /finish")
    assert "Hello.\n— Ann" in said
    assert "ANN took back the newest passage." in said
    assert "! The newest passage is somebody else's" in said
    assert "! Only the one who opened the story or a moderator" in said


async def test_the_owner_may_use_their_own_name(typed):
    said = await typed(START, "@mira Mine.", "/undo")
    assert "Mine.\n— Mira" in said
    assert "Mira took back the newest passage." in said


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("Hello?", "! There is no story here."),
        ("/open 7", "! There is no story number 7 here."),
        ("/dance", "! There is no such command. /help lists them all."),
        ("/export pdf", "! “pdf” is not possible for format. Choose markdown."),
        ("/add anyway", "! The story has moved on"),
        ("/stop", "! There is no story here."),
    ],
)
async def test_what_cannot_be_done_is_told_and_the_next_line_is_read(typed, line, answer):
    said = await typed(line, "/status")
    assert answer in said
    assert "Model: scripted" in said


async def test_a_text_without_words_is_refused(typed):
    assert "! There is nothing to read" in await typed(START, "/write", "/write text: \u200b")


async def test_refused_text_goes_back_whole(typed, house):
    long = "word " * 3000
    said = await typed(START, long)
    assert "! Your text has 14,999 characters" in said
    assert long.strip() in said


async def test_a_model_that_is_down_is_told_and_nothing_is_lost(typed, house):
    house.model.script = [ModelDown()]
    said = await typed(START, "Kept.", "/continue", "/history")
    assert "The model does not answer right now." in said
    assert "1. Mira\nKept." in said


@pytest.mark.parametrize(
    ("answer", "finished"), [("yes", True), ("no", False), ("", False), ("/quit", False)]
)
async def test_finishing_asks_first(typed, answer, finished):
    said = await typed(START, "The end.", "/finish", answer)
    assert "Go on? (yes or no)" in said
    assert ("Mira finished the story." in said) is finished
    assert ("Nothing was changed." in said) is not finished


async def test_a_question_at_the_end_of_the_input_is_a_no(typed):
    assert "Nothing was changed." in await typed(START, "/finish")


async def test_a_moderator_cancels_a_vote_after_a_question(typed):
    said = await typed(START, "First.", "/propose Second.", "/undo", "yes")
    assert "That cancels the vote. Go on?" in said
    assert "The vote was cancelled." in said
    assert "Mira took back the newest passage." in said


async def test_history_is_read_page_by_page(typed):
    lines = [f"Passage {number}." for number in range(1, 13)]
    said = await typed(START, *lines, "/history 1", "/history")
    first, last = said.split("12 passages, page ")[1:]
    assert "10. Mira\nPassage 10." in first
    assert "11. Mira" not in first
    assert last.startswith("2 of 2\n\n11. Mira")


async def test_an_export_never_overwrites_another(typed, exports):
    await typed(START, "One.", "/export markdown", "Two.", "/export markdown")
    first, second = sorted(exports.iterdir())
    assert {"Two." in first.read_text(), "Two." in second.read_text()} == {True, False}


async def test_an_export_that_cannot_be_written_is_told(typed, exports):
    exports.write_text("a file where the folder should be")
    assert "! The file could not be written" in await typed(START, "/export markdown", "/status")


async def test_text_cannot_take_over_the_terminal(typed):
    said = await typed(
        "/story start title: \x1b]0;owned\x07 premise: a\x1b[2Jb", "red \x1b[31m \x9b5m text\u202e"
    )
    assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set(said)


async def test_a_proposal_stays_blind_until_the_vote_closes(typed):
    said = await typed(
        START, "/propose Mine.", "@Ann /propose Hers.", "@Ann /vote 2", "/vote 2", "/ballot close"
    )
    before, after = said.split("Candidate 2 was chosen")
    assert "by Ann" not in before
    assert "2 by Ann, 2 votes" in after


async def test_lines_of_a_pipe_wait_for_the_model(house, exports):
    reading, writing = os.pipe()
    screen = StringIO()
    sender = TerminalSender(Paper(screen))
    house.model.gate.clear()
    with os.fdopen(reading) as stdin, os.fdopen(writing, "w") as keys:
        terminal = Terminal(house.workshop, sender, name="Mira", exports=exports, stdin=stdin)
        async with house.courier.open(house.workshop.desk, sender), asyncio.TaskGroup() as group:
            group.create_task(terminal.run())
            keys.write(f"{START}\n/continue\nAfterwards.\n")
            keys.flush()
            await until(lambda: house.model.requests)
            await asyncio.sleep(0.1)
            assert "Afterwards." not in screen.getvalue()
            house.model.gate.set()
            keys.close()
    assert screen.getvalue().index("the model, asked by Mira") < screen.getvalue().index("Afterwards.")


async def test_news_is_said_once_each(house, exports, nothing):
    screen = StringIO()
    sender = TerminalSender(Paper(screen))
    terminal = Terminal(house.workshop, sender, name="Mira", exports=exports, stdin=nothing)
    for news in ("loading", "loading (2 s)", "ready"):
        terminal.notify(news)
    assert screen.getvalue() == "loading\nready\n"
    assert sender.room.headline() == "No story is open | ready"


async def test_a_closed_screen_ends_the_evening(house, exports, nothing):
    class Gone(StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    sender = TerminalSender(Paper(Gone()))
    await Terminal(house.workshop, sender, name="Mira", exports=exports, stdin=nothing).run()
    assert sender.paper.closed


@pytest.fixture
def nothing():
    with Path(os.devnull).open() as stdin:
        yield stdin

import asyncio
import os
from io import StringIO
from pathlib import Path

import pytest
from prompt_toolkit.application import create_app_session, get_app
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput
from support.waiting import until

from bot.terminal.completion import LineCompleter
from bot.terminal.keyboard import Pipe, Prompt
from bot.terminal.paper import LivePaper


async def all_of(pipe: Pipe) -> list[str]:
    lines = []
    while (line := await pipe.line()) is not None:
        lines.append(line)
    return lines


@pytest.mark.parametrize(
    ("typed", "lines"),
    [
        (b"", []),
        (b"One\nTwo\n", ["One", "Two"]),
        (b"One\r\n\r\nTwo", ["One", "", "Two"]),
        ("Ein Wörterbuch\n詩\n".encode(), ["Ein Wörterbuch", "詩"]),
        (b"\xff\xfe\n", ["\ufffd\ufffd"]),
        (b"x" * 300_000 + b"\nnext\n", ["x" * 300_000, "next"]),
    ],
)
async def test_lines_of_a_file(tmp_path: Path, typed: bytes, lines: list[str]):
    (tmp_path / "script").write_bytes(typed)
    with (tmp_path / "script").open() as stdin:
        assert await all_of(Pipe(stdin)) == lines


async def test_lines_of_a_pipe_come_as_they_are_written():
    reading, writing = os.pipe()
    with os.fdopen(reading) as stdin:
        pipe = Pipe(stdin)
        os.write(writing, b"One\nTw")
        assert await pipe.line() == "One"
        waiting = asyncio.create_task(pipe.line())
        await asyncio.sleep(0.02)
        assert not waiting.done()
        os.write(writing, b"o\n")
        assert await waiting == "Two"
        os.close(writing)
        assert await pipe.line() is None
        assert await pipe.line() is None


@pytest.fixture
def keys():
    with create_pipe_input() as keys, create_app_session(input=keys, output=DummyOutput()):
        yield keys


@pytest.fixture
def paper() -> LivePaper:
    return LivePaper(StringIO(), colour=False, width=lambda: 80)


@pytest.fixture
def prompt(keys, paper, tmp_path) -> Prompt:
    async def values(source):
        return {"preset": ["noir", "gothic"]}[source]  # and no other list is asked for

    return Prompt(paper, LineCompleter(values), lambda: "The Door", tmp_path / "data" / "history")


async def test_a_person_types_and_is_remembered(keys, prompt, tmp_path):
    keys.send_text("The door was green.\r")
    assert await prompt.line() == "The door was green."
    assert "The door was green." in (tmp_path / "data" / "history").read_text()


async def test_control_c_empties_the_line_and_control_d_leaves(keys, prompt):
    keys.send_text("half a line\x03whole\r")
    assert await prompt.line() == "whole"
    keys.send_text("\x04")
    assert await prompt.line() is None


async def test_refused_text_stands_at_the_prompt_again(keys, prompt):
    keys.send_text(" and more\r")
    assert await prompt.line(default="Refused") == "Refused and more"


async def test_tab_completes_a_preset(keys, prompt):
    asking = asyncio.create_task(prompt.line())
    keys.send_text("/story start preset: no\t")
    await until(lambda: get_app().current_buffer.text.endswith("noir"))
    keys.send_text("\r")
    assert await asking == "/story start preset: noir"


async def test_streamed_text_is_drawn_above_the_prompt(keys, prompt, paper):
    paper.flow("The door was")
    asking = asyncio.create_task(prompt.line())
    await until(lambda: get_app().is_running)
    assert prompt.message() == "The door was\n> "
    keys.send_text("\r")
    assert await asking == ""

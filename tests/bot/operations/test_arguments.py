from pathlib import Path

import pytest

from bot.operations.arguments import Backup, Doctor, Restore, parse


@pytest.mark.parametrize(
    ("line", "order"),
    [
        ("doctor", Doctor()),
        ("backup", Backup(None)),
        ("backup here.db", Backup(Path("here.db"))),
        ("restore here.db", Restore(Path("here.db"))),
    ],
)
def test_a_line_says_what_to_do(line, order):
    assert parse(line.split()) == order


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("docter", "'docter'"),
        ("doctor --fast", "--fast"),
        ("--verbose", "--verbose"),
        ("backup one two", "two"),
        ("restore", "required: file"),
        ("doc", "'doc'"),
        ("", "a command is missing"),
    ],
)
def test_what_it_does_not_know_gets_one_line_and_2(line, said, capsys):
    with pytest.raises(SystemExit) as end:
        parse(line.split())
    assert end.value.code == 2
    [told] = capsys.readouterr().err.splitlines()
    assert told.startswith("scriptorium: ") and said in told and told.endswith("shows what there is")


def test_help_tells_every_command(capsys):
    with pytest.raises(SystemExit) as end:
        parse(["--help"])
    told = capsys.readouterr().out
    assert end.value.code == 0
    assert all(command in told for command in ("doctor", "backup", "restore"))

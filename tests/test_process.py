"""The real process, with the real model, as a newcomer meets it."""

import os
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
from itertools import groupby
from pathlib import Path

import pytest
from support.voice import write_voice
from support.waiting import ENOUGH

from bot.__main__ import main

ROOT = Path(__file__).parent.parent
EVENING = """/story start premise: A lighthouse keeper finds a door in the sea.
The door was green.
/continue candidates: 3
@ann /vote 2
@ben /vote 2
/ballot close
/continue candidates: 1
/history
/export markdown
/quit
"""
VOICES = """/story start premise: A lighthouse keeper finds a door in the sea.
/continue candidates: 1 length: short
/preset create name: snowy voice: Write of snow. adapter: snow
/preset create name: rainy voice: Write of rain. adapter: rain
/story start premise: A lighthouse keeper finds a door in the sea. preset: rainy
/continue candidates: 1 length: short
/export markdown
/preset create name: broken voice: Write of loss. adapter: torn
/story start premise: A lighthouse keeper finds a door in the sea. preset: broken
/continue candidates: 1 length: short
/preset edit name: broken adapter: none
/preset default name: broken scope: session
/continue candidates: 1 length: short
/history
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own, and none of our settings around it."""
    for name in os.environ:
        if name.startswith(("SCRIPTORIUM", "DISCORD")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("SCRIPTORIUM_CONFIG", str(ROOT / "config.toml"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def scriptorium(folder: Path, lines: str = "", **settings: str) -> subprocess.CompletedProcess[str]:
    """Run `python -m bot` in a folder of its own until it ends."""
    clean = {
        name: value for name, value in os.environ.items() if not name.startswith(("SCRIPTORIUM", "DISCORD"))
    }
    return subprocess.run(
        [sys.executable, "-m", "bot"],
        input=lines,
        cwd=folder,
        env={**clean, "PYTHONPATH": str(ROOT), "SCRIPTORIUM_CONFIG": str(ROOT / "config.toml"), **settings},
        capture_output=True,
        text=True,
        timeout=5 * ENOUGH,
        check=False,
    )


def test_a_newcomers_first_evening_and_the_next_one(tmp_path: Path) -> None:
    first = scriptorium(tmp_path, EVENING)
    assert first.returncode == 0, first.stderr
    candidates = re.findall(r"^[123]\. (.+)$", first.stdout.partition("A vote on")[2], re.MULTILINE)[:3]
    assert len(set(candidates)) == 3
    assert "chosen by vote" in first.stdout
    [exported] = re.findall(r"^The story is saved in (.+)$", first.stdout, re.MULTILINE)
    assert "The door was green." in (tmp_path / exported).read_text(encoding="utf-8")

    second = scriptorium(tmp_path, "/sessions\nIt stood ajar.\n/history\n")
    assert second.returncode == 0, second.stderr
    assert "#1 “A lighthouse keeper finds a door in the sea”" in second.stdout
    assert "4 passages, page 1 of 1" in second.stdout


def test_a_style_writes_with_the_adapter_that_a_moderator_gave_it(tmp_path: Path) -> None:
    weights = write_voice(tmp_path / "voices" / "rain") / "adapter_model.safetensors"
    torn = shutil.copytree(weights.parent, tmp_path / "voices" / "torn") / weights.name
    torn.write_bytes(weights.read_bytes()[:-100])

    run = scriptorium(tmp_path, VOICES, SCRIPTORIUM_MODEL__ADAPTERS_FOLDER="voices")
    assert run.returncode == 0, run.stderr
    assert "! The model server has no adapter “snow”, so nothing was changed. Choose rain, torn or none." in (
        run.stdout
    )
    assert "adapter that this story's style is written with cannot be used" in run.stdout
    assert run.stdout.count("— the model, asked by") == 3

    log = (tmp_path / "data" / "scriptorium.log").read_text(encoding="utf-8")
    answers = re.findall(r'"end":"finished".*?"adapter":"(\w*)"', log)
    assert [adapter for adapter, _ in groupby(answers)] == ["", "rain", ""]
    [exported] = (tmp_path / "exports").glob("*.md")
    assert "SmolLM2-135M-Instruct with adapter rain (language model)" in exported.read_text(encoding="utf-8")


def refusal(run: subprocess.CompletedProcess[str]) -> str:
    """Return the one line with which a start is refused."""
    assert run.returncode == 2
    [line] = run.stderr.strip().splitlines()
    return line


@pytest.mark.parametrize(
    ("line", "settings", "said"),
    [
        ("", {"SCRIPTORIUM_CONFIG": "nowhere.toml"}, "nowhere.toml"),
        ("", {"SCRIPTORIUM_BALLOT__MINUTES": "soon"}, "minutes"),
        ("", {"SCRIPTORIUM_BALLOT__HOURS": "1"}, "hours"),
        ("backup", {}, "data/scriptorium.db: there is no such file"),
        ("docter", {}, "invalid choice: 'docter'"),
    ],
)
def test_what_is_refused_before_anything_runs_is_refused_in_one_line(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    line: str,
    settings: dict[str, str],
    said: str,
) -> None:
    """In this process: none of it needs one of its own."""
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "argv", ["scriptorium", *line.split()])
    try:
        code = main()
    except SystemExit as end:
        code = end.code
    assert code == 2
    told = capsys.readouterr()
    [refused] = told.err.splitlines()
    assert refused.startswith("scriptorium: ") and said in refused.casefold()
    assert told.out == ""


def test_a_model_that_cannot_be_loaded_is_refused_in_one_line(tmp_path: Path) -> None:
    lines = "/story start premise: A door.\n/continue\n"
    assert "no-such-folder" in refusal(
        scriptorium(tmp_path, lines, SCRIPTORIUM_MODEL__NAME="./no-such-folder")
    )


def test_a_folder_for_adapters_that_is_not_there_is_refused_by_its_key(tmp_path: Path) -> None:
    assert refusal(scriptorium(tmp_path, SCRIPTORIUM_MODEL__ADAPTERS_FOLDER="no-such-folder")) == (
        "scriptorium: model.adapters_folder: there is no folder no-such-folder; make it, or leave the setting empty"
    )


def test_a_corrupt_database_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    database = tmp_path / "story.db"
    database.write_bytes(b"SQLite format 3\x00" + b"nonsense" * 1000)
    before = database.read_bytes()
    told = refusal(scriptorium(tmp_path, SCRIPTORIUM_STORAGE__PATH=str(database)))
    assert "story.db" in told
    assert "python -m bot restore" in told
    assert "storage.path" in told
    assert database.read_bytes() == before


def test_a_database_that_somebody_holds_is_refused(tmp_path: Path) -> None:
    database = tmp_path / "story.db"
    holder = sqlite3.connect(database, isolation_level=None)
    holder.execute("PRAGMA locking_mode = EXCLUSIVE")
    holder.execute("BEGIN EXCLUSIVE")
    run = scriptorium(
        tmp_path, SCRIPTORIUM_STORAGE__PATH=str(database), SCRIPTORIUM_STORAGE__BUSY_TIMEOUT_SECONDS="0.2"
    )
    holder.close()
    told = refusal(run)
    assert "story.db: another program is writing to it" in told
    assert "End the program that holds it" in told


def test_no_secret_is_told_when_a_start_is_refused(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        closed = f"http://127.0.0.1:{nobody.getsockname()[1] + 0}/api/v10"
    run = scriptorium(
        tmp_path,
        DISCORD_TOKEN="a-token that-is-two-words",
        SCRIPTORIUM_DISCORD__API_URL=closed,
    )
    assert "that-is-two-words" not in refusal(run)


def test_a_work_of_people_alone_needs_no_model(tmp_path: Path) -> None:
    run = scriptorium(
        tmp_path,
        "/story start premise: A door. ai: off\nIt opened.\n/continue\n/history\n",
        SCRIPTORIUM_MODEL__URL="http://127.0.0.1:9/v1",
    )
    assert run.returncode == 0
    assert "It opened." in run.stdout
    assert "! " in run.stdout


def test_sigterm_ends_it_in_good_order(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "SCRIPTORIUM_CONFIG": str(ROOT / "config.toml")}
    process = subprocess.Popen(
        [sys.executable, "-m", "bot"],
        cwd=tmp_path,
        env={**environment, "SCRIPTORIUM_MODEL__URL": "http://127.0.0.1:9/v1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert "Welcome" in process.stdout.readline()
    process.terminate()
    _, complaints = process.communicate(timeout=ENOUGH)
    assert (process.returncode, complaints) == (0, "")

"""Who may know whom: the contracts hold, and each notices when it is broken."""

import ast
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
BREACHES = {
    "layers": ("bot/story/people.py", "import bot.workshop.acts"),
    "cogs": ("cogs/pages.py", "import bot.storage"),
    "discord": ("bot/wording/house.py", "import discord"),
    "pure": ("bot/prompt/angles.py", "import asyncio"),
    "terminal": ("bot/terminal/room.py", "import bot.model"),
    "server": ("model_server/text.py", "import bot.story"),
    "schedulers": ("model_server/engine/schedule.py", "import torch"),
}


def lint(folder: Path, contract: str) -> int:
    linter = Path(sys.executable).with_name("lint-imports")
    command = [linter, "--no-cache", "--contract", contract]
    return subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("house")
    for package in ("bot", "cogs", "model_server"):
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def test_every_contract_has_a_breach_to_notice() -> None:
    assert {contract["id"] for contract in CONTRACTS} == set(BREACHES)


@pytest.mark.parametrize("contract", BREACHES)
def test_a_contract_holds_and_notices_its_breach(copy: Path, contract: str) -> None:
    assert lint(copy, contract) == 0
    file, statement = BREACHES[contract]
    source = (copy / file).read_text()
    (copy / file).write_text(f"{source}\n{statement}\n")
    try:
        assert lint(copy, contract) == 1
    finally:
        (copy / file).write_text(source)


@pytest.mark.parametrize("room", ["story", "prompt", "forms"])
def test_rules_wait_for_nothing(room: str) -> None:
    for file in (ROOT / "bot" / room).glob("*.py"):
        nodes = ast.walk(ast.parse(file.read_text()))
        assert not [node for node in nodes if isinstance(node, ast.AsyncFunctionDef | ast.Await)], file

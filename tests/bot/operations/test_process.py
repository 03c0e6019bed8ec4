"""`python -m bot` with arguments, as a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.waiting import ENOUGH

ROOT = Path(__file__).parents[3]


def scriptorium(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    own = {
        name: value for name, value in os.environ.items() if not name.startswith(("SCRIPTORIUM", "DISCORD"))
    }
    return subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        cwd=folder,
        env={**own, "PYTHONPATH": str(ROOT), "SCRIPTORIUM_CONFIG": str(ROOT / "config.toml")},
        capture_output=True,
        text=True,
        timeout=ENOUGH,
        check=False,
    )


@pytest.mark.parametrize(
    ("line", "said"),
    [("backup", "data/scriptorium.db: there is no such file"), ("docter", "invalid choice: 'docter'")],
)
def test_what_cannot_be_done_is_said_in_one_line(tmp_path, line, said):
    run = scriptorium(tmp_path, *line.split())
    assert (run.returncode, run.stdout) == (2, "")
    [told] = run.stderr.splitlines()
    assert told.startswith("scriptorium: ") and said in told

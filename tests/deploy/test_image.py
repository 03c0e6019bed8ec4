"""The image's steps, taken one by one in an empty folder and an empty virtual environment."""

import json
import os
import re
import shutil
import subprocess
import venv
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EVENING = "/story start premise: A door in the sea.\nIt was green.\n/continue candidates: 1\n/history\n"
IGNORED = frozenset({"FROM", "ARG", "USER", "VOLUME"})


def steps() -> Iterator[tuple[str, str]]:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", "")
    for line in text.splitlines():
        if line and not line.startswith("#"):
            instruction, _, rest = line.partition(" ")
            yield instruction, rest.strip()


class Image:
    """A folder in the place of the image's, with an interpreter of its own first on the path."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "image"
        self.folder.mkdir()
        venv.create(folder / "python", with_pip=True)
        path = f"{folder / 'python' / 'bin'}{os.pathsep}{os.environ['PATH']}"
        foreign = ("SCRIPTORIUM", "DISCORD", "MODEL_", "PYTHON", "VIRTUAL_ENV")
        own = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
        self.environment = {**own, "PATH": path}
        self.command: list[str] = []

    def take(self, instruction: str, rest: str) -> None:
        match instruction:
            case "WORKDIR":
                self.place = rest
            case "COPY":
                self._copy(*rest.split())
            case "RUN" if rest.startswith("apt-get"):
                pass  # this machine's own packages are left as they are
            case "RUN":
                done = self.run(["sh", "-c", rest])
                assert done.returncode == 0, f"{rest}\n{done.stdout}{done.stderr}"
            case "ENV":
                given = re.findall(r"(\w+)=(\S+)", rest.replace(self.place, str(self.folder)))
                self.environment |= dict(given)
            case "CMD":
                self.command = json.loads(rest)
            case _:
                assert instruction in IGNORED

    def run(self, command: list[str], lines: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            input=lines,
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=1200,
            check=False,
        )

    def _copy(self, *places: str) -> None:
        *sources, target = places
        for source in sources:
            if (ROOT / source).is_dir():
                without = shutil.ignore_patterns("__pycache__")
                shutil.copytree(ROOT / source, self.folder / target, ignore=without)
            else:
                shutil.copy(ROOT / source, self.folder / target)


@pytest.mark.slow
def test_the_steps_of_the_image_lead_to_a_scriptorium_that_is_well(tmp_path):
    image = Image(tmp_path)
    for instruction, rest in steps():
        image.take(instruction, rest)
    evening = image.run(image.command, EVENING)
    assert evening.returncode == 0, evening.stderr
    assert "It was green." in evening.stdout and "the model" in evening.stdout
    doctor = image.run([*image.command, "doctor"])
    assert doctor.returncode == 0, doctor.stdout + doctor.stderr
    server = image.run(["python", "-m", "model_server", "--help"])
    assert server.returncode == 0
    assert not list((image.folder / "bot").rglob("test_*"))

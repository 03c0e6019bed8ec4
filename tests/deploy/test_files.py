"""What Docker, Compose and systemd are told is true of this program."""

import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.settings import load_secrets, load_settings
from bot.storage.fence import fenced
from model_server.options import parse

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", "")
UNIT = (ROOT / "deploy" / "scriptorium.service").read_text(encoding="utf-8")


def lines(instruction: str) -> list[list[str]]:
    return [shlex.split(line) for line in re.findall(rf"^{instruction} (.+)$", DOCKERFILE, re.MULTILINE)]


def mount(volume: str) -> list[str]:
    return volume.split(":")


def run(service: Any, programs: dict[str, str], folder: Path) -> str:
    """Give what a service's entrypoint and command print in this folder, with these programs of one line."""
    path = folder / ".programs"
    path.mkdir()
    for name, line in programs.items():
        (path / name).write_text(f"#!/bin/sh\n{line}\n")
        (path / name).chmod(0o755)
    entrypoint = [
        part.replace("$$", "$").replace("/run/secrets", str(folder)) for part in service["entrypoint"]
    ]
    ran = subprocess.run(
        [*entrypoint, *service["command"]],
        env={"PATH": f"{path}:{os.environ['PATH']}"},
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    return ran.stdout.strip()


@pytest.fixture(scope="module")
def services() -> Any:
    return yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["services"]


@pytest.fixture(scope="module")
def vllm() -> Any:
    """The second compose file, with the values that its variables have where nobody sets them."""
    text = (ROOT / "compose.vllm.yaml").read_text(encoding="utf-8")
    return yaml.safe_load(re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", text))


def test_what_the_image_copies_is_here_and_not_ignored():
    sent = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    for *sources, _ in lines("COPY"):
        for source in sources:
            assert (ROOT / source).exists() and f"!{source}" in sent


def test_every_package_is_in_the_image():
    packages = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]
    wanted = {name.rstrip("*") for name in packages["find"]["include"]}
    assert wanted <= {source for *sources, _ in lines("COPY") for source in sources}


def test_the_image_is_not_run_by_root():
    [[user]] = lines("USER")
    assert not user.startswith(("0", "root"))


@pytest.mark.parametrize("place", [DOCKERFILE, UNIT, "compose"])
def test_the_variables_are_settings(place, services):
    if place == "compose":
        given = dict(services["bot"]["environment"])
    else:
        given = dict(re.findall(r"\b(SCRIPTORIUM_\w+)=(\S+)", place))
    chosen = {name: value for name, value in given.items() if name.startswith("SCRIPTORIUM_")}
    assert chosen
    load_settings(ROOT / "config.toml", chosen)


def test_the_bot_looks_for_the_model_where_compose_serves_it(services):
    options = parse(services["model"]["command"][3:], {})
    settings = load_settings(ROOT / "config.toml", services["bot"]["environment"])
    assert settings.model.url == f"http://model:{options.port}/v1"
    assert options.host == "0.0.0.0"
    assert f":{options.port}/health" in services["model"]["healthcheck"]["test"][-1]


@pytest.mark.parametrize("adapters", [[], ["noir"]])
def test_the_model_server_serves_the_mounted_adapters_where_there_are_any(services, adapters, tmp_path):
    model = services["model"]
    workdir = lines("WORKDIR")[0][0]
    [folder] = [place for source, place, *_ in map(mount, model["volumes"]) if source == "./adapters"]
    served = tmp_path / Path(folder).relative_to(workdir)
    for name in ["", *adapters]:
        (served / name).mkdir()
    given = run(model, {"python": 'echo "$@"'}, tmp_path)
    assert given == " ".join([*model["command"][1:], *(["--adapters=adapters"] if adapters else [])])
    options = parse(given.split()[2:], {})
    assert options.adapters == (Path("adapters") if adapters else None)


def test_the_bot_asks_vllm_for_the_model_that_it_serves(vllm):
    model, bot = vllm["services"]["model"], vllm["services"]["bot"]
    name, *options = model["command"]
    settings = load_settings(ROOT / "config.toml", bot["environment"])
    assert settings.model.wanted == name
    assert settings.model.url == "http://model:8000/v1"
    assert "--port=8000" in options
    assert ":8000/health" in model["healthcheck"]["test"][-1]


def test_vllm_is_reached_by_the_bot_alone(vllm):
    model, bot = vllm["services"]["model"], vllm["services"]["bot"]
    assert "ports" not in model
    assert set(model["networks"]) & set(bot["networks"]) == {"inside"}
    assert vllm["networks"]["inside"] == {"internal": True}


def test_vllm_gets_its_key_from_the_file_and_the_rest_of_its_command(vllm, tmp_path):
    (tmp_path / "model_api_key").write_text("the key\n")
    model = vllm["services"]["model"]
    printed = run(model, {"vllm": 'echo "$VLLM_API_KEY" "$@"'}, tmp_path)
    assert printed == " ".join(["the key serve", *model["command"]])


def test_both_compose_files_run_the_same_bot(services, vllm):
    def of(bot: Any) -> dict[str, Any]:
        told = {**bot, "environment": {**bot["environment"]}}
        told["environment"].pop("SCRIPTORIUM_MODEL__NAME", None)
        told.pop("networks", None)
        return told

    assert of(services["bot"]) == of(vllm["services"]["bot"])


def test_the_secrets_are_read_from_the_files_that_compose_mounts(services, tmp_path):
    for name in services["bot"]["secrets"]:
        (tmp_path / name).write_text(f"the-{name}\n")
    places = {
        name: value.replace("/run/secrets", str(tmp_path))
        for name, value in services["bot"]["environment"].items()
    }
    secrets = load_secrets(places)
    assert secrets.discord_token and secrets.model_api_key


def test_the_bot_is_healthy_while_it_holds_its_database(services, tmp_path):
    if shutil.which("flock") is None:
        pytest.skip("flock of util-linux is not on this machine; it is in the image")
    check = services["bot"]["healthcheck"]["test"][1]
    (tmp_path / "data").mkdir()

    def healthy() -> bool:
        return subprocess.run(check, shell=True, cwd=tmp_path, check=False).returncode == 0

    with fenced(tmp_path / "data" / "scriptorium.db"):
        assert healthy()
    assert not healthy()


def test_systemd_understands_the_unit(tmp_path):
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd is not on this machine")
    unit = tmp_path / "scriptorium.service"
    unit.write_text(UNIT.replace("/opt/scriptorium/.venv/bin/python", sys.executable))
    run = subprocess.run(
        [analyze, "verify", "--man=no", unit], capture_output=True, text=True, check=False, env=os.environ
    )
    complaints = [line for line in run.stderr.splitlines() if "scriptorium.service" in line]
    assert complaints == []

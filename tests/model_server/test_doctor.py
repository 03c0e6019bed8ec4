"""What the doctor says of a machine and a model, and what its exit code tells."""

import os
import subprocess
import sys

import pytest

from model_server.doctor import doctor, telling
from model_server.options import parse


@pytest.fixture
def look(tmp_path):
    """Let the doctor look with these options; give its exit code and its lines by their subject."""

    def look(*flags):
        lines = []
        code = doctor(parse(["--device", "cpu", *flags], os.environ), lines.append, lines.append)
        return code, {line.split()[1]: line for line in lines if not line.startswith("writing")}

    return look


def test_machine_model_and_speed_are_told_of_and_the_heaviest_finding_is_the_code(look, tiny_folder):
    code, lines = look("--model", str(tiny_folder), "--max-concurrent", "2")
    assert list(lines) == [
        *("processor", "accelerator", "memory", "compiler", "fit", "model"),
        *("first", "alone", "together"),
    ]
    assert "tiny on cpu: reads in" in lines["model"]
    assert "with 2 at once" in lines["together"]
    assert code == any(line.startswith("mend") for line in lines.values())


def test_a_model_that_does_not_fit_is_not_loaded(look, tiny_folder):
    code, lines = look("--model", str(tiny_folder), "--max-memory", "cpu=1MiB")
    assert code == 2
    assert lines["fit"].startswith("fail")
    assert "model" not in lines


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--model", "no-such-folder"], "no model folder no-such-folder"),
        (["--dtype", "int4", "--max-memory", "cpu=1GiB"], "exclude each other"),
    ],
)
def test_what_keeps_the_server_from_starting_is_said_in_its_words(look, flags, said):
    code, lines = look(*flags)
    assert code == 2
    assert said in lines["model"]


def test_a_folder_that_transformers_cannot_read_is_said(look, tmp_path):
    for name in ("config.json", "tokenizer_config.json", "model.safetensors"):
        (tmp_path / name).write_text("{}")
    code, lines = look("--model", str(tmp_path))
    assert code == 2
    assert "transformers say of" in lines["model"]


def test_a_long_step_says_that_it_goes_on():
    said = []
    with telling("waiting", said.append, every=0.001):
        while not said:
            pass
    assert said[0] == "waiting, 0 s so far"


def test_the_help_tells_of_the_doctor(capsys):
    with pytest.raises(SystemExit):
        parse(["--help"], {})
    assert "doctor" in capsys.readouterr().out


@pytest.mark.slow
def test_the_command_prints_its_findings_and_beside_them_what_it_is_at(model_folder):
    ran = subprocess.run(
        [sys.executable, "-m", "model_server", "doctor"], capture_output=True, text=True, timeout=300
    )
    assert ran.returncode in (0, 1), ran.stderr
    assert "tokens/s alone" in ran.stdout
    assert all(line.split()[0] in ("ok", "mend") for line in ran.stdout.splitlines())
    assert "loading SmolLM2-135M-Instruct" in ran.stderr

"""What the doctor says of a machine and a model, and what its exit code tells."""

import os
import re
import subprocess
import sys

import pytest
from support.adapters import halves_of, write_adapter
from transformers import AutoModelForCausalLM

from model_server.doctor import doctor, telling
from model_server.options import parse


@pytest.fixture
def look(tmp_path):
    """Let the doctor look with these options; give its exit code and its lines by their subject."""

    def look(*flags):
        lines, progress = [], []
        code = doctor(parse(["--device", "cpu", *flags], os.environ), lines.append, progress.append)
        return code, {line.split()[1]: line for line in lines}

    return look


def test_machine_model_and_speed_are_told_of_and_the_heaviest_finding_is_the_code(look, tiny_folder):
    code, lines = look("--model", str(tiny_folder), "--max-concurrent", "2")
    assert list(lines) == [
        *("processor", "accelerator", "memory", "compiler", "fit", "model"),
        *("first", "alone", "together"),
    ]
    assert "tiny on cpu: computes in" in lines["model"]
    assert "with 2 at once" in lines["together"]
    assert code == any(line.startswith("mend") for line in lines.values())


def test_a_model_that_does_not_fit_is_not_loaded(look, tiny_folder):
    code, lines = look("--model", str(tiny_folder), "--max-memory", "cpu=1MiB")
    assert code == 2
    assert lines["fit"].startswith("fail")
    assert "model" not in lines


def test_adapters_are_read_and_those_that_cannot_be_used_are_named(tmp_path, tiny_folder):
    tiny, lines = AutoModelForCausalLM.from_pretrained(tiny_folder), []
    for name, base in (("noir", "tiny"), ("fable", "large")):
        write_adapter(tmp_path / "adapters" / name, halves_of(tiny, 1), base_model_name_or_path=base)
    flags = ["--device", "cpu", "--model", str(tiny_folder), "--adapters", str(tmp_path / "adapters")]
    assert doctor(parse(flags, os.environ), lines.append, lambda _: None) == 1
    assert [" ".join(line.split()) for line in lines if "adapters" in line] == [
        "ok adapters noir",
        "mend adapters fable cannot be used: it is made for another model, large. Mend it, or take it out of the folder.",
    ]


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


def test_a_step_is_told_at_once_and_a_long_one_again():
    said = []
    with telling("waiting", said.append, every=0.001):
        while len(said) < 2:
            pass
    assert said[0] == "waiting"
    assert re.fullmatch(r"waiting, \d+ s so far", said[1])


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

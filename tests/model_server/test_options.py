from pathlib import Path

import pytest

from model_server.faults import StartFault
from model_server.options import parse


def test_everything_has_a_default():
    options = parse([], {"XDG_CACHE_HOME": "/somewhere"})
    assert (options.model, options.host, options.port, options.key) == ("embedded", "127.0.0.1", 0, None)
    assert options.cache_dir == Path("/somewhere/scriptorium")


def test_memory_caps_are_read_by_device():
    assert parse(["--max-memory", "cpu=8GiB,0=20GiB"], {}).max_memory == {"cpu": "8GiB", 0: "20GiB"}


@pytest.mark.parametrize(
    "flags",
    [
        ["--port", "70000"],
        ["--port", "x"],
        ["--max-memory", "cpu"],
        ["--max-memory", "cpu=much"],
        ["--max-memory", "disk=9GB"],
        ["--dtype", "int3"],
        ["--key", "k"],
    ],
)
def test_a_wrong_flag_ends_with_two(flags, capsys):
    with pytest.raises(SystemExit) as end:
        parse(flags, {})
    assert end.value.code == 2
    assert flags[0] in capsys.readouterr().err


def test_the_key_comes_from_the_environment_or_a_file_and_is_never_shown(tmp_path):
    file = tmp_path / "key"
    file.write_text("from a file\n")
    assert parse([], {"MODEL_API_KEY": "secret"}).key == "secret"
    assert parse([], {"MODEL_API_KEY_FILE": str(file)}).key == "from a file"
    assert "secret" not in repr(parse([], {"MODEL_API_KEY": "secret"}))


def test_a_key_file_that_cannot_be_read_or_is_empty_is_named(tmp_path):
    (tmp_path / "empty").touch()
    for name in ("missing", "empty"):
        with pytest.raises(StartFault, match=name):
            parse([], {"MODEL_API_KEY_FILE": str(tmp_path / name)})

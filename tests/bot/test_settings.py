"""Settings: every one stands in the file with its comment, and whatever is wrong is said in one line."""

import re
import tomllib
import traceback
from pathlib import Path

import pytest

from bot.settings import SettingsError, load_secrets, load_settings
from bot.settings.faults import explain
from bot.settings.loading import fields_of
from bot.settings.sections import Settings

FILE = Path(__file__).parents[2] / "config.toml"
EVERY = [(section, key) for section in Settings.model_fields for key in fields_of(section)]
TOKEN = "MTIzNDU2Nzg5.the.token-of-the-test"


@pytest.fixture
def written(tmp_path, monkeypatch):
    """Write a config.toml into the current folder."""
    monkeypatch.chdir(tmp_path)
    return lambda text: (tmp_path / "config.toml").write_text(text, encoding="utf-8")


def fault(environ: dict[str, str] | None = None) -> str:
    with pytest.raises(SettingsError) as caught:
        load_settings(None, environ or {})
    line = str(caught.value)
    assert "\n" not in line
    return line


def comment_above(section: str, key: str) -> str:
    table = FILE.read_text(encoding="utf-8").split(f"[{section}]\n", 1)[1]
    found = re.search(rf"((?:^#.*\n)+){key} = ", table, re.MULTILINE)
    assert found, f"{section}.{key} has no comment"
    return " ".join(line.removeprefix("# ") for line in found[1].splitlines())


@pytest.mark.parametrize(("section", "key"), EVERY)
def test_every_setting_stands_in_the_file_with_its_default_and_all_about_it(section, key):
    field = fields_of(section)[key]
    value = tomllib.loads(FILE.read_text(encoding="utf-8"))[section][key]
    assert value == (str(field.default) if isinstance(field.default, Path) else field.default)
    assert comment_above(section, key) == explain(field)


def test_the_file_holds_nothing_else():
    table = tomllib.loads(FILE.read_text(encoding="utf-8"))
    assert [(section, key) for section, keys in table.items() for key in keys] == EVERY


def test_the_file_gives_the_defaults():
    settings = load_settings(FILE, {})
    assert all(getattr(settings, name) == field.default for name, field in Settings.model_fields.items())


def test_what_the_file_leaves_out_has_its_default(written):
    written("[ballot]\nminutes = 3\n")
    settings = load_settings(None, {})
    assert (settings.ballot.minutes, settings.storage.backups_kept) == (3.0, 2)


def test_a_variable_wins_over_the_file(written):
    written('[model]\nthreads = 2\nname = "a"\n')
    environ = {
        "SCRIPTORIUM_MODEL__THREADS": "3",
        "SCRIPTORIUM_DISCORD__MESSAGE_CONTENT": "true",
        "SCRIPTORIUM_STORAGE__PATH": "other.db",
        "SCRIPTORIUM_BALLOT__MINUTES": "0.5",
    }
    settings = load_settings(None, environ)
    assert (settings.model.threads, settings.model.name) == (3, "a")
    assert settings.discord.message_content is True
    assert settings.storage.path == Path("other.db")
    assert settings.ballot.minutes == 0.5


def test_a_variable_may_name_the_file(written, tmp_path):
    other = tmp_path / "other.toml"
    other.write_text("[ballot]\nminutes = 7\n")
    assert load_settings(None, {"SCRIPTORIUM_CONFIG": str(other)}).ballot.minutes == 7.0


def test_the_process_environment_is_not_looked_at(written, monkeypatch):
    written("")
    monkeypatch.setenv("SCRIPTORIUM_BALLOT__MINUTES", "1")
    assert load_settings(None, {}).ballot.minutes == 10.0


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            "[model]\ntreads = 1\n",
            ["config.toml: model.treads is no setting", "did you mean threads?", "url"],
        ),
        ("[modle]\nurl = ''\n", ["config.toml: modle is no section", "did you mean model?"]),
        ("[model]\nthreads = 'two'\n", ["model.threads should be a valid integer", "from 0 to 1,024"]),
        ("[model]\nthreads = '2'\n", ["model.threads should be a valid integer"]),
        ("[model]\nthreads = true\n", ["model.threads should be a valid integer"]),
        ("[model]\nthreads = -1\n", ["model.threads should be greater than or equal to 0"]),
        ("[model]\ncontext_tokens = 20\n", ["model.context_tokens", "0, or a whole number from 256"]),
        ("[model]\ndtype = 'int3'\n", ["model.dtype should be", "allowed: auto, float32"]),
        (
            "[model]\nmax_memory = '8 gigs'\n",
            ["model.max_memory should have another form", "such as 0=20GiB,cpu=8GiB"],
        ),
        ("[model]\nurl = 'ftp://x'\n", ["model.url should be a URL", "http:// or https://"]),
        ("[model]\nurl = 'http://[x'\n", ["model.url", "http:// or https://"]),
        ("[ballot]\nminutes = nan\n", ["ballot.minutes", "from 0.1"]),
        ("[discord]\nmessage_content = 1\n", ["discord.message_content", "true or false"]),
        ("[storage]\npath = ''\n", ["storage.path names nothing", "a path"]),
        ("[storage]\npath = 3\n", ["storage.path", "a path"]),
        ("[terminal]\nname = 'two words'\n", ["terminal.name", "one word"]),
        ("[log]\nlevel = 'loud'\n", ["log.level", "debug, info, warning, error"]),
        ("model = 3\n", ["model is a section", "write [model]"]),
        ("[[model]]\nurl = ''\n", ["model is a section"]),
        ("[model\n", ["config.toml: is no valid TOML", "line 1"]),
        ("[model]\nurl = ''\nurl = ''\n", ["is no valid TOML", "line 3"]),
    ],
)
def test_what_is_wrong_in_the_file_is_said_in_one_line(written, text, says):
    written(text)
    line = fault()
    assert line.startswith("config.toml: ")
    assert all(part in line for part in says), line


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        ("SCRIPTORIUM_MODEL__TREADS", "1", ["model.treads is no setting", "did you mean threads?"]),
        ("SCRIPTORIUM_MODLE__URL", "", ["modle is no section", "did you mean model?"]),
        ("SCRIPTORIUM_MODEL", "{}", ["model is no setting"]),
        ("SCRIPTORIUM_HOME", "x", ["home is no section"]),
        ("SCRIPTORIUM_MODEL__THREADS", "many", ["should be a valid integer", "from 0 to 1,024"]),
        ("SCRIPTORIUM_DISCORD__MESSAGE_CONTENT", "maybe", ["true or false"]),
    ],
)
def test_what_is_wrong_in_a_variable_names_the_variable(written, variable, value, says):
    written("")
    line = fault({variable: value})
    assert line.startswith(f"{variable}: ")
    assert all(part in line for part in says), line


def test_a_missing_file_says_where_to_start(written):
    assert fault() == (
        "config.toml: cannot be read: no such file or directory; "
        "start from the folder with config.toml, or name the file in SCRIPTORIUM_CONFIG"
    )


def test_a_file_that_is_no_text_or_no_file_says_so(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.toml").write_bytes(b"\xff\xfe")
    assert "not UTF-8" in fault()
    assert "is a directory" in fault({"SCRIPTORIUM_CONFIG": str(tmp_path)})


@pytest.mark.parametrize(
    ("text", "variable"),
    [
        ("[discord]\ntoken = '{}'\n", "DISCORD_TOKEN"),
        ("[model]\napi_key = '{}'\n", "MODEL_API_KEY"),
        ("discord_token = '{}'\n", "DISCORD_TOKEN"),
        ("MODEL_API_KEY = '{}'\n", "MODEL_API_KEY"),
        ("[secrets]\nmodel_api_key_file = '{}'\n", "MODEL_API_KEY"),
        ("[model]\nurl = 'http://me:{}@host/v1'\n", "environment"),
    ],
)
def test_a_secret_in_the_file_is_refused_and_not_repeated(written, text, variable):
    written(text.format(TOKEN))
    with pytest.raises(SettingsError) as caught:
        load_settings(None, {})
    assert variable in str(caught.value)
    assert TOKEN not in "".join(traceback.format_exception(caught.value)) + repr(caught.value)


def test_secrets_come_from_the_environment_or_a_file_that_it_names(tmp_path):
    (tmp_path / "key").write_text("the-key\n")
    secrets = load_secrets({"DISCORD_TOKEN": f" {TOKEN} ", "MODEL_API_KEY_FILE": str(tmp_path / "key")})
    assert secrets.discord_token and secrets.model_api_key
    assert secrets.discord_token.get_secret_value() == TOKEN
    assert secrets.model_api_key.get_secret_value() == "the-key"
    assert TOKEN not in f"{secrets} {secrets!r}"


def test_without_a_token_there_is_none():
    secrets = load_secrets({"DISCORD_TOKEN": ""})
    assert (secrets.discord_token, secrets.model_api_key) == (None, None)


@pytest.mark.parametrize(
    ("environ", "says"),
    [
        (
            {"DISCORD_TOKEN": TOKEN, "DISCORD_TOKEN_FILE": "key"},
            "DISCORD_TOKEN: is set beside DISCORD_TOKEN_FILE",
        ),
        ({"DISCORD_TOKEN": f"Bot {TOKEN}"}, "DISCORD_TOKEN: holds more than one word"),
        ({"MODEL_API_KEY_FILE": "absent"}, "MODEL_API_KEY_FILE: names absent: no such file"),
        ({"MODEL_API_KEY_FILE": "empty"}, "MODEL_API_KEY_FILE: names empty, which is empty"),
        ({"MODEL_API_KEY_FILE": "binary"}, "MODEL_API_KEY_FILE: names binary, which is no text"),
        ({"MODEL_API_KEY_FILE": "two"}, "MODEL_API_KEY_FILE: holds more than one word"),
    ],
)
def test_a_secret_that_cannot_be_used_is_said_in_one_line(tmp_path, monkeypatch, environ, says):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").touch()
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "two").write_text(f"{TOKEN}\n{TOKEN}\n")
    with pytest.raises(SettingsError) as caught:
        load_secrets(environ)
    assert str(caught.value).startswith(says)
    assert TOKEN not in "".join(traceback.format_exception(caught.value)) + repr(caught.value)

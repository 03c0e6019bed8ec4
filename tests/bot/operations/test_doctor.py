"""The doctor as the person at the shell meets it."""

from bot.operations.findings import Finding, Level, fail, ok, warn

NOBODY = {"SCRIPTORIUM_MODEL__URL": "http://127.0.0.1:9/v1", "SCRIPTORIUM_MODEL__RETRIES": "0"}


def test_each_thing_gets_a_line_that_begins_with_how_it_is(run):
    code, said = run("doctor", **NOBODY)
    assert [tuple(line.split()[:2]) for line in said] == [
        ("ok", "settings"),
        ("ok", "database"),
        ("ok", "disk"),
        ("warn", "discord"),
        ("fail", "model"),
    ]
    assert code == 1


def test_a_setting_that_is_wrong_is_all_that_can_be_told(run):
    code, [said] = run("doctor", SCRIPTORIUM_BALLOT__MINUTES="soon")
    assert code == 1 and "SCRIPTORIUM_BALLOT__MINUTES" in said


def test_a_secret_that_cannot_be_read_is_told(run):
    code, [said] = run("doctor", DISCORD_TOKEN_FILE="nowhere")
    assert code == 1 and "DISCORD_TOKEN_FILE: names nowhere" in said


def test_looking_makes_nothing(run, folder):
    run("doctor", **NOBODY)
    assert [file.name for file in folder.iterdir()] == ["config.toml"]


def test_a_finding_is_one_line_with_what_to_do():
    assert str(ok("disk", "there is room")) == "ok    disk         there is room"
    assert str(warn("disk", "8 MB\nare free", "Make room.")) == "warn  disk         8 MB are free. Make room."
    assert fail("disk", "full", "Make room.") == Finding(Level.FAIL, "disk", "full", "Make room.")

"""Every setting: what it takes, what holds where nothing is set."""

from dataclasses import fields

import pytest

from bot.story.house_rules import KEYS, SETTINGS, HouseRules, house_rules, setting_of
from bot.story.manuscript import AiMode

HEARD = {"typing"}
"""Read by who listens to typed lines, together with the moment since when it holds."""


def test_every_setting_is_read_by_the_rooms():
    assert set(KEYS) == {field.name for field in fields(HouseRules)} | HEARD


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.key)
def test_a_setting_takes_what_it_says(setting):
    assert setting.help.endswith(".")
    for value in setting.choices or (str(setting.least), str(setting.most)):
        assert str(setting.read(f" {value.upper()} ")) == value


def test_what_is_set_is_what_the_rooms_read():
    kept = {"ballot_minutes": 3, "max_candidates": 2, "default_ai": "off", "word_list": "off"}
    rules = house_rules(kept)
    assert (rules.ballot_minutes, rules.max_candidates, rules.default_ai) == (3, 2, AiMode.OFF)
    assert (rules.word_list, rules.one_generation_per_person) == (False, True)


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.key)
@pytest.mark.parametrize("bad", ["", "red", "-1", "1.5", "١٢", "9999999999"])
def test_a_setting_takes_nothing_else(setting, bad: str):
    with pytest.raises(ValueError, match=f"^{bad}$"):
        setting.read(bad)


def test_defaults_hold_where_nothing_or_nonsense_is_kept():
    for kept in ({}, {"colour": "red", "default_ai": "sometimes", "word_list": 7, "max_candidates": "x"}):
        rules = house_rules(kept)
        assert (rules.default_ai, rules.word_list, rules.max_candidates) == (AiMode.FULL, True, 4)
        assert rules.ballot_minutes is None


def test_a_key_is_found_in_any_case():
    assert setting_of(" Word_List ") is setting_of("word_list")
    assert setting_of("colour") is None

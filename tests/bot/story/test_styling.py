"""What a server's presets may be."""

from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.story.presets import BUILT_IN
from bot.story.styling import (
    BOUNDS,
    Breach,
    Change,
    breaches,
    changed,
    differences,
    fit_adapter,
    fit_name,
)

NOIR = next(preset for preset in BUILT_IN if preset.name == "noir")


@pytest.mark.parametrize("name", ["noir", "storm-glass", "x", "a1", "nächtlich", "夜", "a" * 32])
def test_a_name_is_lower_case_letters_digits_and_hyphens(name: str):
    assert fit_name(name)


@pytest.mark.parametrize(
    "name", ["", "Noir", "storm glass", "-x", "x-", "a--b", "a_b", "a:b", "a" * 33, "x\n", "@x"]
)
def test_other_names_are_refused(name: str):
    assert not fit_name(name)


@pytest.mark.parametrize("name", ["noir", "Noir-v1.2", "7_b", "a", "a" * 100])
def test_an_adapter_is_called_as_the_model_server_allows(name: str):
    assert fit_adapter(name)


@pytest.mark.parametrize(
    "name", ["", ".noir", "-x", "a/b", "..", "no ir", "nächtlich", "None", "x\n", "a" * 101]
)
def test_no_adapter_is_called_otherwise(name: str):
    assert not fit_adapter(name)


def test_an_adapter_is_given_kept_and_taken_away():
    rainy = changed(NOIR, Change(adapter=" rain "))
    assert (rainy.adapter, differences(NOIR, rainy)) == ("rain", ("adapter",))
    assert changed(rainy, Change(temperature=0.3)).adapter == "rain"
    assert [changed(rainy, Change(adapter=word)).adapter for word in ("none", "None", "")] == ["", "", ""]


def test_a_change_changes_what_it_names_alone():
    after = changed(NOIR, Change(temperature=0.3, long=300))
    assert differences(NOIR, after) == ("temperature", "long")
    assert (after.voice, after.lengths.short) == (NOIR.voice, NOIR.lengths.short)


@given(st.sampled_from(BUILT_IN))
def test_an_empty_change_changes_nothing(preset):
    assert changed(preset, Change()) == preset
    assert not breaches(preset)


@pytest.mark.parametrize("bound", BOUNDS, ids=lambda bound: bound.name)
def test_every_bound_is_named(bound):
    too_much = changed(NOIR, Change(**{bound.name: bound.most + 1}))
    assert Breach(bound.name, bound.most + 1, bound.least, bound.most) in breaches(too_much)


def test_all_that_is_out_of_bounds_is_named_at_once():
    wild = changed(NOIR, Change(temperature=9.0, min_p=float("nan"), short=1))
    assert [breach.name for breach in breaches(wild)] == ["temperature", "min_p", "short"]


def test_a_longer_length_holds_at_least_what_a_shorter_one_does():
    assert breaches(changed(NOIR, Change(medium=20))) == [Breach("medium", 20, 60, 4000)]
    assert breaches(changed(NOIR, Change(long=100))) == [Breach("long", 100, 120, 4000)]


def test_every_bound_can_be_changed():
    assert {bound.name for bound in BOUNDS} < {field.name for field in fields(Change)}

import pytest

from bot.commands import COMMANDS, Command, Kind, named

EVERYWHERE = [command for command in COMMANDS if not command.terminal_only]


def name_of(command: Command) -> str:
    return command.name


def test_names_are_given_once():
    assert len({command.name for command in COMMANDS}) == len(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS, ids=name_of)
def test_every_command_has_help_and_an_example(command: Command):
    assert command.help.endswith(".")
    assert command.examples


@pytest.mark.parametrize("command", EVERYWHERE, ids=name_of)
def test_discord_can_hold_it(command: Command):
    assert len(command.help) <= 100
    assert all(1 <= len(option.help) <= 100 for option in command.options)
    assert all(len(option.choices) <= 25 for option in command.options)
    assert [option.required for option in command.options] == sorted(
        (option.required for option in command.options), reverse=True
    )


@pytest.mark.parametrize("command", COMMANDS, ids=name_of)
def test_an_option_says_what_its_kind_allows(command: Command):
    for option in command.options:
        assert bool(option.choices) == (option.kind is Kind.CHOICE)
        assert option.least is None or option.kind is Kind.INTEGER
        assert option.max_length is None or option.kind is Kind.TEXT


def test_a_command_is_found_by_name():
    assert named("continue").option("candidates").most == 4
    with pytest.raises(KeyError):
        named("dance")

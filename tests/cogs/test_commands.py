import discord
import pytest
from discord import app_commands
from hypothesis import given
from hypothesis import strategies as st

from bot.commands import COMMANDS, Kind
from cogs.client import Tree
from cogs.replies import packed

OURS = {command.name: command for command in COMMANDS if not command.terminal_only}
KINDS = {
    Kind.TEXT: discord.AppCommandOptionType.string,
    Kind.CHOICE: discord.AppCommandOptionType.string,
    Kind.INTEGER: discord.AppCommandOptionType.integer,
    Kind.NUMBER: discord.AppCommandOptionType.number,
    Kind.PERSON: discord.AppCommandOptionType.user,
}


@pytest.fixture
async def tree(server):
    return {
        command.qualified_name: command
        for command in server.env.bot.tree.walk_commands()
        if isinstance(command, app_commands.Command)
    }


async def test_discord_has_the_commands_of_the_list_and_no_others(tree):
    assert set(tree) == set(OURS)


async def test_every_command_and_option_is_as_the_list_has_it(tree):
    for name, command in OURS.items():
        assert tree[name].description == command.help
        assert [one.name for one in tree[name].parameters] == [one.name for one in command.options]
        for given_, option in zip(tree[name].parameters, command.options, strict=True):
            assert given_.description == option.help
            assert given_.type is KINDS[option.kind]
            assert given_.required == option.required
            assert tuple(choice.value for choice in given_.choices) == option.choices
            assert given_.autocomplete == (option.source is not None)
            if option.max_length or option.least:
                assert given_.max_value == (option.max_length or option.most)


async def test_commands_live_in_servers_alone(server):
    assert issubclass(server.env.bot.tree.__class__, Tree)
    for command in server.env.bot.tree.get_commands():
        payload = command.to_dict(server.env.bot.tree)
        assert payload["contexts"] == [0]
        assert payload["integration_types"] == [0]


async def test_presets_and_topics_complete(server):
    [gothic] = await server.ann.autocomplete(server.channel, "story start", "preset", "GO")
    assert gothic["value"] == "gothic"
    topics = await server.ann.autocomplete(server.channel, "help", "topic", "con")
    assert [topic["value"] for topic in topics] == ["continue"]


@given(st.lists(st.text(min_size=1, max_size=100), max_size=40))
def test_blocks_are_packed_in_order_and_none_is_cut(blocks):
    leaves = packed(blocks, limit=200)
    assert "\n\n".join(leaves) == "\n\n".join(blocks)
    assert all(len(leaf) <= 200 for leaf in leaves)

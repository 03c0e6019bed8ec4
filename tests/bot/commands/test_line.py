import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands import (
    COMMANDS,
    Call,
    Kind,
    Line,
    MissingOption,
    NotANumber,
    Option,
    OutOfRange,
    UnexpectedText,
    UnknownChoice,
    UnknownCommand,
    ValueTooLong,
    parse,
    render,
)

PROSE = st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=60)
TRAPS = st.sampled_from(
    [
        '"Come in."',
        "a title: b",
        'text: "x',
        "\\",
        '\\"',
        "premise:",
        " edge ",
        "x length: y",
        "@ann /undo",
        '"',
    ],
)


def value_of(option: Option) -> st.SearchStrategy[str | int | float]:
    match option.kind:
        case Kind.INTEGER:
            return st.integers(option.least or 0, option.most or 999)
        case Kind.CHOICE:
            return st.sampled_from(option.choices)
        case Kind.NUMBER:
            return st.decimals(-100, 100, places=3).map(float)
        case Kind.PERSON:
            return st.from_regex(r"[\w.-]+", fullmatch=True)
        case Kind.TEXT:
            return PROSE | TRAPS


@st.composite
def lines(draw: st.DrawFn) -> Line:
    command = draw(st.sampled_from(COMMANDS))
    given_options = [option for option in command.options if option.required or draw(st.booleans())]
    values = {option.name: draw(value_of(option)) for option in draw(st.permutations(given_options))}
    return Line(Call(command.name, values), draw(st.none() | st.from_regex(r"[\w.-]+", fullmatch=True)))


@given(lines())
def test_a_rendered_line_parses_to_the_same(line: Line):
    assert parse(render(line)) == line


@pytest.mark.parametrize("example", [example for command in COMMANDS for example in command.examples])
def test_every_example_can_be_pasted(example: str):
    assert parse(example).call.name in example


def test_plain_text_is_a_passage():
    assert parse("The door was green.") == Line(Call("write", {"text": "The door was green."}))


def test_a_name_in_front_makes_it_that_persons():
    assert parse("@ann /vote 2") == Line(Call("vote", {"number": 2}), speaker="ann")
    assert parse("@ann I write too.") == Line(Call("write", {"text": "I write too."}), speaker="ann")


def test_a_value_runs_to_the_next_option():
    call = parse("/story start premise: A door: in the sea. title: The Door").call
    assert call.values == {"premise": "A door: in the sea.", "title": "The Door"}


def test_the_first_unnamed_value_is_the_first_options():
    assert parse("/export markdown").call.values == {"format": "markdown"}
    assert parse("/continue somebody knocks length: short").call.values == {
        "direction": "somebody knocks",
        "length": "short",
    }


def test_prose_keeps_its_own_quotes():
    assert parse('/write "Come in."').call.text("text") == '"Come in."'
    assert parse('/write text: "Come," she said.').call.text("text") == '"Come," she said.'


def test_quotes_let_a_value_hold_an_options_name():
    call = parse('/story start premise: "A title: none" title: B').call
    assert call.values == {"premise": "A title: none", "title": "B"}


def test_an_option_given_twice_is_text_the_second_time():
    assert parse("/write The text: it was long").call.text("text") == "The text: it was long"


def test_names_and_choices_may_be_capitalised():
    assert parse("/Continue Length: SHORT").call.values == {"length": "short"}


def test_a_line_of_several_lines_stays_one_passage():
    assert parse("/write One.\n\nTwo.").call.text("text") == "One.\n\nTwo."


@pytest.mark.parametrize("typed", ["/hsitory", "/histori", "/hist ory"])
def test_an_unknown_command_names_the_nearest(typed: str):
    with pytest.raises(UnknownCommand) as fault:
        parse(typed)
    assert "history" in fault.value.near


def test_half_a_command_names_the_whole():
    with pytest.raises(UnknownCommand) as fault:
        parse("/story")
    assert fault.value.near[0] == "story start"


@pytest.mark.parametrize("typed", ["/", "/ ", "/§$%", "/123"])
def test_what_resembles_nothing_has_no_neighbours(typed: str):
    with pytest.raises(UnknownCommand) as fault:
        parse(typed)
    assert fault.value.near == ()


@pytest.mark.parametrize("typed", ["/vote", "/propose", "/propose text:", "/export"])
def test_a_required_option_is_asked_for(typed: str):
    with pytest.raises((MissingOption, UnknownChoice)):
        parse(typed)


def test_numbers_have_bounds():
    with pytest.raises(OutOfRange) as fault:
        parse("/continue candidates: 5")
    assert (fault.value.least, fault.value.most, fault.value.value) == (1, 4, 5)


@pytest.mark.parametrize("typed", ["/vote two", "/vote 1.5", "/vote ２", f"/vote {'9' * 5000}"])
def test_numbers_are_numbers(typed: str):
    with pytest.raises(NotANumber):
        parse(typed)


def test_choices_are_named():
    with pytest.raises(UnknownChoice) as fault:
        parse("/export pdf")
    assert fault.value.choices == ("markdown",)


def test_titles_have_a_length():
    with pytest.raises(ValueTooLong) as fault:
        parse(f"/story start title: {'x' * 91}")
    assert (fault.value.length, fault.value.limit) == (91, 90)


def test_a_command_without_options_takes_none():
    with pytest.raises(UnexpectedText):
        parse("/undo please")

from io import BytesIO, StringIO, TextIOWrapper

from hypothesis import given
from hypothesis import strategies as st

from bot.terminal.paper import LivePaper, Paper, open_paper, wrapped


def live(width: int = 12) -> tuple[LivePaper, StringIO]:
    screen = StringIO()
    return LivePaper(screen, colour=False, width=lambda: width), screen


def test_a_flow_goes_on_in_its_line_until_another_line_comes():
    screen = StringIO()
    paper = Paper(screen)
    paper.flow("One ")
    paper.flow("two.")
    paper.line("Three.")
    assert screen.getvalue() == "One two.\nThree.\n"


def test_dim_is_seen_only_where_colour_is():
    plain, coloured = StringIO(), StringIO()
    Paper(plain).line("— Ann", dim=True)
    Paper(coloured, colour=True).line("— Ann", dim=True)
    assert plain.getvalue() == "— Ann\n"
    assert coloured.getvalue() == "\x1b[2m— Ann\x1b[0m\n"


def test_live_prose_keeps_its_unfinished_line_for_the_prompt():
    paper, screen = live()
    paper.flow("The door was")
    paper.flow(" green and")
    assert screen.getvalue() == "The door was\n"
    assert paper.tail == "green and"
    paper.line("Done.")
    assert screen.getvalue() == "The door was\ngreen and\nDone.\n"
    assert paper.tail == ""


@given(st.text(alphabet="ab \n", max_size=80), st.integers(1, 20))
def test_wrapping_loses_only_spaces_at_the_cuts(text: str, width: int):
    lines = wrapped(text, width)
    assert all(len(line) <= width for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


@given(st.lists(st.text(alphabet="ab \n", max_size=10), max_size=12), st.integers(1, 20))
def test_pieces_flow_as_their_whole_does(pieces: list[str], width: int):
    paper, screen = live(width)
    for piece in pieces:
        paper.flow(piece)
    paper.end()
    assert "".join(screen.getvalue().split()) == "".join("".join(pieces).split())


def test_a_pipe_gets_plain_paper_and_narrow_encodings_do_not_fail():
    raw = BytesIO()
    with open_paper(StringIO(), TextIOWrapper(raw, encoding="ascii"), {}) as paper:
        paper.line("“Green”", dim=True)
        assert not paper.live
        assert raw.getvalue() == b"?Green?\n"


class Tty(StringIO):
    def isatty(self) -> bool:
        return True


def test_no_color_is_obeyed():
    screen = Tty()
    with open_paper(StringIO(), screen, {"NO_COLOR": "1"}) as paper:
        paper.line("x", dim=True)
    assert screen.getvalue() == "x\n"

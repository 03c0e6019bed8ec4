"""Rows and kept pages against a memory that holds what was written into each: nobody ever reads what is not theirs."""

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from model_server.engine.pages import PAGE, Pages, names

ROWS = 3
CONTEXT = 4 * PAGE
KEPT = 4
rows = st.integers(0, ROWS - 1)
texts = st.text("ab", min_size=1, max_size=4).flatmap(
    lambda letters: st.integers(1, len(letters) * PAGE).map(
        lambda size: [ord(letter) for letter in letters for _ in range(PAGE)][:size]
    )
)
salts = st.sampled_from(["", "salt"])


class Cache(RuleBasedStateMachine):
    """Pages, with the tokens that stand in each place of each page."""

    def __init__(self):
        super().__init__()
        self.pages = Pages(ROWS, CONTEXT, KEPT)
        self.memory = {}
        self.texts = {}

    def fill(self, row, start, tokens):
        table = self.pages.reach(row, start + len(tokens))
        for place, token in enumerate(tokens, start):
            self.memory[table[place // PAGE], place % PAGE] = token

    def copy(self, pages):
        if pages is not None:
            source, target = pages
            self.memory.update({(target, slot): self.memory.get((source, slot)) for slot in range(PAGE)})

    @rule(row=rows, tokens=texts, salt=salts)
    def read(self, row, tokens, salt):
        known = self.pages.begin(row, tokens, salt)
        assert known < len(tokens)
        self.fill(row, known, tokens[known:])
        self.texts[row] = (tokens, salt)

    @precondition(lambda self: self.texts)
    @rule(data=st.data(), token=st.sampled_from([ord("a"), ord("c")]))
    def write(self, data, token):
        row = data.draw(st.sampled_from(sorted(self.texts)))
        tokens, salt = self.texts[row]
        if len(tokens) < CONTEXT:
            self.fill(row, len(tokens), [token])
            self.texts[row] = ([*tokens, token], salt)

    @precondition(lambda self: self.texts)
    @rule(data=st.data(), other=rows)
    def fork(self, data, other):
        source = data.draw(st.sampled_from(sorted(self.texts)))
        if source != other:
            self.copy(self.pages.fork(source, other, len(self.texts[source][0])))
            self.texts[other] = self.texts[source]

    @precondition(lambda self: self.texts)
    @rule(data=st.data())
    def rewind(self, data):
        row = data.draw(st.sampled_from(sorted(self.texts)))
        tokens, salt = self.texts[row]
        length = data.draw(st.integers(1, len(tokens)))
        self.copy(self.pages.rewind(row, length))
        self.texts[row] = (tokens[:length], salt)

    @precondition(lambda self: self.texts)
    @rule(data=st.data(), done=st.booleans())
    def remember(self, data, done):
        row = data.draw(st.sampled_from(sorted(self.texts)))
        self.pages.remember(row, *self.texts[row])
        if done:
            self.pages.end(row)
            del self.texts[row]

    @invariant()
    def every_row_holds_its_own_text(self):
        for row, (tokens, _) in self.texts.items():
            table = self.pages.tables[row]
            held = [self.memory[table[place // PAGE], place % PAGE] for place in range(len(tokens))]
            assert held == tokens

    @invariant()
    def no_page_is_lost(self):
        used = {page for table in self.pages.tables.values() for page in table}
        kept = self.pages.count - len(self.pages._free) - len(used)
        assert 0 <= kept <= KEPT


TestCache = Cache.TestCase
TestCache.settings = settings(max_examples=60, stateful_step_count=25)


@given(texts, salts)
def test_what_was_kept_is_known_but_for_its_last_token(tokens, salt):
    pages = Pages(ROWS, CONTEXT, KEPT)
    pages.reach(0, len(tokens))
    pages.remember(0, tokens, salt)
    pages.end(0)
    assert pages.begin(1, tokens, salt) == (len(tokens) - 1) // PAGE * PAGE
    assert pages.begin(2, tokens, "another salt") == 0


def test_what_was_unused_for_longest_goes_first_and_an_end_before_its_beginning():
    pages = Pages(ROWS, CONTEXT, kept=4)
    stories = {name: [ord(name)] * (2 * PAGE + 1) for name in "abc"}
    for name in ("a", "b", "a", "c"):
        pages.begin(0, stories[name], "")
        pages.reach(0, len(stories[name]))
        pages.remember(0, stories[name], "")
        pages.end(0)
    assert [pages.begin(0, stories[name], "") // PAGE for name in "acb"] == [2, 2, 0]


def test_candidates_share_the_pages_of_their_prompt_and_have_their_own_last_one():
    pages = Pages(ROWS, CONTEXT, KEPT)
    first = pages.reach(0, 2 * PAGE + 5)
    copied = pages.fork(0, 1, 2 * PAGE + 5)
    assert pages.tables[1][:2] == first[:2]
    assert copied == (first[2], pages.tables[1][2])
    assert pages.tables[1][2] != first[2]


def test_a_name_tells_all_that_comes_before():
    one, other = (list(names([*first, *[7] * PAGE], "")) for first in ([1] * PAGE, [2] * PAGE))
    assert not set(one) & set(other)

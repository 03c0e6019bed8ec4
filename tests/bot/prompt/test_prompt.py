"""What the model sees of a story, and what becomes of its words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.samples import a_passage, a_session

from bot.prompt.angles import angle
from bot.prompt.compose import Block, Part, blocks, cut, fit, fits, lead_in, most_tokens
from bot.prompt.craft import Craft
from bot.prompt.repair import chats, echoes, repair, strays
from bot.story.manuscript import Passage

SESSION = a_session()

CRAFT = Craft(
    writers="You write together.",
    rules="Only the story.",
    work="story",
    seed="premise",
    first="Write the first passage of the story.",
    later="Write only what comes next.",
)


def told(*texts: str) -> list[Passage]:
    return [a_passage(text, number) for number, text in enumerate(texts)]


def prompt_of(texts: list[str], budget: int, direction: str | None = None):
    laid = blocks(CRAFT, SESSION, told(*texts), direction, "Go on.")
    return fit(CRAFT, laid, [len(block.text.split()) for block in laid], budget)


def test_the_story_stands_between_what_is_stable_and_what_changes_every_turn() -> None:
    _, user, _ = prompt_of(["The door was green.", "word " * 50], 4000, "a storm breaks").messages
    places = [
        user.content.index(part) for part in ("A keeper finds", "The door was green.", "a storm breaks")
    ]
    assert places == sorted(places)


def test_the_answer_begins_with_the_last_paragraphs() -> None:
    *_, lead = prompt_of(["Long ago.", "word " * 50, "It opened"], 4000).messages
    assert lead.role == "assistant"
    assert lead.content.endswith("It opened")
    assert "Long ago." not in lead.content


@given(st.lists(st.text("ab \n", min_size=1), min_size=1))
def test_a_lead_in_loses_no_word(passages: list[str]) -> None:
    story = "\n\n".join(passages)
    assert " ".join(lead_in(story)).split() == story.split()


def test_two_turns_share_all_but_their_end() -> None:
    long = "word " * 50
    before = prompt_of(["One.", "Two.", long], 4000, "rain").messages[1].content
    after = prompt_of(["One.", "Two.", long, long], 4000, "snow").messages[1].content
    shared = before[: before.index("Two.") + len("Two.")]
    assert after.startswith(shared)


def test_the_newest_passage_never_drops_and_the_oldest_drop_first() -> None:
    prompt = prompt_of([f"{word} " * 60 for word in ("alpha", "beta", "gamma", "delta")], 270)
    content = " ".join(message.content for message in prompt.messages)
    assert "delta" in content
    assert "alpha" not in content
    assert [line.why for line in prompt.report if not line.kept] == ["older than what fits"] * 2


def test_a_passage_longer_than_the_room_keeps_its_end() -> None:
    content = prompt_of(["start " + "middle " * 2000 + "end."], 400).messages[2].content
    assert "end." in content
    assert "start" not in content


@given(st.lists(st.integers(1, 400), min_size=1, max_size=40), st.integers(200, 3000))
def test_what_is_kept_fits_the_budget(sizes: list[int], budget: int) -> None:
    prompt = prompt_of(["w " * size for size in sizes], budget)
    frame = sum(line.tokens for line in prompt.report if line.part is not Part.STORY)
    assert prompt.tokens <= max(budget, frame)


@given(st.lists(st.integers(1, 200), min_size=1, max_size=60), st.integers(50, 1000))
def test_the_cut_never_moves_back_as_the_story_grows(sizes: list[int], room: int) -> None:
    cuts = [cut(sizes[:length], room) for length in range(1, len(sizes) + 1)]
    assert cuts == sorted(cuts)


def test_the_cut_stands_still_for_many_turns() -> None:
    cuts = [cut([10] * length, 400) for length in range(1, 400)]
    assert len(set(cuts)) < 45


def test_required_blocks_are_kept_in_no_room_at_all() -> None:
    laid = [Block(part, "words", required=True) for part in Part]
    prompt = fit(CRAFT, laid, [1000] * len(laid), 100)
    assert all(line.kept for line in prompt.report)


@given(st.integers(0, 1 << 31), st.integers(2, 4))
def test_candidates_of_one_job_have_different_angles(seed: int, of: int) -> None:
    assert len({angle(seed, index, of) for index in range(of)}) == of


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("Continuation: The sea rose. It f", "The sea rose."),
        ("<|im_start|>assistant\nThe sea rose.<|im_end|>", "The sea rose."),
        ("\u200b \n", ""),
        ("no end in sight", "no end in sight"),
    ],
)
def test_raw_words_are_made_fit_to_stand_in_a_story(raw: str, text: str) -> None:
    assert repair(raw) == text


def test_a_text_that_repeats_another_is_an_echo() -> None:
    text = "The door opened, and the sea came in over the stones."
    assert echoes(text.upper(), [text])
    assert not echoes("She laughed and shut the book before it could answer.", [text])


@given(st.lists(st.integers(1, 300), min_size=2, max_size=20), st.integers(0, 5000))
def test_what_is_told_to_fit_whole_drops_nothing(sizes: list[int], budget: int) -> None:
    laid = [Block(part, "words", required=True) for part in Part]
    told = [Block(Part.STORY, "words", required=False) for _ in sizes]
    tokens = [10] * len(laid) + sizes
    if fits(tokens, budget):
        assert all(line.kept and not line.why for line in fit(CRAFT, [*laid, *told], tokens, budget).report)


@pytest.mark.parametrize("text", ["a", "é", "门", "🙂", "a b"])
def test_no_text_has_more_tokens_than_bytes(text: str) -> None:
    assert most_tokens(text) == len(text.encode())


def test_a_text_in_another_language_than_the_story_is_noticed():
    romaji = "Sakura no kirimori no nai\nNamazu no yaki ni\nHikari no sashi ni"
    assert strays(romaji, ["the tide"])
    assert not strays(romaji, ["桜の朝"])
    assert not strays("Sakura no kirimori", ["the tide"])
    assert not strays("A lone storm rocks every shore tonight.", ["the tide"])


def test_a_helpers_talk_is_told_from_a_story():
    assert chats("If there's something else, feel free to ask! What can I assist you with?")
    assert chats("As an AI language model I cannot smell the sea.")
    assert chats("I'm glad you're excited to share your work with me! A door in a wood beckons.")
    assert chats("This scene takes place at a remote island where a keeper has lost his way.")
    assert chats("The opening sentence sets the tone for an eerie atmosphere.")
    assert not chats("She let the rope go and asked nobody for help.")
    assert not chats("The scene was set, and the story of the door went round the harbour.")

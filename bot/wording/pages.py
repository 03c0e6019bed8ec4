"""What stands on pages beside the prose: who wrote it, how far the model is, how a vote went."""

from typing import Final

from bot.story.ballot import BallotState
from bot.story.manuscript import Origin, Passage
from bot.wording.counting import count
from bot.workshop.pages import BallotPage, Choice, DraftingPage, UnaddedPage
from bot.workshop.records import JobState

REMOVED: Final = "[removed]"
BY_A_MODERATOR: Final = "[removed by a moderator]"
BY_ITS_WRITER: Final = "[removed by its writer]"


def readable(text: str) -> str:
    """Return a candidate's text, or what stands in its place once it was taken out."""
    return text or REMOVED


def words_of(passage: Passage) -> str:
    """Return a passage's text, or who took it out of the story."""
    return passage.text or (BY_A_MODERATOR if passage.moderated else BY_ITS_WRITER)


def byline(passage: Passage) -> str:
    """Say whose words they are, and whether a vote chose them."""
    writer = passage.author_name
    if passage.origin is Origin.MODEL:
        writer = f"the model, asked by {passage.author_name}"
    return f"{writer}, chosen by vote" if passage.chosen_by is not None else writer


def drafting_line(page: DraftingPage) -> str:
    """Say how far the drafts are."""
    return f"The model is drafting: {page.done} of {page.wanted}, {page.seconds} s"


def votes_in(page: BallotPage) -> str:
    """Say how many voted, and how many votes decide."""
    return f"{count(page.voted, 'person has', 'people have')} voted; {count(page.needed, 'vote')} needed"


def choice_line(choice: Choice) -> str:
    """Say a candidate's number, and its author and votes once they are known."""
    by = f" by {choice.by}" if choice.by is not None else ""
    votes = f", {count(choice.votes, 'vote')}" if choice.votes is not None else ""
    return f"{choice.number}{by}{votes}"


def none_line(page: BallotPage) -> str:
    """Say how many wanted none of the candidates."""
    return f"none of these, {count(page.none_votes or 0, 'vote')}"


def outcome(page: BallotPage) -> str:
    """Say how a vote ended that is over."""
    if page.ballot.state is BallotState.CANCELLED:
        kept = " Its candidates are kept." if any(choice.text for choice in page.choices) else ""
        return f"The vote was cancelled.{kept}"
    if page.winner is None:
        return "The vote ended without a winner, so nothing was added."
    lot = " A draw decided between equals." if page.ballot.drawn else ""
    return f"Candidate {page.winner} was chosen and joins the story.{lot}"


def unadded(page: UnaddedPage) -> str:
    """Say why a continuation did not join the story, or that it did so later."""
    if page.added:
        return "Not added at first, but then: it stands below."
    if page.ended is JobState.STOPPED:
        return "Stopped, and not added to the story."
    if page.ended is JobState.FAILED:
        return "Not added: the model broke off before the end."
    return "Not added: the story moved on while the model was writing."

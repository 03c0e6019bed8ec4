"""What must hold after a death and a restart: a legal store, and a thread that shows it once."""

from collections.abc import Iterator

from .crash_deeds import Story
from .crash_stage import CrashStage

ILLEGAL = {
    "a head outside its session or not placed": """SELECT s.id FROM sessions s LEFT JOIN passages p
        ON p.id = s.head AND p.session = s.id AND p.page IS NOT NULL
        WHERE s.head IS NOT NULL AND p.id IS NULL""",
    "a job that still runs": "SELECT id FROM jobs WHERE state = 'running'",
    "two jobs at once": "SELECT session FROM jobs WHERE state = 'running' GROUP BY 1 HAVING count(*) > 1",
    "two ballots at once": """SELECT session FROM ballots WHERE state IN ('draft', 'open')
        GROUP BY 1 HAVING count(*) > 1""",
    "a draft that nobody drafts": "SELECT id FROM ballots WHERE state = 'draft'",
    "an open ballot without a deadline": """SELECT id FROM ballots WHERE state = 'open'
        AND id NOT IN (SELECT ballot FROM deadlines)""",
    "an open ballot without numbered candidates": """SELECT b.id FROM ballots b JOIN candidates c
        ON c.ballot = b.id WHERE b.state = 'open' AND c.number IS NULL""",
    "a winner that its ballot did not place": """SELECT b.id FROM ballots b JOIN passages p ON p.id = b.winner
        WHERE p.chosen_by IS NOT b.id OR p.page IS NULL""",
    "a state that contradicts the ballots": """SELECT s.id FROM sessions s WHERE (s.state = 'voting')
        IS NOT EXISTS (SELECT 1 FROM ballots b WHERE b.session = s.id AND b.state = 'open')""",
    "a page that waits": "SELECT page FROM outbox",
    "a post in doubt": "SELECT page FROM shown WHERE NOT gone AND (message IS NULL OR fingerprint = '')",
    "parts with a gap": "SELECT page FROM shown GROUP BY page HAVING max(part) <> count(*) - 1",
}
PAGES = """
    SELECT 'card:' || ?1 UNION SELECT 'opening:' || ?1
    UNION SELECT page FROM passages WHERE session = ?1 AND page IS NOT NULL
    UNION SELECT iif(wanted = 1, 'turn:', 'drafting:') || id FROM jobs WHERE session = ?1
    UNION SELECT 'ballot:' || id FROM ballots WHERE session = ?1 AND opened IS NOT NULL
    UNION SELECT 'event:' || id FROM events WHERE session = ?1
        AND kind IN ('undone', 'nothing-chosen', 'ballot-extended', 'beat-passed', 'finished')"""
SHOWN = """SELECT page, part, place, message FROM shown WHERE NOT gone
    AND (place = (SELECT thread FROM sessions WHERE id = ?1) OR page = 'card:' || ?1)
    ORDER BY page, part"""


def store_faults(stage: CrashStage) -> Iterator[str]:
    """Tell what is illegal anywhere in the store."""
    (verdict,) = stage.row("PRAGMA integrity_check") or ("",)
    if verdict != "ok":
        yield f"integrity_check: {verdict}"
    for row in stage.rows("PRAGMA foreign_key_check"):
        yield f"foreign_key_check: {row}"
    for what, question in ILLEGAL.items():
        if found := stage.rows(question):
            yield f"store: {what}: {found}"


def missing(story: Story) -> Iterator[str]:
    """Tell what was acknowledged and does not stand in the store exactly once."""
    for text in story.texts:
        if (times := story.count("passages WHERE session = ?1 AND text = ?2", text)) != 1:
            yield f"an acknowledged passage stands {times} times in the store: {text[:50]!r}"


def thread_faults(story: Story) -> Iterator[str]:
    """Compare the channel and the thread, message by message, with the store."""
    stage = story.stage
    cards = [each for each in stage.messages(stage.channel) if story.premise in each.text]
    if not story.session or story.count("lost_threads WHERE session = ?1"):
        if cards:
            yield "a card without a session, or without a thread"
        return
    threads = [each for each in stage.channel.threads if each.id in {card.id for card in cards}]
    if len(cards) != 1 or len(threads) != 1:
        yield f"{len(cards)} cards and {len(threads)} threads"
    if story.thread is None:
        yield "the session has no thread"
        return
    yield from _pages(story, [*cards, *stage.messages(story.thread)])
    yield from _buttons(story)


def _pages(story: Story, messages: list) -> Iterator[str]:
    shown = story.stage.rows(SHOWN, story.session)
    standing = {each.id: each for each in messages}
    owned = [message for *_, message in shown]
    for message in standing.keys() - set(owned):
        yield f"a message that no page owns: {standing[message].text[:60]!r}"
    for page, part, _, message in shown:
        if message not in standing:
            yield f"{page}, part {part}, does not stand"
    if len(owned) != len(set(owned)):
        yield "a message that two pages own"
    due = {page for (page,) in story.stage.rows(PAGES, story.session)}
    if due != {page for page, *_ in shown}:
        yield f"pages of the store and of the thread differ: {due ^ {page for page, *_ in shown}}"
    yield from _prose(story, {page: _of(page, shown, standing) for page in due})


def _of(page: str, shown, standing) -> list:
    return [standing[message] for owner, _, _, message in shown if owner == page and message in standing]


def _prose(story: Story, pages: dict) -> Iterator[str]:
    latest = 0
    for page, text, _ in story.stage.branch(story.session):
        messages = pages.get(page or "", [])
        told = "".join("".join(each.text.split()) for each in messages)
        if "".join(text.split()) not in told:
            yield f"{page} does not say {text[:50]!r} but {told[:50]!r}"
        ids = [int(each.id) for each in messages]
        if ids != sorted(ids) or (ids and ids[0] <= latest):
            yield f"{page} stands out of order"
        latest = max([latest, *ids])


def _buttons(story: Story) -> Iterator[str]:
    """The newest passage alone can be taken back, an open ballot alone can be voted on."""
    messages = story.stage.messages(story.thread)
    head = story.stage.value("SELECT head FROM sessions WHERE id = ?", story.session)
    undo = [button["custom_id"] for each in messages if (button := each.buttons.get("Undo"))]
    if undo != ([f"sc:undo:{story.session}:{head}"] if head else []):
        yield f"the newest passage is {head}, and Undo stands under {undo}"
    voting = sum("None of these" in each.buttons for each in messages)
    if voting != story.count("ballots WHERE session = ?1 AND state = 'open'"):
        yield f"{voting} messages can be voted on"
    if any("Stop" in each.buttons for each in messages):
        yield "a Stop button of a job that has ended"

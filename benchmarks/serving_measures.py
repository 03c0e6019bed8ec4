"""What is measured of a peer: each episode asks it something once, and takes some readings of that."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks.serving_peers import Peer

TOPICS = (
    "the sea", "a door", "an old clock", "two sisters", "rain", "a lighthouse", "a letter", "winter",
    "a bridge", "the last train", "a garden", "bees", "a map", "the moon", "a kitchen", "a lost dog",
)  # fmt: skip
SENTENCE = "The keeper of light {} climbed the stairs and looked out over the dark water. "
AT_ONCE = (1, 4, 8, 16)
ALONE = "1 at once, decode"
TURN = 3
"""Sentences of a turn: some 60 tokens."""
LENGTHS = {1000: 53, 2000: 105, 3800: 200}
"""How many sentences make so many tokens."""
STORY = 3800
TURNS = 3
CANDIDATES = 4


@dataclass(frozen=True)
class Reading:
    """One value, of one round."""

    name: str
    unit: str
    value: float


Episode = Callable[[Peer, int], Awaitable[Sequence[Reading]]]


def episodes(tokens: int) -> Sequence[Episode]:
    """Give all episodes, in their order; answers are `tokens` long."""
    return (short, *(throughput(count, tokens) for count in AT_ONCE), long_story, growing, candidates(tokens))


async def short(peer: Peer, at: int) -> Sequence[Reading]:
    """Ask with a short prompt."""
    prompt = f"{at}. Tell me about the sea, and about those who live by it and from it."
    return [Reading("first token, short prompt", "s", (await peer.write([prompt], 1)).first)]


def throughput(count: int, tokens: int) -> Episode:
    """Ask for several different texts at once."""

    async def episode(peer: Peer, at: int) -> Sequence[Reading]:
        prompts = [f"{at}. Write a very long story about {topic}." for topic in TOPICS[:count]]
        written = await peer.write(prompts, tokens)
        return [
            Reading(f"{count} at once, decode", "tok/s", written.decode),
            Reading(f"{count} at once, whole", "tok/s", written.speed),
        ]

    return episode


async def long_story(peer: Peer, at: int) -> Sequence[Reading]:
    """Give a long story that nobody has read, then the same with one more turn at its end."""
    return [
        Reading(f"first token, {STORY:,} tokens cold", "s", await _first(peer, f"{at} a", LENGTHS[STORY])),
        Reading("first token, its next turn", "s", await _first(peer, f"{at} a", LENGTHS[STORY] + TURN)),
    ]


async def growing(peer: Peer, at: int) -> Sequence[Reading]:
    """Let one story grow to each length, and take some turns there."""
    readings: list[Reading] = []
    for tokens, sentences in LENGTHS.items():
        await _first(peer, f"{at} b", sentences)
        turns = [await _first(peer, f"{at} b", sentences + TURN * turn) for turn in range(1, TURNS + 1)]
        readings.append(Reading(f"next turns after {tokens:,} tokens", "s", median(turns)))
    return readings


def candidates(tokens: int) -> Episode:
    """Ask for one and for several candidates of the next passage of a story that was read before, in turns."""

    async def episode(peer: Peer, at: int) -> Sequence[Reading]:
        prompt = story(f"{at} c", LENGTHS[1000])
        await peer.write([prompt], 1)
        taken: dict[int, list[float]] = {1: [], CANDIDATES: []}
        for count in (*taken,) * TURNS:
            taken[count].append((await peer.write([prompt], tokens, count)).seconds)
        one, several = map(median, taken.values())
        return [
            Reading("one candidate", "s", one),
            Reading(f"{CANDIDATES} candidates", "s", several),
            Reading(f"{CANDIDATES} candidates by one", "×", several / one),
        ]

    return episode


def story(name: str, sentences: int) -> str:
    """Write a story that shares no beginning with one of another name."""
    seed = sum(ord(letter) * 997**place for place, letter in enumerate(name)) % 100_000
    text = "".join(SENTENCE.format(1000 * seed + number) for number in range(sentences))
    return f"{name}. Go on with this story. {text}"


async def _first(peer: Peer, name: str, sentences: int) -> float:
    return (await peer.write([story(name, sentences)], 1)).first

"""Angles: what each of several candidates is asked to attend to, so that they differ.

Seeds alone give candidates that are alike; a different request gives a different text.
"""

from typing import Final

PLAIN: Final = "Go on from the last sentence."

ANGLES: Final[tuple[str, ...]] = (
    "Let somebody act, and let the act have a consequence.",
    "Let somebody speak, and let the answer be unexpected.",
    "Stay with what can be seen, heard and smelled, until something in it is wrong.",
    "Let something arrive that nobody asked for.",
    "Let somebody remember something that changes what is happening now.",
    "Let somebody want something, and let something stand in the way.",
    "Take a small thing that was mentioned before and make it matter.",
    "Let the place change: a door, a road, the weather, the hour.",
)


VERSE: Final[tuple[str, ...]] = (
    "Begin with a thing that can be touched.",
    "Begin with a sound.",
    "Let it be addressed to somebody.",
    "Let the light or the weather change in it.",
    "Let a memory come into it.",
    "Let it end on a thing, not on a thought.",
)


def angle(seed: int, index: int, of: int, *, verse: bool = False) -> str:
    """Return the angle of candidate ``index`` among ``of``; neighbours of one seed never share one."""
    if of == 1:
        return "" if verse else PLAIN
    angles = VERSE if verse else ANGLES
    return angles[(seed + index) % len(angles)]

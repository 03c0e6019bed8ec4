"""How a work is spoken of to the model, as data: the form says it, the prompt puts it where it belongs."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Craft:
    """Who writes and by which rules, what the work is called and grows from, and what is asked for.

    ``first`` asks for the beginning, ``later`` for what follows. ``joint`` stands between what is told
    and what comes next.
    """

    writers: str
    rules: str
    work: str
    seed: str
    first: str
    later: str
    joint: str = ""

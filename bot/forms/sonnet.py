"""The sonnet: three quatrains and a couplet."""

from typing import Final

from bot.forms.form import Verse, poem

SONNET: Final = poem(
    "sonnet",
    "a sonnet",
    "A sonnet has fourteen lines of ten syllables: three quatrains that rhyme ABAB CDCD EFEF,"
    " and a couplet, GG, in which the thought turns.",
    Verse(stanzas=(4, 4, 4, 2), widest=62),
    temperature=0.8,
)

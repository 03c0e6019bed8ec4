"""The limerick: five lines, two of them short."""

from typing import Final

from bot.forms.form import Verse, poem

LIMERICK: Final = poem(
    "limerick",
    "a limerick",
    "A limerick is funny and has five lines: the first, second and fifth rhyme and have seven to ten syllables,"
    " the third and fourth rhyme and have five to seven.",
    Verse(stanzas=(5,), widest=54),
    temperature=0.8,
)

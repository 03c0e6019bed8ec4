"""The haiku: three short lines."""

from typing import Final

from bot.forms.form import Verse, poem

HAIKU: Final = poem(
    "haiku",
    "a haiku",
    "A haiku has three short lines, of five, seven and five syllables, and shows a single moment.",
    Verse(stanzas=(3,), widest=38),
    temperature=0.8,
)

"""Free verse: lines that break where the breath does."""

from typing import Final

from bot.forms.form import Verse, poem

FREE_VERSE: Final = poem(
    "free verse",
    "a poem in free verse",
    "Free verse keeps no metre and no rhyme; its lines are short and break where the breath does.",
    Verse(stanzas=(4, 4), widest=52, free=True),
)

"""The plot: a story told along an outline of titled acts and numbered beats."""

from dataclasses import replace
from typing import Final

from bot.forms.form import Family
from bot.forms.story import STORY

LEAST_ACTS: Final = 1
MOST_ACTS: Final = 5
USUAL_ACTS: Final = 3
BEATS: Final = 3
"""Beats of an act."""
TEMPERATURE: Final = 0.9
"""Of the outline; the passages are drawn as the preset says."""

PLOT: Final = replace(STORY, name="plot", family=Family.PLOT, seed="logline")

"""The story: prose, passage after passage."""

from typing import Final

from bot.forms.form import Family, Form

STORY: Final = Form(
    name="story",
    family=Family.STORY,
    writers="You are one of several writers who are writing a story together.",
    rules="Never explain, never greet, never write headings or notes: only the words of the story itself.",
    work="story",
    seed="premise",
    first="Write the first passage of the story.",
    later="Write only what comes next.",
)

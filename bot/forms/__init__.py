"""Writing forms: what each asks of the model, what it must look like, and how what comes is made so. Pure."""

from typing import Final

from bot.forms.form import Family, Form
from bot.forms.free_verse import FREE_VERSE
from bot.forms.haiku import HAIKU
from bot.forms.limerick import LIMERICK
from bot.forms.plot import PLOT
from bot.forms.sonnet import SONNET
from bot.forms.story import STORY

__all__ = ["FORMS", "PLOT", "POEMS", "STORY", "Family", "Form", "form_of"]

FORMS: Final[tuple[Form, ...]] = (STORY, HAIKU, LIMERICK, SONNET, FREE_VERSE, PLOT)
POEMS: Final[tuple[Form, ...]] = tuple(form for form in FORMS if form.family is Family.POEM)

_BY_NAME: Final = {form.name: form for form in FORMS}


def form_of(name: str) -> Form:
    """Return the form of that name; one that is not known any more is written as a story."""
    return _BY_NAME.get(name, STORY)

"""What all bodies of requests are made of."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field


def number(least: float, most: float) -> Any:
    """Bound a number."""
    return Field(ge=least, le=most, allow_inf_nan=False)


def share(most: float = 1) -> Any:
    """Bound a number that must be more than 0."""
    return Field(gt=0, le=most, allow_inf_nan=False)


def _whole(text: str) -> str:
    """Refuse half of a surrogate pair, which JSON can write and no tokenizer can read."""
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("half a surrogate pair is no character")
    return text


def _listed(given: Any) -> Any:
    return [given] if isinstance(given, str) else given


Text = Annotated[str, AfterValidator(_whole)]
OneOrMore = BeforeValidator(_listed, json_schema_input_type=str | list[str])
ShortText = Annotated[Text, Field(min_length=1, max_length=200)]


class Body(BaseModel):
    """JSON as it was sent: a number in quotes is no number."""

    model_config = ConfigDict(strict=True, extra="allow")

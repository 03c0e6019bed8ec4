"""An adapter's adapter_config.json, as PEFT writes it, and which of its kinds are served."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, model_validator

MOST_RANK: Final = 512
OTHER_KINDS: Final = (
    "use_dora", "use_qalora", "use_bdlora", "lora_bias", "modules_to_save", "trainable_token_indices",
    "target_parameters", "layer_replication", "alora_invocation_tokens", "arrow_config", "kasa_config",
    "monteclora_config",
)  # fmt: skip
"""What would have to be computed besides (x A^T) B^T."""

PLAIN_NAME = re.compile(r"\w+(\.\w+)*")
"""A part's name, or its end: of the patterns that PEFT takes, these are read as they stand."""

Rank = Annotated[int, Field(ge=1, le=MOST_RANK)]
Alpha = Annotated[float, Field(allow_inf_nan=False)]
Value = TypeVar("Value")


class LoraConfig(BaseModel):
    """What is said of an adapter beside its weights."""

    model_config = ConfigDict(extra="allow")

    peft_type: Literal["LORA"]
    base_model_name_or_path: str | None = None
    r: Rank
    lora_alpha: Alpha
    use_rslora: bool = False
    bias: Literal["none"] = "none"
    init_lora_weights: Literal[True, False, "gaussian", "eva", "orthogonal"] = True
    """The other ways to begin change the model's own weights too."""
    rank_pattern: dict[str, Rank] = {}
    alpha_pattern: dict[str, Alpha] = {}

    @model_validator(mode="after")
    def _only_what_is_served(self) -> Self:
        given: Mapping[str, Any] = self.model_extra or {}
        if others := [kind for kind in OTHER_KINDS if given.get(kind)]:
            raise ValueError(f"{others[0]} is not supported")
        for pattern in (*self.rank_pattern, *self.alpha_pattern):
            if not PLAIN_NAME.fullmatch(pattern):
                raise ValueError("rank_pattern and alpha_pattern may hold names, no regular expressions")
        return self

    def rank(self, part: str) -> int:
        """Give the rank of a part of the model."""
        return _of(part, self.rank_pattern, self.r)

    def scale(self, part: str) -> float:
        """Give by what a part's product is multiplied (with rslora as in Kalajdzievski, 2023, arXiv:2312.03732)."""
        rank = self.rank(part)
        return _of(part, self.alpha_pattern, self.lora_alpha) / (math.sqrt(rank) if self.use_rslora else rank)


def _of(part: str, patterns: Mapping[str, Value], otherwise: Value) -> Value:
    return next((value for name, value in patterns.items() if f".{part}".endswith(f".{name}")), otherwise)

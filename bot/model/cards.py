"""What a server lists as its models, and which of them are another one with an adapter over it."""

from collections.abc import Mapping, Sequence

from pydantic import BaseModel, ConfigDict

from bot.story.styling import fit_adapter


class _Lenient(BaseModel):
    model_config = ConfigDict(from_attributes=True, extra="ignore")


class _Meta(_Lenient):
    n_ctx: int | None = None


class Card(_Lenient):
    """A model that a server lists; not every server says what it can hold: vLLM does, llama.cpp in its own place."""

    id: str
    root: str | None = None
    parent: str | None = None
    max_model_len: int | None = None
    meta: _Meta | None = None

    @property
    def context(self) -> int | None:
        """The most tokens of prompt and answer, None where the server does not say."""
        return self.max_model_len or (self.meta.n_ctx if self.meta else None)

    @property
    def base(self) -> str:
        """The model itself, without the adapter where this one has one."""
        return self.parent or self.id


class Cards(_Lenient):
    """All that a server lists."""

    data: list[Card]


def adapted(cards: Sequence[Card], base: str) -> Mapping[str, str]:
    """Return the models that are ``base`` with an adapter, by the adapter's name.

    Our server calls such a model ``base:adapter``, vLLM by the adapter's name alone. vLLM may have several
    names for one base, all with the same root, and calls an adapter's parent by one of them or by that root.
    """
    roots = {card.root for card in cards if card.id == base and card.root}
    names = {base, *roots, *(card.id for card in cards if not card.parent and card.root in roots)}
    over = {card.id.removeprefix(f"{card.parent}:"): card.id for card in cards if card.parent in names}
    return {adapter: model for adapter, model in over.items() if fit_adapter(adapter)}

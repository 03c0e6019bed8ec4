"""Names by which a model server can tell servers and people apart without learning who they are."""

import secrets
from dataclasses import dataclass, field
from hashlib import blake2b

from bot.workshop.records import ModelRequest


@dataclass(frozen=True, slots=True)
class Pseudonyms:
    """Pseudonyms under a random key that is kept nowhere: nobody can try numbers until one fits."""

    _key: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)

    def of(self, request: ModelRequest) -> dict[str, str]:
        """Return what tells requests apart: ``cache_salt`` their guilds, ``user`` their askers."""
        known = {"cache_salt": request.guild, "user": request.asker}
        return {name: self._hidden(f"{name}:{who}") for name, who in known.items() if who}

    def _hidden(self, who: str) -> str:
        return blake2b(who.encode(), key=self._key, digest_size=16).hexdigest()

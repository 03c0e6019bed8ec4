"""One candidate being written: its random numbers, its text, its end."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from model_server.engine.interface import Delta, Event, Finished, GenerationRequest, Sampling, Scored
from model_server.engine.places import Places
from model_server.engine.sampling.choosing import NOTHING, Ask
from model_server.engine.sampling.dry import dry
from model_server.engine.sampling.order import settings
from model_server.engine.sampling.penalties import Seen
from model_server.engine.scores import scored
from model_server.engine.vocabulary import Vocabulary
from model_server.text import TextStream

CONTEXT_OF_TEXT = 6


def seed_of(seed: int, candidate: int) -> int:
    """Give each candidate a seed of its own; the first one's is the request's."""
    if candidate == 0:
        return seed
    digest = hashlib.blake2b(f"{seed}/{candidate}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1

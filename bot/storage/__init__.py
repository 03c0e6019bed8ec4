"""The store: the workshop's ledger, kept in a database.

``open_store`` gives a ``StoreLedger`` or raises a ``StoreUnusable``; ``examine``, ``save`` and ``restore`` are for
the person who runs it; all else in here is its own affair.
"""

from bot.storage.backup import backups
from bot.storage.faults import (
    StoreCorrupt,
    StoreLocked,
    StoreMissing,
    StoreThere,
    StoreTooNew,
    StoreUnusable,
    StoreUnwritable,
)
from bot.storage.keeping import Restored, restore, save
from bot.storage.ledger import StoreLedger, StoreTransaction
from bot.storage.opening import open_store
from bot.storage.soundness import Sound, examine

__all__ = [
    "Restored",
    "Sound",
    "StoreCorrupt",
    "StoreLedger",
    "StoreLocked",
    "StoreMissing",
    "StoreThere",
    "StoreTooNew",
    "StoreTransaction",
    "StoreUnusable",
    "StoreUnwritable",
    "backups",
    "examine",
    "open_store",
    "restore",
    "save",
]

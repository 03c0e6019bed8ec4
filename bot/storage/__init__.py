"""The store: the workshop's ledger, kept in a database.

``open_store`` gives a ``StoreLedger`` or raises a ``StoreUnusable``; all else in here is its own affair.
"""

from bot.storage.faults import (
    StoreCorrupt,
    StoreLocked,
    StoreTooNew,
    StoreUnusable,
    StoreUnwritable,
)
from bot.storage.ledger import StoreLedger, StoreTransaction
from bot.storage.opening import open_store

__all__ = [
    "StoreCorrupt",
    "StoreLedger",
    "StoreLocked",
    "StoreTooNew",
    "StoreTransaction",
    "StoreUnusable",
    "StoreUnwritable",
    "open_store",
]

from pathlib import Path

import pytest

from bot.operations.remedies import remedy
from bot.storage import StoreCorrupt, StoreLocked, StoreTooNew, StoreUnusable

STORE = Path("nowhere/story.db")
FAULTS = [
    StoreLocked(STORE, "another Scriptorium (process 7) is using it", 7),
    StoreTooNew(STORE, "a newer Scriptorium wrote it (schema 9999)", "9999"),
    *(kind(STORE, "so it is") for kind in StoreUnusable.__subclasses__() if kind is not StoreTooNew),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: type(fault).__name__)
def test_every_fault_of_the_store_says_what_to_do(fault):
    assert remedy(fault)[0].isupper()
    assert remedy(fault).endswith(".")


def test_another_scriptorium_is_to_be_stopped_and_a_strange_file_to_be_replaced():
    assert remedy(FAULTS[0]).startswith("Stop that one first")
    strange = remedy(StoreCorrupt(STORE, "it is the database of another program"))
    assert "restore" in strange
    assert "storage.path" in strange

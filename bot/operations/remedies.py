"""What to do about a store that cannot be opened."""

from bot.storage import (
    StoreCorrupt,
    StoreLocked,
    StoreMissing,
    StoreThere,
    StoreTooNew,
    StoreUnusable,
    backups,
)


def remedy(fault: StoreUnusable) -> str:
    """Say what the person who runs Scriptorium can do, in a sentence."""
    match fault:
        case StoreLocked(pid=None):
            return "End the program that holds it, or raise storage.busy_timeout_seconds."
        case StoreLocked():
            return "Stop that one first, or give this one a database of its own in storage.path."
        case StoreCorrupt():
            known = backups(fault.path)
            newest = f"; the newest of its own making is {known[0]}" if known else ""
            return f"Put a copy back with `python -m bot restore FILE`{newest}. Or name another file in storage.path."
        case StoreTooNew():
            return "Update Scriptorium, or put an older copy back with `python -m bot restore FILE`."
        case StoreMissing() | StoreThere():
            return "Name another file."
        case _:
            return "Let this user read and write the file and its folder, or name another in storage.path."

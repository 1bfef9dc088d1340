"""The processes of this machine (Linux), for tests of how commands end."""

import contextlib
import time
from collections.abc import Collection
from pathlib import Path


def parents() -> dict[int, int]:
    """The parent of every process that has not ended, by number."""
    found = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it has ended meanwhile
            state, parent = path.read_text().rpartition(")")[2].split()[:2]
            if state != "Z":
                found[int(path.parent.name)] = int(parent)
    return found


def descendants(process: int) -> set[int]:
    """All processes that a process, or one of these, has started."""
    every = parents()
    found: set[int] = set()
    while more := {pid for pid, parent in every.items() if parent in {process, *found}} - found:
        found |= more
    return found


def wait_for_end(processes: Collection[int], seconds: float = 30.0) -> None:
    """Wait until all have ended; AssertionError after so many seconds."""
    deadline = time.monotonic() + seconds
    while alive := parents().keys() & set(processes):
        assert time.monotonic() < deadline, f"still going on: {sorted(alive)}"
        time.sleep(0.05)

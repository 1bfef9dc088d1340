"""How much workers have done so far: each keeps a number in a file of its own."""

import contextlib
import time
from pathlib import Path

from pipeline.stages import folders

_SECONDS_BETWEEN_WRITES = 2.0


class Tally:
    """Counts what one worker has done of one task."""

    def __init__(self, path: Path) -> None:
        self._path, self._count, self._written = path, 0, 0.0

    def add(self, amount: int) -> None:
        """So much more is done."""
        self._count += amount
        if time.monotonic() - self._written > _SECONDS_BETWEEN_WRITES:
            self.close()

    def close(self) -> None:
        """Write the number; call it once more at the end."""
        folders.write_text(self._path, f"{self._count}\n")
        self._written = time.monotonic()


def total(folder: Path) -> int:
    """What the tallies in a folder count together."""
    numbers = 0
    for path in folder.glob("*.tally"):
        with contextlib.suppress(FileNotFoundError, ValueError):
            numbers += int(path.read_text())
    return numbers

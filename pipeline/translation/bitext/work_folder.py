"""The work folder: settings and places that both steps share, and how far their workers are."""

import contextlib
import time
from dataclasses import dataclass
from pathlib import Path

from langs.directions import Direction
from pipeline.stages import folders
from pipeline.translation.bitext.config import BitextConfig

_SECONDS_BETWEEN_WRITES = 2.0


@dataclass(frozen=True)
class Job:
    """The settings of a job and its work folder, for every task."""

    config: BitextConfig
    work: str  # folder
    pairs: frozenset[Direction]  # that are wanted

    def path(self, *names: str) -> Path:
        """A path in the work folder."""
        return Path(self.work, *names)

    def digests_path(self, split: str, code: str) -> Path:
        """The file with the digests of a split's texts in a language; missing if there are none."""
        return self.path("held_out", f"{split}-{code}.npy")


class Tally:
    """Counts the work that is done of one task, in a file of its own."""

    def __init__(self, path: Path) -> None:
        self._path, self._count, self._written = path, 0, 0.0

    def add(self, amount: int) -> None:
        """Count this much more as done."""
        self._count += amount
        if time.monotonic() - self._written > _SECONDS_BETWEEN_WRITES:
            self.close()

    def close(self) -> None:
        """Write the number; call it once more at the end."""
        folders.write_text(self._path, f"{self._count}\n")
        self._written = time.monotonic()


def tallied(folder: Path) -> int:
    """The sum of all tallies in a folder."""
    numbers = 0
    for path in folder.glob("*.tally"):
        with contextlib.suppress(FileNotFoundError, ValueError):
            numbers += int(path.read_text())
    return numbers

"""A stage as a step of a run."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.stages import folders


@dataclass(frozen=True)
class Step:
    """One stage of a run."""

    name: str  # of its own in the run, such as "translation/dense"
    title: str  # says what it does
    folder: Path  # whose completion it is
    needs: tuple[str, ...]  # names of the steps that must have ended before
    work: Callable[[], Any]
    closing: Callable[[], str] | None = None  # what the run says at its end, of the folder

    def marked(self) -> int | None:
        """When the folder was marked complete, in ns; None if it is not."""
        marker = self.folder / folders.SUCCESS
        return marker.stat().st_mtime_ns if marker.exists() else None


def duration(seconds: float) -> str:
    """12 s, 3 min 4 s."""
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds // 60:.0f} min {seconds % 60:.0f} s"

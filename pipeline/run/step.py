"""A stage as a step of a run: done once, and told about."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.stages import folders
from pipeline.stages.progress import say


@dataclass(frozen=True)
class Step:
    """One stage of a run: what it says it does, the folder whose completion it is, the work."""

    title: str
    folder: Path
    work: Callable[[], Any]


def perform(step: Step, place: str) -> Any:
    """Do one stage, and say so; a stage that is complete says that itself."""
    say(f"{place} {step.title}")
    before, started = _marked(step.folder), time.monotonic()
    result = step.work()
    if before != _marked(step.folder):
        say(f"{place} done in {duration(time.monotonic() - started)}: {step.folder}")
    return result


def _marked(folder: Path) -> int | None:
    """When the folder was marked complete, in ns; None if it is not."""
    marker = folder / folders.SUCCESS
    return marker.stat().st_mtime_ns if marker.exists() else None


def duration(seconds: float) -> str:
    """12 s, 3 min 4 s."""
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds // 60:.0f} min {seconds % 60:.0f} s"

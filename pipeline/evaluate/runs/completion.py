"""How far runs have come that may still be going on."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pipeline.evaluate.runs.metrics import FILE_NAME, Run
from pipeline.evaluate.runs.seeds import settings
from pipeline.stages.folders import SUCCESS


def planned_steps(header: dict[str, Any]) -> int | None:
    """The steps that a run was started for; None where its first line does not tell."""
    planned = settings(header).get("max_update", "")
    return int(planned) if planned.isdecimal() and int(planned) else None


def is_complete(folder: Path) -> bool:
    """Whether a run has ended: `mswitch pretrain` says so, or its last validation is its end."""
    if (folder / SUCCESS).is_file():
        return True
    if not (folder / FILE_NAME).is_file():
        return False
    first, *lines = (folder / FILE_NAME).read_bytes().splitlines() or [b""]
    planned = planned_steps(_record(first))
    validated = (one for line in reversed(lines) if (one := _record(line)).get("kind") == "valid")
    last = next(validated, None)
    return planned is not None and last is not None and last.get("step", 0) >= planned


def unfinished(runs: Sequence[Run]) -> list[str]:
    """A note on each run whose last validation is not at its planned end."""
    notes = []
    for run in runs:
        planned, last = planned_steps(run.header), run.last.cost.steps
        if planned and last < planned:
            notes.append(
                f"{run.path} has come to step {last:,g} of {planned:,}: it is still going on, "
                "or was stopped."
            )
    return notes


def _record(line: bytes) -> dict[str, Any]:
    """A line of metrics; empty for one that is cut."""
    try:
        values = json.loads(line)
    except ValueError:
        return {}
    return values if isinstance(values, dict) else {}

"""One clock for the times of runs: processor time on CPUs, the wall clock on GPUs.

On a CPU other work on the same cores makes the wall clock longer, and processor time hardly: runs
may go side by side. A GPU's time is the wall clock's, as long as no other run was on it. Times on
devices of other kinds say nothing of the models.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum

from pipeline.evaluate.runs.metrics import Cost, Run

_KIND = ("type", "name", "processes")  # of a device, of those in the first line of metrics


class Clock(StrEnum):
    """What the seconds of a report are."""

    PROCESSOR = "processor"
    WALL = "wall"


def on_one_clock(runs: Sequence[Run], baseline: Run) -> tuple[Clock | None, list[Run], list[str]]:
    """Give the runs times that compare with the baseline's.

    Args:
        runs: as they were read, the baseline among them.
        baseline: the run that the others are held against.

    Returns:
        The clock, None if the baseline has no time; the runs, whose costs have the seconds of this
        clock, or None where these do not compare; a note on the runs that have none.
    """
    without = {str(run.path): reason for run in runs if (reason := _fault(run, runs))}
    first = str(baseline.path)
    for run in runs:
        path = str(run.path)
        if first in without:
            without.setdefault(path, f"the baseline {first} has none")
        elif not _equal(run, baseline):
            without.setdefault(path, f"not on the same device as {first}")
    clock = None if first in without else _clock(baseline)
    timed = [_timed(run, None if str(run.path) in without else _clock(run)) for run in runs]
    return clock, timed, _notes(without)


def _clock(run: Run) -> Clock:
    return Clock.PROCESSOR if run.device["type"] == "cpu" else Clock.WALL


def _fault(run: Run, runs: Sequence[Run]) -> str | None:
    """Why a run has no time that could be compared with anything; None if it has one."""
    if not isinstance(run.device.get("type"), str):
        return "its metrics do not say on what device (older ones do not)"
    if _clock(run) is Clock.PROCESSOR:
        told = all(entry.cost.processor_seconds is not None for entry in run.validations)
        return None if told else "its metrics do not tell processor time"
    sharing = [str(other.path) for other in runs if other is not run and _shared(run, other)]
    return f"on the same GPU at the same time as {', '.join(sharing)}" if sharing else None


def _shared(run: Run, other: Run) -> bool:
    """Whether two runs, from first line to last, were on one GPU at the same time."""
    same = run.device.get("id") == other.device.get("id")
    (start, end), (other_start, other_end) = run.written, other.written
    return same and start <= other_end and other_start <= end


def _equal(run: Run, other: Run) -> bool:
    """Whether two devices are of one kind; each model has the threads that suit it."""
    return all(run.device.get(key) == other.device.get(key) for key in _KIND)


def _timed(run: Run, clock: Clock | None) -> Run:
    validations = [replace(entry, cost=_on(entry.cost, clock)) for entry in run.validations]
    return replace(run, validations=validations)


def _on(cost: Cost, clock: Clock | None) -> Cost:
    by_clock = {Clock.PROCESSOR: cost.processor_seconds, Clock.WALL: cost.seconds}
    return replace(cost, seconds=by_clock[clock] if clock else None)


def _notes(without: dict[str, str]) -> list[str]:
    """A sentence for each reason."""
    paths = defaultdict(list)
    for path, reason in without.items():
        paths[reason].append(path)
    return [f"No times of {', '.join(those)}: {reason}." for reason, those in paths.items()]

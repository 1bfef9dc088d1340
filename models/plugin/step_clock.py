"""The time of an update: by the wall clock, and as processor time of all that works on it."""

import multiprocessing
import resource
import time
from typing import NamedTuple

_PROCESS_CLOCK = 2  # CPUCLOCK_SCHED of Linux: user and system time


class Times(NamedTuple):
    """How long something took, in seconds."""

    wall: float
    processor: float


class StepClock:
    """A clock that is started at the first batch of an update and stopped at its end."""

    def __init__(self) -> None:
        self.started: Times | None = None

    def start(self) -> None:
        """Start the clock, unless it runs."""
        if self.started is None:
            self.started = _now()

    def stop(self) -> Times:
        """Stop the clock, which runs; returns the times since its start."""
        assert self.started is not None
        before, now = self.started, _now()
        self.started = None
        return Times(now.wall - before.wall, now.processor - before.processor)


def processor_seconds() -> float:
    """User and system time of this process and of the processes that it started, in seconds.

    Data workers that still run are among them on Linux; elsewhere they count once they have ended.
    """
    living = [_of_process(child.pid) for child in multiprocessing.active_children() if child.pid]
    usages = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages) + sum(living)


def _now() -> Times:
    return Times(time.monotonic(), processor_seconds())


def _of_process(pid: int) -> float:
    """Processor seconds of another process, by the clock that clock_getcpuclockid(3) names."""
    try:
        return time.clock_gettime(~pid << 3 | _PROCESS_CLOCK)
    except OSError:
        return 0.0

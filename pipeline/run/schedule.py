"""Work in an order that its needs allow, several pieces at a time.

What the work is does not matter here: a piece is anything that can be asked whether it has ended,
and told to end, as `subprocess.Popen` can.
"""

import subprocess
import time
from collections.abc import Callable, Collection, Mapping
from graphlib import TopologicalSorter
from typing import Protocol

GRACE_SECONDS = 10.0  # from SIGTERM to SIGKILL


class Work(Protocol):
    """A piece of work that goes on; the methods are those of `subprocess.Popen`."""

    def poll(self) -> int | None:
        """The exit code, None before the end."""

    def terminate(self) -> None:
        """Ask it to end."""

    def kill(self) -> None:
        """End it."""

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the exit code. Raises subprocess.TimeoutExpired after so many seconds."""


class FailedError(Exception):
    """A piece of work ended with an exit code other than 0."""

    def __init__(self, name: str, code: int) -> None:
        super().__init__(f"{name} ended with exit code {code}")
        self.name, self.code = name, code


def run(
    needs: Mapping[str, Collection[str]],
    jobs: int,
    start: Callable[[str, int], Work],
    pause: Callable[[], None],
) -> None:
    """Do all work, each piece once all that it needs has ended well, at most `jobs` at once.

    Args:
        needs: for each name the names of what must have ended before. Of the pieces that can
            start, the first in this mapping does.
        jobs: number of places for work.
        start: starts the work of a name in a place, 0 to jobs - 1, that nothing else has.
        pause: waits a moment; is called as long as work goes on.

    Raises FailedError for the first piece that fails. Then, and whatever else is raised meanwhile
    (KeyboardInterrupt, say), all other work has been stopped.
    """
    graph = TopologicalSorter(needs)
    graph.prepare()
    order = list(needs)
    ready: list[str] = []
    free = list(range(jobs))
    running: dict[str, tuple[int, Work]] = {}
    try:
        while graph.is_active():
            ready = sorted([*ready, *graph.get_ready()], key=order.index)
            while ready and free:
                name, place = ready.pop(0), free.pop(0)
                running[name] = place, start(name, place)
            pause()
            for name in _ended(running):
                place, _ = running.pop(name)
                free = sorted([*free, place])
                graph.done(name)
    finally:
        stop([work for _, work in running.values()])


def _ended(running: Mapping[str, tuple[int, Work]]) -> list[str]:
    """Names of the work that has ended well. Raises FailedError for work that has failed."""
    codes = {name: work.poll() for name, (_, work) in running.items()}
    for name, code in codes.items():
        if code:
            raise FailedError(name, code)
    return [name for name, code in codes.items() if code == 0]


def stop(works: Collection[Work], grace_seconds: float = GRACE_SECONDS) -> None:
    """Ask all that goes on to end, wait for it, and end what goes on after the time of grace."""
    deadline = time.monotonic() + grace_seconds
    going = [work for work in works if work.poll() is None]
    try:
        for work in going:
            work.terminate()
        for work in going:
            work.wait(max(0.0, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        pass
    finally:  # a second Ctrl-C comes here at once
        for work in going:
            if work.poll() is None:
                work.kill()
                work.wait()


def width(needs: Mapping[str, Collection[str]]) -> int:
    """The largest number of pieces that are as far from the start as each other.

    The distance is the longest way in the graph of needs; these pieces can all go on at once.
    """
    graph = TopologicalSorter(needs)
    graph.prepare()
    widest = 0
    while graph.is_active():
        level = graph.get_ready()
        widest = max(widest, len(level))
        graph.done(*level)
    return widest

"""Signals between a command and the processes that it starts."""

import ctypes
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_PR_SET_PDEATHSIG = 1  # prctl(2)


class TerminatedError(SystemExit):
    """SIGTERM came; unless it is caught, the process ends with exit code 143."""


@contextmanager
def terminable() -> Iterator[None]:
    """While the block runs, SIGTERM raises TerminatedError in the main thread.

    So blocks are left as on Ctrl-C, and what they hold is given back.
    """

    def leave(number: int, frame: FrameType | None) -> None:
        raise TerminatedError(128 + number)

    before = signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def die_with_parent() -> None:
    """In a new process: ask Linux for SIGKILL when the parent has gone, however it went."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)

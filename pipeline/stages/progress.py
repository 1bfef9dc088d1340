"""Progress of a long job on stderr, seen from outside: a thread asks how much is done."""

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_SECONDS_BETWEEN_LINES = 10.0


def say(message: str) -> None:
    """One line for the user who waits."""
    print(message, file=sys.stderr, flush=True)


@contextmanager
def progress(name: str, unit: str, total: int, done: Callable[[], int]) -> Iterator[None]:
    """While the block runs, tell every 10 s how far it is; at its end how long it took."""
    started = time.monotonic()
    before = done()

    def tell() -> None:
        say(f"{name}: {status(done(), before, total, unit, time.monotonic() - started)}")

    with every(_SECONDS_BETWEEN_LINES, tell):
        yield
    tell()


@contextmanager
def every(seconds: float, tell: Callable[[], None]) -> Iterator[None]:
    """While the block runs, a thread calls `tell` again and again, so many seconds apart."""
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(seconds):
            tell()

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def status(done: int, before: int, total: int, unit: str, seconds: float) -> str:
    """`done` of `total`, the rate since the start (at `before`) and the time that remains."""
    rate = (done - before) / max(seconds, 1e-9)
    text = f"{done:,} of {total:,} {unit}, {rate:,.0f} {unit}/s"
    if done >= total or rate <= 0:
        return f"{text}, {seconds:.0f} s"
    return f"{text}, {(total - done) / rate:.0f} s left"

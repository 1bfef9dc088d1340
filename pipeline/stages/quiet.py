"""Beam without its log: what matters reaches the user as an error or as progress."""

import logging
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quiet_logs() -> Iterator[None]:
    """No log messages and no deaths of Beam's threads (their cause is told) until the block ends.

    Importing Beam is worth a block, too.
    """
    before, hook = logging.root.manager.disable, threading.excepthook

    def tell(death: threading.ExceptHookArgs) -> None:
        if not _is_of_beam(death):
            hook(death)

    logging.disable(logging.CRITICAL)
    threading.excepthook = tell
    try:
        yield
    finally:
        logging.disable(before)
        threading.excepthook = hook


def _is_of_beam(death: threading.ExceptHookArgs) -> bool:
    frames = traceback.walk_tb(death.exc_traceback)
    names = [frame.f_globals.get("__name__", "") for frame, _ in frames]
    return any(name.startswith("apache_beam") for name in names)

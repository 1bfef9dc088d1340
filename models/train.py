"""`python -m models.train DATA --task multilingual_span_corruption --arch switch_tiny ...`

The same as `fairseq-train` with the plugin loaded and fairseq made to run on today's Python.
"""

import argparse
import contextlib
import ctypes
import logging
import os
import sys
import warnings
from collections.abc import Callable
from typing import NoReturn

from langs.errors import InputError

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # malloc.h
LARGEST_BLOCK = 2**31 - 1  # bytes


def main() -> None:
    """Train by fairseq's own flags (sys.argv)."""
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # read when torch is imported
    import models.tasks  # noqa: F401, I001  (makes fairseq importable)
    from fairseq_cli.train import cli_main

    cli_main()


def run(work: Callable[[], None]) -> None:
    """Run the work of a fairseq process; bad input ends it with one line and exit code 2.

    LOGLEVEL (default INFO) in the environment sets how much fairseq tells.
    """
    set_up_logging(os.environ.get("LOGLEVEL", "INFO").upper())
    keep_freed_memory()
    argparse.ArgumentParser.error = refuse  # type: ignore[assignment]
    try:
        work()
    except (InputError, OSError, FloatingPointError) as error:  # the last: float16 has overflowed
        sys.exit(report(error))
    except Exception as error:
        if not isinstance(error.__context__, InputError):
            raise
        sys.exit(report(error.__context__))  # fairseq's trainer hides why a checkpoint is not its


def set_up_logging(level: str) -> None:
    """Set the log level before fairseq, parts of which fix it at INFO when they are imported."""
    logging.basicConfig(format="%(asctime)s | %(levelname)s | %(name)s | %(message)s", level=level)
    if level != "DEBUG":
        warnings.filterwarnings("ignore", module=r"fairseq|torch\.utils\.data")


def keep_freed_memory() -> None:
    """Let glibc keep freed blocks in this process; with another C library nothing changes.

    glibc maps large blocks one by one and unmaps them when they are freed. A step's gradients are
    such blocks; the next step gets fresh pages, which the kernel must first fill with zeros. For a
    layer of many experts that takes longer than its products (docs/decisions.md).
    """
    with contextlib.suppress(OSError, AttributeError):
        library = ctypes.CDLL("libc.so.6")
        library.mallopt(M_MMAP_THRESHOLD, LARGEST_BLOCK)
        library.mallopt(M_TRIM_THRESHOLD, LARGEST_BLOCK)


def refuse(parser: argparse.ArgumentParser, message: str) -> NoReturn:
    """Raise one line in place of argparse's usage text, which lists all flags and models."""
    raise InputError(f"{message.partition(' (choose from')[0]}; see python -m models.train --help")


def report(error: Exception) -> int:
    """Print one `error:` line and return the exit code."""
    print(f"error: {error}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    run(main)

"""One-line messages for failures that the user can put right, and exit codes."""

import errno
import os
import re
import sys
from collections.abc import Callable

from langs.errors import InputError

_ADVICE = {
    errno.ENOSPC: "free some space there, or choose another --output",
    errno.EDQUOT: "free some of your quota, or choose another --output",
    errno.EROFS: "choose another --output",
    errno.EACCES: "change its permissions, or choose another path",
    errno.EPERM: "change its permissions, or choose another path",
    errno.ENOENT: "check the path",
    errno.ENOTDIR: "check the path",
    errno.EISDIR: "name a file instead",
    errno.ENAMETOOLONG: "choose a shorter name",
    errno.EMFILE: "raise the limit of open files (ulimit -n)",
}

# A Beam runner hands an error of a worker on as the text of its traceback inside a RuntimeError.
_WORKER_INPUT_ERROR = re.compile(
    r"^(?:langs\.errors\.)?InputError: (.+?)(?: \[while running .*)?$", re.M
)
_WORKER_GONE = "Channel closed prematurely"  # Beam's words for a worker that ended
_WORKER_OS_ERROR = re.compile(r"^\w*Error: \[Errno (\d+)\] (.+?)(?: \[while running .*)?$", re.M)


def exit_code(work: Callable[[], None]) -> int:
    """Do a process's work; its exit code: 0, 2 (the user must act) or 130 (interrupted).

    Of a failure it prints one line; faults of ours pass up.
    """
    try:
        work()
        sys.stdout.flush()
    except KeyboardInterrupt:
        print("interrupted; the same command continues or starts afresh", file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader of our output (such as `head`) has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        line = message(error)
        if line is None:
            raise
        print(f"error: {line}", file=sys.stderr)
        return 2
    return 0


def message(error: BaseException) -> str | None:
    """One line for an error that the user can put right; None for any other (our fault)."""
    if isinstance(error, InputError):
        return str(error)
    if isinstance(error, OSError):
        return _os_error(error)
    if isinstance(error, RuntimeError):
        return _worker_error(str(error))
    return None


def _os_error(error: OSError) -> str | None:
    if error.errno is None:
        return None
    reason = (error.strerror or str(error)).lower()
    where = f"{error.filename}: " if error.filename else ""
    return f"{where}{reason}{_advice(error.errno)}"


def _worker_error(text: str) -> str | None:
    if match := _WORKER_INPUT_ERROR.search(text):
        return match[1]
    if match := _WORKER_OS_ERROR.search(text):
        return f"{match[2]}{_advice(int(match[1]))}"
    if _WORKER_GONE in text:
        return (
            "a worker process has ended, killed or for want of memory; run the command again, it "
            "goes on there, with fewer --workers if memory was short"
        )
    return None


def _advice(number: int) -> str:
    return f"; {_ADVICE[number]}" if number in _ADVICE else ""

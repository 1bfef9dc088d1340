"""The lines to translate: of files, of a pipe, or typed at a prompt."""

import select
import sys
from collections.abc import Iterator, Sequence
from io import BufferedReader
from typing import cast

from langs.errors import InputError
from pipeline.files.lines import decoded, text_lines
from pipeline.stages.progress import say

STANDARD_INPUT = "-"
LONGEST_LINE_BYTES = 2**22
_BLOCK_BYTES = 2**16
_PAUSE_SECONDS = 0.02  # without input, after which the lines so far are translated


def read_lines(paths: Sequence[str]) -> Iterator[str | None]:
    """The lines of all files, one file after the other, `.gz` and `.zst` unpacked.

    None stands where a pipe has no further line yet.

    Raises InputError, with the number of the line, for what is not UTF-8 or has no end, and for a
    damaged file; OSErrors pass up.
    """
    for path in paths:
        pipe = _Pipe() if path == STANDARD_INPUT else None
        lines = pipe.lines() if pipe else text_lines(path, longest=LONGEST_LINE_BYTES)
        for number, line in enumerate(lines, 1):
            if line is None:
                raise InputError(
                    f"{path}, line {number}: longer than {LONGEST_LINE_BYTES // 2**20} MiB; break "
                    "it into lines"
                )
            yield line
            if pipe and pipe.is_waiting():
                yield None


def count(paths: Sequence[str]) -> int | None:
    """The number of lines; None with standard input, which can be read only once.

    Raises as `read_lines`, so that a fault shows before the translation begins.
    """
    return None if STANDARD_INPUT in paths else sum(1 for _ in read_lines(paths))


class _Pipe:
    """Standard input, read as it comes."""

    def __init__(self) -> None:
        self._unread = 0  # whole lines that have come and that `lines` has not given yet

    def lines(self) -> Iterator[str | None]:
        """The lines as `decoded` gives them."""
        for line in decoded(self._blocks(), "standard input", LONGEST_LINE_BYTES):
            self._unread -= 1
            yield line

    def is_waiting(self) -> bool:
        """Whether the next line has not come yet; False at the end."""
        if self._unread > 0:
            return False
        try:
            ready, _, _ = select.select([sys.stdin.fileno()], [], [], _PAUSE_SECONDS)
        except (OSError, ValueError):  # no file of the system
            return False
        return not ready

    def _blocks(self) -> Iterator[bytes]:
        stream = cast(BufferedReader, sys.stdin.buffer)
        while block := stream.read1(_BLOCK_BYTES):
            self._unread += block.count(b"\n")
            yield block


def typed(invitation: str) -> Iterator[str]:
    """The lines that a user types, until Ctrl-D."""
    import readline  # noqa: F401  (lets `input` edit lines and remember them)

    say("A line is translated when you press Enter; Ctrl-D ends.")
    while True:
        try:
            yield input(invitation)
        except UnicodeDecodeError:
            say("That is not UTF-8; set the terminal to UTF-8.")
        except EOFError:
            print()
            return

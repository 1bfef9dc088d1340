"""The lines to translate: of files, of a pipe, or typed at a prompt."""

import sys
from collections.abc import Iterator, Sequence

from langs.errors import InputError
from pipeline.files.blocks import plain_blocks
from pipeline.files.lines import decoded, text_lines
from pipeline.stages.progress import say

STANDARD_INPUT = "-"
LONGEST_LINE_BYTES = 2**22
_BLOCK_BYTES = 2**16


def read_lines(paths: Sequence[str]) -> Iterator[str]:
    """The lines of all files, one file after the other, `.gz` and `.zst` unpacked.

    Raises InputError, with the number of the line, for what is not UTF-8 or has no end, and for a
    damaged file; OSErrors pass up.
    """
    for path in paths:
        for number, line in enumerate(_lines(path), 1):
            if line is None:
                raise InputError(
                    f"{path}, line {number}: longer than {LONGEST_LINE_BYTES // 2**20} MiB; break "
                    "it into lines"
                )
            yield line


def count(paths: Sequence[str]) -> int | None:
    """The number of lines; None with standard input, which can be read only once.

    Raises as `read_lines`, so that a fault shows before the translation begins.
    """
    return None if STANDARD_INPUT in paths else sum(1 for _ in read_lines(paths))


def _lines(path: str) -> Iterator[str | None]:
    if path == STANDARD_INPUT:
        content = (block.data for block in plain_blocks(sys.stdin.buffer, _BLOCK_BYTES))
        return decoded(content, "standard input", LONGEST_LINE_BYTES)
    return text_lines(path, longest=LONGEST_LINE_BYTES)


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

"""What is to be translated: the lines of files, which are checked beforehand, or of a pipe."""

import sys
from collections.abc import Iterator, Sequence

from langs.errors import InputError
from pipeline.files.blocks import plain_blocks
from pipeline.files.lines import decoded, text_lines

STANDARD_INPUT = "-"
LONGEST_LINE_BYTES = 2**22
_BLOCK_BYTES = 2**16


def read_lines(paths: Sequence[str]) -> Iterator[str]:
    """The lines of all files, one file after the other, `.gz` and `.zst` unpacked.

    Raises InputError, with the number of the line, for what is not UTF-8 or has no end, and for a
    damaged file; OSErrors pass up.
    """
    for path in paths:
        for number, line in enumerate(_of(path), 1):
            if line is None:
                raise InputError(
                    f"{path}, line {number}: longer than {LONGEST_LINE_BYTES // 2**20} MiB; break "
                    "it into lines"
                )
            yield line


def count(paths: Sequence[str]) -> int | None:
    """How many lines there are; None for standard input, which can be read only once.

    Raises as `read_lines` does, so that nothing is found out after hours.
    """
    return None if STANDARD_INPUT in paths else sum(1 for _ in read_lines(paths))


def _of(path: str) -> Iterator[str | None]:
    if path == STANDARD_INPUT:
        content = (block.data for block in plain_blocks(sys.stdin.buffer, _BLOCK_BYTES))
        return decoded(content, "standard input", LONGEST_LINE_BYTES)
    return text_lines(path, longest=LONGEST_LINE_BYTES)

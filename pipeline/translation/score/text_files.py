"""Text files line by line, read as the `sacrebleu` command reads them."""

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path

from langs.errors import InputError

_PACKED = ".gz"


def read_lines(path: Path) -> list[str]:
    r"""All lines of a UTF-8 file (`.gz` unpacked): they end at \n alone, white space there is cut.

    Raises InputError for an empty file, and for one that is not UTF-8, with the line's number.
    """
    lines = [_decoded(line, path, number) for number, line in enumerate(_raw_lines(path), start=1)]
    if not lines:
        raise InputError(f"{path} is empty; give a file with one sentence a line")
    return lines


def read_pairs(path: Path, codes: tuple[str, str]) -> tuple[list[str], list[str]]:
    """Both columns of a TSV whose first line names their languages.

    Raises InputError as `read_lines`, and for lines that are not two columns, or another heading.
    """
    heading, *rows = (line.split("\t") for line in read_lines(path))
    if tuple(heading) != codes:
        raise InputError(
            f"{path}: line 1 is {' '.join(heading)!r}; it must name the two columns, "
            f"{codes[0]}, tab, {codes[1]}"
        )
    if not rows:
        raise InputError(f"{path} has no pairs under its heading; give a file with test lines")
    for number, row in enumerate(rows, start=2):
        if len(row) != 2:
            raise InputError(f"{path}: line {number} has {len(row)} columns, and not 2 with a tab")
    return [row[0].rstrip() for row in rows], [row[1] for row in rows]


def _raw_lines(path: Path) -> Iterator[bytes]:
    try:
        with gzip.open(path) if path.suffix == _PACKED else path.open("rb") as stream:
            yield from stream
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise InputError(f"{path} is not a whole gzip file ({error}); make it again") from error


def _decoded(line: bytes, path: Path, number: int) -> str:
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError as error:
        found = f"byte 0x{line[error.start]:02x} at byte {error.start + 1} of the line"
        raise _not_utf8(path, number, found) from error
    if "\0" in text:
        raise _not_utf8(path, number, "zero bytes, as in UTF-16")
    return text.rstrip()


def _not_utf8(path: Path, number: int, found: str) -> InputError:
    return InputError(
        f"{path}: line {number} is not UTF-8 ({found}); convert the file, as with "
        "iconv -f ENCODING -t UTF-8"
    )

"""Text files line by line, read as the `sacrebleu` command reads them."""

from pathlib import Path

from langs.errors import InputError
from pipeline.files.lines import text_lines


def read_lines(path: Path) -> list[str]:
    r"""All lines of a UTF-8 file (unpacked): they end at \n alone, white space there is cut.

    Raises InputError for an empty file, and for one that is not UTF-8, with the line's number.
    """
    lines = [line or "" for line in text_lines(str(path), encoding="utf-8")]
    for number, line in enumerate(lines, start=1):
        if "\0" in line:
            raise InputError(
                f"{path}, line {number}: not UTF-8 (zero bytes, as in UTF-16); convert the file: "
                "iconv -f UTF-16 -t UTF-8"
            )
    if not lines:
        raise InputError(f"{path} is empty; give a file with one sentence a line")
    return [line.rstrip() for line in lines]


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

"""Tables of words and numbers as CSV, as Markdown and in columns for a terminal."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Table:
    """A table of a report, before it is HTML, Markdown, LaTeX or columns on a screen."""

    title: str
    explained: str
    headings: list[str]
    rows: list[list[str]]
    letters: str = ""  # l or r for each column; "": the first is text, the others are numbers

    @property
    def sides(self) -> str:
        """An l or r for each column."""
        return self.letters or "l" + "r" * (len(self.headings) - 1)


def aligned(rows: Sequence[Sequence[str]], words: int | None = 1) -> str:
    """Rows of equal length as lines; the first `words` columns (None: all) are flush left."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if words is None or column < words else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def markdown_table(headings: list[str], sides: str, rows: list[list[str]]) -> str:
    """A Markdown table; `sides` has an l or r for each column."""
    rules = ["---:" if letter == "r" else "---" for letter in sides]
    return "\n".join(f"| {' | '.join(row)} |" for row in [headings, rules, *rows])


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A heading and rows, full precision; None is empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue()

"""Rows of the table: a figure, and the bars it has to meet."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Bar:
    """A ratio to something else, or a figure by itself, and its limit."""

    to: str
    ratio: float
    limit: float
    at_least: bool = False
    unit: str = "x"

    @property
    def met(self) -> bool:
        """Whether the ratio keeps to its limit."""
        return self.ratio >= self.limit if self.at_least else self.ratio <= self.limit

    def __str__(self) -> str:
        """For instance: 0.87x of transformers (at most 0.9x: met)."""
        word = "at least" if self.at_least else "at most"
        verdict = "met" if self.met else "MISSED"
        ratio = f"{self.ratio:.2f}{self.unit}"
        return f"{ratio} {self.to} ({word} {self.limit:g}{self.unit}: {verdict})"


@dataclass(frozen=True)
class Row:
    """A measured figure, a row of the table."""

    section: str
    what: str
    value: float
    unit: str
    bars: list[Bar] = field(default_factory=list)

    def data(self) -> dict[str, Any]:
        """The row as plain values for JSON."""
        bars = [{**vars(bar), "met": bar.met} for bar in self.bars]
        return {**vars(self), "bars": bars}


def table(rows: list[Row]) -> str:
    """All rows, section by section, and how many bars are met."""
    lines: list[str] = []
    section = ""
    for row in rows:
        if row.section != section:
            section = row.section
            lines += ["", section]
        bars = "  ".join(str(bar) for bar in row.bars)
        lines.append(f"  {row.what:38} {row.value:>9,.1f} {row.unit:9} {bars}".rstrip())
    bars_of_all = [bar for row in rows for bar in row.bars]
    met = sum(bar.met for bar in bars_of_all)
    return "\n".join([*lines, "", f"{met} of {len(bars_of_all)} bars met"])


def show(rows: list[Row], file: Path | None) -> None:
    """Print the table, and write it as JSON to a file if there is one."""
    print(table(rows))
    if file:
        file.write_text(json.dumps([row.data() for row in rows], indent=1) + "\n")

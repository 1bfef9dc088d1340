"""A table of a report, before it is HTML, Markdown, LaTeX or columns on a screen."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Table:
    title: str
    explained: str
    headings: list[str]  # the first column is text, the others are numbers
    rows: list[list[str]]

"""Tables for a paper, in LaTeX that needs no package but `longtable`, which every LaTeX has."""

import textwrap
from collections.abc import Sequence

_HEAD = """\
% \\usepackage{longtable}, then \\input this file or copy the tables that you need.
"""
_NUMBER_LETTERS, _TEXT_LETTERS = 12, 28  # most of a line
_SPECIAL = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_",
    "{": r"\{", "}": r"\}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    "−": "$-$", "×": r"$\times$", "≥": r"$\geq$", "–": "--", "’": "'", "…": r"\ldots{}",
    "\u202f": r"\,", "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}",
}  # fmt: skip


def document(parts: Sequence[str]) -> str:
    """The tables as one file."""
    return "\n".join([_HEAD, *parts])


def table(
    caption: str, label: str, headings: Sequence[str], aligned: str, rows: Sequence[Sequence[str]]
) -> str:
    """A table that may break over pages; `aligned` has an l or r for each column."""
    lines = [
        r"\begingroup\scriptsize\setlength{\tabcolsep}{2pt}",
        rf"\begin{{longtable}}{{{aligned}}}",
        rf"\caption{{{escape(caption)}}}\label{{tab:{label}}}\\",
        r"\hline",
        _row(
            [
                _stacked(_lines(heading, _NUMBER_LETTERS), side)
                for heading, side in zip(headings, aligned, strict=True)
            ]
        ),
        r"\hline",
        r"\endhead",
        *(
            _row([_cell(cell, side) for cell, side in zip(row, aligned, strict=True)])
            for row in rows
        ),
        r"\hline",
        r"\end{longtable}",
        r"\endgroup",
    ]
    return "\n".join(lines) + "\n"


def escape(text: str) -> str:
    """Text as LaTeX shows it; what is no Latin letter must be known to the font of the paper."""
    return "".join(_SPECIAL.get(letter, letter) for letter in text)


def _row(cells: Sequence[str]) -> str:
    return " & ".join(cells) + r" \\"


def _cell(text: str, side: str) -> str:
    """A value; its interval, which stands in brackets behind it, below it."""
    value, opening, interval = text.partition(" (")
    if opening and side == "r":
        return _stacked([value, *_lines(interval[:-1], _NUMBER_LETTERS)], side)
    return _stacked(_lines(text, _TEXT_LETTERS), side) if side == "l" else escape(text)


def _lines(text: str, letters: int) -> list[str]:
    return textwrap.wrap(text, letters, break_long_words=False) or [""]


def _stacked(lines: Sequence[str], side: str) -> str:
    if len(lines) == 1:
        return escape(lines[0])
    content = r"\\".join(map(escape, lines))
    return rf"\shortstack[{side}]{{\strut {content}}}"

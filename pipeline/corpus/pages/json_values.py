"""The values of JSON files that are not an object a line: arrays, and objects over many lines or
behind one another.
"""

import codecs
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from pipeline.files.blocks import Block, Rejected

_BETWEEN = re.compile(r"[ \t\r\n,\[\]\ufeff]*")
"""What stands between values; arrays in arrays are read as one."""

_MANY_LINES = re.compile(r"[\ufeff\s]*(?:\[|\{\s*\n)")
_NEXT_OBJECT = re.compile(r"[}\]\n][\s,\[\]]*(?=\{)")
_LONGEST_GAP = 2**10  # characters in which the next object is looked for in one piece
_DEEP = 900  # characters, at least, of a value that is nested too deeply to be read
_DECODER = json.JSONDecoder()


def are_lines(start: str) -> bool:
    """Whether a JSON file with this beginning holds an object a line, damaged ones too."""
    if _MANY_LINES.match(start):
        return False
    start = start.lstrip("\ufeff \t\r\n")
    try:
        _, end = _DECODER.raw_decode(start)
    except (ValueError, RecursionError):
        return True
    return "\n" not in start[:end] and start[end:].lstrip(" \t")[:1] in ("", "\n", "\r")


def values(blocks: Iterable[Block], longest: int) -> Iterator[tuple[int, Any | Rejected]]:
    """Values with the numbers of the lines in which they begin; those in arrays one by one.

    Where a value is broken, or longer than `longest` bytes, reading goes on at what looks like the
    next object.
    """
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    text = _Text(longest)
    for block in blocks:
        yield from text.values(decoder.decode(block.data), ends=bool(block.broken))
        if block.broken:
            yield text.line, Rejected(block.offset, block.broken)
            decoder.reset()
            text.is_lost = True
    yield from text.values(decoder.decode(b"", final=True), ends=True)


class _Text:
    """The text from the end of the last value on."""

    def __init__(self, longest: int) -> None:
        self.longest = longest
        self.rest = ""
        self.line = 1  # at its start
        self.is_lost = False  # looking for the next object after a broken one

    def values(self, more: str, ends: bool) -> Iterator[tuple[int, Any | Rejected]]:
        """The values that end in `more`; `ends`: nothing continues it."""
        text, position = self.rest + more, 0
        while (position := self._next_start(text, position)) < len(text) and not self.is_lost:
            try:
                value, end = _DECODER.raw_decode(text, position)
                reason = "record_too_long" if self._is_long(text[position:end]) else ""
            except (ValueError, RecursionError) as error:
                is_long = self._is_long(text[position:])
                if not (ends or is_long):
                    break
                reason = "record_too_long" if is_long else "broken_json"
                end, self.is_lost = _search_start(text, position, error), True
            yield self.line, Rejected(self.line, reason, "line") if reason else value
            self.line += text.count("\n", position, end)
            position = end
        self.rest = "" if ends else text[position:]

    def _next_start(self, text: str, position: int) -> int:
        """The start of the next value; if none is found after a broken one, where to search on."""
        between = (_NEXT_OBJECT.search if self.is_lost else _BETWEEN.match)(text, position)
        start = between.end() if between else max(position, len(text) - _LONGEST_GAP)
        self.is_lost = not between
        self.line += text.count("\n", position, start)
        return start

    def _is_long(self, text: str) -> bool:
        return len(text.encode("utf-8", "replace")) > self.longest


def _search_start(text: str, position: int, error: Exception) -> int:
    """Where to look for the next object after that at `position`: the line of the fault."""
    if not isinstance(error, json.JSONDecodeError):
        return min(position + _DEEP, len(text))
    line_start = text.rfind("\n", position, error.pos)
    return line_start if line_start > position else max(error.pos, position + 1)

"""Pages of files of lines: JSON lines, plain text, and the last column of a TSV file.

A line is at most as long as a record may be. A line that cannot be read is set aside by its number,
counted from 1; lines that are lost in a broken member are not counted.
"""

import dataclasses
import itertools
import json
from collections.abc import Iterable, Iterator
from typing import Any

from pipeline.corpus.config import CorpusConfig
from pipeline.corpus.pages import json_values
from pipeline.corpus.pages.web_page import NoPageError, Page, make_page
from pipeline.files.blocks import Block, Rejected, begun
from pipeline.files.lines import lines

_TRIED_BYTES = 2**16  # that tell how values stand in a JSON file


def json_pages(blocks: Iterator[Block], config: CorpusConfig) -> Iterator[Page | Rejected]:
    """The documents in these blocks, which are objects, in order: one a line, or otherwise."""
    names = (config.url_field, config.timestamp_field, config.text_field)
    first = begun(blocks, _TRIED_BYTES)
    start = b"".join(block.data for block in first).decode("utf-8", "replace")
    values = _line_values if json_values.are_lines(start) else json_values.values
    for number, value in values(itertools.chain(first, blocks), config.max_record_bytes):
        try:
            if isinstance(value, Rejected):
                yield value
            elif isinstance(value, dict):
                url, timestamp, content = map(value.get, names)
                yield make_page(url, timestamp, content, config.text_field)
            else:
                raise NoPageError("no_json_object")
        except NoPageError as reason:
            yield Rejected(number, str(reason), "line")


def text_pages(
    blocks: Iterable[Block], config: CorpusConfig, columns: bool
) -> Iterator[Page | Rejected]:
    """The pages in these blocks, in order; their addresses follow from their texts.

    Lines that follow each other make a page. An empty line ends it, and so does the last of
    `text_page_lines` lines. With `columns`, lines are columns with tabs between, and the text is
    the last one.
    """
    page: list[str] = []
    number = 0
    for number, line in _numbered(blocks, config.max_record_bytes):
        if isinstance(line, Rejected):
            yield line
            continue
        if text := (line.rpartition("\t")[2] if columns else line).strip():
            page.append(text)
        if page and (not text or len(page) == config.text_page_lines):
            yield _text_page(page, number)
            page.clear()
    if page:
        yield _text_page(page, number)


def _text_page(lines: list[str], number: int) -> Page | Rejected:
    """The page of these lines, of which the last has this number."""
    try:
        return make_page("", "", "\n".join(lines))
    except NoPageError as reason:
        return Rejected(number, str(reason), "line")


def _numbered(blocks: Iterable[Block], longest: int) -> Iterator[tuple[int, str | Rejected]]:
    """The lines with their numbers, or why a line cannot be read."""
    number = 0
    for line in lines(_with_line_feeds(blocks), longest):
        if isinstance(line, Rejected):
            yield number, line
            continue
        number += 1
        if len(line) > longest:
            yield number, Rejected(number, "record_too_long", "line")
            continue
        try:
            yield number, line.decode("utf-8-sig")
        except UnicodeDecodeError:
            yield number, Rejected(number, "invalid_utf8", "line")


def _with_line_feeds(blocks: Iterable[Block]) -> Iterator[Block]:
    """The blocks; with LF for CR where lines end in CR alone, as on the first Macintosh."""
    rest = iter(blocks)
    for first in rest:
        are_returns = b"\r" in first.data[:-1] and b"\n" not in first.data
        for block in itertools.chain([first], rest):
            data = block.data.replace(b"\r", b"\n") if are_returns else block.data
            yield dataclasses.replace(block, data=data)


def _line_values(blocks: Iterable[Block], longest: int) -> Iterator[tuple[int, Any | Rejected]]:
    """The value of each line that is not empty, with the line's number."""
    for number, line in _numbered(blocks, longest):
        if isinstance(line, Rejected):
            yield number, line
        elif text := line.strip():
            try:
                yield number, json.loads(text)
            except (ValueError, RecursionError):
                yield number, Rejected(number, "broken_json", "line")

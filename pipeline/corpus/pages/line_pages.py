"""Pages of files of lines: JSON lines, plain text, and the last column of a TSV file.

A line is at most as long as a record may be. A line that cannot be read is set aside by its number,
counted from 1; lines that are lost in a broken member are not counted.
"""

import dataclasses
import itertools
import json
from collections.abc import Iterable, Iterator

from pipeline.corpus.config import CorpusConfig
from pipeline.corpus.pages.web_page import NoPageError, Page, make_page
from pipeline.files.blocks import Block, Rejected
from pipeline.files.lines import lines


def json_pages(blocks: Iterable[Block], config: CorpusConfig) -> Iterator[Page | Rejected]:
    """The documents in these blocks, an object a line, in order."""
    names = (config.url_field, config.timestamp_field, config.text_field)
    for number, line in _numbered(blocks, config.max_record_bytes):
        if isinstance(line, Rejected):
            yield line
        elif text := line.strip():
            try:
                document = _json_object(text)
                url, timestamp, content = map(document.get, names)
                yield make_page(url, timestamp, content, config.text_field)
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
    for _, line in _numbered(blocks, config.max_record_bytes):
        if isinstance(line, Rejected):
            yield line
            continue
        if text := (line.rpartition("\t")[2] if columns else line).strip():
            page.append(text)
        if page and (not text or len(page) == config.text_page_lines):
            yield make_page("", "", "\n".join(page))
            page.clear()
    if page:
        yield make_page("", "", "\n".join(page))


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


def _json_object(text: str) -> dict[str, object]:
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        raise NoPageError("broken_json") from None
    if not isinstance(values, dict):
        raise NoPageError("no_json_object")
    return values

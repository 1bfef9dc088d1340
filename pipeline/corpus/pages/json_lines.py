"""Documents of JSON lines: one object a line, of any width up to the longest record allowed."""

import json
from collections.abc import Iterable, Iterator

from pipeline.corpus.config import CorpusConfig
from pipeline.corpus.pages.page import NoPageError, Page, Rejected, make_page
from pipeline.files.blocks import Block
from pipeline.files.lines import lines


def json_pages(blocks: Iterable[Block], config: CorpusConfig) -> Iterator[Page | Rejected]:
    """The documents in these blocks, in order. Lines may run over the ends of members."""
    number = 0  # of the last line; one that is lost in a broken member is not counted
    for found in lines(blocks, config.max_record_bytes):
        if isinstance(found, Rejected):
            yield found
            continue
        number += 1
        try:
            if page := _page(found, config):
                yield page
        except NoPageError as reason:
            yield Rejected(number, str(reason), "line")


def _page(line: bytes, config: CorpusConfig) -> Page | None:
    """The line's document; None for an empty line. Raises NoPageError."""
    if len(line) > config.max_record_bytes:
        raise NoPageError("record_too_long")
    try:
        text = line.decode("utf-8-sig").strip()
        values = json.loads(text) if text else None
    except UnicodeDecodeError:
        raise NoPageError("invalid_utf8") from None
    except (ValueError, RecursionError):
        raise NoPageError("broken_json") from None
    if not text:
        return None
    if not isinstance(values, dict):
        raise NoPageError("no_json_object")
    names = (config.url_field, config.timestamp_field, config.text_field)
    return make_page(*(values.get(name) for name in names))

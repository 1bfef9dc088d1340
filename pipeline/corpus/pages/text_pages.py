"""Plain text: lines that follow each other make a page, and so do the texts of a TSV file.

An empty line ends a page, and so does the last of `text_page_lines` lines.
"""

from collections.abc import Iterable, Iterator

from pipeline.corpus.config import CorpusConfig
from pipeline.corpus.pages.page import NoPageError, Page, Rejected, make_page
from pipeline.files.blocks import Block
from pipeline.files.lines import lines


def text_pages(
    blocks: Iterable[Block], config: CorpusConfig, columns: bool
) -> Iterator[Page | Rejected]:
    """The pages in these blocks, in order; their addresses follow from their texts.

    columns: lines are columns with tabs between, and the text is the last one.
    """
    number, page = 0, list[str]()
    for found in lines(blocks, config.max_record_bytes):
        if isinstance(found, Rejected):
            yield found
            continue
        number += 1
        try:
            line = _text(found, config.max_record_bytes, columns)
        except NoPageError as reason:
            yield Rejected(number, str(reason), "line")
            continue
        if line:
            page.append(line)
        if page and (not line or len(page) == config.text_page_lines):
            yield make_page("", "", "\n".join(page))
            page.clear()
    if page:
        yield make_page("", "", "\n".join(page))


def _text(line: bytes, longest: int, columns: bool) -> str:
    if len(line) > longest:
        raise NoPageError("record_too_long")
    try:
        text = line.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise NoPageError("invalid_utf8") from None
    return (text.rpartition("\t")[2] if columns else text).strip()

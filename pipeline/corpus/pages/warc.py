"""Pages of WARC files (HTML responses) and of WET files (texts), WARC 0.18, 1.0 and 1.1.

What is broken is set aside with its place and reason. Memory is bounded by the longest record
allowed, however long a record is or claims to be. The parser is our own because it must tell a
wrong Content-Length and a damaged member from a good record; fastwarc, as fast, takes them for text
(docs/corpus.md).
"""

import re
from collections.abc import Iterable, Iterator

from pipeline.corpus.config import CorpusConfig
from pipeline.corpus.pages.http_messages import HEADER_END, header_fields
from pipeline.corpus.pages.responses import html_text, response_text
from pipeline.corpus.pages.web_page import NoPageError, Page, make_page
from pipeline.files.blocks import Block, Rejected
from pipeline.files.unpack import WARC

MAX_HEADER_BYTES = 2**16
MARGIN = 16  # bytes around a record's end that decide whether it is a good one
_NEXT_RECORD = re.compile(rb"\nWARC/\d+\.\d")


class _BrokenRecordError(Exception):
    """The end of a record is not known; the message is the reason."""


class _RecordGoesOnError(Exception):
    """The rest of a record is in the next block."""


def warc_pages(
    blocks: Iterable[Block], config: CorpusConfig, packed: bool
) -> Iterator[Page | Rejected]:
    """The pages in these blocks, in order.

    Blocks that do not end their member hold the longest record, its header and MARGIN at least.
    Records that are no pages (`warcinfo`, `request`, ...) are passed over. `packed`: whether
    offsets are those of members.
    """
    parser = _Parser(config, packed)
    for block in blocks:
        yield from parser.feed(block)
    yield from parser.end()


class _Parser:
    """Cuts the blocks of one file into records, which may run over the ends of members."""

    def __init__(self, config: CorpusConfig, packed: bool) -> None:
        self.config = config
        self.packed = packed
        self.rest = b""  # what the next block continues
        self.rest_offset = 0  # of `rest`, or of the member in which it begins
        self.starts_member = True  # the next block does
        self.lost = False  # looking for the next record after a broken one
        self.lost_before = False  # the member began in the middle of a lost record

    def feed(self, block: Block) -> Iterator[Page | Rejected]:
        """The records that end in this block; a member that begins a record ends the one before."""
        if self.starts_member:
            is_short = self.lost and block.data and WARC.startswith(block.data)
            if is_short or block.data.startswith(WARC):
                if self.rest:
                    yield from self.end()
                self.lost = False
            self.lost_before = self.lost
        yield from self._records(block)
        self.starts_member = block.last

    def end(self) -> Iterator[Page | Rejected]:
        """The records in what is left: nothing continues it."""
        yield from self._records(Block(self.rest_offset, b"", last=True), ends=True)
        self.rest = b""

    def _records(self, block: Block, ends: bool = False) -> Iterator[Page | Rejected]:
        """The records up to the end of this block; `ends`: no block continues the last one."""
        data, position, boundary = self.rest + block.data, 0, len(self.rest)
        while (position := self._next_start(data, position)) < len(data) and not self.lost:
            start = position
            try:
                fields, payload, position = self._record(data, start, block, ends)
                if page := _page(fields, payload, self.config):
                    yield page
            except _RecordGoesOnError:
                break
            except _BrokenRecordError as broken:
                yield Rejected(self._offset(block, start, boundary), str(broken))
                self.lost = True
                position = start + 1
            except NoPageError as reason:
                yield Rejected(self._offset(block, start, boundary), str(reason))
        if block.broken and (not data or self.lost_before):
            yield Rejected(block.offset, block.broken)
        self.rest_offset = self._offset(block, position, boundary)
        self.rest = b"" if block.broken else data[position:]
        self.lost = self.lost or bool(block.broken)

    def _next_start(self, data: bytes, position: int) -> int:
        """The start of the next record; if none is found after a broken one, where to search on."""
        if self.lost:
            match = _NEXT_RECORD.search(data, position)
            if not match:
                return max(position, len(data) - MARGIN)
            self.lost = self.lost_before = False
            return match.start() + 1
        while data[position : position + 1] in (b"\r", b"\n"):
            position += 1
        return position

    def _record(
        self, data: bytes, position: int, block: Block, ends: bool
    ) -> tuple[dict[str, str], bytes, int]:
        """The header fields and content of the record at `position`, and its end."""
        ends = ends or bool(block.broken)
        header = HEADER_END.search(data, position, position + MAX_HEADER_BYTES)
        is_warc = data.startswith(WARC[: len(data) - position], position)
        if not header and is_warc and not ends and len(data) - position <= MAX_HEADER_BYTES:
            raise _RecordGoesOnError
        if not header or not is_warc:
            raise _BrokenRecordError(block.broken or "no_warc_header")
        fields = header_fields(data[position : header.start()])
        end = header.end() + self._length(fields)
        if end + MARGIN > len(data) and not ends and not (block.last and end <= len(data)):
            raise _RecordGoesOnError
        following = data[end : end + MARGIN].lstrip(b"\r\n")
        if not following and block.broken:
            raise _BrokenRecordError(block.broken)
        if end > len(data) or not following.startswith(WARC[: len(following)]):
            raise _BrokenRecordError("wrong_content_length")
        return fields, data[header.end() : end], end

    def _length(self, fields: dict[str, str]) -> int:
        length = fields.get("content-length", "")
        if not (length.isascii() and length.isdigit()):
            raise _BrokenRecordError("wrong_content_length")
        if len(length) > 18 or int(length) > self.config.max_record_bytes:
            raise _BrokenRecordError("record_too_long")
        return int(length)

    def _offset(self, block: Block, position: int, boundary: int) -> int:
        """Where the record at `position` of the data begins; `boundary`: of rest and block."""
        if not self.packed:
            return self.rest_offset + position
        return self.rest_offset if position < boundary else block.offset


def _page(fields: dict[str, str], payload: bytes, config: CorpusConfig) -> Page | None:
    """The record's page; None if its kind holds none. Raises NoPageError."""
    kind = fields.get("warc-type")
    if kind not in ("conversion", "response", "resource"):
        return None
    url = fields.get("warc-target-uri", "").strip("<>")
    if not url:
        raise NoPageError("no_url")
    return make_page(url, fields.get("warc-date", ""), _text(kind, fields, payload, config))


def _text(kind: str, fields: dict[str, str], payload: bytes, config: CorpusConfig) -> str:
    if kind == "response":
        return response_text(payload, fields, config)
    if kind == "resource":
        return html_text(payload, fields.get("content-type", ""), config)
    try:
        return payload.decode("utf-8")
    except UnicodeDecodeError:
        raise NoPageError("invalid_utf8") from None

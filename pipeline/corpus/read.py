"""Pages from WET files; whatever is broken is set aside with its place and reason.

Common Crawl writes one gzip member a record; one member for the whole file and files that are not
compressed are read too. Memory is bounded by the longest record allowed, however long a record is
or claims to be. The parser is our own because it must tell a wrong Content-Length and a damaged
member from a good record; fastwarc, as fast, takes them for text (docs/corpus.md).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from pipeline.corpus.members import Block, gzip_blocks, plain_blocks

_MAX_HEADER_BYTES = 2**16
_RECORD = b"WARC/"
_HEADER_END = re.compile(rb"\r?\n\r?\n")
_NEXT_RECORD = re.compile(rb"(?<=\n)WARC/1\.")
_MARGIN = 16  # bytes around a record's end that decide whether it is a good one


@dataclass(frozen=True, slots=True)
class Page:
    """One WET record: the text of a web page."""

    url: str
    timestamp: str  # ISO 8601, as in WARC-Date
    text: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record that could not be read."""

    offset: int  # bytes from the start of the file to its gzip member (to the record if not packed)
    reason: str


class _BrokenRecordError(Exception):
    """Where a record ends is not known; the message is the reason."""


class _RecordGoesOnError(Exception):
    """The rest of a record is in the next block."""


def read_pages(stream: BinaryIO, max_record_bytes: int) -> Iterator[Page | Rejected]:
    """All pages of a WET file that is open at its start and can seek, in order.

    Records that are no pages (`warcinfo`) are passed over. OSErrors of the stream pass up.
    """
    start = stream.read(len(_RECORD))
    stream.seek(0)
    if not start:
        yield Rejected(0, "empty_file")
        return
    blocks = plain_blocks if start == _RECORD else gzip_blocks
    parser = _Parser(max_record_bytes, packed=start != _RECORD)
    for block in blocks(stream, max_record_bytes + _MAX_HEADER_BYTES + _MARGIN):
        yield from parser.feed(block)


class _Parser:
    """Cuts the blocks of one file into records."""

    def __init__(self, max_record_bytes: int, packed: bool) -> None:
        self.max_record_bytes = max_record_bytes
        self.packed = packed
        self.rest = b""  # what the next block continues
        self.rest_offset = 0  # of `rest` in its member
        self.lost = False  # looking for the next record after a broken one

    def feed(self, block: Block) -> Iterator[Page | Rejected]:
        """The records that end in this block."""
        data, position = self.rest + block.data, 0
        if not data and block.broken and not self.lost:
            yield Rejected(block.offset, block.broken)
        while (position := self._next_start(data, position)) < len(data) and not self.lost:
            try:
                page, position = self._record(data, position, block)
            except _RecordGoesOnError:
                break
            except _BrokenRecordError as broken:
                yield Rejected(self._offset(block, position), str(broken))
                self.lost = True
                position += 1
                continue
            if isinstance(page, str):
                yield Rejected(self._offset(block, position), page)
            elif page:
                yield page
        self._keep(data, position, block)

    def _next_start(self, data: bytes, position: int) -> int:
        """Where the next record starts; when lost and there is none, where to look on."""
        if self.lost:
            found = _NEXT_RECORD.search(data, position)
            if not found:
                return max(position, len(data) - _MARGIN)
            self.lost = False
            return found.start()
        while data[position : position + 1] in (b"\r", b"\n"):
            position += 1
        return position

    def _record(self, data: bytes, position: int, block: Block) -> tuple[Page | str | None, int]:
        """The record at `position` (a page, the reason why it is none, or no page) and its end."""
        header = _HEADER_END.search(data, position, position + _MAX_HEADER_BYTES)
        whole = block.last or len(data) - position > _MAX_HEADER_BYTES
        if not header and not whole:
            raise _RecordGoesOnError
        if not header or not data.startswith(_RECORD, position):
            raise _BrokenRecordError(block.broken or "no_warc_header")
        fields = _header_fields(data[position : header.start()])
        end = header.end() + self._length(fields)
        if end + _MARGIN > len(data) and not block.last:
            raise _RecordGoesOnError
        following = data[end : end + _MARGIN].lstrip(b"\r\n")
        if not following and block.broken:
            raise _BrokenRecordError(block.broken)
        if end > len(data) or not following.startswith(_RECORD[: len(following)]):
            raise _BrokenRecordError("wrong_content_length")
        return _page(fields, data[header.end() : end]), end

    def _length(self, fields: dict[str, str]) -> int:
        length = fields.get("content-length", "")
        if not (length.isascii() and length.isdigit()):
            raise _BrokenRecordError("wrong_content_length")
        if len(length) > 18 or int(length) > self.max_record_bytes:
            raise _BrokenRecordError("record_too_long")
        return int(length)

    def _offset(self, block: Block, position: int) -> int:
        return block.offset if self.packed else self.rest_offset + position

    def _keep(self, data: bytes, position: int, block: Block) -> None:
        if block.last:
            self.rest, self.rest_offset, self.lost = b"", 0, False
        else:
            self.rest, self.rest_offset = data[position:], self.rest_offset + position


def _header_fields(header: bytes) -> dict[str, str]:
    fields = {}
    for line in header.decode("utf-8", "replace").splitlines()[1:]:
        name, _, value = line.partition(":")
        fields[name.strip().lower()] = value.strip()
    return fields


def _page(fields: dict[str, str], payload: bytes) -> Page | str | None:
    if fields.get("warc-type") != "conversion":
        return None
    url = fields.get("warc-target-uri", "").strip("<>")
    if not url:
        return "no_url"
    try:
        text = payload.decode("utf-8")
    except UnicodeDecodeError:
        return "invalid_utf8"
    if not text.strip():
        return "no_text"
    return Page(url, fields.get("warc-date", ""), text.replace("\x00", ""))

"""Pages and documents from one input file, whatever its format; what is broken is set aside.

The content tells the format, and the name where the content does not: WARC and WET, JSON lines and
other JSON, plain text (`.txt`, `.tsv`), packed by gzip, zstd, xz, bzip2 or not at all; Parquet; and
zip and tar archives of these. A file of any other format is one rejected record.
"""

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import BinaryIO

from pipeline.corpus.config import CorpusConfig
from pipeline.corpus.pages import archives, formats
from pipeline.corpus.pages.line_pages import json_pages, text_pages
from pipeline.corpus.pages.parquet import PARQUET_MAGIC, parquet_pages
from pipeline.corpus.pages.warc import MARGIN, MAX_HEADER_BYTES, warc_pages
from pipeline.corpus.pages.web_page import Page
from pipeline.files.blocks import Rejected, begun, plain_blocks
from pipeline.files.encodings import in_utf8
from pipeline.files.unpack import START_BYTES, first_bytes, is_named, unpacker

Pages = Iterator[Page | Rejected]


def read_pages(stream: BinaryIO, name: str, config: CorpusConfig) -> Pages:
    """All pages of a file that is open at its start and can seek, in order.

    Memory is bounded by `max_record_bytes`. OSErrors of the stream pass up.
    """
    return _file_pages(stream, name, config, is_member=False)


def _file_pages(stream: BinaryIO, name: str, config: CorpusConfig, is_member: bool) -> Pages:
    """The pages of a file, which may be a member of an archive."""
    name = name.rpartition("/")[2].lower()
    start = first_bytes(stream)
    if not start:
        yield Rejected(0, "empty_file")
    elif reason := formats.unread_format(start, name):
        yield Rejected(0, reason)
    elif start.startswith(PARQUET_MAGIC) or is_named(name, ".parquet", start):
        yield from parquet_pages(stream, config)
    elif formats.is_zip(start):
        yield from _archive_pages(archives.zip_members(stream), config, is_member)
    else:
        yield from _unpacked_pages(stream, name, start, config, is_member)


def _unpacked_pages(
    stream: BinaryIO, name: str, start: bytes, config: CorpusConfig, is_member: bool
) -> Pages:
    unpack = unpacker(name, start)
    packed = unpack is not plain_blocks
    blocks = unpack(stream, config.max_record_bytes + MAX_HEADER_BYTES + MARGIN)
    while first := begun(blocks, START_BYTES):
        start = b"".join(block.data for block in first)[:START_BYTES]
        content = itertools.chain(first, blocks)
        kind = formats.kind(start, name)
        if reason := formats.unread_format(start, name):
            yield Rejected(first[0].offset, reason)
            if not first[-1].last:
                return
        elif kind == "warc":
            yield from warc_pages(content, config, packed)
        elif kind == "tar":
            if not packed:
                stream.seek(0)
            tar = archives.unpacked(content) if packed else stream
            yield from _archive_pages(archives.tar_members(tar), config, is_member)
            return
        elif kind == "json":
            yield from json_pages(in_utf8(content), config)
        elif kind in formats.TEXT:
            yield from text_pages(in_utf8(content), config, kind == "tsv")
        elif first[-1].last:
            yield Rejected(first[0].offset, first[-1].broken or "unknown_format")


def _archive_pages(
    members: Iterable[archives.Member], config: CorpusConfig, is_member: bool
) -> Pages:
    """The pages of an archive's files, one behind the other; `is_member`: of another archive."""
    if is_member:
        yield Rejected(0, "nested_archive")
        return
    try:
        for member in members:
            yield from _member_pages(member, config)
    except archives.BROKEN:
        yield Rejected(0, "broken_archive")


def _member_pages(member: archives.Member, config: CorpusConfig) -> Pages:
    name, opened = member
    try:
        with opened() as stream:
            for page in _file_pages(stream, name, config, is_member=True):
                yield replace(page, member=name) if isinstance(page, Rejected) else page
    except archives.BROKEN:
        yield Rejected(0, "broken_member", member=name)
    except OSError as error:
        if error.errno is not None:
            raise
        yield Rejected(0, "broken_member", member=name)  # bzip2's errors are OSErrors

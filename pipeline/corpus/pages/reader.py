"""Pages and documents from one input file, whatever its format; what is broken is set aside.

The content tells the format, and the name where the content does not: WARC and WET, JSON lines and
plain text (`.txt`, `.tsv`), packed by gzip, zstd, xz, bzip2 or not at all, and Parquet.
"""

import itertools
from collections.abc import Iterator
from typing import BinaryIO

from pipeline.corpus.config import CorpusConfig
from pipeline.corpus.pages.line_pages import json_pages, text_pages
from pipeline.corpus.pages.parquet import PARQUET_MAGIC, parquet_pages
from pipeline.corpus.pages.warc import MARGIN, MAX_HEADER_BYTES, warc_pages
from pipeline.corpus.pages.web_page import Page
from pipeline.files.blocks import Rejected, plain_blocks
from pipeline.files.unpack import WARC, first_bytes, is_json, is_named, unpacker

_TEXT = ("txt", "tsv")


def read_pages(stream: BinaryIO, name: str, config: CorpusConfig) -> Iterator[Page | Rejected]:
    """All pages of a file that is open at its start and can seek, in order.

    Memory is bounded by `max_record_bytes`. OSErrors of the stream pass up.
    """
    name = name.rpartition("/")[2].lower()
    start = first_bytes(stream)
    if not start:
        yield Rejected(0, "empty_file")
    elif start.startswith(PARQUET_MAGIC) or is_named(name, ".parquet", start):
        yield from parquet_pages(stream, config)
    else:
        yield from _line_pages(stream, name, start, config)


def _line_pages(
    stream: BinaryIO, name: str, start: bytes, config: CorpusConfig
) -> Iterator[Page | Rejected]:
    unpack = unpacker(name, start)
    packed = unpack is not plain_blocks
    blocks = unpack(stream, config.max_record_bytes + MAX_HEADER_BYTES + MARGIN)
    for block in blocks:
        kind = _kind(block.data, name)
        if kind == "warc":
            yield from warc_pages(itertools.chain([block], blocks), config, packed)
        elif kind == "json":
            yield from json_pages(itertools.chain([block], blocks), config)
        elif kind in _TEXT:
            yield from text_pages(itertools.chain([block], blocks), config, kind == "tsv")
        elif block.last:
            yield Rejected(block.offset, block.broken or "unknown_format")


def _kind(start: bytes, name: str) -> str:
    """The format of unpacked content with this beginning: warc, json, txt or tsv; "": not known."""
    if start.startswith(WARC):
        return "warc"
    kind = _kind_by_name(name)
    return "json" if is_json(start) and kind not in _TEXT else kind  # texts may begin so too


def _kind_by_name(name: str) -> str:
    if ".warc" in name or ".wet" in name:
        return "warc"
    if ".json" in name or ".ndjson" in name:
        return "json"
    return next((kind for kind in _TEXT if f".{kind}" in name), "")

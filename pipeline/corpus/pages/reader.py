"""Pages and documents from one input file, whatever its format; what is broken is set aside.

The content tells the format, and the name where the content does not: WARC and WET, JSON lines and
plain text (`.txt`, `.tsv`), packed by gzip, zstd, xz, bzip2 or not at all, and Parquet.
"""

import codecs
import itertools
from collections.abc import Callable, Iterator
from typing import BinaryIO

from pipeline.corpus.config import CorpusConfig
from pipeline.corpus.pages.json_lines import json_pages
from pipeline.corpus.pages.page import Page, Rejected
from pipeline.corpus.pages.parquet import PARQUET_MAGIC, parquet_pages
from pipeline.corpus.pages.text_pages import text_pages
from pipeline.corpus.pages.warc import MARGIN, MAX_HEADER_BYTES, RECORD, warc_pages
from pipeline.files.blocks import GZIP_MAGIC, Block, gzip_blocks, plain_blocks
from pipeline.files.xz_bz2 import XZ_MAGIC, bz2_blocks, is_bz2, xz_blocks
from pipeline.files.zstd import is_zstd, zstd_blocks

_START_BYTES = 8
_TEXT = ("txt", "tsv")


def read_pages(stream: BinaryIO, name: str, config: CorpusConfig) -> Iterator[Page | Rejected]:
    """All pages of a file that is open at its start and can seek, in order.

    Memory is bounded by `max_record_bytes`. OSErrors of the stream pass up.
    """
    name = name.rpartition("/")[2].lower()
    start = stream.read(_START_BYTES)
    stream.seek(0)
    if not start:
        yield Rejected(0, "empty_file")
    elif start.startswith(PARQUET_MAGIC) or _named(name, ".parquet", start):
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


def unpacker(name: str, start: bytes) -> Callable[[BinaryIO, int], Iterator[Block]]:
    """What gives the blocks of a file of this name and these first bytes (8 of them)."""
    if start.startswith(GZIP_MAGIC) or _named(name, ".gz", start):
        return gzip_blocks
    if is_zstd(start) or _named(name, ".zst", start):
        return zstd_blocks
    if start.startswith(XZ_MAGIC) or _named(name, ".xz", start):
        return xz_blocks
    if is_bz2(start) or _named(name, ".bz2", start):
        return bz2_blocks
    return plain_blocks


def _named(name: str, ending: str, start: bytes) -> bool:
    """The name counts only where the content has another beginning than any format's."""
    return name.endswith(ending) and not _kind(start, "")


def _kind(start: bytes, name: str) -> str:
    """What unpacked content with this beginning is: "warc", "json", "txt", "tsv"; "": not clear."""
    if start.startswith(RECORD):
        return "warc"
    kind = _kind_by_name(name)
    opening = start[:_START_BYTES].removeprefix(codecs.BOM_UTF8).lstrip()
    if opening.startswith(b"{") and kind not in _TEXT:  # texts may begin so too
        return "json"
    return kind


def _kind_by_name(name: str) -> str:
    if ".warc" in name or ".wet" in name:
        return "warc"
    if ".json" in name or ".ndjson" in name:
        return "json"
    return next((kind for kind in _TEXT if f".{kind}" in name), "")

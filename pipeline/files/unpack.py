"""The content of a file unpacked: gzip, zstd, xz, bzip2, or not packed at all.

The content tells the packing, and the ending of the name where the content does not.
"""

import re
from collections.abc import Callable, Iterator
from typing import BinaryIO

from pipeline.files.blocks import GZIP_MAGIC, Block, gzip_blocks, plain_blocks
from pipeline.files.xz_bz2 import XZ_MAGIC, bz2_blocks, is_bz2, xz_blocks
from pipeline.files.zstd import is_zstd, zstd_blocks

WARC = b"WARC/"
"""The first bytes of every WARC record."""

Unpack = Callable[[BinaryIO, int], Iterator[Block]]

START_BYTES = 512
"""As many bytes of a file tell its format."""

_JSON = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:\[\s*)?\{\s*(?:[\"}]|$)")


def first_bytes(stream: BinaryIO) -> bytes:
    """The bytes that tell the format of a file; the stream is open at its start and stays there."""
    start = stream.read(START_BYTES)
    stream.seek(0)
    return start


def blocks(stream: BinaryIO, name: str, block_bytes: int) -> Iterator[Block]:
    """The unpacked content of a file that is open at its start, in blocks of bounded size."""
    return unpacker(name, first_bytes(stream))(stream, block_bytes)


def unpacker(name: str, start: bytes) -> Unpack:
    """The function that unpacks a file of this name and these first bytes."""
    if start.startswith(GZIP_MAGIC) or is_named(name, ".gz", start):
        return gzip_blocks
    if is_zstd(start) or is_named(name, ".zst", start):
        return zstd_blocks
    if start.startswith(XZ_MAGIC) or is_named(name, ".xz", start):
        return xz_blocks
    if is_bz2(start) or is_named(name, ".bz2", start):
        return bz2_blocks
    return plain_blocks


def is_named(name: str, ending: str, start: bytes) -> bool:
    """Whether the name has this ending, and the content does not start as unpacked text does."""
    return name.endswith(ending) and not (start.startswith(WARC) or is_json(start))


def is_json(start: bytes) -> bool:
    """Whether unpacked content with these first bytes looks like JSON objects or a list of them."""
    return _JSON.match(start) is not None

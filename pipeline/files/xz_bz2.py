"""The content of an xz or bzip2 file stream by stream, in blocks of bounded size.

What comes behind a damaged stream is lost: neither has a place to go on from that is cheap to find.
"""

import bz2
import lzma
from collections.abc import Callable, Iterator
from typing import BinaryIO

from pipeline.files.blocks import Block, Source

XZ_MAGIC = b"\xfd7zXZ\x00"
_BZ2_MAGIC = b"BZh"  # a digit follows
_BZ2_BLOCK = (b"1AY&", b"\x17rE8")  # of a block, or of the end of an empty stream
_MAX_MEMORY_BYTES = 2**28  # of the unpacker; the presets of xz need 65 MiB at most

_Unpacker = lzma.LZMADecompressor | bz2.BZ2Decompressor


def is_bz2(start: bytes) -> bool:
    """Whether a file with these first bytes (8 at least) is packed by bzip2."""
    return start.startswith(_BZ2_MAGIC) and start[4:8] in _BZ2_BLOCK


def xz_blocks(stream: BinaryIO, block_bytes: int) -> Iterator[Block]:
    """Every stream's content, in blocks of `block_bytes` where it is longer.

    The stream is open at the start; its OSErrors pass up.
    """
    return _blocks(stream, block_bytes, _xz_unpacker, "xz")


def bz2_blocks(stream: BinaryIO, block_bytes: int) -> Iterator[Block]:
    """As `xz_blocks`, of a bzip2 file."""
    return _blocks(stream, block_bytes, bz2.BZ2Decompressor, "bz2")


def _blocks(
    stream: BinaryIO, block_bytes: int, make: Callable[[], _Unpacker], kind: str
) -> Iterator[Block]:
    source, broken = Source(stream), ""
    while not broken and source.fill(1):
        start, unpacker, data = source.offset, make(), bytearray()
        while not (unpacker.eof or broken):
            if unpacker.needs_input and not source.fill(1):
                broken = f"truncated_{kind}_stream"
                break
            try:
                given = source.buffer if unpacker.needs_input else b""
                data += unpacker.decompress(given, block_bytes - len(data))
            except (lzma.LZMAError, OSError):  # bz2's error is an OSError
                broken = f"broken_{kind}_stream"
                break
            if given:
                source.drop_but(b"")
            if len(data) == block_bytes and not unpacker.eof:
                yield Block(start, bytes(data), last=False)
                data.clear()
        source.drop_but(unpacker.unused_data.lstrip(b"\x00") if unpacker.eof else b"")
        yield Block(start, bytes(data), last=True, broken=broken)


def _xz_unpacker() -> lzma.LZMADecompressor:
    return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_MAX_MEMORY_BYTES)

"""The content of an xz file stream by stream, in blocks of bounded size.

What comes behind a damaged stream is lost: xz has no place to go on from that is cheap to find.
"""

import lzma
from collections.abc import Iterator
from typing import BinaryIO

from pipeline.corpus.members import Block, Source

XZ_MAGIC = b"\xfd7zXZ\x00"
_MAX_MEMORY_BYTES = 2**28  # of the unpacker; the presets of xz need 65 MiB at most


def xz_blocks(stream: BinaryIO, block_bytes: int) -> Iterator[Block]:
    """Every stream's content, in blocks of `block_bytes` where it is longer.

    The stream is open at the start; its OSErrors pass up.
    """
    source, broken = Source(stream), ""
    while not broken and source.fill(1):
        start, unpacker, data = source.offset, _unpacker(), bytearray()
        while not (unpacker.eof or broken):
            if unpacker.needs_input and not source.fill(1):
                broken = "truncated_xz_stream"
                break
            try:
                given = source.buffer if unpacker.needs_input else b""
                data += unpacker.decompress(given, block_bytes - len(data))
            except lzma.LZMAError:
                broken = "broken_xz_stream"
                break
            if given:
                source.drop_but(b"")
            if len(data) == block_bytes and not unpacker.eof:
                yield Block(start, bytes(data), last=False)
                data.clear()
        source.drop_but(unpacker.unused_data.lstrip(b"\x00") if unpacker.eof else b"")
        yield Block(start, bytes(data), last=True, broken=broken)


def _unpacker() -> lzma.LZMADecompressor:
    return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_MAX_MEMORY_BYTES)

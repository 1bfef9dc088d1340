"""The content of a file in blocks of bounded size: gzip member by member, or not packed.

Every member is unpacked and its checksum compared by itself, so a broken one hides nothing else:
reading goes on at the next place that looks like a member's start. Other packings: `unpack.py`.
"""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

GZIP_MAGIC = b"\x1f\x8b\x08"
_CHUNK_BYTES = 2**16


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of one gzip member or zstd frame, unpacked, or of a file that is not compressed."""

    offset: int  # of the member in the file; 0 if not compressed
    data: bytes
    last: bool  # the member ends here
    broken: str = ""  # why it ends too early: broken_gzip_member, not_gzip, zstd_dictionary, ...


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record that could not be read, or several that stand together."""

    offset: int  # in `unit`; bytes: to the packed member, or to the record if nothing is packed
    reason: str
    unit: str = "byte"  # or "line" (counted from 1) or "row" (from 0)
    records: int = 1
    member: str = ""  # the file's name where it is one of an archive


def plain_blocks(stream: BinaryIO, block_bytes: int) -> Iterator[Block]:
    """The file in blocks of `block_bytes`."""
    data = stream.read(block_bytes)
    while data:
        following = stream.read(block_bytes)
        yield Block(0, data, last=not following)
        data = following


def begun(blocks: Iterator[Block], size: int) -> list[Block]:
    """The next blocks, up to one that is broken or `size` bytes at least; [] at the file's end."""
    taken: list[Block] = []
    for block in blocks:
        taken.append(block)
        if block.broken or sum(len(each.data) for each in taken) >= size:
            break
    return taken


def gzip_blocks(stream: BinaryIO, block_bytes: int) -> Iterator[Block]:
    """Every member's content, in blocks of `block_bytes` where it is longer.

    The stream is open at the start and can seek; its OSErrors pass up.
    """
    source = Source(stream)
    while source.fill(1):
        member = source.offset
        source.fill(len(GZIP_MAGIC))
        if not source.buffer.startswith(GZIP_MAGIC):
            yield Block(member, b"", last=True, broken="not_gzip")
            source.find(member + 1, GZIP_MAGIC)
            continue
        yield from _member_blocks(source, block_bytes)


def _member_blocks(source: "Source", size: int) -> Iterator[Block]:
    member, unpacker, data = source.offset, zlib.decompressobj(zlib.MAX_WBITS | 16), bytearray()
    resume, broken = member + 1, ""
    while not unpacker.eof:
        if not source.fill(1):
            broken = "truncated_gzip_member"
            break
        try:
            data += unpacker.decompress(source.buffer, size - len(data))
        except zlib.error:
            broken = "broken_gzip_member"
            break
        source.drop_but(unpacker.unused_data or unpacker.unconsumed_tail)
        if len(data) >= size and not unpacker.eof:
            yield Block(member, bytes(data), last=False)
            data.clear()
            resume = source.offset
    yield Block(member, bytes(data), last=True, broken=broken)
    if broken:
        source.find(resume, GZIP_MAGIC)


class Source:
    """A file read in chunks, with the place of what is left of the current chunk."""

    def __init__(self, stream: BinaryIO) -> None:
        self.stream = stream
        self.buffer = b""
        self.offset = 0  # of buffer[0] in the file

    def fill(self, size: int) -> bool:
        """Have at least `size` bytes in the buffer; False if the file holds fewer."""
        while len(self.buffer) < size:
            chunk = self.stream.read(_CHUNK_BYTES)
            if not chunk:
                return False
            self.buffer += chunk
        return True

    def take(self, size: int) -> bytes:
        """The next `size` bytes; fewer at the end of the file."""
        self.fill(size)
        taken = self.buffer[:size]
        self.drop_but(self.buffer[size:])
        return taken

    def drop_but(self, rest: bytes) -> None:
        """Leave only `rest`, the end of the buffer."""
        self.offset += len(self.buffer) - len(rest)
        self.buffer = rest

    def find(self, offset: int, magic: bytes) -> None:
        """Go on at the first place from `offset` on that holds `magic`, a member's first bytes."""
        self.stream.seek(offset)
        self.offset, self.buffer = offset, b""
        while self.fill(len(magic)):
            position = self.buffer.find(magic)
            if position >= 0:
                self.drop_but(self.buffer[position:])
                return
            self.drop_but(self.buffer[1 - len(magic) :])
        self.drop_but(b"")

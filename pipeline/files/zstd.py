"""The content of a zstd file frame by frame, in blocks of bounded size.

zstandard unpacks all of what it is given, and 64 KiB can hold gigabytes. So frames are handed to it
by their own blocks, whose headers give their sizes and which hold at most 128 KiB each (RFC 8878,
section 3.1.1). Frames that need a dictionary, as in some `.warc.zst` files, are refused.
"""

from collections.abc import Iterator
from typing import BinaryIO

import zstandard

from pipeline.files.blocks import Block, Source

ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
_SKIPPABLE = b"\x2a\x4d\x18"  # after a byte 0x50 to 0x5f; four bytes of length follow
_LONGEST_HEADER = 18
_LARGEST_WINDOW = 2**27  # as the zstd command: more needs --long
_RLE, _RESERVED = 1, 3  # kinds of blocks


class _BrokenError(Exception):
    """The message is the reason why a frame cannot be read."""


def is_zstd(start: bytes) -> bool:
    """Whether a file with these first bytes (4 at least) is packed by zstd."""
    return start.startswith(ZSTD_MAGIC) or _is_skippable(start)


def zstd_blocks(stream: BinaryIO, block_bytes: int) -> Iterator[Block]:
    """Every frame's content, in blocks of about `block_bytes` where it is longer.

    The stream is open at the start and can seek; its OSErrors pass up.
    """
    source = Source(stream)
    while source.fill(1):
        frame = source.offset
        source.fill(_LONGEST_HEADER)
        if _is_skippable(source.buffer) and len(source.buffer) >= 8:
            end = frame + 8 + int.from_bytes(source.buffer[4:8], "little")
            source.find(end, b"")
        elif source.buffer.startswith(ZSTD_MAGIC):
            yield from _frame_blocks(source, block_bytes)
        else:
            yield Block(frame, b"", last=True, broken="not_zstd")
            source.find(frame + 1, ZSTD_MAGIC)


def _frame_blocks(source: Source, size: int) -> Iterator[Block]:
    frame, data, broken = source.offset, bytearray(), ""
    resume = frame + 1
    try:
        for piece in _unpacked(source):
            data += piece
            if len(data) >= size:
                yield Block(frame, bytes(data), last=False)
                data.clear()
                resume = source.offset
    except _BrokenError as error:
        broken = str(error)
    except zstandard.ZstdError:
        broken = "broken_zstd_frame"
    yield Block(frame, bytes(data), last=True, broken=broken)
    if broken:
        source.find(resume, ZSTD_MAGIC)


def _unpacked(source: Source) -> Iterator[bytes]:
    """The content of the frame that starts here, at most 128 KiB at a time."""
    frame = zstandard.get_frame_parameters(source.buffer[:_LONGEST_HEADER])
    if frame.dict_id:
        raise _BrokenError("zstd_dictionary")
    if frame.window_size > _LARGEST_WINDOW:
        raise _BrokenError("zstd_window_too_large")
    unpacker = zstandard.ZstdDecompressor(max_window_size=_LARGEST_WINDOW).decompressobj()
    yield unpacker.decompress(_take(source, zstandard.frame_header_size(source.buffer)))
    last = False
    while not last:
        header = _take(source, 3)
        number = int.from_bytes(header, "little")
        last, kind, size = bool(number & 1), number >> 1 & 3, number >> 3
        if kind == _RESERVED or size > 2**17:
            raise _BrokenError("broken_zstd_frame")
        checksum = 4 if last and frame.has_checksum else 0
        yield unpacker.decompress(header + _take(source, (1 if kind == _RLE else size) + checksum))
    if not unpacker.eof:
        raise _BrokenError("broken_zstd_frame")


def _take(source: Source, size: int) -> bytes:
    taken = source.take(size)
    if len(taken) < size:
        raise _BrokenError("truncated_zstd_frame")
    return taken


def _is_skippable(start: bytes) -> bool:
    return start[1:4] == _SKIPPABLE and start[0] >> 4 == 5

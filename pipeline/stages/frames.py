"""Finished entries that wait for the last step in files: Beam moves their places, never text.

The entries of one input file lie in pieces (zstd frames) by language and bucket, so that the writer
of a bucket reads its own pieces only.
"""

import contextlib
import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import zstandard

_LEVEL = 1  # read once and deleted
_FLUSH_BYTES = 32 * 2**20  # documents held in memory, at most about
_HEADER = struct.Struct("<16sIIII")


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """A finished document: a line of the output and what is counted of it."""

    digest: bytes  # 16 bytes, of the URL
    line: bytes  # JSON, without line end
    lines: int  # of the text, as the following
    characters: int
    text_bytes: int


@dataclass(frozen=True, slots=True)
class Frame:
    """Where the entries of one language and bucket lie."""

    path: str
    offset: int
    length: int


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A file that gets its name when it is whole; a step done twice just replaces it.

    OSErrors pass up with the file's name, which errors of writing lack.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as stream:
            yield stream
        temporary.replace(path)
    except OSError as error:
        if error.errno is None or error.filename:
            raise
        raise OSError(error.errno, error.strerror, str(path)) from None


class FrameWriter:
    """Collects entries by language and bucket and writes them as frames."""

    def __init__(self, stream: BinaryIO, path: Path) -> None:
        self._stream, self._path = stream, path
        self._pending: dict[tuple[str, int], bytearray] = {}
        self._pending_bytes = 0
        self.frames: list[tuple[str, int, Frame]] = []  # language, bucket, place

    def add(self, language: str, bucket: int, entry: Entry) -> None:
        counts = (len(entry.line), entry.lines, entry.characters, entry.text_bytes)
        block = self._pending.setdefault((language, bucket), bytearray())
        block += _HEADER.pack(entry.digest, *counts) + entry.line
        self._pending_bytes += len(entry.line)
        if self._pending_bytes > _FLUSH_BYTES:
            self.flush()

    def flush(self) -> None:
        """Write what is pending; call it once more at the end."""
        packer = zstandard.ZstdCompressor(level=_LEVEL)
        for (language, bucket), block in self._pending.items():
            offset = self._stream.tell()
            length = self._stream.write(packer.compress(block))
            self.frames.append((language, bucket, Frame(str(self._path), offset, length)))
        self._pending, self._pending_bytes = {}, 0


def read_frame(frame: Frame) -> Iterator[Entry]:
    """The entries of a frame."""
    with open(frame.path, "rb") as stream:
        stream.seek(frame.offset)
        block = zstandard.ZstdDecompressor().decompress(stream.read(frame.length))
    position = 0
    while position < len(block):
        digest, length, *counts = _HEADER.unpack_from(block, position)
        position += _HEADER.size + length
        yield Entry(digest, block[position - length : position], *counts)

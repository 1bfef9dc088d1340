"""Members of zip and tar archives, in order. What an archive claims is never trusted.

Members are read where they are and never written, so their names do no harm; nothing is unpacked
as a whole, so a member's size does none.
"""

import io
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any, BinaryIO, cast

from pipeline.files.blocks import Block

BROKEN = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    NotImplementedError,  # of zipfile: a way of packing that it lacks
    RuntimeError,  # of zipfile: a password is needed
    ValueError,  # of zipfile: a place before the file's start
)
"""What reading an archive raises, besides OSError, if it is damaged or needs what we lack."""

Member = tuple[str, Callable[[], BinaryIO]]
"""The name of a file in an archive, and what opens it; that raises BROKEN and OSErrors."""

_ZIP_CODECS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2)
_BUFFER_BYTES = 2**16
_LONGEST_TAR_HEADER = 2**20  # bytes of a long name, or of an extended header


class _BoundedInfo(tarfile.TarInfo):
    """Headers whose extensions, which are read as a whole, are short."""

    def _proc_member(self, tar: tarfile.TarFile) -> tarfile.TarInfo:  # as its source says
        is_extension = not self.isreg() and not self.isdir()
        if is_extension and self.size > _LONGEST_TAR_HEADER:
            raise tarfile.ReadError("header too long")
        return super()._proc_member(tar)  # type: ignore[misc]


def zip_members(stream: BinaryIO) -> Iterator[Member]:
    """The files in a zip archive. Raises BROKEN and OSErrors."""
    with zipfile.ZipFile(stream) as archive:
        for info in archive.infolist():
            if not info.is_dir() and not _is_hidden(info.filename):
                yield info.filename, partial(_open_member, archive, info)


def _open_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> BinaryIO:
    if info.compress_type not in _ZIP_CODECS:
        raise NotImplementedError
    return cast(BinaryIO, io.BufferedReader(archive.open(info)))


def tar_members(stream: BinaryIO) -> Iterator[Member]:
    """The files in a tar archive, each to be read before the next is asked for.

    Raises BROKEN and OSErrors.
    """
    with tarfile.open(fileobj=stream, mode="r:", tarinfo=_BoundedInfo) as archive:
        while info := archive.next():
            archive.members.clear()  # type: ignore[attr-defined]  # they would fill the memory
            is_file = info.isreg() and not info.issparse()  # sparse ones may claim any size
            if is_file and not _is_hidden(info.name):
                yield info.name, partial(_extracted, archive, info)


def _extracted(archive: tarfile.TarFile, info: tarfile.TarInfo) -> BinaryIO:
    return cast(BinaryIO, archive.extractfile(info))


def _is_hidden(name: str) -> bool:
    """Whether a name is one of those that systems leave, such as .DS_Store and ._page.html."""
    return name.rpartition("/")[2].startswith(".")


def unpacked(blocks: Iterable[Block]) -> BinaryIO:
    """The blocks as a stream, which goes back within its buffer only.

    Reading raises EOFError where a block is broken, and for a way back that is too long.
    """
    return cast(BinaryIO, io.BufferedReader(_Blocks(blocks), _BUFFER_BYTES))


class _Blocks(io.RawIOBase):
    def __init__(self, blocks: Iterable[Block]) -> None:
        self.blocks = iter(blocks)
        self.left = memoryview(b"")  # of the current block
        self.position = 0
        self.broken = ""

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        wanted = offset + (self.position if whence == io.SEEK_CUR else 0)
        if wanted < self.position or whence == io.SEEK_END:
            raise EOFError("a packed archive cannot go back")
        while self.position < wanted and (taken := self._take(wanted - self.position)):
            self.position += len(taken)
        return self.position

    def readinto(self, buffer: Any) -> int:
        filled = 0  # wholly, so that the reader in front can go back
        while filled < len(buffer) and not (filled and self.broken and not self.left):
            taken = self._take(len(buffer) - filled)
            if not taken:
                break
            buffer[filled : filled + len(taken)] = taken
            filled += len(taken)
        self.position += filled
        return filled

    def _take(self, size: int) -> memoryview:
        while not self.left:
            if self.broken:
                raise EOFError(self.broken)
            block = next(self.blocks, None)
            if block is None:
                break
            self.left, self.broken = memoryview(block.data), block.broken
        taken, self.left = self.left[:size], self.left[size:]
        return taken

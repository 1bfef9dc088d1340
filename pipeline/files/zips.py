"""Files inside zip archives, read as streams and never written: paths like `de-en.zip!/X.de-en.de`.

Archives are not trusted: one that unpacks to far more than its size, or holds very many files, is
refused, names are only compared and shown, and archives inside are not opened.
"""

import contextlib
import zipfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO, cast

from langs.errors import InputError

ENDING = ".zip"
_INSIDE = "!/"
_MOST_FILES = 10_000
_LARGEST_RATIO = 200  # of unpacked to packed bytes; text has 3 to 10
_SMALL_BYTES = 2**20  # files that may have any ratio


def archive_of(path: str) -> str:
    """The archive of a path inside one; any other path as it is."""
    archive, inside, _ = path.partition(ENDING + _INSIDE)
    return archive + ENDING if inside else path


def is_inside(path: str) -> bool:
    """Whether a path is that of a file inside an archive."""
    return ENDING + _INSIDE in path


def files_inside(stream: BinaryIO, archive: str) -> list[tuple[str, int]]:
    """Paths and unpacked bytes of the files of an archive that is open and can seek, by name.

    Raises InputError for what is no archive, damaged, encrypted or hostile.
    """
    with _readable(archive), zipfile.ZipFile(stream) as opened:
        infos = [info for info in opened.infolist() if not info.is_dir()]
        if len(infos) > _MOST_FILES:
            raise InputError(f"{archive} holds more than {_MOST_FILES:,} files; unpack it yourself")
        for info in infos:
            if info.flag_bits & 1:
                raise InputError(f"{archive} is encrypted; unpack it yourself")
            if info.file_size > max(_SMALL_BYTES, info.compress_size * _LARGEST_RATIO):
                raise InputError(
                    f"{archive}: a file in it unpacks to {info.file_size:,} bytes from "
                    f"{info.compress_size:,}, more than {_LARGEST_RATIO} times; unpack it yourself"
                )
        names = {info.filename: info.file_size for info in infos if info.filename.isprintable()}
    return [(f"{archive}{_INSIDE}{name}", size) for name, size in sorted(names.items())]


@contextlib.contextmanager
def opened_inside(stream: BinaryIO, path: str) -> Iterator[BinaryIO]:
    """A file inside an archive, which is open as `stream` and can seek; the file can seek too.

    Raises InputError as `files_inside`, also while it is read.
    """
    archive = archive_of(path)
    with _readable(archive), zipfile.ZipFile(stream) as opened:
        name = path.removeprefix(archive + _INSIDE)
        with opened.open(name) as file:
            yield cast(BinaryIO, file)


@contextlib.contextmanager
def _readable(archive: str) -> Iterator[None]:
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, KeyError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise InputError(
            f"{archive} cannot be read ({reason}); fetch it again, or unpack it"
        ) from None

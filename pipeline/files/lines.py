"""The lines of text files: packed or not, of any size, on any file system.

`lines` cuts blocks into lines and goes on behind what is broken; `decoded` and those that follow
refuse a file at the first fault, which they name with its line.
"""

import codecs
import sys
from collections.abc import Callable, Iterable, Iterator

from langs.errors import InputError
from pipeline.files.blocks import Block, Rejected
from pipeline.files.sources import unpacked

_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def lines(blocks: Iterable[Block], longest: int = sys.maxsize) -> Iterator[bytes | Rejected]:
    """The lines; a line of more than `longest` bytes is cut to `longest` + 1 bytes.

    Lines may run over the ends of members. What a broken member loses is given as Rejected.
    """
    rest, skipping = b"", False  # the start of a line; whether it is cut and its end is skipped
    for block in blocks:
        first, *others = block.data.split(b"\n")
        if not skipping:
            rest += first
        for following in others:
            yield rest
            rest, skipping = following, False
        if len(rest) > longest:
            rest, skipping = rest[: longest + 1], True
        if block.broken:
            yield Rejected(block.offset, block.broken)
            rest, skipping = b"", False
    if rest:
        yield rest


def whole_lines(blocks: Iterable[Block], longest: int = sys.maxsize) -> Iterator[bytes]:
    """As `lines`, but raises ValueError, with the reason, where the file is damaged."""
    for line in lines(blocks, longest):
        if isinstance(line, Rejected):
            raise ValueError(line.reason)
        yield line


def decoded(
    content: Iterable[bytes], name: str, longest: int, encoding: str = "utf-8-sig"
) -> Iterator[str | None]:
    """The lines of UTF-8 text without their ends; None for one of more than `longest` bytes.

    `encoding`: "utf-8" leaves a byte order mark at the start. Raises InputError, with the file's
    name and the line's number, for text that is not UTF-8.
    """
    blocks = (Block(0, data, last=False) for data in content)
    for number, line in enumerate(whole_lines(blocks, longest), 1):
        if len(line) > longest:
            yield None
            continue
        try:
            yield line.decode(encoding if number == 1 else "utf-8").removesuffix("\r")
        except UnicodeDecodeError as error:
            raise InputError(f"{name}, line {number}: {_not_utf8(line, error)}") from None


def text_lines(
    path: str,
    told: Callable[[int], object] = lambda size: None,
    longest: int = sys.maxsize,
    encoding: str = "utf-8-sig",
) -> Iterator[str | None]:
    """The lines of a file as `decoded` gives them; `told` gets the packed bytes of each block.

    Raises InputError as `decoded`, and for a damaged file; OSErrors pass up.
    """
    return decoded(unpacked(path, told), path, longest, encoding)


def setting_lines(setting: str, path: str) -> Iterator[str]:
    """The lines of a file that a setting names. Raises InputError, which names the setting."""
    try:
        for line in text_lines(path):
            yield line or ""
    except FileNotFoundError as error:
        raise InputError(f"{setting}: {path} is missing") from error
    except InputError as error:
        raise InputError(f"{setting}: {error}") from error


def _not_utf8(line: bytes, error: UnicodeDecodeError) -> str:
    encoding = "UTF-16" if line.startswith(_UTF16) else "ENCODING"
    return (
        f"not UTF-8 (byte 0x{line[error.start]:02x} at byte {error.start + 1}); convert the file: "
        f"iconv -f {encoding} -t UTF-8"
    )

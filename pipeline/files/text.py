"""Lines of UTF-8 text files, packed or not, of any size."""

import codecs
from collections.abc import Iterable, Iterator

from langs.errors import InputError
from pipeline.corpus.pages.page import Rejected
from pipeline.corpus.pages.reader import unpacker
from pipeline.files.blocks import Block
from pipeline.files.lines import lines
from pipeline.files.sources import open_input
from pipeline.translation.bitext.readers.rows import LONGEST_TEXT_BYTES, Read

_BLOCK_BYTES = 2**20
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def unpacked(path: str, read: Read) -> Iterator[bytes]:
    """The content of a file in blocks of bounded size. Raises InputError for a damaged file."""
    before = 0
    with open_input(path) as stream:
        start = stream.read(8)
        stream.seek(0)
        for block in unpacker(path.rpartition("/")[2], start)(stream, _BLOCK_BYTES):
            if block.broken:
                raise InputError(f"{path} is damaged ({block.broken}); fetch it again")
            place = stream.tell()
            read(place - before)
            before = place
            yield block.data


def text_lines(path: str, read: Read, longest: int = LONGEST_TEXT_BYTES) -> Iterator[str | None]:
    """The lines of a file, as `decoded` gives them; `read` is told of its packed bytes."""
    return decoded(unpacked(path, read), path, longest)


def decoded(content: Iterable[bytes], where: str, longest: int) -> Iterator[str | None]:
    """The lines without their ends; None for one of more than `longest` bytes.

    Raises InputError, with the line's number, for what is not UTF-8.
    """
    blocks = (Block(0, data, last=False) for data in content)
    for number, line in enumerate(lines(blocks, longest), 1):
        assert not isinstance(line, Rejected)
        if len(line) > longest:
            yield None
            continue
        try:
            yield line.decode("utf-8-sig" if number == 1 else "utf-8").removesuffix("\r")
        except UnicodeDecodeError as error:
            raise InputError(f"{where}, line {number}: {_not_utf8(line, error)}") from None


def _not_utf8(line: bytes, error: UnicodeDecodeError) -> str:
    encoding = "UTF-16" if line.startswith(_UTF16) else "ENCODING"
    return (
        f"not UTF-8 (byte 0x{line[error.start]:02x}); convert the file: "
        f"iconv -f {encoding} -t UTF-8"
    )

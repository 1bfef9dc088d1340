"""Text of other encodings than UTF-8, as UTF-8."""

import codecs
import itertools
import json
from collections.abc import Iterable, Iterator

from resiliparse.parse.encoding import detect_encoding

from pipeline.files.blocks import Block, begun

UTF8 = "utf-8"
_TRIED_BYTES = 2**16  # that tell the encoding


def in_utf8(blocks: Iterator[Block]) -> Iterator[Block]:
    """The blocks of a text in whatever encoding, with the text in UTF-8."""
    first = begun(blocks, _TRIED_BYTES)
    start = b"".join(block.data for block in first)
    encoding = encoding_of(start)
    if encoding == UTF8:
        encoding = _eight_bit_encoding(start)
    content = itertools.chain(first, blocks)
    return content if encoding == UTF8 else _decoded(content, encoding)


def encoding_of(start: bytes) -> str:
    """The encoding of a text with these first bytes: UTF-16 or UTF-32, marked or not, or UTF-8.

    Without a mark the zeros of its first characters tell, which are ASCII in JSON (RFC 4627).
    """
    name = json.detect_encoding(start)
    return UTF8 if name == "utf-8-sig" else name


def _eight_bit_encoding(text: bytes) -> str:
    """The likely encoding of lines most of which are not UTF-8; UTF-8 if only some are damaged.

    The last line may be cut.
    """
    if _is_utf8(text):
        return UTF8
    lines = text.split(b"\n")
    lines = lines[:-1] or lines
    foreign = [line for line in lines if not _is_utf8(line)]
    if 2 * len(foreign) <= len(lines):
        return UTF8
    return detect_encoding(b"\n".join(foreign)) or UTF8


def _decoded(blocks: Iterable[Block], encoding: str) -> Iterator[Block]:
    """The blocks with their text in UTF-8; what cannot be decoded is U+FFFD.

    Characters may run over the ends of members; after a broken one they begin anew.
    """
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    for block in blocks:
        text = decoder.decode(block.data, final=bool(block.broken))
        yield Block(block.offset, text.encode(), block.last, block.broken)
        if block.broken:
            decoder.reset()
    yield Block(0, decoder.decode(b"", final=True).encode(), last=True)


def _is_utf8(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True
